// Places and columns on a device, in the tree's order.
#pragma once

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include "kernels/gwr/place.hpp"
#include "kernels/par/par.hpp"

namespace dosi::DOSI_BACKEND::gwr {

using dosi::gwr::Model;
using dosi::gwr::Tree;

template <class T>
par::Buffer<T> upload(par::Context& ctx, const std::vector<T>& host) {
  return {ctx, std::span<const T>(host)};
}

// What a Context is made with: threads that have enough to do each, so that waiting for one another is not all they do.
inline int workers(int device, [[maybe_unused]] std::size_t places) {
#if DOSI_ON_CUDA
  return device;
#else
  const int most = device == 0 ? omp_get_max_threads() : device;
  return static_cast<int>(std::clamp<std::size_t>(places / 1024, 1, static_cast<std::size_t>(most)));
#endif
}

// What is on the device of a model: the tree, the coordinates, the columns with the response behind them.
class Terrain {
 public:
  // Columns are centred (where there is an intercept) and scaled where `standardise`, else taken as they are; so is a
  // response that is neither a count nor an event.
  Terrain(par::Context& ctx, const Model& m, bool standardise)
      : tree(checked(m)), places(m.x.size()),
        stride((places + dosi::gwr::kBlock - 1) / dosi::gwr::kBlock * dosi::gwr::kBlock), centre(m.columns + 1, 0),
        size(m.columns + 1, 1), rank(places) {
    std::vector<double> values((m.columns + 1) * stride, 0);
    for (std::size_t c = 0; c <= m.columns; ++c) {
      const auto raw = [&](std::size_t i) { return c < m.columns ? m.design[i * m.columns + c] : m.response[i]; };
      if (standardise && (c < m.columns || m.family == dosi::gwr::Family::gaussian))
        measure(c, raw, m.intercept && !(c == 0 && m.columns > 0));
      for (std::size_t i = 0; i < places; ++i) values[c * stride + i] = (raw(tree.order[i]) - centre[c]) / size[c];
    }
    for (std::uint32_t i = 0; i < places; ++i) rank[tree.order[i]] = i;
    nodes_ = upload(ctx, tree.nodes);
    x_ = upload(ctx, in_order(m.x));
    y_ = upload(ctx, in_order(m.y));
    if (!m.z.empty()) z_ = upload(ctx, in_order(m.z, 0));
    if (!m.t.empty()) t_ = upload(ctx, in_order(m.t, 0));
    if (!m.t.empty()) t_box_ = upload(ctx, boxes_of(m.t));
    columns_ = upload(ctx, values);
    centre_ = upload(ctx, centre);
    size_ = upload(ctx, size);
    const Forest forest{nodes_.view(),
                        x_.view(),
                        y_.view(),
                        z_.view(),
                        t_.view(),
                        t_box_.view(),
                        m.t.empty() ? 0 : 4 * m.radius * m.radius};
    ground = {forest,
              {columns_.view(), stride, static_cast<int>(m.columns + 1)},
              {},
              {centre_.view(), size_.view()},
              m.intercept,
              places,
              m.t.empty() ? m.radius : 0};
  }

  // A place's value each, `behind` after the last.
  std::vector<double> in_order(std::span<const double> values, double behind) const {
    std::vector<double> out(stride, behind);
    for (std::size_t i = 0; i < places; ++i) out[i] = values[tree.order[i]];
    return out;
  }

  Tree tree;
  std::size_t places, stride;
  std::vector<double> centre, size;
  std::vector<std::uint32_t> rank;  // of each row in the tree's order
  Ground ground;

 private:
  static Tree checked(const Model& m) {
    const std::size_t n = m.x.size();
    if (n == 0 || m.y.size() != n || m.response.size() != n || m.columns == 0 || m.columns > dosi::gwr::kMostColumns ||
        m.design.size() != n * m.columns || (!m.exposure.empty() && m.exposure.size() != n) ||
        (!m.z.empty() && m.z.size() != n) || (m.radius > 0 && m.z.size() != n) ||
        (!m.t.empty() && (m.t.size() != n || !(m.radius > 0))) ||
        (!m.near.first.empty() && m.near.first.size() != n + 1))
      throw std::invalid_argument("a model of " + std::to_string(n) + " places and " + std::to_string(m.columns) +
                                  " columns has " + std::to_string(m.design.size()) + " values of its design and " +
                                  std::to_string(m.response.size()) + " responses");
    return dosi::gwr::make_tree(m.x, m.y, m.z);
  }

  template <class Raw>
  void measure(std::size_t c, const Raw& raw, bool centred) {
    const auto n = static_cast<double>(places);
    double square = 0;
    bool varies = false;
    for (std::size_t i = 1; i < places && !varies; ++i) varies = raw(i) != raw(0);
    for (std::size_t i = 0; centred && varies && i < places; ++i) centre[c] += raw(i) / n;
    if (centred && !varies) centre[c] = raw(0);  // to the last bit, so that nothing is left
    for (std::size_t i = 0; i < places; ++i) square += (raw(i) - centre[c]) * (raw(i) - centre[c]) / n;
    if (square > 0) size[c] = std::sqrt(square);
  }

  std::vector<double> in_order(std::span<const double> values) const {
    return in_order(values, std::numeric_limits<double>::infinity());
  }

  // The first and the last of each node's.
  std::vector<double> boxes_of(std::span<const double> t) const {
    std::vector<double> box;
    for (const Node& n : tree.nodes) {
      const auto by_time = [&](auto p, auto q) { return t[p] < t[q]; };
      const auto [first, last] =
          std::minmax_element(tree.order.begin() + n.first, tree.order.begin() + n.last, by_time);
      box.insert(box.end(), {t[*first], t[*last]});
    }
    return box;
  }

  par::Buffer<Node> nodes_;
  par::Buffer<double> x_, y_, z_, t_, t_box_, columns_, centre_, size_;
};

// One team of 32 for some places each.
template <class F>
void launch(par::Context& ctx, const F& f, std::size_t places) {
  par::for_each_team(ctx, (places + kPlacesATeam - 1) / kPlacesATeam, kTeam, kSelectScratch, f);
  ctx.synchronize();
}

// The same for some of the places, `first` a multiple of kPlacesATeam.
template <class F>
struct Later_groups {
  F f;
  std::size_t groups;
  DOSI_HD void operator()(Team& team, std::size_t group) const { f(team, group + groups); }
};
template <class F>
void launch(par::Context& ctx, const F& f, std::size_t first, std::size_t count) {
  if (count > 0) launch(ctx, Later_groups<F>{f, first / kPlacesATeam}, count);
}

struct Square {
  View<const double> value;
  DOSI_HD double operator()(std::size_t i) const { return value[i] * value[i]; }
};

}  // namespace dosi::DOSI_BACKEND::gwr
