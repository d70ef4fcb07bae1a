// The program on several ranks of MPI: the same answers as on one, whatever happens to a rank on the way.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "io/error.hpp"
#include "io/result/result.hpp"
#include "tests/support/interrupted.hpp"
#include "tests/support/program.hpp"
#include "tests/support/same_results.hpp"

namespace dosi {
namespace {

namespace fs = std::filesystem;
using test_support::Finished;
using test_support::run_dosi;
using test_support::run_program;
using test_support::Temp_folder;
using testing::HasSubstr;
using Words = std::vector<std::string>;

Words joined(Words a, const Words& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

// More ranks than processors; a rank that waits lets others work.
Words mpirun(int ranks) {
  return {"env",
          "OMPI_ALLOW_RUN_AS_ROOT=1",
          "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1",
          "OMPI_MCA_rmaps_base_oversubscribe=1",
          "OMPI_MCA_mpi_yield_when_idle=1",
          "OMP_NUM_THREADS=1",
          DOSI_MPIRUN,
          "-n",
          std::to_string(ranks)};
}
Words dosi_on(int ranks, const Words& words) { return joined(joined(mpirun(ranks), {DOSI_PROGRAM}), words); }

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
  return n;
}

struct Ranks_job {
  std::string label, job;
  Words words;
  double tolerance = 0;
};

std::vector<Ranks_job> jobs_of_ranks() {
  const Words sales{"--layer", "sales", "--y", "price_krw", "--x", "area_m2,floor,built_year"};
  const Words complaints{"--cases",     "complaints",  "--cell", "300",        "--model",
                         "permutation", "--max-steps", "20",     "--category", "category"};
  return {
      {"access",
       "access",
       {"--origins", "buildings", "--destinations", "wifi", "--zones", "dong", "--groups", "residents", "--matrix"}},
      {"scan", "scan", joined(complaints, {"--replicas", "39"})},
      {"scan_in_rounds", "scan",
       joined(complaints, {"--replicas", "99", "--clusters", "iterative", "--stop-after", "10"})},
      {"gwr", "gwr", joined(sales, {"--replicas", "5", "--bandwidth-min", "60"})},
      {"gwr_curve", "gwr", joined(sales, {"--search", "curve"})},
      {"gwr_of_counts",
       "gwr",
       {"--layer", "sales", "--y", "floor", "--x", "area_m2,built_year", "--family", "poisson", "--bandwidth", "80"}},
      {"gwr_over_streets", "gwr", joined(sales, {"--distance", "travel_time", "--mode", "drive", "--bandwidth", "60"})},
      {"gwr_in_time",
       "gwr",
       {"--layer", "sales", "--y", "price_krw", "--x", "area_m2,floor", "--time", "built_year", "--bandwidth", "100"}},
      {"mgwr", "gwr", joined(sales, {"--model", "mgwr", "--iterations", "4"}), 1e-9},
      {"appraise",
       "appraise",
       {"--sales", "sales", "--price", "price_krw", "--assessed", "assessed_krw", "--x",
        "area_m2,floor,dist_to_centre_m", "--scale", "price", "--kriging"}},
      {"wind",
       "wind",
       {"--buildings", "buildings", "--size", "120", "--cell", "8", "--fetch", "32", "--top", "120", "--directions",
        "0,90,270", "--spin-up", "5", "--average", "5"}},
  };
}

struct Mpi_ranks : testing::Test {
  void SetUp() override {
    if (std::string(DOSI_MPIRUN).empty()) GTEST_SKIP() << "built without MPI";
    ASSERT_EQ(run_dosi({"make-city", "--people", "20000", "--seed", "4", "--out", city}).code, 0);
  }
  std::string path(const std::string& name) const { return (folder / name).string(); }
  Words command(const std::string& job, const std::string& out, const Words& words) const {
    return joined({job, "--city", city, "--out", out, "--device", "cpu"}, words);
  }

  static void expect_same(const std::string& a, const std::string& b, double tolerance = 0) {
    const auto c = test_support::compare(result::Result::open(a), result::Result::open(b));
    EXPECT_GT(c.variables, 0u);
    EXPECT_LE(c.deviation, tolerance) << testing::PrintToString(c.differing);
  }

  Temp_folder folder;
  std::string city = path("c.h5");
};

struct Mpi_jobs : Mpi_ranks, testing::WithParamInterface<Ranks_job> {};

TEST_P(Mpi_jobs, AnswerAsOne) {
  const auto& job = GetParam();
  const auto one = run_dosi(command(job.job, path("one.h5"), job.words));
  ASSERT_EQ(one.code, 0) << one.err;
  const auto three = run_program(dosi_on(3, command(job.job, path("three.h5"), job.words)));
  ASSERT_EQ(three.code, 0) << three.err;
  EXPECT_EQ(three.out, path("three.h5") + "\n") << "the first rank alone speaks";
  expect_same(path("one.h5"), path("three.h5"), job.tolerance);
  EXPECT_EQ(result::Result::open(path("three.h5")).provenance().at("ranks").size(), 3u);
  EXPECT_FALSE(fs::exists(path("three.h5.work")));
}

INSTANTIATE_TEST_SUITE_P(Jobs, Mpi_jobs, testing::ValuesIn(jobs_of_ranks()),
                         [](const auto& info) { return info.param.label; });

const Words kLong{"--origins", "buildings", "--destinations", "wifi",        "--zones", "dong",
                  "--groups",  "residents", "--matrix",       "--tile-rows", "48"};

// All processes with `word` on their command line.
void kill_all(const std::string& word) {
  for (const auto& p : fs::directory_iterator("/proc")) {
    const auto name = p.path().filename().string();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    std::ifstream file(p.path() / "cmdline");
    const std::string line((std::istreambuf_iterator<char>(file)), {});
    if (line.find(word) != std::string::npos) kill(std::stoi(name), SIGKILL);
  }
}

TEST_F(Mpi_ranks, StopTogetherAndGoOnWithAnyNumber) {
  ASSERT_EQ(run_dosi(command("access", path("whole.h5"), kLong)).code, 0);
  const auto stopped = path("stopped.h5");
  EXPECT_EQ(test_support::interrupted(dosi_on(3, command("access", stopped, kLong)), stopped + ".work", 8,
                                      [](pid_t run) { kill(run, SIGUSR1); }),
            static_cast<int>(Exit::stopped));
  EXPECT_FALSE(fs::exists(stopped));
  const auto two = run_program(dosi_on(2, command("access", stopped, kLong)));
  ASSERT_EQ(two.code, 0) << two.err;
  EXPECT_THAT(two.err, HasSubstr("continues after"));
  expect_same(path("whole.h5"), stopped);
}

TEST_F(Mpi_ranks, KilledTheyLoseOnlyTheTilesInHand) {
  ASSERT_EQ(run_dosi(command("access", path("whole.h5"), kLong)).code, 0);
  const auto killed = path("killed.h5");
  EXPECT_NE(test_support::interrupted(dosi_on(3, command("access", killed, kLong)), killed + ".work", 10,
                                      [&](pid_t) { kill_all(killed); }),
            0);
  EXPECT_FALSE(fs::exists(killed));
  const auto one = run_dosi(command("access", killed, kLong));
  ASSERT_EQ(one.code, 0) << one.err;
  EXPECT_THAT(one.err, HasSubstr("continues after"));
  expect_same(path("whole.h5"), killed);
}

TEST_F(Mpi_ranks, ADiskThatFailsOneFailsAll) {
  const auto out = path("out.h5");
  const auto words = command("access", out, kLong);
  const auto faulty =
      joined({"env", std::string("LD_PRELOAD=") + DOSI_FAULTY_FILES, "DOSI_FAULT_KIND=full", "DOSI_FAULT_AT=20",
              "DOSI_FAULT_UNDER=" + out + ".work", "DOSI_FAULT_TALLY=" + path("tally"), DOSI_PROGRAM},
             words);
  const auto failed =
      run_program(joined(joined(joined(mpirun(1), joined({DOSI_PROGRAM}, words)), {":", "-n", "1"}), faulty));
  EXPECT_EQ(failed.code, static_cast<int>(Exit::io)) << failed.err;
  EXPECT_THAT(failed.err, HasSubstr("rank 1: " + out + ".work/"));
  EXPECT_FALSE(fs::exists(out));
  const auto again = run_program(dosi_on(2, words));
  ASSERT_EQ(again.code, 0) << again.err;
  EXPECT_THAT(again.err, HasSubstr("continues after"));
  ASSERT_EQ(run_dosi(command("access", path("whole.h5"), kLong)).code, 0);
  expect_same(path("whole.h5"), out);
}

TEST_F(Mpi_ranks, SayOnceWhatIsWrong) {
  const auto wrong =
      run_program(dosi_on(3, command("access", path("out.h5"), {"--origins", "buildings", "--destinations", "moons"})));
  EXPECT_EQ(wrong.code, static_cast<int>(Exit::usage));
  EXPECT_EQ(count_of(wrong.err, "moons"), 1u) << wrong.err;
  const auto misspelt = run_program(dosi_on(3, command("access", path("out.h5"), {"--orgins", "buildings"})));
  EXPECT_EQ(misspelt.code, static_cast<int>(Exit::usage));
  EXPECT_EQ(count_of(misspelt.err, "--orgins"), 1u) << misspelt.err;
  const auto no_city = run_program(dosi_on(
      3, {"access", "--city", path("none.h5"), "--out", path("out.h5"), "--origins", "a", "--destinations", "b"}));
  EXPECT_EQ(no_city.code, static_cast<int>(Exit::io));
  EXPECT_EQ(count_of(no_city.err, "none.h5"), 1u) << no_city.err;
}

TEST_F(Mpi_ranks, OtherCommandsAreTheFirstRanks) {
  const auto version = run_program(dosi_on(3, {"--version"}));
  EXPECT_EQ(version.code, 0);
  EXPECT_EQ(count_of(version.out, "dosi "), 1u) << version.out;
  const auto made =
      run_program(dosi_on(2, {"make-city", "--people", "20000", "--seed", "4", "--out", path("again.h5")}));
  EXPECT_EQ(made.code, 0) << made.err;
  EXPECT_EQ(run_dosi({"check", path("again.h5")}).code, 0);
}

TEST_F(Mpi_ranks, DoAPlan) {
  std::ofstream(path("plan.toml"))
      << "city = \"c.h5\"\nresults = \"results\"\nreport = \"page.html\"\n"
         "[[job]]\nname = \"wifi\"\njob = \"access\"\norigins = \"buildings\"\ndestinations = \"wifi\"\n"
         "[[job]]\nname = \"hospital\"\njob = \"access\"\nneeds = [\"wifi\"]\norigins = \"buildings\"\ndestinations = "
         "\"hospitals\"\n";
  const auto plan = run_program(dosi_on(3, {"run", path("plan.toml")}));
  ASSERT_EQ(plan.code, 0) << plan.err;
  EXPECT_EQ(count_of(plan.out, "hospital.h5"), 1u) << plan.out;
  EXPECT_TRUE(fs::exists(path("page.html")));
  const auto again = run_program(dosi_on(2, {"run", path("plan.toml")}));
  EXPECT_EQ(again.code, 0);
  EXPECT_EQ(count_of(again.err, "is there already"), 2u) << again.err;
}

TEST(Mpi_of_slurm, WithoutMpiAreAnError) {
  const auto lonely = run_program({"env", "SLURM_STEP_NUM_TASKS=4", DOSI_PROGRAM, "--version"});
  EXPECT_EQ(lonely.code, static_cast<int>(Exit::usage));
  EXPECT_THAT(lonely.err, HasSubstr("srun --mpi"));
  // One task is one process, however it was started.
  const auto one =
      run_program({"env", "SLURM_STEP_NUM_TASKS=1", "PMIX_NAMESPACE=slurm.pmix.1.0", DOSI_PROGRAM, "--version"});
  EXPECT_EQ(one.code, 0) << one.err;
}

}  // namespace
}  // namespace dosi
