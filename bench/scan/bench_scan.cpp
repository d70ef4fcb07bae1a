// dosi-bench scan: windows a second. Few places, so that the textbook way ends; many places by day over a year with
// intervals up to half of it, what is expected changing or constant; and a city's grid with intervals up to 30 days.
// Then individuals with marks: values, survival times, and four classes.
#include <iostream>

#include "bench/scan/marked_workload.hpp"
#include "bench/scan/workload.hpp"

namespace dosi::bench {

int bench_scan(int argc, char** argv);

namespace {

using scan::marked_peer;
using scan::Marked_way;
using scan::Marked_workload;
using scan::peer;
using scan::Way;
using scan::Workload;

// `row`: bytes of a disc's cumulative rows. peer(way, replicas, threads) makes one of the others.
template <class Workload, class Way, class Peer>
void run(Runner& runner, const Options& options, const char* job, const Workload& w, double row,
         const std::vector<std::pair<const char*, Way>>& others, std::uint32_t replicas_of_others, Peer peer) {
  const double a_replica = w.windows_a_replica(), work = a_replica * w.replicas;
  std::cout << job << ": " << w.places << " places, " << w.steps << " steps, " << a_replica << " windows a replica"
            << std::endl;
  // Cumulative rows are read for each disc, which has all intervals.
  double discs = 0;
  for (const auto k : w.reach) discs += k;
  Case c{.job = job,
         .size = w.places,
         .unit = "windows/s",
         .bytes = row * discs / a_replica,
         .footprint = static_cast<std::size_t>(row) * w.places * w.replicas,
         .ours = {},
         .others = {}};
  if (options.cpu()) {
    c.ours.push_back({"dosi", scan::ours_cpu(w, options.threads), "cpu", options.threads, work});
    if (options.threads > 1) c.ours.push_back({"dosi", scan::ours_cpu(w, 1), "cpu", 1, work});
  }
#if DOSI_WITH_CUDA
  if (options.cuda >= 0)
    c.ours.push_back({"dosi", scan::ours_cuda(w, options.cuda), "cuda:" + std::to_string(options.cuda), 1, work});
#endif
  for (const auto& [name, way] : others)
    for (int threads = 1; threads <= options.threads;
         threads = threads == options.threads ? threads + 1 : options.threads) {
      const std::uint32_t replicas = std::min(w.replicas, replicas_of_others * static_cast<std::uint32_t>(threads));
      c.others.push_back({std::string(name) + (threads == 1 ? ", one core" : ", " + std::to_string(threads) + " cores"),
                          peer(way, replicas, threads), "cpu", threads, a_replica * replicas});
    }
  runner.run(c);
}

}  // namespace

int bench_scan(int argc, char** argv) {
  const Options options = parse_options(argc, argv, "Scan statistics; --size in places of the large cases.", 500);
  const auto size = static_cast<std::uint32_t>(options.size);
  Runner runner(options);
  const auto cases = [&](const char* job, const Workload& w, const std::vector<std::pair<const char*, Way>>& others) {
    run(runner, options, job, w, 4.0 * (w.steps + 1), others, 1,
        [&](Way way, auto replicas, int threads) { return peer(w, way, replicas, threads); });
  };
  cases("scan, 48 places", Workload(48, 365, 182, 2'000, true, 64),
        {{"two logarithms a window", Way::textbook}, {"logarithms where the bound says so", Way::bounded}});
  const std::vector<std::pair<const char*, Way>> screened{{"each window against a chord", Way::screened}};
  cases("scan, half a year", Workload(size, 365, 182, 20 * size, true, 16), screened);
  cases("scan, constant", Workload(size, 365, 182, 20 * size, false, 16), screened);
  cases("scan, 30 days on a grid", Workload(2 * size, 365, 30, 172 * size, true, 8), screened);
  const auto marked = [&](const char* job, dosi::scan::Model model, double row, const char* bounded) {
    const Marked_workload w(model, 64, 365, 182, 10'000, 16);
    const std::vector<std::pair<const char*, Marked_way>> others{{"logarithms for each window", Marked_way::textbook},
                                                                 {bounded, Marked_way::bounded}};
    run(runner, options, job, w, row * (w.steps + 1), others, 1,
        [&](Marked_way way, auto replicas, int threads) { return marked_peer(w, way, replicas, threads); });
  };
  marked("scan, normal", dosi::scan::Model::normal, 8, "squares of each window");
  marked("scan, exponential", dosi::scan::Model::exponential, 12, "logarithms where the bound says so");
  marked("scan, ordinal", dosi::scan::Model::ordinal, 12, "logarithms where the bound says so");
  marked("scan, multinomial", dosi::scan::Model::multinomial, 12, "logarithms where the bound says so");
  runner.finish();
  return 0;
}

}  // namespace dosi::bench
