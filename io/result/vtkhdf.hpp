// A grid of cells as VTKHDF's ImageData, which ParaView opens: a group whose fields are hard links to variables of a
// result, so that nothing is stored twice. The layout is that of VTK's file format documentation, version 2.0.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "io/h5/h5.hpp"

namespace dosi::result {

struct Image {
  std::array<std::size_t, 3> cells{};  // along x, y, z
  std::array<double, 3> origin{}, spacing{};
  std::vector<double> steps;  // what ParaView shows as time
  // Name, and the variable's path: over steps, z, y, x, and components where it has some.
  std::vector<std::pair<std::string, std::string>> fields;
};

// Adds /VTKHDF. Throws Error (internal) where a field has another shape.
void add_vtkhdf(h5::Group root, const Image& image);

}  // namespace dosi::result
