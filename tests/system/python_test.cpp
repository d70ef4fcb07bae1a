// What the program writes opens in Debian's Python with xarray and h5netcdf, with the values and names it should have.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/program.hpp"

namespace dosi {
namespace {

using test_support::run_dosi;
using test_support::run_program;
using test_support::Temp_folder;
using test_support::words;
using testing::HasSubstr;

constexpr const char* kPython = "/usr/bin/python3";
constexpr const char* kScript = DOSI_SOURCE_DIR "/tests/system/open_with_xarray.py";

TEST(Python, XarrayOpensEveryGroup) {
  if (!std::filesystem::exists(kPython)) GTEST_SKIP() << "there is no " << kPython;
  const auto modules = run_program({kPython, kScript, "-", "-", "modules"});
  if (modules.out.rfind("HERE", 0) != 0) GTEST_SKIP() << "a Python module is missing: " << modules.out << modules.err;
  const Temp_folder folder;
  const auto city = folder / "도시.h5", out = folder / "결과.h5";
  const auto made = run_dosi({"make-city", "--people", "40000", "--seed", "11", "--out", city});
  ASSERT_EQ(made.code, 0) << made.err;
  const auto asked = run_dosi(words(
      "access --city {} --out {} --origins dong --destinations hospitals --groups residents,age_65_up --nearest 3 "
      "--cutoffs 5,10 --opportunities count,beds --matrix --decay gaussian --supply beds --isochrones destinations",
      {city, out}));
  ASSERT_EQ(asked.code, 0) << asked.err;
  const auto opened = run_program({kPython, kScript, city, out});
  EXPECT_EQ(opened.code, 0) << opened.err;
  EXPECT_THAT(opened.out, HasSubstr("OK"));
}

}  // namespace
}  // namespace dosi
