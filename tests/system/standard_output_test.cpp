// Standard streams that are full or closed: an error of the disk, and nothing of them in files.
#include <gmock/gmock.h>

#include "tests/support/contents.hpp"
#include "tests/support/program.hpp"

namespace dosi {
namespace {

using test_support::Finished;
using test_support::run_program;
using test_support::Temp_folder;
using testing::HasSubstr;

constexpr int kIo = 74;

struct Standard_output : testing::Test {
  static Finished run(const std::string& redirection, const std::vector<std::string>& words) {
    std::vector<std::string> all{"sh", "-c", "exec \"$@\" " + redirection, "sh", DOSI_PROGRAM};
    all.insert(all.end(), words.begin(), words.end());
    return run_program(all);
  }
};

TEST_F(Standard_output, FullOrClosedIsAnError) {
  const Temp_folder folder;
  const auto city = folder / "city.h5";
  ASSERT_EQ(test_support::run_dosi({"make-city", "--people", "20000", "--out", city}).code, 0);
  for (const std::string to : {">/dev/full", ">&-"})
    for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{{"describe"},
                                                                                       {"describe", "--json"},
                                                                                       {"devices"},
                                                                                       {"info", city},
                                                                                       {"info", "--json", city},
                                                                                       {"check", city},
                                                                                       {"--help"},
                                                                                       {"--version"},
                                                                                       {"access", "--help"}}) {
      SCOPED_TRACE(to + " " + words[0]);
      const auto f = run(to, words);
      EXPECT_EQ(f.code, kIo) << f.err;
      EXPECT_THAT(f.err, HasSubstr("standard output"));
    }
}

// A closed stream's number goes to the next file that is opened: here, the city that is written.
TEST_F(Standard_output, ClosedStreamsDoNotGetIntoFiles) {
  const Temp_folder folder;
  ASSERT_EQ(test_support::run_dosi({"make-city", "--people", "20000", "--out", folder / "a.h5"}).code, 0);
  const auto f = run(">&- 2>&- <&-", {"make-city", "--people", "20000", "--out", folder / "b.h5"});
  EXPECT_EQ(f.code, kIo);
  EXPECT_EQ(
      test_support::difference(test_support::contents_of(folder / "a.h5"), test_support::contents_of(folder / "b.h5")),
      "");
}

}  // namespace
}  // namespace dosi
