// Matrices of smooths on a device, made once each and kept while there is room. Several threads may ask at once.
#pragma once

#include <memory>
#include <mutex>

#include "kernels/gwr/many_columns.hpp"
#include "kernels/gwr/smooths.hpp"

namespace dosi::DOSI_BACKEND::gwr {

template <class Real>
struct Matrix {
  par::Buffer<std::uint64_t> first, middle;
  par::Buffer<std::uint32_t> source;
  par::Buffer<Real> factor;
  bool far = false;  // it has moments
  Smooth_matrix<Real> view() const { return {first.view(), middle.view(), source.view(), factor.view()}; }
  std::size_t bytes() const { return source.size() * sizeof(std::uint32_t) + factor.size() * sizeof(Real); }
};

class Smooth_matrices {
 public:
  template <class Real>
  using Shared = std::shared_ptr<const Matrix<Real>>;

  Smooth_matrices(int device, const Terrain& terrain, const Model& m)
      : ctx_(workers(device, terrain.places)), fine_(dosi::gwr::refine(terrain.tree, m.x, m.y)), nodes_(upload(ctx_, fine_.nodes)), clusters_(upload(ctx_, fine_.clusters)), smooths_(ctx_, terrain),
        forest_{std::as_const(nodes_).view(), terrain.ground.forest.x, terrain.ground.forest.y} {}

  const Forest& forest() const { return forest_; }
  View<const Cluster> clusters() const { return clusters_.view(); }
  const std::vector<std::uint32_t>& levels() const { return fine_.levels; }
  View<const double> column(std::size_t j) const { return smooths_.column(j); }
  View<const double> bandwidths(double neighbours) {
    const std::lock_guard lock(mutex_);
    const auto h = smooths_.bandwidths(neighbours);
    ctx_.synchronize();
    return h;
  }

  // From places to b_j there. What is held by nobody else goes where room runs out.
  template <class Real>
  Shared<Real> of(std::size_t j, double neighbours) {
    const std::lock_guard lock(mutex_);
    auto& known = known_of<Real>();
    const Key key(j, neighbours);
    if (const auto found = known.find(key); found != known.end()) return found->second;
    auto m = std::make_shared<const Matrix<Real>>(make<Real>(smooths_.places(), smooths_.bandwidths(neighbours), smooths_.known(j, neighbours).xx(), j));
    if (bytes_ + m->bytes() > kMostBytes) {
      wide_.clear();
      narrow_.clear();
      bytes_ = 0;
    }
    bytes_ += m->bytes();
    return known[key] = m;
  }

  // From places to b_j at other points; not kept.
  Shared<double> at(const Points& points, std::size_t j, double neighbours) {
    const std::lock_guard lock(mutex_);
    const auto h = smooths_.bandwidths_at(points, neighbours);
    const auto xx = smooths_.squares_at(points, h.view(), j);
    return std::make_shared<const Matrix<double>>(make<double>(points, h.view(), xx.view(), j));
  }

 private:
  using Key = std::pair<std::size_t, double>;

  template <class Real>
  std::map<Key, Shared<Real>>& known_of() {
    if constexpr (std::is_same_v<Real, float>) return narrow_;
    else return wide_;
  }

  template <class Real>
  Matrix<Real> make(const Points& points, View<const double> h, View<const double> xx, std::size_t j) {
    const std::size_t tiles = (points.count + kRows - 1) / kRows;
    const Tile_walk walk{forest_, points, h};
    par::Buffer<std::uint64_t> of_places(ctx_, tiles), of_moments(ctx_, tiles);
    par::for_each_team(ctx_, tiles, kTeam, 0, Count_steps{walk, of_places.view(), of_moments.view()});
    const auto near = of_places.to_host(), far = of_moments.to_host();
    std::vector<std::uint64_t> first(tiles + 1, 0), middle(tiles);
    for (std::size_t t = 0; t < tiles; ++t) {
      middle[t] = first[t] + near[t];
      first[t + 1] = middle[t] + far[t];
    }
    const std::size_t steps = first.back();
    Matrix<Real> m{upload(ctx_, first), upload(ctx_, middle), {ctx_, steps}, {ctx_, steps * kRows}, std::any_of(far.begin(), far.end(), [](auto f) { return f > 0; })};
    par::for_each_team(ctx_, tiles, kTeam, 0, Write_steps<Real>{walk, smooths_.column(j), xx, std::as_const(m.first).view(), std::as_const(m.middle).view(), m.source.view(), m.factor.view()});
    ctx_.synchronize();
    return m;
  }

  static constexpr std::size_t kMostBytes = std::size_t{1} << 30;

  std::mutex mutex_;
  par::Context ctx_;
  dosi::gwr::Fine_tree fine_;
  par::Buffer<Node> nodes_;
  par::Buffer<Cluster> clusters_;
  Smooths smooths_;
  Forest forest_;
  std::map<Key, Shared<double>> wide_;
  std::map<Key, Shared<float>> narrow_;
  std::size_t bytes_ = 0;
};

}  // namespace dosi::DOSI_BACKEND::gwr
