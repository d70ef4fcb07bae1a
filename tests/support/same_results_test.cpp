// The comparison that the backends are held to: nothing is missed, and what differs is named.
#include "tests/support/same_results.hpp"

#include <gtest/gtest.h>

#include "host/access/access_job.hpp"
#include "host/job/run.hpp"
#include "host/make_city/make_city.hpp"
#include "tests/support/temp_folder.hpp"

namespace dosi::test_support {
namespace {

using result::Result;

struct Same_results : testing::Test {
  void SetUp() override {
    make_city::make({.people = 20'000, .seed = 5, .out = folder / "city.h5"});
    job::run(
        access::access_kind(),
        {folder / "city.h5", one, {{"origins", "dong"}, {"destinations", "hospitals"}, {"cutoffs", {5, 10}}}, "test"});
    std::filesystem::copy_file(one, other);
  }
  Comparison compared() const { return compare(Result::open(one), Result::open(other)); }

  Temp_folder folder;
  std::filesystem::path one = folder / "one.h5", other = folder / "other.h5";
};

TEST_F(Same_results, ACopyIsTheSame) {
  const auto c = compared();
  EXPECT_GT(c.variables, 10u);
  EXPECT_EQ(c.deviation, 0);
  EXPECT_TRUE(c.differing.empty());
}

TEST_F(Same_results, OneOtherValueIsFound) {
  std::uint32_t before = 0;
  {
    auto file = h5::File::open_for_update(other);
    auto times = file.root().group("origins").dataset("nearest_time");
    times.read_rows(0, 1, &before);
    const std::uint32_t after = before + 1;
    times.write_rows(0, 1, &after);
    file.close();
  }
  const auto c = compared();
  EXPECT_EQ(c.differing, std::vector<std::string>{"origins/nearest_time"});
  EXPECT_DOUBLE_EQ(c.deviation, 1.0 / (before + 1));
}

TEST_F(Same_results, AMissingVariableIsFound) {
  {
    auto file = h5::File::open_for_update(other);
    file.root().group("origins").remove("within");
    file.close();
  }
  const auto c = compared();
  EXPECT_EQ(c.differing, std::vector<std::string>{"origins: the list of variables"});
  EXPECT_TRUE(std::isinf(c.deviation));
}

TEST_F(Same_results, AValueThatIsMissingOnOneSideIsEntirelyAnother) {
  const double nan = std::nan("");
  EXPECT_EQ(deviation(nan, nan), 0);
  EXPECT_TRUE(std::isinf(deviation(nan, 1)));
  EXPECT_EQ(deviation(1, -1), 2);
}

}  // namespace
}  // namespace dosi::test_support
