#include "host/access/streets.hpp"

#include <algorithm>

namespace dosi::access {

Streets::Streets(const Question& q, const Origins& origins, const Destinations& destinations, Snapped from, Snapped to,
                 const Hierarchy& hierarchy, const Metrics& metrics, const Device& device)
    : q_(q), metrics_(metrics), origins_(std::move(from)), destinations_(std::move(to)),
      engine_(DOSI_BACKEND_OF(device, access::make_engine)(hierarchy.view(), device.argument(), std::nullopt)),
      by_leaf_(!q.matrix && destinations.size() * 4 < origins.size()) {
  metrics.places(destinations_.places, 0, metrics.size(), to_);
  if (!by_leaf_) leaves_ = engine_->prepare(Direction::from_roots, to_, static_cast<std::uint32_t>(metrics.size()));
  if (!q.supply.empty())
    for (std::size_t m = 0; m < metrics.size(); ++m)
      catchments_.emplace_back(q, origins, destinations, metrics.places(origins_.places, m),
                               metrics.places(destinations_.places, m), *engine_);
  prepare_sums(destinations);
}

// `of_metrics`: one for all of them, or one each.
void Streets::add_column(const std::vector<Fixed>& of_metrics) {
  auto& values = columns_.emplace_back();
  auto& scales = scale_.emplace_back();
  for (std::size_t m = 0; m < metrics_.size(); ++m) {
    const Fixed& own = of_metrics[of_metrics.size() == 1 ? 0 : m];
    values.insert(values.end(), own.values.begin(), own.values.end());
    scales.push_back({{}, own.bits});
  }
}

void Streets::prepare_sums(const Destinations& d) {
  for (const auto& o : d.opportunities) add_column({fixed(o, false)});
  for (const double c : q_.cutoffs)
    for (std::uint32_t o = 0; o < q_.opportunities.size(); ++o) sums_.push_back({o, to_ms(c), -1});
  if (q_.decay != Decay::none) {
    decays_.push_back(decay_table(q_.decay, q_.decay_at, q_.decay_width));
    for (const auto& o : d.opportunities) {
      sums_.push_back({static_cast<std::uint32_t>(columns_.size()), 0, 0});
      add_column({fixed(o, true)});
    }
  }
  if (!catchments_.empty()) {
    const auto sums = catchments_[0].sums(static_cast<std::uint32_t>(columns_.size()));
    sums_.insert(sums_.end(), sums.begin(), sums.end());
    std::vector<Fixed> ratios;
    for (const auto& c : catchments_) ratios.push_back(fixed(c.ratio(), false));
    add_column(ratios);
  }
  for (const auto& c : columns_) column_spans_.emplace_back(c);
  for (const auto& t : decays_) decay_spans_.emplace_back(t);
}

Method Streets::method(std::size_t count) const {
  const auto rows = std::span<const Place>(origins_.places).first(count);
  return by_leaf_ ? engine_->method(*engine_->prepare(Direction::to_roots, rows), destinations_.places)
                  : engine_->method(*leaves_, rows);
}

void Streets::answer(std::size_t first, std::size_t count, std::span<const Answer> answers,
                     std::span<std::uint32_t> matrix) const {
  const std::size_t n = sums_.size(), k = static_cast<std::size_t>(q_.nearest), to = destinations_.places.size();
  const auto from = std::span<const Place>(origins_.places).subspan(first, count);
  std::vector<Place> rows;
  Found found;
  // The matrix is of the streets as they are.
  for (std::size_t m = 0, metrics; m < answers.size(); m += metrics) {
    metrics = !matrix.empty() && m == 0 ? 1 : std::min(kMetricsAtOnce, answers.size() - m);
    metrics_.places(from, m, metrics, rows);
    found.resize(rows.size(), n, k);
    Reduction reduction{.nearest = q_.nearest, .sums = sums_, .columns = column_spans_, .decays = decay_spans_};
    const Rows out{found.time, found.place, found.sums, m == 0 ? matrix : std::span<std::uint32_t>{}};
    if (by_leaf_) {
      std::vector<std::span<const std::uint64_t>> columns;
      for (const auto& c : column_spans_) columns.push_back(c.subspan(m * to, metrics * to));
      reduction.columns = columns;
      const auto leaves = engine_->prepare(Direction::to_roots, rows, static_cast<std::uint32_t>(metrics));
      engine_->by_leaf(*leaves, std::span(to_).subspan(m * to, metrics * to), reduction, out);
    } else {
      reduction.matrix = !out.times.empty();
      engine_->by_root(*leaves_, rows, reduction, out);
    }
    // Destinations are counted from the first metric on that was asked about.
    for (std::size_t i = 0; i < metrics; ++i)
      write(found, i * count, static_cast<std::uint32_t>(((by_leaf_ ? 0 : m) + i) * to), m + i, first, count,
            answers[m + i]);
  }
}

void Streets::write(const Found& found, std::size_t begin, std::uint32_t first_place, std::size_t metric,
                    std::size_t first, std::size_t count, const Answer& to) const {
  const std::size_t n = sums_.size(), k = static_cast<std::size_t>(q_.nearest);
  const std::size_t counted = q_.cutoffs.size() * q_.opportunities.size(),
                    weighted = decays_.empty() ? 0 : q_.opportunities.size();
  const auto real = [&](std::size_t i, const std::uint64_t* row) {
    return scale_[sums_[i].column][metric].real(row[i]);
  };
#pragma omp parallel for schedule(static)
  for (std::size_t r = 0; r < count; ++r) {
    const std::size_t at = (begin + r) * k;
    for (std::size_t i = 0; i < static_cast<std::size_t>(to.nearest); ++i) {
      to.nearest_time.row(r)[i] = found.time[at + i];
      to.nearest_place.row(r)[i] = found.place[at + i] == kNever ? kNever : found.place[at + i] - first_place;
    }
    const std::uint64_t* const row = found.sums.data() + (begin + r) * n;
    for (std::size_t i = 0; i < counted; ++i) to.within.row(r)[i] = real(i, row);
    for (std::size_t i = 0; i < weighted; ++i) to.gravity.row(r)[i] = real(counted + i, row) / kWeightOne;
    if (!catchments_.empty())
      *to.supply.row(r) = catchments_[metric].at_origin(first + r, scale_.back()[metric],
                                                        {row + counted + weighted, q_.catchment.size()});
  }
}

}  // namespace dosi::access
