// Places on the network: the nearest edge of a point, the walk to it, and the times along it.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "host/access/hierarchy.hpp"
#include "kernels/access/access.hpp"

namespace dosi::access {

// The streets of one mode as undirected edges: a pair of nodes with the best time each way.
struct Edge {
  std::uint32_t a, b;              // nodes, a <= b
  std::uint32_t time_ab, time_ba;  // ms, kNever where that way is closed
};
std::vector<Edge> make_edges(const Arcs& arcs);

// For each arc its edge, kNoNode where it has none: the way was closed when the edges were made.
std::vector<std::uint32_t> edges_of(const Arcs& arcs, const std::vector<Edge>& edges);
// The same edges with the times of `arcs`, of which `edge_of` are the edges.
std::vector<Edge> retimed(std::vector<Edge> edges, const Arcs& arcs, std::span<const std::uint32_t> edge_of);

struct Snapped {
  std::vector<Place> places;    // Place::a == kNoNode where no edge is within reach
  std::vector<float> distance;  // metres to the edge; NaN where there is none
  std::size_t missed = 0;
};

// A place as it is in a metric, with the times of its edge there; `edges` are in the order that it was snapped to.
Place retimed(Place place, const std::vector<Edge>& edges, std::uint32_t metric);

// Finds the nearest edge of each point. Edges are straight segments between their nodes; equally near edges: the
// one with the lower number. Times along an edge are shares of its time, rounded down, so that the two parts of an
// edge always make the whole.
class Snapper {
 public:
  Snapper(std::vector<Edge> edges, std::span<const double> node_x, std::span<const double> node_y);

  // `reach` in metres; `walk_speed` in km/h, for the way to the edge. Numbers nodes by `rank`.
  Snapped snap(std::span<const double> x, std::span<const double> y, double reach, double walk_speed,
               std::span<const std::uint32_t> rank) const;
  const std::vector<Edge>& edges() const { return edges_; }

 private:
  struct Hit {
    std::uint32_t edge = kNoNode;
    double distance = 0, share = 0;
  };
  Hit nearest(double x, double y, double reach) const;
  void measure(std::uint32_t edge, double x, double y, Hit& best) const;
  std::int64_t column(double x) const;
  std::int64_t row(double y) const;
  template <class F>
  void cells_of(const Edge& e, F f) const;

  std::vector<Edge> edges_;
  std::span<const double> node_x_, node_y_;
  double x0_ = 0, y0_ = 0, cell_ = 1;
  std::int64_t columns_ = 0, rows_ = 0;
  std::vector<std::uint64_t> cell_first_;
  std::vector<std::uint32_t> cell_edges_;
};

}  // namespace dosi::access
