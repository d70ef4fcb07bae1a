#include "host/make_city/hexagons.hpp"

namespace dosi::make_city {
namespace {

constexpr double kSpacingPerReach = 0.02, kLeastSpacing = 42, kMostSpacing = 115;  // metres between centres
const double kRowHeight = std::sqrt(0.75), kCornerHeight = 1 / std::sqrt(3.0);     // of the spacing

}  // namespace

Hexagons::Hexagons(const Land& land) {
  const double reach = land.frame().reach;
  spacing_ = std::clamp(kSpacingPerReach * reach, kLeastSpacing, kMostSpacing);
  row_height_ = kRowHeight * spacing_;
  columns_ = static_cast<std::uint32_t>(2 * reach / spacing_) + 5;
  rows_ = static_cast<std::uint32_t>(2 * reach / row_height_) + 5;
  first_ = land.frame().centre - Point{0.5 * spacing_ * columns_, 0.5 * row_height_ * rows_};
  inside_.assign(static_cast<std::size_t>(columns_) * rows_, 0);
  for (std::uint32_t c = 0; c < inside_.size(); ++c) {
    const auto i = c % columns_, j = c / columns_;
    const bool rim = i == 0 || j == 0 || i + 1 == columns_ || j + 1 == rows_;
    inside_[c] = !rim && land.remoteness(centre(c)) < 1;
  }
  keep_one_piece(cell_of(land.frame().centre));
}

void Hexagons::keep_one_piece(std::uint32_t start) {
  std::vector<std::uint8_t> reached(inside_.size());
  std::vector<std::uint32_t> open{start};
  reached[start] = 1;
  while (!open.empty()) {
    const auto cell = open.back();
    open.pop_back();
    for (int side = 0; side < kSides; ++side)
      if (const auto next = neighbour(cell, side); inside_[next] && !reached[next])
        reached[next] = 1, open.push_back(next);
  }
  inside_.swap(reached);
}

Point Hexagons::centre(std::uint32_t cell) const {
  const auto i = cell % columns_, j = cell / columns_;
  return first_ + Point{spacing_ * (i + 0.5 * (j & 1u)), row_height_ * j};
}

std::uint32_t Hexagons::cell_of(Point p) const {
  const double v = std::clamp((p.y - first_.y) / row_height_, 0.0, rows_ - 1.001);
  std::uint32_t best = 0;
  double least = -1;
  for (std::uint32_t j = static_cast<std::uint32_t>(v); j <= static_cast<std::uint32_t>(v) + 1; ++j) {
    const double u = (p.x - first_.x) / spacing_ - 0.5 * (j & 1u);
    const auto i = static_cast<std::uint32_t>(std::clamp(std::floor(u + 0.5), 0.0, columns_ - 1.0));
    const std::uint32_t cell = j * columns_ + i;
    const Point d = centre(cell) - p;
    if (least < 0 || dot(d, d) < least) least = dot(d, d), best = cell;
  }
  return best;
}

std::uint32_t Hexagons::neighbour(std::uint32_t cell, int side) const {
  const std::uint32_t odd = (cell / columns_) & 1u;
  switch (side) {
    case 0: return cell + 1;
    case 1: return cell + columns_ + odd;
    case 2: return cell + columns_ + odd - 1;
    case 3: return cell - 1;
    case 4: return cell - columns_ + odd - 1;
    default: return cell - columns_ + odd;
  }
}

// A cell owns its top (even number) and bottom (odd); its other corners are tops and bottoms of its neighbours.
std::uint32_t Hexagons::corner(std::uint32_t cell, int side) const {
  switch (side % kSides) {
    case 0: return 2 * neighbour(cell, 5);
    case 1: return 2 * neighbour(cell, 1) + 1;
    case 2: return 2 * cell;
    case 3: return 2 * neighbour(cell, 2) + 1;
    case 4: return 2 * neighbour(cell, 4);
    default: return 2 * cell + 1;
  }
}

Point Hexagons::corner_place(std::uint32_t corner) const {
  const double up = corner % 2 == 0 ? kCornerHeight : -kCornerHeight;
  return centre(corner / 2) + Point{0, up * spacing_};
}

}  // namespace dosi::make_city
