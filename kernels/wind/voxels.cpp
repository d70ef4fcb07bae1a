#include "kernels/wind/voxels.hpp"

namespace dosi::wind {
namespace {

int rank(Kind k) { return k == Kind::velocity ? 3 : k == Kind::outlet ? 2 : k == Kind::slip ? 1 : 0; }

}  // namespace

void set_faces(std::vector<Kind>& kinds, std::uint32_t nx, std::uint32_t ny, std::uint32_t nz, const Faces& faces) {
  for (std::uint32_t z = 0; z < nz; ++z)
    for (std::uint32_t y = 0; y < ny; ++y)
      for (std::uint32_t x = 0; x < nx; ++x) {
        if (x != 0 && x + 1 != nx && y != 0 && y + 1 != ny && z + 1 != nz) {
          x = nx - 2;  // nothing to do up to the other end of the row
          continue;
        }
        Kind& k = kinds[(std::size_t{z} * ny + y) * nx + x];
        if (k == Kind::ground) continue;
        k = Kind::fluid;
        const bool on[] = {x == 0, x + 1 == nx, y == 0, y + 1 == ny, z + 1 == nz};
        for (std::size_t f = 0; f < faces.size(); ++f)
          if (on[f] && rank(faces[f]) > rank(k)) k = faces[f];
      }
}

}  // namespace dosi::wind
