// What a place has around it, and how wide its kernel is there. Mostly that is the whole ground, as seen from where the
// place stands. Where distances are listed it is a line: the places of the list stand on it at their distances, with
// their columns beside them, and all that is done on the ground is done there unchanged.
#pragma once

#include <type_traits>

#include "kernels/gwr/moments.hpp"

namespace dosi::DOSI_BACKEND::gwr {

using dosi::gwr::Bandwidth;

inline constexpr int kTeam = 32;
inline constexpr std::size_t kPlacesATeam = Team::serial ? 16 : 1;

// Standardised columns are (raw - centre) / size; the response is the last of them.
struct Standard {
  View<const double> centre, size;
};

// Lists as in gwr.hpp, places in the tree's order.
struct Lists {
  View<const std::uint64_t> first;
  View<const std::uint32_t> place, distance;
  double unit = 1;
  View<const std::uint32_t> by_place = {};  // where asked for: the entries of each list by place
};

// Where lines are made: for each team that runs at the same time a node and `arrays` arrays of `length`.
struct Lines {
  static constexpr std::size_t kBeside = 6;  // arrays besides the columns: distances, and what beside() is asked for
  View<Node> node;
  View<double> values;
  View<const double> zeros;
  std::size_t length = 0, arrays = 0;
};

struct Ground {
  Forest forest;
  Columns z;  // the design's columns and the response, standardised
  Clusters clusters;
  Standard standard;
  bool intercept = false;
  std::size_t places = 0;
  double radius = 0;  // of the sphere that distances are arcs on, the forest's being chords; 0: they are the forest's
  Lists near;         // of each place; empty: distances are those of the forest
  Lines lines;
  DOSI_HD int k() const { return z.count - 1; }
};

// A bandwidth on the device. `reach2`: for each place the squared distance to its K-th of the evaluation before, or 0,
// where to look first; and where to note this one. Not used for a fixed bandwidth or where it is empty.
struct Reach {
  Bandwidth bandwidth;
  View<double> reach2;
  double scale = 0;  // K over the K of before
};

DOSI_HD inline double bandwidth_at(Team& team, const Ground& g, const Reach& r, Point p, std::size_t place,
                                   View<double> selected) {
  if (!r.bandwidth.adaptive) return r.bandwidth.value;
  const bool known = place < r.reach2.size;
  const double kth =
      kth_distance2(team, g.forest, p, r.bandwidth.value, known ? r.reach2[place] * r.scale : 0, selected);
  team.sync();
  if (known && team.rank() == 0) r.reach2[place] = kth;
  return (g.radius > 0 ? arc(std::sqrt(kth), g.radius) : std::sqrt(kth)) * dosi::gwr::kBeyondKth;
}

DOSI_HD inline Point point_of(const Ground& g, std::size_t i) {
  return {g.forest.x[i], g.forest.y[i], g.forest.z.empty() ? 0 : g.forest.z[i], g.forest.t.empty() ? 0 : g.forest.t[i]};
}

// The whole ground, from a point. `place`: of the model, or its number of places.
struct Seen {
  const Ground& ground;
  Point p;
  double h;  // bandwidth
  DOSI_HD Seen(Team& team, const Ground& g, const Lists&, const Reach& r, Point at, std::size_t place, std::size_t,
               View<double> selected)
      : ground(g), p(at), h(bandwidth_at(team, g, r, at, place, selected)) {}
  // Values of all places, as many as stand here.
  DOSI_HD const double* beside(Team&, View<const double> values) const { return values.data; }
};

// The same of a list: row `list` of `near`.
class On_line {
 public:
  DOSI_HD On_line(Team& team, const Ground& g, const Lists& near, const Reach& r, Point, std::size_t, std::size_t list,
                  View<double>)
      : ground(g), p{0, 0}, h(0) {
    const std::size_t first = near.first[list], all = near.first[list + 1] - first,
                      wanted = static_cast<std::size_t>(r.bandwidth.value);
    count_ = wanted < all ? wanted : all;
    const std::uint32_t kth = count_ > 0 ? near.distance[first + count_ - 1] : 0;
    while (count_ < all && near.distance[first + count_] == kth) ++count_;
    h = kth * near.unit * dosi::gwr::kBeyondKth;
    listed_ = near.place.data + first;
    filled_ = (count_ + dosi::gwr::kBlock - 1) / dosi::gwr::kBlock * dosi::gwr::kBlock;
    next_ = g.lines.values.data + team.slot() * g.lines.arrays * g.lines.length;
    team.sync();  // the line before is done with
    double* x = next_;
    next_ += g.lines.length;
    const std::uint32_t* distance = near.distance.data + first;
    team.for_each(filled_, [=, count = count_, unit = near.unit](std::size_t i) {
      x[i] = i < count ? distance[i] * unit : INFINITY;
    });
    ground.z.values = {next_, g.lines.length * static_cast<std::size_t>(g.z.count)};
    ground.z.stride = g.lines.length;
    for (int c = 0; c < g.z.count; ++c) copy(team, g.z.column(c));
    Node* node = g.lines.node.data + team.slot();
    if (team.rank() == 0) *node = {0, 0, h, 0, 0, static_cast<std::uint32_t>(count_), 1, kNoCluster};
    ground.forest = {{node, count_ > 0 ? std::size_t{1} : std::size_t{0}}, {x, filled_}, g.lines.zeros, {}};
    team.sync();
  }
  DOSI_HD const double* beside(Team& team, View<const double> values) {
    const double* to = copy(team, values.data);
    team.sync();
    return to;
  }

  Ground ground;
  Point p;
  double h;

 private:
  DOSI_HD const double* copy(Team& team, const double* from) {
    double* to = next_;
    next_ += ground.lines.length;
    team.for_each(filled_,
                  [=, place = listed_, count = count_](std::size_t i) { to[i] = i < count ? from[place[i]] : 0; });
    return to;
  }

  const std::uint32_t* listed_;
  std::size_t count_, filled_;
  double* next_;
};

template <class Weight>
using Around = std::conditional_t<Weight::listed, On_line, Seen>;

template <class Weight>
DOSI_HD Around<Weight> around_place(Team& team, const Ground& g, const Reach& r, std::size_t i, View<double> selected) {
  return {team, g, g.near, r, point_of(g, i), i, i, selected};
}

// What is asked about: places of the model, or new points with standardised columns of their own.
struct Wanted {
  View<const std::uint32_t> place = {};                 // in the tree's order; empty for new points
  View<const double> x = {}, y = {}, z = {}, own = {};  // new points; own[point][column]
  Lists near = {};                                      // of new points
  View<const double> t = {};                            // of new points, where the model has times
  std::size_t count = 0;

  DOSI_HD bool ours() const { return !place.empty(); }
  template <class Weight>
  DOSI_HD Around<Weight> around(Team& team, const Ground& g, const Reach& r, std::size_t row,
                                View<double> selected) const {
    if (ours()) return around_place<Weight>(team, g, r, place[row], selected);
    return {team,     g,   near,    r, {x[row], y[row], z.empty() ? 0 : z[row], t.empty() ? 0 : t[row]},
            g.places, row, selected};
  }
  DOSI_HD double column(const Ground& g, std::size_t row, int c) const {
    return ours() ? g.z.column(c)[place[row]]
                  : own[row * static_cast<std::size_t>(g.k()) + static_cast<std::size_t>(c)];
  }
};

// f(item) for the items of a group, a team's share of `count`, with room to select in.
template <class F>
DOSI_HD void for_share(Team& team, std::size_t group, std::size_t count, F f) {
  const auto selected = team.shared<double>(kSelected + kRanked);
  for (std::size_t i = group * kPlacesATeam; i < (group + 1) * kPlacesATeam && i < count; ++i) f(i, selected);
}

}  // namespace dosi::DOSI_BACKEND::gwr
