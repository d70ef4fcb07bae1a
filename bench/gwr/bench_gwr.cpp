// dosi-bench gwr: one fit everywhere at a narrow and at a wide bandwidth, the whole search for a bandwidth, all
// bandwidths in one pass, the inference of MGWR.
#include <algorithm>

#include "bench/gwr/workload.hpp"

namespace dosi::bench {

int bench_gwr(int argc, char** argv);

namespace {

using namespace gwr;

class Bench {
 public:
  Bench(const Options& options, const Workload& w, const Workload& small, const Standard_workload& standard)
      : options_(options), w_(w), small_(small), standard_(standard), runner_(options) {}

  void run() {
    evaluation("gwr narrow", 128, w_.size(), 500);
    evaluation("gwr wide", static_cast<double>(w_.size() / 4), 500, 500);
    search();
    curve();
    inference();
    runner_.finish();
  }

 private:
  // What must be moved is each place's row, once. For each neighbour there is a distance and a weight, and 20 products
  // of five columns and the response, but where whole nodes of the tree are taken.
  void evaluation(const char* job, double neighbours, std::size_t pruned, std::size_t textbook) {
    const double n = static_cast<double>(w_.size());
    Case c{.job = job,
           .size = w_.size(),
           .unit = "places/s",
           .bytes = 64,
           .operations = neighbours <= 128 ? neighbours * 52 : 0,
           .footprint = w_.size() * 64,
           .ours = {},
           .others = {}};
    add(
        c, n, [&](int threads) { return evaluation_ours_cpu(w_, threads, neighbours); },
        [&](int device) { return cuda_evaluation(device, neighbours); });
    c.others.push_back({"places in reach alone, one core",
                        evaluation_pruned(w_, neighbours, std::min(pruned, w_.size())), "cpu", 1,
                        static_cast<double>(std::min(pruned, w_.size()))});
    c.others.push_back({"as in textbooks, one core", evaluation_textbook(w_, neighbours, std::min(textbook, w_.size())),
                        "cpu", 1, static_cast<double>(std::min(textbook, w_.size()))});
    runner_.run(c);
  }

  void search() {
    Case c{.job = "gwr search",
           .size = small_.size(),
           .unit = "searches/s",
           .bytes = 0,
           .footprint = small_.size() * 64,
           .ours = {},
           .others = {}};
    add(
        c, 1, [&](int threads) { return search_ours_cpu(small_, threads); },
        [&](int device) { return cuda_search(device); });
    c.others.push_back({"places in reach alone, one core", search_pruned(small_), "cpu", 1, 1});
    runner_.run(c);
  }

  // All bandwidths there are. A fit takes at least 6 steps on 21 products for the moments and some 110 for least
  // squares of five columns.
  void curve() {
    const double n = static_cast<double>(small_.size()), all = static_cast<double>(curve_bandwidths(small_).size()),
                 some = n * kAskedOf;
    Case c{.job = "gwr curve",
           .size = small_.size(),
           .unit = "fits/s",
           .bytes = 0,
           .operations = 2 * (6 * 21 + 110),
           .footprint = small_.size() * 256,
           .ours = {},
           .others = {}};
    add(
        c, n * all, [&](int threads) { return curve_ours_cpu(small_, threads); },
        [&](int device) { return cuda_curve(device); });
    if (options_.cpu())
      c.others.push_back(
          {"dosi, one evaluation at each", curve_evaluated(small_, options_.threads), "cpu", options_.threads, some});
    c.others.push_back({"running sums of powers, one core", curve_plain(small_), "cpu", 1, n * all});
    c.others.push_back({"places in reach alone at each, one core", curve_pruned(small_), "cpu", 1, some});
    runner_.run(c);
  }

  // For a column of the identity, which is a place's own: in each round each place of each column adds up what is in
  // reach.
  void inference() {
    double neighbours = 0;
    for (const double b : standard_.round) neighbours += b;
    const double n = static_cast<double>(standard_.size());
    Case c{.job = "gwr mgwr inference",
           .size = standard_.size(),
           .unit = "places/s",
           .bytes = 0,
           .operations = 2 * kRounds * neighbours * n,
           .footprint = standard_.size() * 64,
           .ours = {},
           .others = {}};
    add(
        c, n, [&](int threads) { return inference_ours_cpu(standard_, threads); },
        [&](int device) { return cuda_inference(device); });
    c.others.push_back({"places in reach alone, one core", inference_plain(standard_), "cpu", 1, n});
    runner_.run(c);
  }

  template <class Cpu, class Cuda>
  void add(Case& c, double work, const Cpu& cpu, [[maybe_unused]] const Cuda& cuda) const {
    if (options_.cpu()) {
      c.ours.push_back({"dosi", cpu(options_.threads), "cpu", options_.threads, work});
      if (options_.threads > 1) c.ours.push_back({"dosi", cpu(1), "cpu", 1, work});
    }
    if (options_.cuda >= 0)
      c.ours.push_back({"dosi", cuda(options_.cuda), "cuda:" + std::to_string(options_.cuda), 1, work});
  }

#if DOSI_WITH_CUDA
  std::unique_ptr<Implementation> cuda_evaluation(int device, double neighbours) const {
    return evaluation_ours_cuda(w_, device, neighbours);
  }
  std::unique_ptr<Implementation> cuda_search(int device) const { return search_ours_cuda(small_, device); }
  std::unique_ptr<Implementation> cuda_curve(int device) const { return curve_ours_cuda(small_, device); }
  std::unique_ptr<Implementation> cuda_inference(int device) const { return inference_ours_cuda(standard_, device); }
#else
  std::unique_ptr<Implementation> cuda_evaluation(int, double) const { return nullptr; }
  std::unique_ptr<Implementation> cuda_search(int) const { return nullptr; }
  std::unique_ptr<Implementation> cuda_curve(int) const { return nullptr; }
  std::unique_ptr<Implementation> cuda_inference(int) const { return nullptr; }
#endif

  const Options& options_;
  const Workload &w_, &small_;
  const Standard_workload& standard_;
  Runner runner_;
};

}  // namespace

int bench_gwr(int argc, char** argv) {
  const Options options = parse_options(
      argc, argv, "Geographically weighted regression on sales of a made town; --size in places.", 20'000);
  Bench(options, Workload(options.size), Workload(std::min<std::size_t>(options.size, 5'000)),
        Standard_workload(std::min<std::size_t>(options.size, 2'000)))
      .run();
  return 0;
}

}  // namespace dosi::bench
