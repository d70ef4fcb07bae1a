// dosi-bench kriging: ordinary kriging from few and from many nearest samples.
#include <algorithm>

#include "bench/kriging/workload.hpp"

namespace dosi::bench {

int bench_kriging(int argc, char** argv);

namespace {

using namespace kriging;

void run(Runner& runner, const Options& options, const char* job, const Workload& w, std::size_t neighbours) {
  const std::size_t places = w.new_x.size(), few = std::min<std::size_t>(places, 200),
                    some = std::min<std::size_t>(places, 2000);
  const double k = static_cast<double>(neighbours), n = static_cast<double>(places);
  // A factor of k + 3 rows, and k^2 / 2 covariances of 15 operations.
  Case c{.job = job,
         .size = places,
         .unit = "places/s",
         .bytes = 24 * k,
         .operations = k * k * k / 3 + 10 * k * k,
         .footprint = w.x.size() * 24,
         .ours = {},
         .others = {}};
  if (options.cpu()) {
    c.ours.push_back({"dosi", ours_cpu(w, neighbours, places, options.threads), "cpu", options.threads, n});
    if (options.threads > 1) c.ours.push_back({"dosi", ours_cpu(w, neighbours, places, 1), "cpu", 1, n});
  }
#if DOSI_WITH_CUDA
  if (options.cuda >= 0)
    c.ours.push_back(
        {"dosi", ours_cuda(w, neighbours, places, options.cuda), "cuda:" + std::to_string(options.cuda), 1, n});
#endif
  c.others.push_back(
      {"cells and Cholesky, one core", pruned(w, neighbours, some, 1), "cpu", 1, static_cast<double>(some)});
  if (options.threads > 1)
    c.others.push_back({"cells and Cholesky, all cores", pruned(w, neighbours, some, options.threads), "cpu",
                        options.threads, static_cast<double>(some)});
  c.others.push_back({"as in textbooks, one core", textbook(w, neighbours, few), "cpu", 1, static_cast<double>(few)});
  runner.run(c);
}

}  // namespace

int bench_kriging(int argc, char** argv) {
  const Options options =
      parse_options(argc, argv, "Ordinary kriging in a made town; --size in samples, and in places.", 20'000);
  Runner runner(options);
  const Workload w(options.size);
  run(runner, options, "kriging, 16 neighbours", w, 16);
  run(runner, options, "kriging, 64 neighbours", w, 64);
  runner.finish();
  return 0;
}

}  // namespace dosi::bench
