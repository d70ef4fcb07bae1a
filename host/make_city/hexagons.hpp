// A lattice of hexagons over the city. Three meet at every corner, never four, so any set of them has an outline
// without ambiguity; dong and districts are such sets.
#pragma once

#include <cstdint>
#include <vector>

#include "host/make_city/land.hpp"

namespace dosi::make_city {

class Hexagons {
 public:
  explicit Hexagons(const Land& land);

  static constexpr int kSides = 6;
  std::size_t cells() const { return inside_.size(); }
  bool inside(std::uint32_t cell) const { return inside_[cell] != 0; }  // within the city's limits
  Point centre(std::uint32_t cell) const;
  std::uint32_t cell_of(Point p) const;  // the nearest; of the rim if p is outside
  // Across side `side`, counted counter-clockwise from the eastern one; only for cells inside.
  std::uint32_t neighbour(std::uint32_t cell, int side) const;
  // Side `side` runs from corner `side` to corner `side + 1`, counter-clockwise.
  std::uint32_t corner(std::uint32_t cell, int side) const;
  std::size_t corners() const { return 2 * cells(); }
  Point corner_place(std::uint32_t corner) const;
  double spacing() const { return spacing_; }

 private:
  void keep_one_piece(std::uint32_t start);
  std::uint32_t columns_ = 0, rows_ = 0;
  double spacing_ = 0, row_height_ = 0;
  Point first_;
  std::vector<std::uint8_t> inside_;
};

}  // namespace dosi::make_city
