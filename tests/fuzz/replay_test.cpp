// The files that the fuzzer (tools/fuzz) begins with, and those that once made the program fail: each command on them
// ends as it may, with an error that it knows or well.
#include <gtest/gtest.h>

#include "tests/fuzz/formats.hpp"
#include "tests/support/temp_folder.hpp"

namespace dosi::fuzz {
namespace {

namespace fs = std::filesystem;

TEST(Fuzz_corpus, EndsAsItMay) {
  const test_support::Temp_folder folder;
  ASSERT_TRUE(prepare(folder.path()));
  for (const auto& format : formats()) {
    const auto files = seeds(format, folder.path());
    EXPECT_FALSE(files.empty()) << format.name;
    for (const auto& file : files) {
      fs::copy_file(file, folder / format.file, fs::copy_options::overwrite_existing);
      testing::internal::CaptureStdout();
      testing::internal::CaptureStderr();
      const auto codes = run(format, folder.path());
      testing::internal::GetCapturedStdout();
      const auto said = testing::internal::GetCapturedStderr();
      for (std::size_t i = 0; i < codes.size(); ++i)
        EXPECT_TRUE(may_end_so(codes[i])) << file << ": command " << i + 1 << " ended with " << codes[i] << "\n"
                                          << said;
      // What the fuzzer begins with is whole: at least one command has to succeed on it.
      if (file.stem().string().rfind("seed", 0) == 0 && format.name != "plan") {
        EXPECT_EQ(codes[0], 0) << file << "\n" << said;
      }
    }
  }
}

}  // namespace
}  // namespace dosi::fuzz
