// Orders of elimination, ours and METIS's, and what new times cost on a hierarchy that can be customised and on one
// that cannot.
#include <omp.h>

#include "bench/access/contraction.hpp"
#include "bench/access/workload.hpp"
#include "host/access/order.hpp"

#if DOSI_BENCH_METIS
#include <metis.h>
#endif

namespace dosi::bench::access {
namespace {

using dosi::access::Elimination;
using dosi::access::Hierarchy;

constexpr std::size_t kProbes = 8;

// The first sources' trees, as any hierarchy of the network must give them.
Answer trees_of(const Workload& w, const Hierarchy& hierarchy) {
  const auto engine = dosi::cpu::access::make_engine(hierarchy.view(), 1);
  std::vector<std::uint32_t> ranked(w.nodes), times(w.nodes);
  Answer answer;
  for (std::size_t i = 0; i < kProbes; ++i) {
    const dosi::access::Place root = dosi::access::place_at(hierarchy.rank(w.sources[i]));
    engine->trees(dosi::access::Direction::from_roots, {&root, 1}, ranked);
    for (std::uint32_t v = 0; v < w.nodes; ++v) times[v] = ranked[hierarchy.rank(v)];
    answer.exact.push_back(digest(times));
  }
  return answer;
}

class Order : public Implementation {
 public:
  explicit Order(const Workload& w) : w_(w) {}
  Answer answer() override {
    return trees_of(w_, Hierarchy(std::make_shared<Elimination>(w_.arcs(), rank_), w_.arcs()));
  }

 protected:
  const Workload& w_;
  std::vector<std::uint32_t> rank_;
};

class Ours : public Order {
 public:
  Ours(const Workload& w, int threads) : Order(w), threads_(threads) {}
  void run(int) override {
    const int before = omp_get_max_threads();
    omp_set_num_threads(threads_);
    rank_ = dosi::access::nested_dissection(dosi::access::make_topology(w_.nodes, w_.tail, w_.head, w_.x, w_.y));
    omp_set_num_threads(before);
  }

 private:
  int threads_;
};

class Customisation : public Implementation {
 public:
  Customisation(const Workload& w, std::shared_ptr<const Elimination> elimination, const Device& device)
      : w_(w), hierarchy_(std::move(elimination), w.arcs(), device) {}
  void run(int) override { hierarchy_.customise(w_.time); }
  Answer answer() override { return trees_of(w_, hierarchy_); }

 private:
  const Workload& w_;
  Hierarchy hierarchy_;
};

class Anew : public Implementation {
 public:
  explicit Anew(const Workload& w) : w_(w) {}
  void run(int) override {
    hierarchy_ = std::make_unique<contraction::Contraction>(w_.nodes, w_.tail, w_.head, w_.time);
  }
  Answer answer() override {
    contraction::Workspace workspace(*hierarchy_);
    std::vector<std::uint32_t> labels(std::size_t{w_.nodes} * contraction::kLanes), times(w_.nodes);
    hierarchy_->trees(std::span(w_.sources).first(kProbes), workspace, labels.data());
    Answer answer;
    for (std::size_t i = 0; i < kProbes; ++i) {
      for (std::uint32_t v = 0; v < w_.nodes; ++v) {
        const auto t = labels[std::size_t{hierarchy_->position(v)} * contraction::kLanes + i];
        times[v] = t >= contraction::kFar ? contraction::kNever : t;
      }
      answer.exact.push_back(digest(times));
    }
    return answer;
  }

 private:
  const Workload& w_;
  std::unique_ptr<contraction::Contraction> hierarchy_;
};

#if DOSI_BENCH_METIS
class Metis : public Order {
 public:
  using Order::Order;
  void run(int) override { rank_ = metis_order(w_); }
};
#endif

}  // namespace

std::unique_ptr<Implementation> order_ours(const Workload& w, int threads) {
  return std::make_unique<Ours>(w, threads);
}

std::unique_ptr<Implementation> times_ours(const Workload& w, std::shared_ptr<const Elimination> elimination,
                                           const Device& device) {
  return std::make_unique<Customisation>(w, std::move(elimination), device);
}

std::unique_ptr<Implementation> times_contraction(const Workload& w) { return std::make_unique<Anew>(w); }

#if DOSI_BENCH_METIS
std::unique_ptr<Implementation> order_metis(const Workload& w) { return std::make_unique<Metis>(w); }

std::vector<std::uint32_t> metis_order(const Workload& w) {
  const auto topology = dosi::access::make_topology(w.nodes, w.tail, w.head, w.x, w.y);
  idx_t nodes = static_cast<idx_t>(w.nodes);
  std::vector<idx_t> first(topology.first.begin(), topology.first.end()),
      neighbour(topology.neighbour.begin(), topology.neighbour.end());
  std::vector<idx_t> permutation(w.nodes), rank(w.nodes);
  METIS_NodeND(&nodes, first.data(), neighbour.data(), nullptr, nullptr, permutation.data(), rank.data());
  return {rank.begin(), rank.end()};
}
#else
std::unique_ptr<Implementation> order_metis(const Workload&) { return nullptr; }
std::vector<std::uint32_t> metis_order(const Workload&) { return {}; }
#endif

}  // namespace dosi::bench::access
