// Floating catchments: what each origin can count on, of a supply that its neighbours use too.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "host/access/fixed.hpp"
#include "host/access/origins.hpp"
#include "host/access/question.hpp"
#include "kernels/access/access.hpp"

namespace dosi::access {

// Two-step floating catchments (2SFCA: Luo, Wang 2003; with weighted rings E2SFCA: Luo, Qi 2009), and three-step
// (3SFCA: Wan, Zou, Sternberg 2012), where people choose among the destinations within their reach with
// probabilities in proportion to the rings' weights, so that a destination's demand is not counted at every other one.
class Catchments {
 public:
  // Asks the engine for the demand at each destination. UsageError where the group that demands is none of the groups.
  Catchments(const Question& q, const Origins& origins, const Destinations& destinations, std::span<const Place> from,
             std::span<const Place> to, Engine& engine);

  // What each destination offers a person of those who demand it; 0 where nobody does.
  const std::vector<double>& ratio() const { return ratio_; }
  // The sums to ask of each origin, over `column`, which holds fixed(ratio()).
  std::vector<Sum> sums(std::uint32_t column) const;
  // The supply a person at an origin, from those sums.
  double at_origin(std::size_t origin, const Fixed& ratio, std::span<const std::uint64_t> within) const;

 private:
  double rings(const std::vector<double>& weights, const Fixed& column, std::span<const std::uint64_t> within) const;
  std::vector<double> total_choice(std::span<const Place> from, std::span<const Place> to, Engine& engine) const;

  const Question& q_;
  std::vector<double> weights_;  // of rings: once in 2SFCA, squared in 3SFCA (by distance, and by choice)
  std::vector<double> choice_;   // 3SFCA, by origin: the weights of all destinations in reach together
  std::vector<double> ratio_;
};

}  // namespace dosi::access
