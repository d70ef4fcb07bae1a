// The metrics of a run: the streets as they are, and as each scenario makes them.
#pragma once

#include <span>
#include <vector>

#include "host/access/places.hpp"
#include "host/access/street_changes.hpp"

namespace dosi::access {

class Metrics {
 public:
  // The streets as they are alone.
  Metrics() = default;
  // `edges`: of `arcs`, the network's without links. Both, and `changes`, must outlive this.
  Metrics(const Arcs& arcs, const std::vector<Edge>& edges, const Street_changes& changes)
      : arcs_(arcs), edges_(&edges), edge_of_(edges_of(arcs, edges)), changes_(&changes) {}

  std::size_t size() const { return changes_ == nullptr ? 1 : 1 + changes_->scenarios.size(); }
  // Places on the streets as they are, put into a metric.
  std::vector<Place> places(std::span<const Place> places, std::size_t metric) const;
  // [metric][place], of `count` metrics from `first` on.
  void places(std::span<const Place> places, std::size_t first, std::size_t count, std::vector<Place>& out) const;

 private:
  std::vector<Edge> edges(std::size_t metric) const;
  void put(std::span<const Place> places, std::size_t metric, std::span<Place> out) const;

  Arcs arcs_;
  const std::vector<Edge>* edges_ = nullptr;
  std::vector<std::uint32_t> edge_of_;
  const Street_changes* changes_ = nullptr;
};

}  // namespace dosi::access
