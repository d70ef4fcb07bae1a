// Matrices of smooths on a device, made once each and kept while there is room. Several threads may ask at once.
#pragma once

#include <memory>
#include <mutex>

#include "kernels/gwr/column_moments.hpp"
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

  // Both must outlive this; smooths are asked for by no one else meanwhile.
  Smooth_matrices(par::Context& ctx, Smooths& smooths)
      : ctx_(ctx), smooths_(smooths), wide_factors_(factors_of<double>()), narrow_factors_(factors_of<float>()) {}

  template <class Real>
  Moment_factors<Real> factors() {
    if constexpr (std::is_same_v<Real, float>) return narrow_factors_.view();
    else return wide_factors_.view();
  }

  const Smooths& smooths() const { return smooths_; }
  Reaches bandwidths(double neighbours) {
    const std::lock_guard lock(mutex_);
    const auto at = smooths_.bandwidths(neighbours);
    ctx_.synchronize();
    return at;
  }

  // From places to b_j there. What is held by nobody else goes where room runs out.
  template <class Real>
  Shared<Real> of(std::size_t j, double neighbours) {
    const std::lock_guard lock(mutex_);
    auto& known = known_of<Real>();
    const Key key(j, neighbours);
    if (const auto found = known.find(key); found != known.end()) return found->second;
    auto m = std::make_shared<const Matrix<Real>>(
        make<Real>(smooths_.places(), smooths_.bandwidths(neighbours), smooths_.known(j, neighbours).xx(), j));
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
    const auto bandwidths = smooths_.bandwidths_at(points, neighbours);
    const auto xx = smooths_.squares_at(points, bandwidths.view(), j);
    return std::make_shared<const Matrix<double>>(make<double>(points, bandwidths.view(), xx.view(), j));
  }

 private:
  template <class Real>
  struct Factors {
    par::Buffer<Real> of_place, of_part;
    Moment_factors<Real> view() { return {of_place.view(), of_part.view()}; }
  };
  template <class Real>
  Factors<Real> factors_of() {
    const std::size_t clusters = smooths_.clusters().size;
    Factors<Real> f{{ctx_, smooths_.cluster_places() * kPolynomials}, {ctx_, clusters * 2 * Translation::kTerms}};
    par::for_each(ctx_, clusters, Make_moment_factors<Real>{smooths_.forest(), smooths_.clusters(), f.view()});
    ctx_.synchronize();
    return f;
  }

  using Key = std::pair<std::size_t, double>;

  template <class Real>
  std::map<Key, Shared<Real>>& known_of() {
    if constexpr (std::is_same_v<Real, float>) return narrow_;
    else return wide_;
  }

  template <class Real>
  Matrix<Real> make(const Points& points, const Reaches& at, View<const double> xx, std::size_t j) {
    Matrix<Real> m;
    const auto x = smooths_.column(j);
    if (smooths_.listed()) {
      const Listed_tiles tiles{points.near, points.count, at.h};
      m = make<Real>(
          points.count,
          [&](std::size_t n, auto of_places, auto of_moments) {
            par::for_each(ctx_, n, Count_listed_steps{tiles, of_places, of_moments});
          },
          [&](std::size_t n, auto first, auto, auto source, auto factor) {
            par::for_each(ctx_, n, Write_listed_steps<Real>{tiles, x, xx, first, source, factor});
          });
    } else {
      smooths_.with_distance([&]<bool kArcs>() {
        const Tile_walk<kArcs> walk{smooths_.forest(), points, at, smooths_.radius()};
        m = make<Real>(
            points.count,
            [&](std::size_t n, auto of_places, auto of_moments) {
              par::for_each_team(ctx_, n, kTeam, 0, Count_steps<kArcs>{walk, of_places, of_moments});
            },
            [&](std::size_t n, auto first, auto middle, auto source, auto factor) {
              par::for_each_team(ctx_, n, kTeam, 0,
                                 Write_steps<Real, kArcs>{walk, x, xx, first, middle, source, factor});
            });
      });
    }
    return m;
  }

  // count(tiles, of_places, of_moments), write(tiles, first, middle, source, factor)
  template <class Real, class Count, class Write>
  Matrix<Real> make(std::size_t rows, const Count& count, const Write& write) {
    const std::size_t tiles = (rows + kRows - 1) / kRows;
    par::Buffer<std::uint64_t> of_places(ctx_, tiles), of_moments(ctx_, tiles);
    count(tiles, of_places.view(), of_moments.view());
    const auto near = of_places.to_host(), far = of_moments.to_host();
    std::vector<std::uint64_t> first(tiles + 1, 0), middle(tiles);
    for (std::size_t t = 0; t < tiles; ++t) {
      middle[t] = first[t] + near[t];
      first[t + 1] = middle[t] + far[t];
    }
    const std::size_t steps = first.back();
    Matrix<Real> m{upload(ctx_, first),
                   upload(ctx_, middle),
                   {ctx_, steps},
                   {ctx_, steps * kRows},
                   std::any_of(far.begin(), far.end(), [](auto f) { return f > 0; })};
    write(tiles, std::as_const(m.first).view(), std::as_const(m.middle).view(), m.source.view(), m.factor.view());
    ctx_.synchronize();
    return m;
  }

  static constexpr std::size_t kMostBytes = std::size_t{1} << 30;

  std::mutex mutex_;
  par::Context& ctx_;
  Smooths& smooths_;
  Factors<double> wide_factors_;
  Factors<float> narrow_factors_;
  std::map<Key, Shared<double>> wide_;
  std::map<Key, Shared<float>> narrow_;
  std::size_t bytes_ = 0;
};

}  // namespace dosi::DOSI_BACKEND::gwr
