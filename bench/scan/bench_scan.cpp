// dosi-bench scan: windows a second. Few places, so that the textbook way ends; many places by day over a year with
// intervals up to half of it, what is expected changing or constant; and a city's grid with intervals up to 30 days.
#include <iostream>

#include "bench/scan/workload.hpp"

namespace dosi::bench {

int bench_scan(int argc, char** argv);

namespace {

using scan::Way;
using scan::Workload;

void run(Runner& runner, const Options& options, const char* job, const Workload& w, const std::vector<std::pair<const char*, Way>>& others, std::uint32_t replicas_of_others) {
  const double a_replica = w.windows_a_replica(), work = a_replica * w.replicas;
  std::cout << job << ": " << w.places << " places, " << w.steps << " steps, " << a_replica << " windows a replica" << std::endl;
  // A cumulative row of cases is read for each disc, which has all intervals.
  double discs = 0;
  for (const auto k : w.reach) discs += k;
  const double row = 4.0 * (w.steps + 1);
  Case c{.job = job, .size = w.places, .unit = "windows/s", .bytes = row * discs / a_replica, .footprint = static_cast<std::size_t>(row) * w.places * w.replicas, .ours = {}, .others = {}};
  if (options.cpu()) {
    c.ours.push_back({"dosi", scan::ours_cpu(w, options.threads), "cpu", options.threads, work});
    if (options.threads > 1) c.ours.push_back({"dosi", scan::ours_cpu(w, 1), "cpu", 1, work});
  }
#if DOSI_WITH_CUDA
  if (options.cuda >= 0) c.ours.push_back({"dosi", scan::ours_cuda(w, options.cuda), "cuda:" + std::to_string(options.cuda), 1, work});
#endif
  for (const auto& [name, way] : others)
    for (int threads = 1; threads <= options.threads; threads = threads == options.threads ? threads + 1 : options.threads) {
      const std::uint32_t replicas = std::min(w.replicas, replicas_of_others * static_cast<std::uint32_t>(threads));
      c.others.push_back({std::string(name) + (threads == 1 ? ", one core" : ", " + std::to_string(threads) + " cores"), scan::peer(w, way, replicas, threads), "cpu", threads, a_replica * replicas});
    }
  runner.run(c);
}

}  // namespace

int bench_scan(int argc, char** argv) {
  const Options options = parse_options(argc, argv, "Scan statistics; --size in places of the large cases.", 500);
  const auto size = static_cast<std::uint32_t>(options.size);
  Runner runner(options);
  run(runner, options, "scan, 48 places", Workload(48, 365, 182, 2'000, true, 64), {{"two logarithms a window", Way::textbook}, {"logarithms where the bound says so", Way::bounded}}, 1);
  const std::vector<std::pair<const char*, Way>> screened{{"each window against a chord", Way::screened}};
  run(runner, options, "scan, half a year", Workload(size, 365, 182, 20 * size, true, 16), screened, 1);
  run(runner, options, "scan, constant", Workload(size, 365, 182, 20 * size, false, 16), screened, 1);
  run(runner, options, "scan, 30 days on a grid", Workload(2 * size, 365, 30, 172 * size, true, 8), screened, 1);
  runner.finish();
  return 0;
}

}  // namespace dosi::bench
