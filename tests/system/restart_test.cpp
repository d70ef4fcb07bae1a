// A run that is stopped, killed or asked twice ends with the same answer.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include <chrono>
#include <thread>

#include "io/result/result.hpp"
#include "tests/support/program.hpp"
#include "tests/support/same_results.hpp"

namespace dosi {
namespace {

using test_support::run_dosi;
using test_support::Temp_folder;

// A job with work for some seconds.
struct Long_job {
  std::string label, name, tile_rows;
  std::vector<std::string> words;
};

std::vector<Long_job> long_jobs() {
  return {{"access", "access", "32", {"--origins", "buildings", "--destinations", "wifi", "--zones", "dong", "--groups", "residents", "--matrix"}},
          {"scan", "scan", "3", {"--cases", "complaints", "--cell", "200", "--model", "permutation", "--category", "category", "--max-steps", "60", "--replicas", "79"}},
          {"scan_in_rounds", "scan", "3", {"--cases", "complaints", "--cell", "250", "--model", "permutation", "--category", "category", "--max-steps", "60", "--replicas", "79",
                                           "--clusters", "iterative", "--stop-after", "20"}}};
}

struct Restart : testing::TestWithParam<Long_job> {
  void SetUp() override { ASSERT_EQ(run_dosi({"make-city", "--people", "50000", "--seed", "3", "--out", city}).code, 0); }

  std::vector<std::string> command(const std::string& out, const std::string& tile_rows) const {
    std::vector<std::string> words{DOSI_PROGRAM, GetParam().name, "--city", city, "--out", out, "--threads", "1", "--tile-rows", tile_rows};
    words.insert(words.end(), GetParam().words.begin(), GetParam().words.end());
    return words;
  }

  // Starts the command, waits for some finished tiles, sends `signal`, and returns how it ended.
  int interrupted(const std::string& out, int signal) const {
    const auto words = command(out, GetParam().tile_rows);
    std::vector<char*> argv;
    for (const auto& w : words) argv.push_back(const_cast<char*>(w.c_str()));
    argv.push_back(nullptr);
    const auto tiles = [&] {
      std::error_code none_yet;
      std::size_t n = 0;
      for (std::filesystem::directory_iterator i(out + ".work", none_yet), end; !none_yet && i != end; i.increment(none_yet)) ++n;
      return n;
    };
    const auto before = tiles();
    const pid_t child = fork();
    if (child == 0) {
      std::freopen("/dev/null", "w", stderr);
      execv(argv[0], argv.data());
      _exit(127);
    }
    for (int i = 0; i < 20'000 && tiles() < before + 3; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    kill(child, signal);
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

  static void expect_same(const std::string& a, const std::string& b) {
    const auto c = test_support::compare(result::Result::open(a), result::Result::open(b));
    EXPECT_GT(c.variables, 0u);
    EXPECT_THAT(c.differing, testing::IsEmpty());
  }

  Temp_folder folder;
  std::string city = (folder / "c.h5").string();
};

TEST_P(Restart, SignalsStopCleanlyAndTheSameCommandContinues) {
  const auto whole = (folder / "whole.h5").string(), stopped = (folder / "stopped.h5").string();
  ASSERT_EQ(test_support::run_program(command(whole, "0")).code, 0);
  for (const int signal : {SIGTERM, SIGUSR1}) {
    EXPECT_EQ(interrupted(stopped, signal), static_cast<int>(Exit::stopped));
    EXPECT_FALSE(std::filesystem::exists(stopped));
  }
  ASSERT_EQ(test_support::run_program(command(stopped, GetParam().tile_rows)).code, 0);
  expect_same(whole, stopped);
}

TEST_P(Restart, AKilledRunLosesOnlyTheTileInHand) {
  const auto whole = (folder / "whole.h5").string(), killed = (folder / "killed.h5").string();
  ASSERT_EQ(test_support::run_program(command(whole, "0")).code, 0);
  EXPECT_EQ(interrupted(killed, SIGKILL), 128 + SIGKILL);
  EXPECT_FALSE(std::filesystem::exists(killed));
  const auto finished = test_support::run_program(command(killed, GetParam().tile_rows));
  ASSERT_EQ(finished.code, 0) << finished.err;
  EXPECT_THAT(finished.err, testing::HasSubstr("continues after"));
  expect_same(whole, killed);
}

INSTANTIATE_TEST_SUITE_P(Jobs, Restart, testing::ValuesIn(long_jobs()), [](const auto& info) { return info.param.label; });

}  // namespace
}  // namespace dosi
