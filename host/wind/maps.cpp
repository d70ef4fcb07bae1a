#include "host/wind/maps.hpp"

#include <algorithm>
#include <cmath>

#include "io/error.hpp"

namespace dosi::wind {

std::size_t Maps::column(std::size_t place) const {
  const Box& b = site_.box();
  return b.column(static_cast<std::uint32_t>(b.inner_x + place % b.inner_nx),
                  static_cast<std::uint32_t>(b.inner_y + place / b.inner_nx));
}

std::vector<float> Maps::at(double height, const std::vector<float>& field) const {
  const Box& b = site_.box();
  const double s = std::max(0.0, height / b.cell - 0.5);
  const auto low = static_cast<std::int32_t>(std::floor(s));
  const auto t = static_cast<float>(s - low);
  std::vector<float> out(size(), NAN);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto c = column(i);
    const std::int32_t layer = site_.ground()[c] + low;
    if (layer < site_.roof()[c] || layer + 2 > static_cast<std::int32_t>(b.nz) - 1) continue;
    const auto at = static_cast<std::size_t>(layer) * b.columns() + c;
    out[i] = t > 0 ? field[at] + t * (field[at + b.columns()] - field[at]) : field[at];
  }
  return out;
}

void Maps::check_heights(const std::vector<double>& heights) const {
  const Box& b = site_.box();
  const auto lowest = *std::min_element(site_.ground().begin(), site_.ground().end());
  const auto layers = static_cast<std::int32_t>(b.nz) - 3 - lowest;  // at() needs the next one too, below the face
  Problems bad;
  for (const double h : heights)
    if (std::floor(std::max(0.0, h / b.cell - 0.5)) > layers) bad.add("heights: {} m", h);
  bad.raise_if_any(Exit::usage, fmt::format("heights: the box ends below; its maps reach {:g} m; give a higher top",
                                            (layers + 0.5) * b.cell));
}

Maps::Cells Maps::cells(double height) const {
  const Box& b = site_.box();
  Cells out;
  for (std::size_t i = 0; i < size(); ++i) {
    const auto c = column(i);
    const auto layer = site_.ground()[c] + static_cast<std::int32_t>(std::floor(height / b.cell));
    if (layer < site_.roof()[c] || layer >= static_cast<std::int32_t>(b.nz) - 1) continue;
    out.cell.push_back(static_cast<std::uint32_t>(static_cast<std::size_t>(layer) * b.columns() + c));
    out.place.push_back(static_cast<std::uint32_t>(i));
  }
  return out;
}

double Maps::probe(const Probe& p, const std::vector<float>& field) const {
  const Box& b = site_.box();
  const auto own =
      b.column(static_cast<std::uint32_t>((p.x - b.x0) / b.cell), static_cast<std::uint32_t>((p.y - b.y0) / b.cell));
  const double s[] = {(p.x - b.x0) / b.cell - 0.5, (p.y - b.y0) / b.cell - 0.5,
                      site_.ground()[own] + p.height / b.cell - 0.5};
  const double most[] = {b.nx - 1.0, b.ny - 1.0, b.nz - 1.0};
  std::size_t low[3];
  double t[3];
  for (int a = 0; a < 3; ++a) {
    const double at = std::clamp(s[a], 0.0, most[a] - 1e-9);
    low[a] = static_cast<std::size_t>(at);
    t[a] = at - static_cast<double>(low[a]);
  }
  double sum = 0;
  for (int corner = 0; corner < 8; ++corner) {
    double weight = 1;
    std::size_t n[3];
    for (int a = 0; a < 3; ++a) {
      const bool upper = (corner >> a & 1) != 0;
      weight *= upper ? t[a] : 1 - t[a];
      n[a] = low[a] + (upper ? 1 : 0);
    }
    if (weight > 0) sum += weight * static_cast<double>(field[(n[2] * b.ny + n[1]) * b.nx + n[0]]);
  }
  return sum;
}

std::vector<float> Maps::building_heights() const {
  std::vector<float> out;
  for (std::size_t i = 0; i < size(); ++i) {
    const auto above = site_.roof()[column(i)] - site_.ground()[column(i)];
    out.push_back(above > 0 ? static_cast<float>(above * site_.box().cell) : NAN);
  }
  return out;
}

}  // namespace dosi::wind
