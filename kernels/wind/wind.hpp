// Air that flows through a box of cells, by the lattice-Boltzmann method (D3Q19) on a device.
//
// Everything is in lattice units: lengths in cells, times in steps, density 1 at rest, pressure density / 3. Velocities
// should stay below 0.1 (0.3 is where the method ends), and 0.05 .. 0.1 is usual.
//
// The box is periodic; what bounds it are cells of other kinds than fluid, and a face is half-way between a fluid cell
// and such a neighbour:
//   wall      no slip, half-way bounce-back (Ladd, J. Fluid Mech. 271, 1994; Ginzburg and d'Humieres 2003 on its place)
//   velocity  the same with a velocity of its own: a lid, or an inlet
//   ground, building   no slip, but rough: the stress is that of the log law u = u* / 0.4 log((d + z0) / z0) (Richards and
//             Hoxey, J. Wind Eng. Ind. Aerodyn. 46, 1993) half a cell from the wall, with the speed along the wall found
//             there. It is put on the populations that come back, so that they carry just this momentum to the wall, as
//             by Han, Ooka, Kikumoto (Fluid Dyn. Res. 53, 045506, 2021), but within the cell, so that edges and
//             corners are no special case. Mass stays. With a roughness length of 0 they are walls.
//   slip      no friction: populations are mirrored at the plane
//   outlet    a pressure that lets waves out. The incoming characteristic is p' = rho c_s u_n', with primes for what is
//             faster than 1 / outlet_relaxation steps: the partially non-reflecting condition of Poinsot and Lele
//             (J. Comput. Phys. 101, 1992), integrated over time, put on the populations by anti-bounce-back as by
//             Izquierdo and Fueyo (Phys. Rev. E 78, 046707, 2008)
//
// One array of populations, streamed in place (esoteric pull: Lehmann, Computation 10:92, 2022), as deviations from rest,
// in FP32 or in FP16 scaled by 2^15 (Lehmann et al., Phys. Rev. E 106, 015308, 2022); the arithmetic is FP32.
//
// Same answer: bit-identical for any number of threads, and between devices where the CPU has fused multiply-add (all
// since 2013 that this program is tuned for); without it, equal within rounding.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace dosi::wind {

enum class Kind : std::uint8_t { fluid = 0, wall = 1, velocity = 2, slip = 3, outlet = 4, ground = 5, building = 6 };

// bgk: one relaxation time (Qian, d'Humieres, Lallemand 1992). trt: two, with `magic` fixed (Ginzburg, Verhaeghe,
// d'Humieres 2008). regularised: only the hydrodynamic stress outlives a collision (Latt and Chopard 2006).
enum class Collision { bgk, trt, regularised };
enum class Storage { fp32, fp16 };

struct Velocity {
  float x = 0, y = 0, z = 0;
};

struct Question {
  std::uint32_t nx = 1, ny = 1, nz = 1;   // at most 2^32 - 1 cells
  std::span<const Kind> kinds;            // of each cell, x fastest; empty: all fluid
  std::span<const Velocity> velocities;   // of the cells of kind velocity, in their order
  Collision collision = Collision::regularised;
  Storage storage = Storage::fp32;
  double viscosity = 0;                   // cells^2 / step
  double magic = 3.0 / 16;                // of trt; 3/16 puts a wall exactly half-way
  // Of the subgrid model (Smagorinsky 1963, from the stress of the populations: Hou et al. 1996), 0 for none. Near walls
  // the mixing length l is that of Mason and Thomson (J. Fluid Mech. 242, 1992): 1/l^2 = 1/Cs^2 + 1/(0.4 d)^2, with the
  // distance d to the next wall.
  double smagorinsky = 0;
  double ground_roughness = 0, building_roughness = 0;   // z0 in cells, at most half a cell: where the speed is taken
  Velocity force;                         // on all fluid, density times cells / step^2 (Guo, Zheng, Shi 2002)
  double outlet_density = 1;
  double outlet_relaxation = 0.001;       // share a step by which an outlet forgets the velocity it had
};

// Density and velocity of each cell, x fastest. Where there is no fluid: 1, and 0. Empty ones are left out.
struct Fields {
  std::span<float> density, x, y, z;
};

// All that a run goes on from, the same on any device.
struct Checkpoint {
  std::uint64_t step = 0;
  Storage storage = Storage::fp32;
  std::vector<std::byte> populations;     // [19][cells] of float or of IEEE halves, where the parity of the step has them
  std::vector<float> outlet_velocities;   // what each cell at an outlet remembers
};

class Engine {
 public:
  virtual ~Engine() = default;
  virtual std::uint64_t step() const = 0;
  virtual void advance(std::uint64_t steps) = 0;
  // Puts all fluid into equilibrium at this density and velocity, and the clock to 0. Spans as in Fields; empty: rest.
  virtual void start(std::span<const float> density, std::span<const float> x, std::span<const float> y, std::span<const float> z) = 0;
  virtual void fields(const Fields& out) const = 0;
  // As in Question: the inlet of the next steps.
  virtual void set_velocities(std::span<const Velocity> velocities) = 0;
  virtual Checkpoint save() const = 0;
  // Throws std::invalid_argument where it is not of this question.
  virtual void restore(const Checkpoint& checkpoint) = 0;
};

}  // namespace dosi::wind

// At rest. `device`: cpu: threads, 0 for all; cuda: ordinal. The spans need not live longer than the call.
// Throws std::invalid_argument that names all that is wrong with the question, std::bad_alloc, and std::runtime_error
// with CUDA's message.
namespace dosi::cpu::wind {
std::unique_ptr<dosi::wind::Engine> make_engine(const dosi::wind::Question& question, int device);
}
namespace dosi::cuda::wind {
std::unique_ptr<dosi::wind::Engine> make_engine(const dosi::wind::Question& question, int device);
}
