// The street network of a made city, by car, and places on it. Each implementation answers the same questions in times
// of whole milliseconds, which must be equal.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "bench/bench.hpp"
#include "host/access/hierarchy.hpp"
#include "host/access/places.hpp"

namespace dosi::bench::access {

struct Workload {
  // About `nodes` nodes; `tables` sources and as many targets.
  Workload(std::size_t nodes, std::size_t places);

  dosi::access::Arcs arcs() const { return {nodes, tail, head, time, x, y}; }

  std::uint32_t nodes;
  std::vector<std::uint32_t> tail, head, time;
  std::vector<double> x, y;
  std::vector<std::uint32_t> sources, targets;   // nodes
};

// A digest of times, each an element of an answer.
std::uint64_t digest(std::span<const std::uint32_t> times);

// Trees of the sources, in groups; `work` of them a run, groups rotate from sample to sample.
std::unique_ptr<Implementation> trees_ours_cpu(const Workload&, const dosi::access::Hierarchy&, int threads, std::size_t work);
std::unique_ptr<Implementation> trees_ours_cuda(const Workload&, const dosi::access::Hierarchy&, int device, std::size_t work);
std::unique_ptr<Implementation> trees_dijkstra(const Workload&, std::size_t work);

// Times from the first `rows` sources to all targets; for each the number of targets within fifteen minutes.
std::unique_ptr<Implementation> table_ours_cpu(const Workload&, const dosi::access::Hierarchy&, int threads, std::size_t rows, bool fused);
std::unique_ptr<Implementation> table_ours_cuda(const Workload&, const dosi::access::Hierarchy&, int device, std::size_t rows, bool fused);
std::unique_ptr<Implementation> table_dijkstra(const Workload&, std::size_t rows, bool fused);

inline constexpr std::uint32_t kWithin = 15 * 60 * 1000;

}  // namespace dosi::bench::access
