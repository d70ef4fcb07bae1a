// dosi-bench appraise: the bootstrap of a ratio study, of one large sample and of many small ones.
#include <algorithm>

#include "bench/appraise/workload.hpp"

namespace dosi::bench {

int bench_appraise(int argc, char** argv);

namespace {

using namespace appraise;

// For each sale drawn: a random word (about 20 integer operations), its count, and a pass over 20 bytes with a
// logarithm of 25 operations and 20 more. A small sample stays in a cache, so that operations bind.
void run(Runner& runner, const Options& options, const char* job, const Workload& w, std::uint32_t replicas,
         std::uint32_t of_peers) {
  const double sales = static_cast<double>(w.price.size());
  Case c{.job = job,
         .size = w.price.size(),
         .unit = "sales drawn/s",
         .bytes = 40,
         .operations = 65,
         .footprint = w.price.size() * 60,
         .ours = {},
         .others = {}};
  if (options.cpu()) {
    c.ours.push_back(
        {"dosi", bootstrap_ours_cpu(w, replicas, options.threads), "cpu", options.threads, sales * replicas});
    if (options.threads > 1) c.ours.push_back({"dosi", bootstrap_ours_cpu(w, replicas, 1), "cpu", 1, sales * replicas});
  }
#if DOSI_WITH_CUDA
  if (options.cuda >= 0)
    c.ours.push_back({"dosi", bootstrap_ours_cuda(w, replicas, options.cuda), "cuda:" + std::to_string(options.cuda), 1,
                      sales * replicas});
#endif
  c.others.push_back(
      {"the middle selected, prices sorted, one core", bootstrap_selected(w, of_peers, 1), "cpu", 1, sales * of_peers});
  if (options.threads > 1)
    c.others.push_back({"the middle selected, prices sorted, all cores",
                        bootstrap_selected(w, of_peers, options.threads), "cpu", options.threads, sales * of_peers});
  c.others.push_back(
      {"all sorted, as in textbooks, one core", bootstrap_sorted(w, of_peers, 1), "cpu", 1, sales * of_peers});
  runner.run(c);
}

}  // namespace

int bench_appraise(int argc, char** argv) {
  const Options options =
      parse_options(argc, argv, "The bootstrap of a ratio study; --size in sales of the large sample.", 20'000);
  Runner runner(options);
  run(runner, options, "bootstrap, one sample", Workload(options.size, 1), 1000, 20);
  run(runner, options, "bootstrap, 100 strata", Workload(std::max<std::size_t>(options.size / 100, 10), 100), 1000, 20);
  runner.finish();
  return 0;
}

}  // namespace dosi::bench
