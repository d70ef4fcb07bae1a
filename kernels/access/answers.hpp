// Between a question as the caller puts it and the device: what is summed, roots by metric, and where answers go.
#pragma once

#include <algorithm>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "kernels/access/gather.hpp"
#include "kernels/access/leaves.hpp"
#include "kernels/par/par.hpp"

namespace dosi::DOSI_BACKEND::access {

using dosi::access::Reduction;
using dosi::access::Rows;

template <class T>
struct Set {
  View<T> to;
  T value;
  DOSI_HD void operator()(std::size_t i) const { to[i] = value; }
};

// Answers that begin as `value`: on a CPU where the caller wants them.
template <class T>
class Out {
 public:
  Out(par::Context& ctx, std::span<T> to, std::size_t n, T value)
      : to_(to.first(n)), buffer_(ctx, Team::serial ? 0 : n) {
    par::for_each(ctx, n, Set<T>{view(), value});
  }
  View<T> view() const {
    return Team::serial ? View<T>{to_.data(), to_.size()} : View<T>{buffer_.view().data, to_.size()};
  }
  void download() const {
    if (!Team::serial && !to_.empty()) buffer_.download(to_);
  }

 private:
  std::span<T> to_;
  mutable par::Buffer<T> buffer_;
};

// What a reduction sums, on the device.
struct Summing {
  Summing(par::Context& ctx, const Reduction& r, std::size_t places) : places_(places) {
    std::vector<std::uint64_t> columns, first{0};
    std::vector<std::uint32_t> weights;
    for (const auto& c : r.columns) {
      if (c.size() != places)
        throw std::invalid_argument("a column has " + std::to_string(c.size()) + " values for " +
                                    std::to_string(places) + " places");
      columns.insert(columns.end(), c.begin(), c.end());
    }
    for (const auto& d : r.decays) {
      weights.insert(weights.end(), d.begin(), d.end());
      first.push_back(weights.size());
    }
    sums_ = par::Buffer<Sum>(ctx, r.sums);
    columns_ = upload(ctx, columns);
    weights_ = upload(ctx, weights);
    first_ = upload(ctx, first);
  }
  Sums view() const { return {sums_.view(), columns_.view(), places_, {weights_.view(), first_.view()}}; }
  std::size_t places_;
  par::Buffer<Sum> sums_;
  par::Buffer<std::uint64_t> columns_, first_;
  par::Buffer<std::uint32_t> weights_;
};

// Roots of one metric, and the number of the first.
struct Run {
  std::span<const Place> places;
  std::size_t first;
};
inline Run of_metric(std::span<const Place> roots, std::uint32_t metric) {
  const auto run = std::ranges::equal_range(roots, metric, {}, &Place::metric);
  return {run, static_cast<std::size_t>(run.begin() - roots.begin())};
}
inline void check(std::span<const Place> roots, const Device_leaves& leaves) {
  if (!std::ranges::is_sorted(roots, {}, &Place::metric) ||
      (!roots.empty() &&
       (roots.front().metric < leaves.first_metric || roots.back().metric - leaves.first_metric >= leaves.metrics)))
    throw std::invalid_argument("roots are not in ascending order of the metrics of the leaves");
}
inline Rows part(const Rows& rows, const Reduction& r, std::size_t first, std::size_t count, std::size_t times_a_row) {
  const auto k = static_cast<std::size_t>(r.nearest), n = r.sums.size(), t = r.matrix ? times_a_row : 0;
  return {rows.nearest_time.subspan(first * k, count * k), rows.nearest_place.subspan(first * k, count * k),
          rows.sums.subspan(first * n, count * n), rows.times.subspan(first * t, count * t)};
}

// A row for each of `order` of the caller's rows; kNoNode has none.
template <class T>
void scatter(const par::Buffer<T>& from, std::span<const std::uint32_t> order, std::size_t width, std::span<T> to) {
  if (width == 0 || order.empty()) return;
  const std::vector<T> rows = from.to_host();
  for (std::size_t i = 0; i < order.size(); ++i)
    if (order[i] != kNoNode)
      std::copy_n(rows.begin() + static_cast<std::ptrdiff_t>(i * width), width,
                  to.begin() + static_cast<std::ptrdiff_t>(order[i] * width));
}

}  // namespace dosi::DOSI_BACKEND::access
