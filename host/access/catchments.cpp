#include "host/access/catchments.hpp"

#include <algorithm>

#include "io/error.hpp"

namespace dosi::access {
namespace {

// Reductions over the other side of each of `of`, by the cheaper way round. `direction`: of the times, as seen from
// `of` as roots.
std::vector<std::uint64_t> sums_of(Engine& engine, Direction direction, std::span<const Place> of,
                                   std::span<const Place> over, const Fixed& column, std::span<const Sum> sums) {
  const std::vector<std::span<const std::uint64_t>> columns{column.values};
  const Reduction reduction{.sums = sums, .columns = columns};
  std::vector<std::uint64_t> out(of.size() * sums.size());
  if (of.size() <= over.size()) engine.by_root(*engine.prepare(direction, over), of, reduction, {.sums = out});
  else engine.by_leaf(*engine.prepare(opposite(direction), of), over, reduction, {.sums = out});
  return out;
}

}  // namespace

Catchments::Catchments(const Question& q, const Origins& origins, const Destinations& destinations,
                       std::span<const Place> from, std::span<const Place> to, Engine& engine)
    : q_(q), weights_(q.catchment_weights), ratio_(destinations.size()) {
  const auto group = std::find(origins.group_names.begin(), origins.group_names.end(), q.demand);
  if (!q.demand.empty() && group == origins.group_names.end())
    throw UsageError("demand: '{}' is not one of the groups", q.demand);
  auto people =
      origins
          .people[group == origins.group_names.end() ? 0
                                                     : static_cast<std::size_t>(group - origins.group_names.begin())];
  if (q.choice) {
    choice_ = total_choice(from, to, engine);
    for (auto& w : weights_) w *= w;
    for (std::size_t o = 0; o < people.size(); ++o) people[o] = choice_[o] > 0 ? people[o] / choice_[o] : 0;
  }
  const Fixed demand = fixed(people, false);
  const auto reached = sums_of(engine, Direction::to_roots, to, from, demand, sums(0));
  for (std::size_t d = 0; d < ratio_.size(); ++d) {
    const double users =
        rings(weights_, demand, std::span(reached).subspan(d * q.catchment.size(), q.catchment.size()));
    ratio_[d] = users > 0 ? destinations.supply[d] / users : 0;
  }
}

std::vector<double> Catchments::total_choice(std::span<const Place> from, std::span<const Place> to,
                                             Engine& engine) const {
  const Fixed ones = fixed(std::vector<double>(to.size(), 1.0), false);
  const auto within = sums_of(engine, Direction::from_roots, from, to, ones, sums(0));
  std::vector<double> total(from.size());
  for (std::size_t o = 0; o < total.size(); ++o)
    total[o] =
        rings(q_.catchment_weights, ones, std::span(within).subspan(o * q_.catchment.size(), q_.catchment.size()));
  return total;
}

std::vector<Sum> Catchments::sums(std::uint32_t column) const {
  std::vector<Sum> out;
  for (const double c : q_.catchment) out.push_back({column, to_ms(c), -1});
  return out;
}

double Catchments::at_origin(std::size_t origin, const Fixed& ratio, std::span<const std::uint64_t> within) const {
  const double all = rings(weights_, ratio, within);
  return choice_.empty() ? all : choice_[origin] > 0 ? all / choice_[origin] : 0;
}

// From the sums within each catchment time: the ring up to time i weighs w_i.
double Catchments::rings(const std::vector<double>& weights, const Fixed& column,
                         std::span<const std::uint64_t> within) const {
  double total = 0;
  for (std::size_t i = 0; i < within.size(); ++i)
    total += (weights[i] - (i + 1 < within.size() ? weights[i + 1] : 0.0)) * column.real(within[i]);
  return total;
}

}  // namespace dosi::access
