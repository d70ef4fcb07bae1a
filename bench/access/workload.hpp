// The street network of a made city, by car, and places on it. Each implementation answers the same questions in times
// of whole milliseconds, which must be equal.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <vector>

#include "bench/bench.hpp"
#include "host/access/hierarchy.hpp"
#include "host/access/places.hpp"

namespace dosi::bench::access {

struct Workload {
  // The streets of a made city with about `nodes` nodes; `places` sources and as many targets, at random.
  static Workload made(std::size_t nodes, std::size_t places);
  // The first network of a city file, as tiles of a square that together have at least `nodes` nodes. Neighbouring
  // tiles are linked by a bounded number of streets.
  static Workload tiled(const std::filesystem::path& city, std::size_t nodes, std::size_t places);

  dosi::access::Arcs arcs() const { return {nodes, tail, head, time, x, y}; }

  std::uint32_t nodes = 0;
  std::vector<std::uint32_t> tail, head, time;
  std::vector<double> x, y;
  std::vector<std::uint32_t> sources, targets;  // nodes

 private:
  void link(std::uint32_t a, std::uint32_t b);
  void choose_places(std::size_t places);
};

// A digest of times, each an element of an answer.
std::uint64_t digest(std::span<const std::uint32_t> times);

// Trees of the sources, in groups; `work` of them a run, groups rotate from sample to sample.
std::unique_ptr<Implementation> trees_ours_cpu(const Workload&, const dosi::access::Hierarchy&, int threads,
                                               std::size_t work);
std::unique_ptr<Implementation> trees_ours_cuda(const Workload&, const dosi::access::Hierarchy&, int device,
                                                std::size_t work);

// Orders of elimination. The answer is that of trees through the hierarchy that comes of the order.
std::unique_ptr<Implementation> order_ours(const Workload&, int threads);
// Null where METIS is not on this machine.
std::unique_ptr<Implementation> order_metis(const Workload&);
std::vector<std::uint32_t> metis_order(const Workload&);

// New times on the same streets, from and to the host's memory: a customisation, or all anew.
std::unique_ptr<Implementation> times_ours(const Workload&, std::shared_ptr<const dosi::access::Elimination>,
                                           const Device&);
std::unique_ptr<Implementation> times_contraction(const Workload&);

// States of the streets, of which all but the first have some closed; for each target in each state the number of some
// sources within fifteen minutes.
std::unique_ptr<Implementation> scenarios_together(const Workload&, std::shared_ptr<const dosi::access::Elimination>,
                                                   const Device&);
std::unique_ptr<Implementation> scenarios_one_by_one(const Workload&, std::shared_ptr<const dosi::access::Elimination>,
                                                     const Device&);
std::size_t scenarios_states();

// Times from the first `rows` sources to as many targets; for each the number of targets within fifteen minutes.
std::unique_ptr<Implementation> table_ours_cpu(const Workload&, const dosi::access::Hierarchy&, int threads,
                                               std::size_t rows, bool fused);
std::unique_ptr<Implementation> table_ours_cuda(const Workload&, const dosi::access::Hierarchy&, int device,
                                                std::size_t rows, bool fused);

// The others, on a contraction hierarchy that is built once.
class Peers {
 public:
  Peers(const Workload& workload, int threads);
  std::vector<Contender> trees(std::size_t work) const;
  std::vector<Contender> table(std::size_t rows, bool fused) const;

  struct Built;

 private:
  const Workload& w_;
  int threads_;
  std::shared_ptr<const Built> built_;
};

inline constexpr std::uint32_t kWithin = 15 * 60 * 1000;

}  // namespace dosi::bench::access
