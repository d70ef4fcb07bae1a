// The part of a city that the air flows through: a box of cells, its ground, its buildings, and what lies in it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "host/device/device.hpp"
#include "host/wind/case.hpp"
#include "io/city/city.hpp"
#include "kernels/wind/voxels.hpp"

namespace dosi::wind {

// Cells along east, north and up. The lowest layer is ground; the faces' cells lie inside the box.
struct Box {
  double x0 = 0, y0 = 0, z0 = 0, cell = 1;  // the lower corner; z above the datum of the terrain
  std::uint32_t nx = 0, ny = 0, nz = 0;
  std::uint32_t inner_x = 0, inner_y = 0, inner_nx = 0, inner_ny = 0;  // columns that are built up, which the maps show

  std::size_t columns() const { return std::size_t{nx} * ny; }
  std::size_t cells() const { return columns() * nz; }
  std::size_t column(std::uint32_t x, std::uint32_t y) const { return std::size_t{y} * nx + x; }
  double x(double column) const { return x0 + (column + 0.5) * cell; }
  double y(double row) const { return y0 + (row + 0.5) * cell; }
};

struct Probe {
  double x = 0, y = 0, height = 0;  // m, above the ground
};

// What a source puts into a cell of air, g/s.
struct Emission {
  std::uint32_t cell = 0;
  double rate = 0;
};

class City_site {
 public:
  // Reads what the question names. DataError with all that is wrong in a layer; UsageError where the box cannot be.
  City_site(const city::City& city, const Case& c, const Device& device);

  const Box& box() const { return box_; }
  const std::vector<Kind>& kinds() const { return kinds_; }            // without the faces
  const std::vector<std::int32_t>& ground() const { return ground_; }  // layers, by column
  const std::vector<std::int32_t>& roof() const { return roof_; }
  // The cell of air at a place and a height (m) above its ground, or nothing: outside of the box, or in a building.
  std::optional<std::uint32_t> air_at(double x, double y, double height) const;
  double mean_height() const { return mean_height_; }  // of the buildings, above their ground; 0: there are none
  double highest() const { return highest_; }
  std::size_t buildings() const { return standing_; }
  const std::vector<Probe>& probes() const { return probes_; }
  const std::vector<Emission>& emissions() const { return emissions_; }

 private:
  struct Standing;
  void read_probes(const city::City& city, const Case& c);
  void read_emissions(const city::City& city, const Case& c);

  Box box_;
  std::vector<Kind> kinds_;
  std::vector<std::int32_t> ground_, roof_;
  double mean_height_ = 0, highest_ = 0;
  std::size_t standing_ = 0;
  std::vector<Probe> probes_;
  std::vector<Emission> emissions_;
};

}  // namespace dosi::wind
