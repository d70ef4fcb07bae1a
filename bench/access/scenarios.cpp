// What if: the streets as they are and 32 states of them with a few streets closed, all of them as lanes of one run,
// and one after another. New times, the engine and the sweeps are part of each run.
#include <algorithm>

#include "bench/access/workload.hpp"
#include "kernels/core/philox.hpp"

namespace dosi::bench::access {
namespace {

using dosi::access::Arc_time;
using dosi::access::Direction;
using dosi::access::Hierarchy;
using dosi::access::Place;

constexpr std::size_t kScenarios = 32, kClosed = 6, kRoots = 32, kAtOnce = 8;

class Scenarios : public Implementation {
 public:
  Scenarios(const Workload& w, std::shared_ptr<const dosi::access::Elimination> elimination, const Device& device)
      : w_(w), device_(device), closed_(kScenarios), people_(kRoots * (1 + kScenarios), 1),
        hierarchy_(std::move(elimination), w.arcs(), device), within_(w.targets.size() * (1 + kScenarios)) {
    Random random(9, 0);
    for (auto& closed : closed_) {
      for (std::size_t i = 0; i < kClosed; ++i)
        closed.push_back({random.below(static_cast<std::uint32_t>(w.tail.size())), dosi::access::kNever});
      std::sort(closed.begin(), closed.end(), [](auto a, auto b) { return a.arc < b.arc; });
    }
  }
  Answer answer() override { return {within_, {}}; }

 protected:
  // The first sources within reach of each target, in some metrics of the hierarchy, which are the states from `state`
  // on.
  void ask(dosi::access::Engine& engine, std::uint32_t state, std::uint32_t metric, std::uint32_t count) {
    const auto places = [&](std::span<const std::uint32_t> nodes) {
      std::vector<Place> all;
      for (std::uint32_t m = 0; m < count; ++m)
        for (const auto v : nodes) {
          all.push_back(dosi::access::place_at(hierarchy_.rank(v)));
          all.back().metric = metric + m;
        }
      return all;
    };
    const auto roots = places(std::span(w_.sources).first(kRoots)), leaves = places(w_.targets);
    const std::vector<dosi::access::Sum> sums{{0, kWithin, -1}};
    const std::vector<std::span<const std::uint64_t>> columns{
        std::span<const std::uint64_t>(people_).first(roots.size())};
    engine.by_leaf(*engine.prepare(Direction::from_roots, leaves, count), roots, {.sums = sums, .columns = columns},
                   {.sums = std::span(within_).subspan(state * w_.targets.size(), leaves.size())});
  }

  std::unique_ptr<dosi::access::Engine> engine() const {
    return DOSI_BACKEND_OF(device_, access::make_engine)(hierarchy_.view(), device_.argument(), std::nullopt);
  }

  const Workload& w_;
  Device device_;
  std::vector<std::vector<Arc_time>> closed_;
  std::vector<std::uint64_t> people_;
  Hierarchy hierarchy_;
  std::vector<std::uint64_t> within_;  // [metric][target]
};

class Together : public Scenarios {
 public:
  using Scenarios::Scenarios;
  void run(int) override {
    hierarchy_.customise(w_.time, closed_);
    const auto engine = this->engine();
    for (std::size_t m = 0; m <= kScenarios; m += kAtOnce)
      ask(*engine, static_cast<std::uint32_t>(m), static_cast<std::uint32_t>(m),
          static_cast<std::uint32_t>(std::min(kAtOnce, kScenarios + 1 - m)));
  }
};

class One_by_one : public Scenarios {
 public:
  using Scenarios::Scenarios;
  void run(int) override {
    for (std::uint32_t m = 0; m <= kScenarios; ++m) {
      auto now = w_.time;
      if (m > 0)
        for (const auto& change : closed_[m - 1]) now[change.arc] = change.time;
      hierarchy_.customise(now);
      ask(*engine(), m, 0, 1);
    }
  }
};

}  // namespace

std::unique_ptr<Implementation> scenarios_together(const Workload& w,
                                                   std::shared_ptr<const dosi::access::Elimination> elimination,
                                                   const Device& device) {
  return std::make_unique<Together>(w, std::move(elimination), device);
}
std::unique_ptr<Implementation> scenarios_one_by_one(const Workload& w,
                                                     std::shared_ptr<const dosi::access::Elimination> elimination,
                                                     const Device& device) {
  return std::make_unique<One_by_one>(w, std::move(elimination), device);
}
std::size_t scenarios_states() { return 1 + kScenarios; }

}  // namespace dosi::bench::access
