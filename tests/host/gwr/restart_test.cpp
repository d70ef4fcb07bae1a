// Killed in its search, in its rounds, in its inference, in its tiles: the same command goes on and ends with the same
// answer.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include <chrono>
#include <functional>
#include <thread>

#include "host/job/kept.hpp"
#include "host/make_city/make_city.hpp"
#include "io/files.hpp"
#include "tests/support/program.hpp"
#include "tests/support/same_results.hpp"

namespace dosi::gwr {
namespace {

using testing::HasSubstr;

class Killed_runs {
 public:
  Killed_runs(std::int64_t people, std::vector<std::string> question) : question_(std::move(question)) {
    make_city::make({.people = people, .seed = 3, .out = city()});
    EXPECT_EQ(test_support::run_program(command("whole.h5")).code, 0);
  }

  // Kills a run as soon as `ready` says so, or asks it to stop; false where it was over before.
  bool kill_when(const std::function<bool()>& ready, int signal = SIGKILL) {
    const auto words = command("killed.h5");
    std::vector<char*> argv;
    for (const auto& w : words) argv.push_back(const_cast<char*>(w.c_str()));
    argv.push_back(nullptr);
    const pid_t child = fork();
    if (child == 0) {
      std::freopen("/dev/null", "w", stderr);
      execv(argv[0], argv.data());
      _exit(127);
    }
    int status = 0;
    for (int i = 0; i < 60'000 && !ready(); ++i) {
      if (waitpid(child, &status, WNOHANG) == child) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    kill(child, signal);
    waitpid(child, &status, 0);
    return signal == SIGKILL ? WIFSIGNALED(status) : WIFEXITED(status) && WEXITSTATUS(status) == 75;
  }

  std::filesystem::path work(const std::string& file) const { return folder_ / ("killed.h5.work/" + file); }
  std::filesystem::path killed() const { return folder_ / "killed.h5"; }

  std::string finish() {
    EXPECT_FALSE(std::filesystem::exists(killed()));
    const auto done = test_support::run_program(command("killed.h5"));
    EXPECT_EQ(done.code, 0) << done.err;
    const auto c = test_support::compare(result::Result::open(folder_ / "whole.h5"), result::Result::open(killed()));
    EXPECT_GT(c.variables, 0u);
    EXPECT_EQ(c.deviation, 0) << (c.differing.empty() ? "" : c.differing[0]);
    return done.err;
  }

 private:
  std::string city() const { return folder_ / "city.h5"; }
  std::vector<std::string> command(const std::string& out) const {
    std::vector<std::string> words{
        DOSI_PROGRAM, "gwr",   "--city",   city(),      "--out",       folder_ / out,
        "--layer",    "sales", "--y",      "price_krw", "--x",         "area_m2,floor,built_year",
        "--threads",  "1",     "--device", "cpu",       "--tile-rows", "64"};
    words.insert(words.end(), question_.begin(), question_.end());
    return words;
  }

  test_support::Temp_folder folder_;
  std::vector<std::string> question_;
};

TEST(Gwr_restart, one_bandwidth) {
  Killed_runs runs(1'000'000, {});
  ASSERT_TRUE(runs.kill_when([&] { return std::filesystem::exists(runs.work("evaluations.jsonl")); }));
  ASSERT_TRUE(runs.kill_when([&] { return std::filesystem::exists(runs.work("tile-000002.h5")); }));
  const auto said = runs.finish();
  EXPECT_THAT(said, HasSubstr("bandwidths were tried before the interruption"));
  EXPECT_THAT(said, HasSubstr("continues after"));
}

TEST(Gwr_restart, curve) {
  Killed_runs runs(500'000, {"--search", "curve"});
  const auto begun = [&] { return std::filesystem::exists(runs.work("evaluations.jsonl.curve")); };
  ASSERT_TRUE(runs.kill_when(begun, SIGTERM));
  ASSERT_TRUE(runs.kill_when(begun));  // at once
  ASSERT_FALSE(std::filesystem::exists(runs.work("evaluations.jsonl")));
  EXPECT_THAT(runs.finish(), HasSubstr("parts of the curve were done before the interruption"));
}

TEST(Gwr_restart, multiscale) {
  Killed_runs runs(400'000, {"--model", "mgwr", "--iterations", "4"});
  const auto rounds = [&] {
    const auto found = job::kept(runs.work("rounds.kept"));
    return found ? found->head["rounds"].size() : 0;
  };
  ASSERT_TRUE(runs.kill_when([&] { return rounds() >= 2; }));
  const auto before = rounds();
  EXPECT_LT(before, 4u);
  ASSERT_TRUE(runs.kill_when([&] { return rounds() >= 4; }, SIGTERM));
  ASSERT_TRUE(std::filesystem::exists(runs.work("inference.kept")));
  const auto said = runs.finish();
  EXPECT_THAT(said, HasSubstr("4 rounds were done before the interruption"));
  EXPECT_THAT(said, HasSubstr("places of the inference were done before the interruption"));
}

TEST(Gwr_restart, replicas) {
  Killed_runs runs(300'000, {"--bandwidth", "200", "--replicas", "40"});
  ASSERT_TRUE(runs.kill_when([&] { return std::filesystem::exists(runs.work("replicas.jsonl")); }));
  runs.finish();
}

TEST(Gwr_restart, what_is_kept_is_whole_or_nothing) {
  const test_support::Temp_folder folder;
  const std::vector<double> values{1.5, -0.0, 3e300};
  job::keep(folder / "k", {{"done", 7}}, values);
  const auto found = job::kept(folder / "k");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->values, values);
  EXPECT_EQ(found->head["done"], 7);
  const auto text = read_file(folder / "k");
  for (const std::size_t size : {std::size_t{0}, std::size_t{5}, text.size() - 1}) {
    write_file(folder / "k", text.substr(0, size));
    EXPECT_FALSE(job::kept(folder / "k"));
  }
  EXPECT_FALSE(job::kept(folder / "none"));
}

}  // namespace
}  // namespace dosi::gwr
