#include "host/access/streets.hpp"

namespace dosi::access {

Streets::Streets(const Question& q, const Origins& origins, const Destinations& destinations, Snapped from, Snapped to,
                 const Hierarchy& hierarchy, const Device& device)
    : q_(q), origins_(std::move(from)), destinations_(std::move(to)),
      engine_(DOSI_BACKEND_OF(device, access::make_engine)(hierarchy.view(), device.argument(), std::nullopt)),
      by_leaf_(!q.matrix && destinations.size() * 4 < origins.size()) {
  if (!by_leaf_) leaves_ = engine_->prepare(Direction::from_roots, destinations_.places);
  if (!q.supply.empty()) catchments_.emplace(q, origins, destinations, origins_.places, destinations_.places, *engine_);
  prepare_sums(destinations);
}

void Streets::prepare_sums(const Destinations& d) {
  for (const auto& o : d.opportunities) add_column(fixed(o, false));
  for (const double c : q_.cutoffs)
    for (std::uint32_t o = 0; o < q_.opportunities.size(); ++o) sums_.push_back({o, to_ms(c), -1});
  if (q_.decay != Decay::none) {
    decays_.push_back(decay_table(q_.decay, q_.decay_at, q_.decay_width));
    for (const auto& o : d.opportunities) {
      sums_.push_back({static_cast<std::uint32_t>(columns_.size()), 0, 0});
      add_column(fixed(o, true));
    }
  }
  if (catchments_) {
    const auto sums = catchments_->sums(static_cast<std::uint32_t>(columns_.size()));
    sums_.insert(sums_.end(), sums.begin(), sums.end());
    add_column(fixed(catchments_->ratio(), false));
  }
  for (const auto& c : columns_) column_spans_.emplace_back(c.values);
  for (const auto& t : decays_) decay_spans_.emplace_back(t);
}

Method Streets::method(std::size_t count) const {
  const auto rows = std::span<const Place>(origins_.places).first(count);
  return by_leaf_ ? engine_->method(*engine_->prepare(Direction::to_roots, rows), destinations_.places) : engine_->method(*leaves_, rows);
}

void Streets::answer(std::size_t first, std::size_t count, const Answer& f) const {
  const std::span<const Place> rows = std::span(origins_.places).subspan(first, count);
  const std::size_t n = sums_.size();
  std::vector<std::uint64_t> sums(count * n);
  const Reduction reduction{.nearest = static_cast<int>(f.nearest_time.size() / count), .sums = sums_, .columns = column_spans_,
                            .decays = decay_spans_, .matrix = !f.time.empty()};
  const Rows out{f.nearest_time, f.nearest_place, sums, f.time};
  if (by_leaf_) engine_->by_leaf(*engine_->prepare(Direction::to_roots, rows), destinations_.places, reduction, out);
  else engine_->by_root(*leaves_, rows, reduction, out);

  const std::size_t counted = q_.cutoffs.size() * q_.opportunities.size(), weighted = decays_.empty() ? 0 : q_.opportunities.size();
  for (std::size_t r = 0; r < count; ++r) {
    const std::uint64_t* row = sums.data() + r * n;
    for (std::size_t i = 0; i < counted; ++i) f.within[r * counted + i] = columns_[sums_[i].column].real(row[i]);
    for (std::size_t i = 0; i < weighted; ++i)
      f.gravity[r * weighted + i] = columns_[sums_[counted + i].column].real(row[counted + i]) / kWeightOne;
    if (catchments_) f.supply[r] = catchments_->at_origin(first + r, columns_.back(), {row + counted + weighted, q_.catchment.size()});
  }
}

}  // namespace dosi::access
