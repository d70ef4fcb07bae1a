// A run that is stopped, killed or asked twice ends with the same answer.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "io/result/result.hpp"
#include "tests/support/interrupted.hpp"
#include "tests/support/program.hpp"
#include "tests/support/same_results.hpp"

namespace dosi {
namespace {

using test_support::run_dosi;
using test_support::Temp_folder;

// A job with work for a second or so.
struct Long_job {
  std::string label, name, tile_rows;
  std::vector<std::string> words;
};

std::vector<Long_job> long_jobs() {
  return {
      {"access",
       "access",
       "32",
       {"--origins", "buildings", "--destinations", "wifi", "--zones", "dong", "--groups", "residents", "--matrix"}},
      {"scan",
       "scan",
       "3",
       {"--cases", "complaints", "--cell", "300", "--model", "permutation", "--category", "category", "--max-steps",
        "60", "--replicas", "79"}},
      {"scan_in_rounds",
       "scan",
       "3",
       {"--cases", "complaints", "--cell", "350", "--model", "permutation", "--category", "category", "--max-steps",
        "60", "--replicas", "79", "--clusters", "iterative", "--stop-after", "20"}}};
}

struct Restart : testing::TestWithParam<Long_job> {
  void SetUp() override {
    ASSERT_EQ(run_dosi({"make-city", "--people", "50000", "--seed", "3", "--out", city}).code, 0);
  }

  std::vector<std::string> command(const std::string& out, const std::string& tile_rows) const {
    std::vector<std::string> words{DOSI_PROGRAM, GetParam().name, "--city", city,          "--out",
                                   out,          "--threads",     "1",      "--tile-rows", tile_rows};
    words.insert(words.end(), GetParam().words.begin(), GetParam().words.end());
    return words;
  }

  // Starts the command, waits for some finished tiles, sends `signal`, and returns how it ended.
  int interrupted(const std::string& out, int signal) const {
    return test_support::interrupted(command(out, GetParam().tile_rows), out + ".work", 3,
                                     [&](pid_t run) { kill(run, signal); });
  }

  static void expect_same(const std::string& a, const std::string& b) {
    const auto c = test_support::compare(result::Result::open(a), result::Result::open(b));
    EXPECT_GT(c.variables, 0u);
    EXPECT_THAT(c.differing, testing::IsEmpty());
  }

  Temp_folder folder;
  std::string city = (folder / "c.h5").string();
};

TEST_P(Restart, StoppedOrKilledARunGoesOnToTheSameAnswer) {
  const auto whole = (folder / "whole.h5").string(), stopped = (folder / "stopped.h5").string(),
             killed = (folder / "killed.h5").string();
  ASSERT_EQ(test_support::run_program(command(whole, "0")).code, 0);
  for (const int signal : {SIGTERM, SIGUSR1}) {
    EXPECT_EQ(interrupted(stopped, signal), static_cast<int>(Exit::stopped));
    EXPECT_FALSE(std::filesystem::exists(stopped));
  }
  ASSERT_EQ(test_support::run_program(command(stopped, GetParam().tile_rows)).code, 0);
  expect_same(whole, stopped);

  EXPECT_EQ(interrupted(killed, SIGKILL), 128 + SIGKILL);
  EXPECT_FALSE(std::filesystem::exists(killed));
  const auto finished = test_support::run_program(command(killed, GetParam().tile_rows));
  ASSERT_EQ(finished.code, 0) << finished.err;
  EXPECT_THAT(finished.err, testing::HasSubstr("continues after"));
  expect_same(whole, killed);
}

INSTANTIATE_TEST_SUITE_P(Jobs, Restart, testing::ValuesIn(long_jobs()),
                         [](const auto& info) { return info.param.label; });

}  // namespace
}  // namespace dosi
