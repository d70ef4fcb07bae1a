// See kriging.hpp.
#include "kernels/kriging/kriging.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

#include "kernels/gwr/kth.hpp"
#include "kernels/gwr/terrain.hpp"
#include "kernels/kriging/system.hpp"
#include "kernels/par/par.hpp"

namespace dosi::DOSI_BACKEND::kriging {

using dosi::kriging::Empirical;
using dosi::kriging::Kriged;
using dosi::kriging::kMostNeighbours;
using dosi::kriging::Samples;
using gwr::Forest;
using gwr::kLanes;
using gwr::Pack;
using gwr::Point;

inline constexpr int kTeam = 32;  // as the walks through the tree want it
inline constexpr std::uint32_t kNobody = 0xFFFFFFFFu;

// Writes the places first .. first + kLanes - 1 with low < distance2 <= high, but `own`, behind the first `count` of
// `out`.
DOSI_HD inline unsigned append_places(Pack distance2, [[maybe_unused]] double low, [[maybe_unused]] double high,
                                      std::uint32_t first, [[maybe_unused]] std::uint32_t own,
                                      [[maybe_unused]] View<std::uint32_t> out, unsigned count) {
#if defined(__CUDA_ARCH__)
  const std::uint32_t place = first + gwr::lane();
  const bool take = distance2 > low && distance2 <= high && place != own;
  const unsigned all = __ballot_sync(0xFFFFFFFFu, take), at = count + __popc(all & ((1u << gwr::lane()) - 1));
  if (take && at < out.size) out[at] = place;
  return count + __popc(all);
#elif DOSI_ON_CUDA
  return count + first * 0 + static_cast<unsigned>(distance2 * 0);
#else
  for (std::uint32_t l = 0; l < kLanes; ++l)
    if (distance2[l] > low && distance2[l] <= high && first + l != own) {
      if (count < out.size) out[count] = first + l;
      ++count;
    }
  return count;
#endif
}

// The nearest places of p but `own` into `out`: all nearer than the last, then of those as far as the last the first in
// the tree.
DOSI_HD inline void nearest(Team& team, const Forest& f, Point p, std::uint32_t own, View<double> scratch,
                            View<std::uint32_t> out) {
  const double last2 =
      gwr::kth_distance2(team, f, p, static_cast<double>(out.size + (own == kNobody ? 0 : 1)), 0, scratch);
  unsigned count = 0;
  const auto gather = [&](double low, double high) {
    gwr::for_nodes_within(f, p, high, [&](const gwr::Node& n, bool) {
      for (std::uint32_t i = n.first; i < n.last; i += static_cast<std::uint32_t>(kLanes))
        count = append_places(gwr::distance2(f, i, p), low, high, i, own, out, count);
    });
  };
  gather(-1, last2);
  if (count > out.size) {  // several as far as the last
    const double before2 = std::nextafter(last2, -1.0);
    team.sync();
    count = 0;
    gather(-1, before2);
    gather(before2, last2);
  }
  team.sync();
}

struct Place_views {
  View<double> mean, variance;
  View<std::uint8_t> singular;
};

struct Krige_places {
  Forest forest;
  View<const double> value;  // in the tree's order
  View<const double> x, y;   // of new places; empty: the samples themselves
  Variogram variogram;
  std::size_t places, neighbours;
  Place_views out;

  static constexpr std::size_t kPlacesATeam = Team::serial ? 16 : 1;
  static constexpr std::size_t scratch(std::size_t neighbours) {
    const std::size_t order = neighbours + kRowsBelow;
    return gwr::kSelectScratch + Team::shared_bytes<double>(Triangle::size(order)) +
           Team::shared_bytes<double>(3 * neighbours) + Team::shared_bytes<std::uint32_t>(neighbours);
  }

  struct Sample {
    double x, y, value;
  };
  DOSI_HD void operator()(Team& team, std::size_t group) const {
    const auto selected = team.shared<double>(gwr::kSelected + gwr::kRanked);
    const std::size_t order = neighbours + kRowsBelow;
    const Triangle a{team.shared<double>(Triangle::size(order)), order};
    const auto sx = team.shared<double>(neighbours), sy = team.shared<double>(neighbours),
               sz = team.shared<double>(neighbours);
    const auto near = team.shared<std::uint32_t>(neighbours);
    for (std::size_t i = group * kPlacesATeam; i < (group + 1) * kPlacesATeam && i < places; ++i) {
      const bool itself = x.empty();
      const Point p = itself ? Point{forest.x[i], forest.y[i]} : Point{x[i], y[i]};
      nearest(team, forest, p, itself ? static_cast<std::uint32_t>(i) : kNobody, selected, near);
      team.for_each(neighbours, [&](std::size_t s) {
        sx[s] = forest.x[near[s]];
        sy[s] = forest.y[near[s]];
        sz[s] = value[near[s]];
      });
      team.sync();
      const auto k = krige(team, a, neighbours, variogram, p.x, p.y, [=](std::size_t s) {
        return Sample{sx.data[s], sy.data[s], sz.data[s]};
      });
      if (team.rank() != 0) continue;
      out.mean[i] = k.mean;
      out.variance[i] = fmax(k.variance, 0.0);
      out.singular[i] = k.singular ? 1 : 0;
    }
  }
};

class Device_engine final : public dosi::kriging::Engine {
 public:
  Device_engine(const Samples& s, const Variogram& v, std::size_t neighbours, int device)
      : ctx_(gwr::workers(device, s.x.size())), tree_(checked(s, v, neighbours)), variogram_(v),
        neighbours_(neighbours), n_(s.x.size()) {
    const std::size_t stride = (n_ + dosi::gwr::kBlock - 1) / dosi::gwr::kBlock * dosi::gwr::kBlock;
    const auto in_order = [&](std::span<const double> from) {
      std::vector<double> out(stride, INFINITY);
      for (std::size_t i = 0; i < n_; ++i) out[i] = from[tree_.order[i]];
      return out;
    };
    nodes_ = gwr::upload(ctx_, tree_.nodes);
    x_ = gwr::upload(ctx_, in_order(s.x));
    y_ = gwr::upload(ctx_, in_order(s.y));
    value_ = gwr::upload(ctx_, in_order(s.value));
  }

  void predict(std::span<const double> x, std::span<const double> y, const Kriged& out) override {
    const par::Buffer<double> d_x(ctx_, x), d_y(ctx_, y);
    krige_places(d_x.view(), d_y.view(), x.size(), std::min(neighbours_, n_), out, {});
  }

  void leave_one_out(const Kriged& out) override {
    if (n_ < 2) throw std::invalid_argument("one sample alone cannot be left out");
    krige_places({}, {}, n_, std::min(neighbours_, n_ - 1), out, tree_.order);
  }

 private:
  static dosi::gwr::Tree checked(const Samples& s, const Variogram& v, std::size_t neighbours) {
    if (s.x.empty() || s.y.size() != s.x.size() || s.value.size() != s.x.size())
      throw std::invalid_argument("kriging from " + std::to_string(s.x.size()) + " places and " +
                                  std::to_string(s.value.size()) + " values");
    if (neighbours < 1 || neighbours > kMostNeighbours)
      throw std::invalid_argument("kriging from " + std::to_string(neighbours) + " neighbours; 1 to " +
                                  std::to_string(kMostNeighbours));
    if (!(v.nugget >= 0 && v.sill > 0 && v.range > 0))
      throw std::invalid_argument("a variogram with nugget " + std::to_string(v.nugget) + ", sill " +
                                  std::to_string(v.sill) + ", range " + std::to_string(v.range));
    return dosi::gwr::make_tree(s.x, s.y);
  }

  // Row r of the device is row order[r] of the answer; without an order, row r.
  void krige_places(View<const double> x, View<const double> y, std::size_t places, std::size_t neighbours,
                    const Kriged& out, std::span<const std::uint32_t> order) {
    if (places == 0) return;
    par::Buffer<double> mean(ctx_, places), variance(ctx_, places);
    par::Buffer<std::uint8_t> singular(ctx_, places);
    par::for_each_team(ctx_, (places + Krige_places::kPlacesATeam - 1) / Krige_places::kPlacesATeam, kTeam,
                       Krige_places::scratch(neighbours),
                       Krige_places{{nodes_.view(), x_.view(), y_.view()},
                                    value_.view(),
                                    x,
                                    y,
                                    variogram_,
                                    places,
                                    neighbours,
                                    {mean.view(), variance.view(), singular.view()}});
    ctx_.synchronize();
    const auto copy = [&]<class T>(const par::Buffer<T>& from, std::span<T> to) {
      if (to.empty()) return;
      const auto host = from.to_host();
      for (std::size_t r = 0; r < places; ++r) to[order.empty() ? r : order[r]] = host[r];
    };
    copy(mean, out.mean);
    copy(variance, out.variance);
    copy(singular, out.singular);
  }

  par::Context ctx_;
  dosi::gwr::Tree tree_;
  Variogram variogram_;
  std::size_t neighbours_, n_;
  par::Buffer<dosi::gwr::Node> nodes_;
  par::Buffer<double> x_, y_, value_;
};

std::unique_ptr<dosi::kriging::Engine> make_engine(const Samples& samples, const Variogram& variogram,
                                                   std::size_t neighbours, int device) {
  return std::make_unique<Device_engine>(samples, variogram, neighbours, device);
}

// The pairs of some rows with all rows after them, by class; sums of a row in order, of rows in order.
struct Pair_rows {
  View<const double> x, y, value;
  double cutoff, inverse_width;
  std::size_t classes;
  View<double> sums;  // [row][class][3]: pairs, distance, squared difference; the last class: pairs at one place

  DOSI_HD void operator()(std::size_t i) const {
    double* const mine = sums.data + i * (classes + 1) * 3;
    for (std::size_t c = 0; c < (classes + 1) * 3; ++c) mine[c] = 0;
    for (std::size_t j = i + 1; j < x.size; ++j) {
      const double dx = x[j] - x[i], dy = y[j] - y[i], d2 = dx * dx + dy * dy;
      if (!(d2 <= cutoff * cutoff)) continue;
      const double d = std::sqrt(d2), up = std::ceil(d * inverse_width);
      const std::size_t c = up < 1 ? 0 : static_cast<std::size_t>(up) - 1;
      double* const to = mine + (d2 > 0 ? (c < classes ? c : classes - 1) : classes) * 3;
      const double difference = value[j] - value[i];
      to[0] += 1;
      to[1] += d;
      to[2] += difference * difference;
    }
  }
};

struct Class_sum {
  View<const double> sums;
  std::size_t stride, at;
  DOSI_HD double operator()(std::size_t i) const { return sums[i * stride + at]; }
};

Empirical empirical(const Samples& s, double cutoff, std::size_t classes, int device) {
  const std::size_t n = s.x.size();
  if (n < 2 || s.y.size() != n || s.value.size() != n || !(cutoff > 0) || classes == 0)
    throw std::invalid_argument("a variogram of " + std::to_string(n) + " samples in " + std::to_string(classes) +
                                " classes");
  par::Context ctx(device);
  const par::Buffer<double> x(ctx, s.x), y(ctx, s.y), value(ctx, s.value);
  par::Buffer<double> sums(ctx, n * (classes + 1) * 3);
  par::for_each(
      ctx, n,
      Pair_rows{x.view(), y.view(), value.view(), cutoff, static_cast<double>(classes) / cutoff, classes, sums.view()});
  const auto& kept = sums;
  Empirical e;
  const auto total = [&](std::size_t c, std::size_t which) {
    return par::reduce(ctx, n, Class_sum{kept.view(), (classes + 1) * 3, c * 3 + which}, 0.0);
  };
  for (std::size_t c = 0; c < classes; ++c) {
    const double pairs = total(c, 0);
    e.pairs.push_back(static_cast<std::uint64_t>(pairs));
    e.distance.push_back(pairs > 0 ? total(c, 1) / pairs : 0);
    e.gamma.push_back(pairs > 0 ? total(c, 2) / pairs / 2 : 0);
  }
  e.pairs_at_one_place = static_cast<std::uint64_t>(total(classes, 0));
  if (e.pairs_at_one_place > 0)
    e.gamma_at_one_place = total(classes, 2) / static_cast<double>(e.pairs_at_one_place) / 2;
  return e;
}

}  // namespace dosi::DOSI_BACKEND::kriging
