// Cuts a set of hexagons into contiguous parts of about equal weight.
#pragma once

#include "host/make_city/hexagons.hpp"

namespace dosi::make_city {

class Partition {
 public:
  Partition(const Land& land, const Hexagons& hexagons, const std::vector<double>& weight);
  // The part 0 .. parts-1 of each of `cells`, in their order.
  std::vector<std::uint32_t> divide(const std::vector<std::uint32_t>& cells, std::uint32_t parts);

 private:
  void seed(std::vector<std::uint32_t> cells, std::uint32_t parts, std::vector<std::uint32_t>& seeds) const;
  void grow(const std::vector<std::uint32_t>& seeds, const std::vector<double>& pace);
  double step_cost(std::uint32_t a, std::uint32_t b) const;

  const Hexagons& hexagons_;
  const std::vector<double>& weight_;
  std::vector<float> roughness_;
  std::vector<std::int8_t> bank_;
  std::vector<std::uint32_t> part_;  // kOutside where not in question, kOpen until reached
};

}  // namespace dosi::make_city
