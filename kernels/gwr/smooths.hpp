// Smooths of one column on a device: their bandwidths, their weighted sums, and what of them does not depend on the target, kept.
#pragma once

#include <map>
#include <utility>

#include "kernels/gwr/smooth.hpp"
#include "kernels/gwr/terrain.hpp"

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

class Smooths {
 public:
  Smooths(par::Context& ctx, const Terrain& terrain)
      : ctx_(ctx), terrain_(terrain), clusters_(upload(ctx, terrain.tree.clusters)), moments_(ctx, terrain.tree.clusters.size() * kPolynomials), squares_(ctx, terrain.stride) {
    squares_.fill(0);
  }

  Points places() const { return {terrain_.ground.forest.x, terrain_.ground.forest.y, terrain_.places}; }
  View<const double> column(std::size_t c) const { return terrain_.ground.z.values.part(c * terrain_.stride, terrain_.stride); }

  par::Buffer<double> bandwidths_at(const Points& points, double neighbours) {
    par::Buffer<double> h(ctx_, points.count);
    launch(ctx_, Find_bandwidths{terrain_.ground, points, neighbours, h.view()}, points.count);
    return h;
  }
  View<const double> bandwidths(double neighbours) {
    auto found = bandwidth_.find(neighbours);
    if (found == bandwidth_.end()) found = bandwidth_.emplace(neighbours, bandwidths_at(places(), neighbours)).first;
    return std::as_const(found->second).view();
  }

  // Of values over places that are 0 behind the last.
  void weighted_sums(const Points& points, View<const double> h, View<const double> values, View<double> out) {
    const auto &clusters = clusters_;
    const auto &moments = moments_;
    par::for_each_team(ctx_, clusters_.size(), kTeam, 0, Cluster_sums{terrain_.ground.forest, clusters.view(), values, moments_.view()});
    launch(ctx_, Weighted_sums{terrain_.ground, points, h, values, moments.view(), out}, points.count);
  }

  par::Buffer<double> squares_at(const Points& points, View<const double> h, std::size_t j) {
    par::Buffer<double> sums(ctx_, points.count);
    par::for_each(ctx_, terrain_.stride, Product{column(j), column(j), squares_.view()});
    weighted_sums(points, h, std::as_const(squares_).view(), sums.view());
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
      k.trace = par::reduce(ctx_, terrain_.places, Own_share{column(j), std::as_const(k).xx()}, 0.0);
      found = known_.emplace(key, std::move(k)).first;
    }
    return found->second;
  }

 private:
  par::Context& ctx_;
  const Terrain& terrain_;
  par::Buffer<std::uint32_t> clusters_;
  par::Buffer<double> moments_, squares_;
  std::map<double, par::Buffer<double>> bandwidth_;
  std::map<std::pair<std::size_t, double>, Known> known_;
};

}  // namespace dosi::DOSI_BACKEND::gwr
