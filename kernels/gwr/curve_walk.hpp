// One place's way along its curve: its neighbours in order, moments that grow from bandwidth to bandwidth, a fit at
// each. See curve.hpp.
#pragma once

#include "kernels/gwr/curve.hpp"
#include "kernels/gwr/in_order.hpp"
#include "kernels/gwr/lane_fits.hpp"

namespace dosi::DOSI_BACKEND::gwr {

inline constexpr std::size_t kCurvePlaces = Team::serial ? 16 : 4;  // a team takes, one after the other
inline constexpr double kAtOnePoint = 1e-60;  // an H of 0 is raised to this: only what is there has a weight

// A distance as bandwidths of a kernel raise it: the power of d^2 that is u.
template <int kPower>
DOSI_INLINE DOSI_HD Pack raised(Pack d2) {
  if constexpr (kPower == 2) return d2;
  else return d2 * root(d2);
}
DOSI_HD inline double raised(int power, double d) { return power == 2 ? d * d : d * d * d; }

// Bandwidths on the device, filled up to whole packs with the last.
struct Steps {
  bool adaptive;
  View<const std::uint32_t> rank;  // adaptive: K
  View<const double> level;        // fixed: H
  std::size_t count;
  // H of step b among `neighbours` in order.
  DOSI_HD double at(std::size_t b, const std::uint64_t* key, std::size_t neighbours, int power) const {
    if (!adaptive) return level[b];
    const std::size_t k = rank[b] < neighbours ? rank[b] : neighbours;
    return k == 0 ? 0 : number_of(key[k - 1]) * raised(power, dosi::gwr::kBeyondKth);
  }
};

// M_0 to M_kPower of all products, a product a lane.
template <int kPacks, int kPower>
struct Growing {
  Pack m[kPower + 1][kPacks];
  DOSI_INLINE DOSI_HD void begin(int packs) {
    for (int q = 0; q <= kPower; ++q)
      for (int e = 0; e < packs; ++e) m[q][e] = splat(0);
  }
  // By s, by Horner's rule for all at once: s^(q-r) with binomial factors.
  DOSI_INLINE DOSI_HD void grow(double s, int packs) {
    const Pack step = splat(s);
    DOSI_UNROLLED
    for (int e = 0; e < packs; ++e) DOSI_UNROLLED
    for (int round = 0; round < kPower; ++round) DOSI_UNROLLED
    for (int q = kPower; q > round; --q) m[q][e] = fused(step, m[q - 1][e], m[q][e]);
  }
  // A place that is v within H.
  DOSI_INLINE DOSI_HD void add(const double* products, double v, int packs) {
    DOSI_UNROLLED
    for (int e = 0; e < packs; ++e) {
      const Pack one = load(products + static_cast<std::size_t>(e) * kLanes);
      double power = 1;
      m[0][e] = m[0][e] + one;
      DOSI_UNROLLED
      for (int q = 1; q <= kPower; ++q) {
        power *= v;
        m[q][e] = fused(splat(power), one, m[q][e]);
      }
    }
  }
};

// Asks for a row that is wanted soon; on a GPU other teams fill the time.
inline constexpr std::size_t kAhead = 12;
DOSI_INLINE DOSI_HD void fetch([[maybe_unused]] const double* row, [[maybe_unused]] int packs) {
#if !DOSI_ON_CUDA
  for (int e = 0; e < packs; ++e) __builtin_prefetch(row + static_cast<std::size_t>(e) * kLanes);
#endif
}

// What a launch of teams works with, a part for each.
struct Curve_room {
  View<std::uint64_t> key;       // twice `length` a team
  View<std::uint32_t> place;     // the same
  View<double> moments, height;  // of kLanes steps: [step][product], and H^kPower
  View<double> sums;             // [figure][step], of the team's places
  std::size_t length = 0;
};

template <int K, int kPower>
struct Walk {
  static constexpr int kPacks =
      (products_of(Local_fit<K>::kSize + 1) + static_cast<int>(kLanes) - 1) / static_cast<int>(kLanes);
  Ground g;
  Steps steps;
  View<const double> products,
      reach2;  // of each place: its products, filled up to whole packs; how far the widest bandwidth reaches, squared
  Curve_room room;
  std::size_t first;  // the group that team 0 takes

  DOSI_HD void operator()(Team& team, std::size_t t) const {
    const auto counts = team.shared<std::uint32_t>(kDigits * kWorkers + kWorkers);
    const std::size_t group = (first + t) * kCurvePlaces;
    for (std::size_t i = group; i < group + kCurvePlaces && i < g.places; ++i) {
      Entries entries{room.key.data + t * 2 * room.length, room.place.data + t * 2 * room.length},
          spare{entries.key + room.length, entries.place + room.length};
      const std::size_t neighbours = gather(team, i, entries);
      if (g.near.first.empty()) put_in_order(team, entries, spare, neighbours, counts);
      walk(team, t, i, entries, neighbours, i == group);
    }
  }

 private:
  DOSI_HD int packs() const { return K > 0 ? kPacks : static_cast<int>(products.size / g.places / kLanes); }

  DOSI_HD std::size_t gather(Team& team, std::size_t i, const Entries& out) const {
    team.sync();
    if (!g.near.first.empty()) {
      const std::size_t list = g.near.first[i], count = g.near.first[i + 1] - list;
      team.for_each(count, [&](std::size_t e) {
        out.key[e] = key_of(raised(kPower, g.near.distance[list + e] * g.near.unit));
        out.place[e] = g.near.place[list + e];
      });
      team.sync();
      return count;
    }
    const Point p = point_of(g, i);
    const double bound = reach2[i], diameter2 = 4 * g.radius * g.radius;
    std::size_t count = 0;
    for_nodes_within(g.forest, p, bound, [&](const Node& n, bool) DOSI_INLINE_LAMBDA {
      for (std::size_t j = n.first; j < n.last; j += kLanes) {
        const Pack d2 = distance2(g.forest, j, p), u = raised<kPower>(g.radius > 0 ? arc2(d2, diameter2) : d2);
#if DOSI_ON_CUDA
        const bool take = d2 <= bound;
        const std::size_t at = place_among(take, count);
        if (take) out.key[at] = key_of(u);
        if (take) out.place[at] = static_cast<std::uint32_t>(j + lane());
#else
        for (std::size_t l = 0; l < kLanes; ++l) {  // what is beyond is written over
          out.key[count] = key_of(u[l]);
          out.place[count] = static_cast<std::uint32_t>(j + l);
          count += d2[l] <= bound;
        }
#endif
      }
    });
    team.sync();
    return count;
  }

  DOSI_HD void walk(Team& team, std::size_t t, std::size_t i, const Entries& near, std::size_t neighbours,
                    bool begin) const {
    const int k = K > 0 ? K : g.k(), all = packs();
    const std::size_t stride = static_cast<std::size_t>(all) * kLanes;
    double x[Local_fit<K>::kSize], *rows = room.moments.data + t * kLanes * stride,
                                   *heights = room.height.data + t * kLanes;
    for (int c = 0; c < k; ++c) x[c] = g.z.column(c)[i];
    const double y = g.z.column(k)[i], y_size = g.standard.size[static_cast<std::size_t>(k)];
    double* sums = room.sums.data + t * dosi::gwr::kCurveFigures * steps.count;
    Growing<kPacks, kPower> growing;
    growing.begin(all);
    double height = 0;
    std::size_t next = 0;
    for (std::size_t b = 0; b < steps.count; b += kLanes) {
      team.sync();
      for (std::size_t l = 0; l < kLanes; ++l) {
        const double to = larger(larger(steps.at(b + l, near.key, neighbours, kPower), kAtOnePoint), height);
        growing.grow(to - height, all);
        height = to;
        for (; next < neighbours; ++next) {
          const double v = height - number_of(near.key[next]);
          if (!(v > 0)) break;
          if (next + kAhead < neighbours) fetch(products.data + near.place[next + kAhead] * stride, all);
          growing.add(products.data + near.place[next] * stride, v, all);
        }
        for (int e = 0; e < all; ++e)
          store(rows + l * stride + static_cast<std::size_t>(e) * kLanes, growing.m[kPower][e]);
        if (team.rank() == 0) heights[l] = raised(kPower, height);
      }
      team.sync();
      tell(fit_lanes<K>(rows, stride, k, x), load(heights), y, y_size, sums + b, begin);
    }
  }

  DOSI_INLINE DOSI_HD void tell(const Lane_fit& fit, Pack height, double y, double y_size, double* sums,
                                bool begin) const {
    const Pack e = (y - fit.fitted) * y_size, leverage = fit.leverage * height,
               left_out = e / larger(1.0 - leverage, splat(1e-12));
    const Pack figures[dosi::gwr::kCurveFigures] = {e * e, leverage, left_out * left_out, 1.0 - fit.regular};
    for (const Pack& figure : figures) {
      store(sums, begin ? figure : figure + load(sums));
      sums += steps.count;
    }
  }
};

// What the sorting needs to know: how far each place's widest bandwidth reaches, and how many are there.
struct Measure {
  Ground g;
  Bandwidth widest;
  View<double> reach2;
  View<std::uint32_t> count;
  DOSI_HD void operator()(Team& team, std::size_t group) const {
    for_share(team, group, g.places, [&](std::size_t i, View<double> selected) {
      const Point p = point_of(g, i);
      const double h = bandwidth_at(team, g, {widest, {}, 0}, p, i, selected),
                   reach = Any_kernel(widest.kernel, h, g.radius).reach2, found = count_within(g.forest, p, reach);
      if (team.rank() > 0) return;
      reach2[i] = reach;
      count[i] = static_cast<std::uint32_t>(found);
    });
  }
};

// Products of a place's columns, as moments are made of.
struct Make_products {
  Columns z;
  std::size_t stride;
  View<double> out;
  DOSI_HD void operator()(std::size_t i) const {
    double* to = out.data + i * stride;
    std::size_t e = 0;
    for (int a = 0; a < z.count; ++a)
      for (int b = a; b < z.count; ++b) to[e++] = z.column(a)[i] * z.column(b)[i];
    while (e < stride) to[e++] = 0;
  }
};

// Adds what teams found, in their order.
struct Add_teams {
  View<const double> found;  // [team][element]
  std::size_t teams;
  View<double> sums;
  DOSI_HD void operator()(std::size_t at) const {
    double s = sums[at];
    for (std::size_t t = 0; t < teams; ++t) s += found[t * sums.size + at];
    sums[at] = s;
  }
};

}  // namespace dosi::DOSI_BACKEND::gwr
