// What needs GDAL is a module: the program starts without, and says so where it is asked for and is not there.
#if DOSI_WITH_GDAL
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/program.hpp"

namespace dosi {
namespace {

using test_support::run_program;
using testing::HasSubstr;
using testing::Not;

TEST(Gis_module, is_loaded_where_it_is_asked_for) {
  const auto loaded = [](std::vector<std::string> words) {
    words.insert(words.begin(), {"env", "LD_DEBUG=files", DOSI_PROGRAM});
    return run_program(words).err;
  };
  EXPECT_THAT(loaded({"describe", "access"}), Not(HasSubstr("libgdal")));
  EXPECT_THAT(loaded({"import", "--help"}), HasSubstr("libgdal"));
}

TEST(Gis_module, that_is_missing_is_named) {
  const test_support::Temp_folder folder;
  std::filesystem::copy_file(DOSI_PROGRAM, folder / "dosi");
  const auto made = run_program({folder / "dosi", "make-city", "--people", "20000", "--out", folder / "city.h5"});
  EXPECT_EQ(made.code, 0) << made.err;
  for (const std::string command : {"import", "export"}) {
    const auto f = run_program({folder / "dosi", command, "--help"});
    EXPECT_EQ(f.code, 70);
    EXPECT_THAT(f.err, HasSubstr(command + " needs dosi-gis.so, which cannot be loaded"));
  }
}

}  // namespace
}  // namespace dosi
#endif
