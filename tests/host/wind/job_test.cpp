// wind as a user has it: the flow makes sense, an interruption changes nothing, files open elsewhere.
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <fstream>
#include <thread>

#include "host/job/run.hpp"
#include "host/wind/flow.hpp"
#include "host/wind/maps.hpp"
#include "host/wind/wind_job.hpp"
#include "tests/host/wind/town.hpp"
#include "tests/support/backends_agree.hpp"
#include "tests/support/cuda_test.hpp"
#include "tests/support/program.hpp"

namespace dosi::wind {
namespace {

using job::Json;
using test_support::run_dosi;
using test_support::Temp_folder;
using test_support::Town;
using test_support::words;
using testing::HasSubstr;

// Coarse and short: seconds.
Json quick() {
  return {{"buildings", "blocks"},
          {"size", {100}},
          {"cell", 4},
          {"fetch", 40},
          {"top", 72},
          {"spin_up", 20},
          {"average", 20},
          {"directions", {270, 200}},
          {"probes", "probes"},
          {"sources", "stacks"},
          {"emission", "gram"},
          {"volume", true}};
}

TEST(Wind_job, flows_around_blocks) {
  const Temp_folder folder;
  auto q = quick();
  q["turbulence"] = 0;
  q["percentiles"] = {20, 99};
  job::run(wind_kind(), {Town().write(folder / "town.h5"), folder / "out.h5", q, "test"});
  const auto r = result::Result::open(folder / "out.h5");
  const auto street = r.root().group("street");
  const auto speed = stream::read_all<float>(street, "speed"), east = stream::read_all<float>(street, "east"),
             smoke = stream::read_all<float>(street, "concentration");
  const std::size_t side = 25, map = side * side;
  ASSERT_EQ(speed.size(), 2 * map);
  const auto at = [&](const std::vector<float>& v, double x, double y) {
    return static_cast<double>(
        v[static_cast<std::size_t>((y + 50) / 4) * side + static_cast<std::size_t>((x + 50) / 4)]);
  };
  EXPECT_TRUE(std::isnan(at(speed, -25, -25))) << "a building";
  EXPECT_GT(at(east, -45, 0), 1) << "the wind comes in from the west";
  EXPECT_GT(at(east, 0, 0), 0.3) << "along the street";
  EXPECT_LT(at(east, 45, 25), at(east, 45, 0)) << "in the lee of the block";
  EXPECT_GT(at(smoke, 20, 0), 10 * at(smoke, -20, 0)) << "downwind of the stack";
  const auto runs = r.root().group("directions");
  const auto figure = [&](const char* name) { return stream::read_all<double>(runs, name)[0]; };
  EXPECT_NEAR(figure("averaged"), 20, 1);
  EXPECT_NEAR(figure("inside") + figure("left"), figure("emitted"), 1e-4 * figure("emitted"));
  EXPECT_NEAR(figure("emitted"), 2.5 * 40, 2);
  const auto probes = r.root().group("probes");
  const auto aloft = stream::read_all<double>(probes, "east");
  EXPECT_GT(aloft[2], 3) << "the second probe is 30 m high, before the blocks";
  EXPECT_LT(aloft[2], 7);
  const auto smelt = stream::read_all<double>(probes, "concentration");
  ASSERT_EQ(smelt.size(), aloft.size());
  EXPECT_GT(*std::max_element(smelt.begin(), smelt.end()), 0);
  const auto share = stream::read_all<float>(street, "speed_percentile"),
             gust = stream::read_all<float>(street, "gust");  // [direction][percentile]
  ASSERT_EQ(share.size(), 4 * map);
  for (std::size_t i = 0; i < map; ++i) {
    if (std::isnan(speed[i])) continue;
    EXPECT_LE(share[i], gust[i]);
    EXPECT_LE(gust[i], share[map + i]);
  }
}

TEST(Wind_job, an_interruption_changes_nothing) {
  const Temp_folder folder;
  const auto town = Town().write(folder / "town.h5");
  const auto city = city::City::open(town);
  auto q = quick();
  q["sample_every"] = 7;
  q["spin_up"] = 8;
  q["average"] = 12;
  const Case c(job::Parameters(declared_parameters(), q, "dosi wind"));
  const Device device = Device::choose("cpu", 2);
  const City_site site(city, c, device);
  const auto street = Maps(site).cells(2).cell;
  Simulation whole(site, c, 250, device, street, folder / "whole.h5");
  const auto flow = whole.complete([] { return false; });
  const auto expected = whole.averages();
  int interruptions = 0;
  for (bool done = false; !done;) {
    Simulation run(site, c, 250, device, street, folder / "part.h5");
    int left = 25;
    try {
      const auto other = run.complete([&] { return --left == 0; });
      done = true;
      const auto a = run.averages();
      EXPECT_EQ(a.x, expected.x);
      EXPECT_EQ(a.energy, expected.energy);
      EXPECT_EQ(a.concentration, expected.concentration);
      EXPECT_EQ(a.gust, expected.gust);
      EXPECT_EQ(other.budget.left, flow.budget.left);
      ASSERT_EQ(other.windows.size(), flow.windows.size());
      for (std::size_t i = 0; i < flow.windows.size(); ++i)
        EXPECT_EQ(other.windows[i].street_speed, flow.windows[i].street_speed);
    } catch (const Interrupted&) {
      ++interruptions;
    }
  }
  EXPECT_GT(interruptions, 1);
}

TEST(Wind_job, a_damaged_checkpoint_is_begun_anew) {
  const Temp_folder folder;
  const auto city = city::City::open(Town().write(folder / "town.h5"));
  auto q = quick();
  q["spin_up"] = 2;
  q["average"] = 2;
  const Case c(job::Parameters(declared_parameters(), q, "dosi wind"));
  const Device device = Device::choose("cpu", 2);
  const City_site site(city, c, device);
  const auto street = Maps(site).cells(2).cell;
  std::ofstream(folder / "part.h5") << "no checkpoint";
  Simulation run(site, c, 250, device, street, folder / "part.h5");
  EXPECT_GT(run.complete([] { return false; }).steps, 0u);
}

TEST(Wind_job, killed_it_goes_on) {
  const Temp_folder folder;
  const auto town = Town().write(folder / "town.h5");
  const std::vector<std::string> words{"wind", "--city",    town, "--buildings", "blocks", "--size",
                                       "100",  "--cell",    "4",  "--fetch",     "40",     "--top",
                                       "72",   "--spin-up", "25", "--average",   "10",     "--checkpoint-minutes",
                                       "0.005"};
  const auto with_out = [&](const std::filesystem::path& out) {
    auto w = words;
    w.insert(w.end(), {"--out", out.string()});
    return w;
  };
  const auto seldom = [&](const std::filesystem::path& out) {  // how often is no part of the question
    auto w = with_out(out);
    w.insert(w.end(), {"--threads", "1"});
    *(std::find(w.begin(), w.end(), "--checkpoint-minutes") + 1) = "30";
    return w;
  };
  ASSERT_EQ(run_dosi(with_out(folder / "whole.h5")).code, 0);
  const auto killed = folder / "killed.h5";
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    std::vector<std::string> w = with_out(killed);
    w.insert(w.begin(), DOSI_PROGRAM);
    std::vector<char*> argv;
    for (auto& s : w) argv.push_back(s.data());
    argv.push_back(nullptr);
    freopen("/dev/null", "w", stderr);
    execv(DOSI_PROGRAM, argv.data());
    _exit(127);
  }
  const auto checkpoint = std::filesystem::path(killed.string() + ".work") / "direction-0.checkpoint.h5";
  for (int i = 0; i < 3000 && !std::filesystem::exists(checkpoint); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  kill(child, SIGKILL);
  int status = 0;
  waitpid(child, &status, 0);
  ASSERT_TRUE(std::filesystem::exists(checkpoint));
  const auto done = run_dosi(seldom(killed));
  ASSERT_EQ(done.code, 0) << done.err;
  EXPECT_THAT(done.err, HasSubstr("goes on from step"));
  const auto c = test_support::compare(result::Result::open(folder / "whole.h5"), result::Result::open(killed));
  EXPECT_GT(c.variables, 0u);
  EXPECT_EQ(c.deviation, 0) << (c.differing.empty() ? "" : c.differing[0]);
  EXPECT_FALSE(std::filesystem::exists(killed.string() + ".work"));
}

TEST(Wind_job, what_ParaView_opens_are_links) {
  const Temp_folder folder;
  auto q = quick();
  q["spin_up"] = 1;
  q["average"] = 1;
  job::run(wind_kind(), {Town().write(folder / "town.h5"), folder / "out.h5", q, "test"});
  const auto r = result::Result::open(folder / "out.h5");
  const auto vtk = r.root().group("VTKHDF");
  EXPECT_EQ(vtk.string_attribute("Type"), "ImageData");
  const auto d = vtk.group("CellData").dataset("velocity");
  EXPECT_EQ(d.shape(), r.root().group("street").dataset("velocity").shape());
  EXPECT_EQ(d.shape().size(), 5u);
  EXPECT_EQ(stream::read_all<double>(vtk.group("Steps"), "Values"), (std::vector<double>{270, 200}));
}

TEST(Wind_job, an_unstable_flow_is_said) {
  const Temp_folder folder;
  const auto town = Town().write(folder / "town.h5");
  const auto f =
      run_dosi(words("wind --city {} --out {} --buildings blocks --size 100 --cell 4 --fetch 20 --collision trt "
                     "--smagorinsky 0.0001 --turbulence 3 --roughness 0.9 --time-step 0.07 --spin-up 40",
                     {town, folder / "o.h5"}));
  EXPECT_EQ(f.code, 65) << f.err;
  EXPECT_THAT(f.err, HasSubstr("became unstable"));
  EXPECT_THAT(f.err, HasSubstr("time_step below"));
  EXPECT_FALSE(std::filesystem::exists(folder / "o.h5"));
}

TEST(Backends_cpu, wind_is_the_same_with_any_threads) {
  const Temp_folder folder;
  const auto town = Town().write(folder / "town.h5");
  test_support::Agreement agreement(wind_kind());
  auto q = quick();
  q["spin_up"] = 4;
  q["average"] = 6;
  for (const char* storage : {"fp32", "fp16"}) {
    q["storage"] = storage;
    agreement.expect(town, q, {{"device", "cpu"}, {"threads", 1}},
                     {{"device", "cpu"}, {"threads", 3}, {"tile_rows", 2}});
  }
}

// Both do the same arithmetic where the CPU has fused multiply-add.
TEST(Backends_cuda, wind_is_the_same_on_both) {
  test_support::run_on_cuda([] {
    const Temp_folder folder;
    const auto town = Town().write(folder / "town.h5");
    test_support::Agreement agreement(wind_kind());
    auto q = quick();
    q["spin_up"] = 4;
    q["average"] = 6;
    for (const char* storage : {"fp32", "fp16"}) {
      q["storage"] = storage;
      agreement.expect(town, q, {{"device", "cpu"}}, {{"device", "cuda:0"}});
    }
  });
}

}  // namespace
}  // namespace dosi::wind
