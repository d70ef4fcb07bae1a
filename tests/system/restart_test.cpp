// A run that is stopped, killed or asked twice ends with the same answer.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include <chrono>
#include <thread>

#include "io/result/result.hpp"
#include "tests/support/program.hpp"

namespace dosi {
namespace {

using test_support::run_dosi;
using test_support::Temp_folder;

struct Restart : testing::Test {
  void SetUp() override { ASSERT_EQ(run_dosi({"make-city", "--people", "50000", "--seed", "3", "--out", city}).code, 0); }

  std::vector<std::string> command(const std::string& out, const std::string& tile_rows) const {
    return {DOSI_PROGRAM, "access", "--city", city, "--out", out, "--origins", "buildings", "--destinations", "wifi", "--zones", "dong",
            "--groups", "residents", "--matrix", "--threads", "1", "--tile-rows", tile_rows};
  }

  // Starts the command, waits for the first finished tiles, sends `signal`, and returns how it ended.
  int interrupted(const std::string& out, int signal) const {
    const auto words = command(out, "32");
    std::vector<char*> argv;
    for (const auto& w : words) argv.push_back(const_cast<char*>(w.c_str()));
    argv.push_back(nullptr);
    const pid_t child = fork();
    if (child == 0) {
      std::freopen("/dev/null", "w", stderr);
      execv(argv[0], argv.data());
      _exit(127);
    }
    for (int i = 0; i < 20'000 && !std::filesystem::exists(out + ".work/tile-000002.h5"); ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    kill(child, signal);
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

  static void expect_same(const std::string& a, const std::string& b) {
    const auto first = result::Result::open(a).root(), second = result::Result::open(b).root();
    for (const char* v : {"nearest_time", "nearest_place", "time"})
      EXPECT_EQ(stream::read_all<std::uint32_t>(first.group("origins"), v), stream::read_all<std::uint32_t>(second.group("origins"), v)) << v;
    EXPECT_EQ(stream::read_all<double>(first.group("origins"), "within"), stream::read_all<double>(second.group("origins"), "within"));
  }

  Temp_folder folder;
  std::string city = (folder / "c.h5").string();
};

TEST_F(Restart, SignalsStopCleanlyAndTheSameCommandContinues) {
  const auto whole = (folder / "whole.h5").string(), stopped = (folder / "stopped.h5").string();
  ASSERT_EQ(test_support::run_program(command(whole, "0")).code, 0);
  for (const int signal : {SIGTERM, SIGUSR1}) {
    EXPECT_EQ(interrupted(stopped, signal), static_cast<int>(Exit::stopped));
    EXPECT_FALSE(std::filesystem::exists(stopped));
  }
  ASSERT_EQ(test_support::run_program(command(stopped, "32")).code, 0);
  expect_same(whole, stopped);
}

TEST_F(Restart, AKilledRunLosesOnlyTheTileInHand) {
  const auto whole = (folder / "whole.h5").string(), killed = (folder / "killed.h5").string();
  ASSERT_EQ(test_support::run_program(command(whole, "0")).code, 0);
  EXPECT_EQ(interrupted(killed, SIGKILL), 128 + SIGKILL);
  EXPECT_FALSE(std::filesystem::exists(killed));
  const auto finished = test_support::run_program(command(killed, "32"));
  ASSERT_EQ(finished.code, 0) << finished.err;
  EXPECT_THAT(finished.err, testing::HasSubstr("continues after"));
  expect_same(whole, killed);
}

}  // namespace
}  // namespace dosi
