// Smooths of one column on a device: their bandwidths, their weighted sums, and what of them does not depend on the
// target, kept.
#pragma once

#include <map>
#include <optional>
#include <utility>

#include "kernels/gwr/listed_smooth.hpp"
#include "kernels/gwr/lists.hpp"

namespace dosi::DOSI_BACKEND::gwr {

struct Product {
  View<const double> a, b;
  View<double> out;
  DOSI_HD void operator()(std::size_t i) const { out[i] = a[i] * b[i]; }
};
struct Own_share {  // of the hat matrix of a smooth, its diagonal
  View<const double> x, xx;
  DOSI_HD double operator()(std::size_t i) const { return xx[i] > 0 ? x[i] * x[i] / xx[i] : 0; }
};

// Where loops over the places run that are over sooner than threads have met: a smooth has several, a search thousands
// of smooths, and where other processes hold the cores each meeting waits for a thread that has none.
class Short_work {
 public:
  Short_work(par::Context& all, std::size_t places) : all_(all) {
    constexpr std::size_t kFew = 16384;
    if (Team::serial && places < kFew) one_thread_.emplace(1);
  }
  operator par::Context&() { return one_thread_ ? *one_thread_ : all_; }

 private:
  par::Context& all_;
  std::optional<par::Context> one_thread_;
};

class Smooths {
 public:
  Smooths(par::Context& ctx, const Terrain& terrain, const Model& m)
      : ctx_(ctx), short_work_(ctx, terrain.places), terrain_(terrain),
        fine_(dosi::gwr::refine(terrain.tree, m.x, m.y, m.z)), nodes_(upload(ctx, fine_.nodes)),
        clusters_(upload(ctx, fine_.clusters)), forest_{std::as_const(nodes_).view(), terrain.ground.forest.x,
                                                        terrain.ground.forest.y, terrain.ground.forest.z},
        moments_(ctx, fine_.clusters.size() * kPolynomials), squares_(ctx, terrain.stride) {
    if (!m.near.first.empty()) lists_ = Device_lists(ctx, m.near, terrain.tree.order, terrain.rank, true);
    squares_.fill(0);
    ctx.synchronize();
  }

  par::Context& short_work() { return short_work_; }
  bool listed() const { return lists_.longest() > 0; }
  const Device_lists& lists() const { return lists_; }
  double radius() const { return terrain_.ground.radius; }
  const Forest& forest() const { return forest_; }
  View<const Cluster> clusters() const { return clusters_.view(); }
  std::size_t cluster_places() const { return fine_.places; }
  const std::vector<std::uint32_t>& levels() const { return fine_.levels; }
  Points places() const {
    const auto& f = forest_;
    return {f.x, f.y, f.z, lists_.view(), terrain_.places};
  }
  View<const double> column(std::size_t c) const {
    return terrain_.ground.z.values.part(c * terrain_.stride, terrain_.stride);
  }

  // f<arcs>()
  template <class F>
  void with_distance(const F& f) const {
    if (radius() > 0) f.template operator()<true>();
    else f.template operator()<false>();
  }

  // Of one number of neighbours, at some points.
  struct Bandwidths {
    par::Buffer<double> h, reach2;
    Reaches view() const { return {h.view(), reach2.view()}; }
  };
  Bandwidths bandwidths_at(const Points& points, double neighbours, View<const double> like = {}, double share = 0) {
    Bandwidths b{{ctx_, points.count}, {ctx_, points.count}};
    if (listed())
      par::for_each(ctx_, points.count, Find_listed_bandwidths{points.near, neighbours, b.h.view(), b.reach2.view()});
    else
      launch(ctx_, Find_bandwidths{terrain_.ground, points, neighbours, like, share, b.h.view(), b.reach2.view()},
             points.count);
    return b;
  }
  // At the places; looks first where the next known number of neighbours led.
  Reaches bandwidths(double neighbours) {
    auto found = bandwidth_.find(neighbours);
    if (found == bandwidth_.end()) {
      auto like = bandwidth_.lower_bound(neighbours);
      if (like == bandwidth_.end() && like != bandwidth_.begin()) --like;
      const bool any = like != bandwidth_.end();
      found = bandwidth_
                  .emplace(neighbours,
                           bandwidths_at(places(), neighbours, any ? like->second.view().reach2 : View<const double>{},
                                         any ? neighbours / like->first : 0))
                  .first;
    }
    return found->second.view();
  }

  // Of values over places that are 0 behind the last.
  void weighted_sums(const Points& points, const Reaches& at, View<const double> values, View<double> out) {
    const auto& moments = moments_;
    if (listed()) {
      par::for_each(ctx_, points.count, Listed_sums{points.near, at.h, values, out});
    } else {
      par::for_each_team(short_work(), clusters().size, kTeam, 0,
                         Cluster_sums{forest_, clusters(), values, moments_.view()});
      with_distance([&]<bool kArcs>() {
        par::for_each_team(ctx_, (points.count + kLanes - 1) / kLanes, kTeam, 0,
                           Weighted_sums<kArcs>{forest_, points, at, radius(), values, moments.view(), out});
      });
    }
    ctx_.synchronize();
  }

  par::Buffer<double> squares_at(const Points& points, const Reaches& at, std::size_t j) {
    par::Buffer<double> sums(ctx_, points.count);
    par::for_each(short_work(), terrain_.stride, Product{column(j), column(j), squares_.view()});
    weighted_sums(points, at, std::as_const(squares_).view(), sums.view());
    return sums;
  }

  // What is known of a column at a bandwidth, whatever the target.
  struct Known {
    par::Buffer<double> sums;  // of x^2
    double trace = 0;
    View<const double> xx() const { return sums.view(); }
  };
  const Known& known(std::size_t j, double neighbours) {
    const auto key = std::pair(j, neighbours);
    auto found = known_.find(key);
    if (found == known_.end()) {
      Known k{squares_at(places(), bandwidths(neighbours), j)};
      k.trace = par::reduce(short_work(), terrain_.places, Own_share{column(j), std::as_const(k).xx()}, 0.0);
      found = known_.emplace(key, std::move(k)).first;
    }
    return found->second;
  }

 private:
  par::Context& ctx_;
  Short_work short_work_;
  const Terrain& terrain_;
  dosi::gwr::Fine_tree fine_;
  par::Buffer<Node> nodes_;
  par::Buffer<Cluster> clusters_;
  Forest forest_;
  Device_lists lists_;  // where distances are listed
  par::Buffer<double> moments_, squares_;
  std::map<double, Bandwidths> bandwidth_;
  std::map<std::pair<std::size_t, double>, Known> known_;
};

}  // namespace dosi::DOSI_BACKEND::gwr
