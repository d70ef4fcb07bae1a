#include "io/result/vtkhdf.hpp"

#include <cstdint>

#include "io/error.hpp"

namespace dosi::result {

void add_vtkhdf(h5::Group root, const Image& image) {
  const auto [nx, ny, nz] = image.cells;
  auto vtk = root.create_group("VTKHDF");
  const std::int64_t version[] = {2, 0};
  vtk.set_attribute("Version", h5::type_of<std::int64_t>(), version, 2);
  vtk.set_ascii_attribute("Type", "ImageData");
  const std::int64_t extent[] = {0, static_cast<std::int64_t>(nx), 0, static_cast<std::int64_t>(ny),
                                 0, static_cast<std::int64_t>(nz)};
  vtk.set_attribute("WholeExtent", h5::type_of<std::int64_t>(), extent, 6);
  vtk.set_attribute("Origin", h5::type_of<double>(), image.origin.data(), 3);
  vtk.set_attribute("Spacing", h5::type_of<double>(), image.spacing.data(), 3);
  const double direction[] = {1, 0, 0, 0, 1, 0, 0, 0, 1};
  vtk.set_attribute("Direction", h5::type_of<double>(), direction, 9);

  auto steps = vtk.create_group("Steps");
  steps.set_attribute("NSteps", static_cast<std::int64_t>(image.steps.size()));
  steps.create_dimension("step", image.steps.size());
  steps.create_variable("Values", h5::type_of<double>(), {"step"})
      .write_rows(0, image.steps.size(), image.steps.data());

  auto cells = vtk.create_group("CellData");
  for (const auto& [name, path] : image.fields) {
    const auto shape = root.dataset(path).shape();
    const bool fits = (shape.size() == 4 || shape.size() == 5) && shape[0] == image.steps.size() && shape[1] == nz &&
                      shape[2] == ny && shape[3] == nx;
    if (!fits) throw Error(Exit::internal, fmt::format("{}: {}: does not have the image's shape", root.file(), path));
    cells.link(name, root, path);
  }
}

}  // namespace dosi::result
