// dosi's engine, on either backend.
#include "bench/access/workload.hpp"
#include "bench/timed.hpp"
#include "kernels/access/access.hpp"

namespace dosi::DOSI_BACKEND::bench_access {

using ::dosi::access::Direction;
using ::dosi::access::Engine;
using ::dosi::access::Hierarchy;
using ::dosi::access::Place;
using ::dosi::bench::Answer;
using ::dosi::bench::access::digest;
using ::dosi::bench::access::Workload;

std::vector<Place> places_at(const Hierarchy& hierarchy, std::span<const std::uint32_t> nodes) {
  std::vector<Place> places;
  for (const auto v : nodes) places.push_back(::dosi::access::place_at(hierarchy.rank(v)));
  return places;
}

// Threads of the CPU, or a CUDA device.
std::unique_ptr<Engine> make_engine(const Hierarchy& hierarchy, int threads_or_device) {
  return DOSI_BACKEND::access::make_engine(hierarchy.view(), threads_or_device);
}

class Trees : public bench::Timed {
 public:
  Trees(const Workload& w, const Hierarchy& h, int threads_or_device, std::size_t work)
      : Timed(threads_or_device), h_(h), roots_(places_at(h, w.sources)), work_(work),
        engine_(make_engine(h, threads_or_device)) {}
  void run(int sample) override {
    const std::size_t runs = roots_.size() / work_;
    engine_->sweep_only(Direction::from_roots,
                        std::span(roots_).subspan(static_cast<std::size_t>(sample) % runs * work_, work_));
  }
  Answer answer() override {
    Answer answer;
    std::vector<std::uint32_t> ranked(h_.ranks().size()), times(ranked.size());
    for (std::size_t i = 0; i < std::min<std::size_t>(work_, 16); ++i) {
      engine_->trees(Direction::from_roots, std::span(roots_).subspan(i, 1), ranked);
      for (std::size_t v = 0; v < times.size(); ++v) times[v] = ranked[h_.rank(static_cast<std::uint32_t>(v))];
      answer.exact.push_back(digest(times));
    }
    return answer;
  }

 private:
  const Hierarchy& h_;
  std::vector<Place> roots_;
  std::size_t work_;
  std::unique_ptr<Engine> engine_;
};

// Preparing the targets is part of each run.
class Table : public bench::Timed {
 public:
  Table(const Workload& w, const Hierarchy& h, int threads_or_device, std::size_t rows, bool fused)
      : Timed(threads_or_device), roots_(places_at(h, std::span(w.sources).first(rows))),
        leaves_(places_at(h, std::span(w.targets).first(rows))), fused_(fused), ones_(leaves_.size(), 1),
        times_(fused ? 0 : rows * leaves_.size()), sums_(fused ? rows : 0), engine_(make_engine(h, threads_or_device)) {
  }
  void run(int) override {
    const auto leaves = engine_->prepare(Direction::from_roots, leaves_);
    const std::vector<::dosi::access::Sum> sums{{0, ::dosi::bench::access::kWithin, -1}};
    const std::vector<std::span<const std::uint64_t>> columns{ones_};
    if (fused_) engine_->by_root(*leaves, roots_, {.sums = sums, .columns = columns}, {.sums = sums_});
    else engine_->by_root(*leaves, roots_, {.matrix = true}, {.times = times_});
  }
  Answer answer() override {
    if (fused_) return {sums_, {}};
    Answer answer;
    for (std::size_t r = 0; r < roots_.size(); ++r)
      answer.exact.push_back(digest(std::span(times_).subspan(r * leaves_.size(), leaves_.size())));
    return answer;
  }

 private:
  std::vector<Place> roots_, leaves_;
  bool fused_;
  std::vector<std::uint64_t> ones_;
  std::vector<std::uint32_t> times_;
  std::vector<std::uint64_t> sums_;
  std::unique_ptr<Engine> engine_;
};

}  // namespace dosi::DOSI_BACKEND::bench_access

namespace dosi::bench::access {

#if DOSI_ON_CUDA
std::unique_ptr<Implementation> trees_ours_cuda(const Workload& w, const dosi::access::Hierarchy& h, int device,
                                                std::size_t work) {
  return std::make_unique<cuda::bench_access::Trees>(w, h, device, work);
}
std::unique_ptr<Implementation> table_ours_cuda(const Workload& w, const dosi::access::Hierarchy& h, int device,
                                                std::size_t rows, bool fused) {
  return std::make_unique<cuda::bench_access::Table>(w, h, device, rows, fused);
}
#else
std::unique_ptr<Implementation> trees_ours_cpu(const Workload& w, const dosi::access::Hierarchy& h, int threads,
                                               std::size_t work) {
  return std::make_unique<cpu::bench_access::Trees>(w, h, threads, work);
}
std::unique_ptr<Implementation> table_ours_cpu(const Workload& w, const dosi::access::Hierarchy& h, int threads,
                                               std::size_t rows, bool fused) {
  return std::make_unique<cpu::bench_access::Table>(w, h, threads, rows, fused);
}
#endif

}  // namespace dosi::bench::access
