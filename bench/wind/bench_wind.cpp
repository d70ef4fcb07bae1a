// dosi-bench wind: updates of a cell of air, by a second. FP32 and FP16, one relaxation time, and what a city needs:
// the regularised collision with a subgrid model, on rough ground, with a species and statistics; and what checkpoints
// cost.
#include "bench/wind/workload.hpp"

namespace dosi::bench {

int bench_wind(int argc, char** argv);

namespace {

using dosi::wind::Collision;
using dosi::wind::Storage;
using wind::Checkpoints;
using wind::Way;
using wind::Workload;

constexpr int kStepsOfOutput = 90;

void add_ours(Case& c, const Options& options, const Workload& w, const Way& way, bool one_core) {
  if (options.cpu()) {
    c.ours.push_back({"dosi", wind::ours_cpu(w, way, options.threads), "cpu", options.threads, w.updates()});
    if (one_core && options.threads > 1) c.ours.push_back({"dosi", wind::ours_cpu(w, way, 1), "cpu", 1, w.updates()});
  }
#if DOSI_WITH_CUDA
  if (options.cuda >= 0)
    c.ours.push_back(
        {"dosi", wind::ours_cuda(w, way, options.cuda), "cuda:" + std::to_string(options.cuda), 1, w.updates()});
#endif
}

Case make_case(const Workload& w, const char* job, double bytes, double operations, double tolerance) {
  return {.job = job,
          .size = w.cells(),
          .unit = "updates/s",
          .bytes = bytes,
          .operations = operations,
          .footprint = static_cast<std::size_t>(bytes / 2) * w.cells(),
          .tolerance = tolerance,
          .ours = {},
          .others = {}};
}

void run(Runner& runner, const Options& options, const Workload& w, const char* job, const Way& way, double tolerance) {
  // Each population is read and written once, and the flag read.
  const bool bgk = way.collision == Collision::bgk;
  Case c = make_case(w, job, way.storage == Storage::fp32 ? 153 : 77, bgk ? 190 : 380, tolerance);
  add_ours(c, options, w, way, bgk);
  c.others.push_back({"two arrays with SIMD, " + std::to_string(options.threads) + " cores",
                      wind::simd(w, options.threads), "cpu", options.threads, w.updates()});
  if (bgk && way.storage == Storage::fp32)
    c.others.push_back({"textbook, one core", wind::textbook(w), "cpu", 1, w.updates()});
  runner.run(c);
}

// No peer has all of it: beside it stands the same with what costs twice the memory.
void run_useful(Runner& runner, const Options& options, const Workload& w) {
  Way way{Storage::fp16, Collision::regularised, 0.12, true};
  Case c = make_case(w, "wind, FP16, all that a city needs", 105, 450, 1e-2);
  add_ours(c, options, w, way, true);
  way.storage = Storage::fp32;
  c.others.push_back({"the same in FP32, " + std::to_string(options.threads) + " cores",
                      wind::ours_cpu(w, way, options.threads), "cpu", options.threads, w.updates()});
  runner.run(c);
}

// What checkpoints cost a run, at one every kStepsOfOutput steps: a few seconds on a CPU.
void run_output(Runner& runner, const Options& options, const Workload& w) {
  const Way way{Storage::fp32, Collision::regularised, 0.12, true};
  Case c = make_case(w, "wind, output", 153, 450, 1e-9);
  if (options.cpu()) {
    const auto contender = [&](const char* name, Checkpoints how) {
      return Contender{name, wind::with_output(w, wind::engine_cpu(w, way, options.threads), how), "cpu",
                       options.threads, w.updates()};
    };
    c.ours.push_back(contender("dosi", Checkpoints::streamed));
    c.others.push_back(contender("dosi without checkpoints", Checkpoints::none));
    c.others.push_back(contender("dosi, checkpoints of a copy of the state", Checkpoints::copied));
  }
#if DOSI_WITH_CUDA
  if (options.cuda >= 0) {
    const auto contender = [&](const char* name, Checkpoints how) {
      return Contender{name, wind::with_output(w, wind::engine_cuda(w, way, options.cuda), how),
                       "cuda:" + std::to_string(options.cuda), 1, w.updates()};
    };
    c.ours.push_back(contender("dosi", Checkpoints::streamed));
    c.others.push_back(contender("dosi without checkpoints, on the device", Checkpoints::none));
  }
#endif
  runner.run(c);
}

}  // namespace

int bench_wind(int argc, char** argv) {
  const Options options =
      parse_options(argc, argv, "Air in an empty box; --size in cells of it.", std::size_t{1} << 24);
  const auto side = static_cast<std::uint32_t>(std::lround(std::cbrt(options.size))) / 16 * 16;
  const Workload w(std::max(side, 16u), 4);
  Runner runner(options);
  run(runner, options, w, "wind, FP32", {Storage::fp32, Collision::bgk}, 1e-4);
  run(runner, options, w, "wind, FP16", {Storage::fp16, Collision::bgk}, 1e-2);
  // Other collisions part from the peers' at the order of a few steps' viscosity.
  run(runner, options, w, "wind, FP32, subgrid", {Storage::fp32, Collision::regularised, 0.1}, 1e-2);
  run(runner, options, w, "wind, FP16, subgrid", {Storage::fp16, Collision::regularised, 0.1}, 1e-2);
  run_useful(runner, options, w);
  const Workload middling(std::min(w.n, 128u), kStepsOfOutput);
  run_output(runner, options, middling);
  runner.finish();
  return 0;
}

}  // namespace dosi::bench
