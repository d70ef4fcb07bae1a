// What people look at: the flow at a height above the ground, over the part that is built up.
#pragma once

#include <span>
#include <vector>

#include "host/wind/site.hpp"

namespace dosi::wind {

class Maps {
 public:
  explicit Maps(const City_site& site) : site_(site) {}

  std::size_t size() const { return std::size_t{site_.box().inner_nx} * site_.box().inner_ny; }
  // [y][x]: a field of all cells at a height above the ground, straight between the centres of cells and below the
  // first as there; NaN where a building stands.
  std::vector<float> at(double height, const std::vector<float>& field) const;
  // UsageError with those of these heights above the ground (m) at which no column has air within the box.
  void check_heights(const std::vector<double>& heights) const;
  // The cells that hold this height, of columns that are open there; and the place of each in a map.
  struct Cells {
    std::vector<std::uint32_t> cell, place;
  };
  Cells cells(double height) const;
  // A field between the centres of eight cells; solid ones count as 0.
  double probe(const Probe& p, const std::vector<float>& field) const;
  std::vector<float> building_heights() const;  // above the ground beside; NaN where there is none

 private:
  std::size_t column(std::size_t place) const;
  const City_site& site_;
};

}  // namespace dosi::wind
