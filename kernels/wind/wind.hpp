// Air that flows through a box of cells, by the lattice-Boltzmann method (D3Q19) on a device.
//
// Everything is in lattice units: lengths in cells, times in steps, density 1 at rest, pressure density / 3. Velocities
// should stay below 0.1 (0.3 is where the method ends), and 0.05 .. 0.1 is usual.
//
// The box is periodic; what bounds it are cells of other kinds than fluid, and a face is half-way between a fluid cell
// and such a neighbour:
//   wall      no slip, half-way bounce-back (Ladd, J. Fluid Mech. 271, 1994; Ginzburg and d'Humieres 2003 on its place)
//   velocity  the same with a velocity of its own, taken where a population meets the plane: a lid, or an inlet
//   ground, building   no slip, but rough: the stress is that of the log law u = u* / 0.4 log((d + z0) / z0) (Richards
//   and
//             Hoxey, J. Wind Eng. Ind. Aerodyn. 46, 1993) half a cell from the wall, with the speed along the wall
//             found there. It is put on the populations that come back, so that they carry just this momentum to the
//             wall, as by Han, Ooka, Kikumoto (Fluid Dyn. Res. 53, 045506, 2021), but within the cell, so that edges
//             and corners are no special case. Mass stays. With a roughness length of 0 they are walls.
//   slip      no friction: populations are mirrored at the plane; one above the air may put a stress of its own on it
//   outlet    a pressure that lets waves out. The incoming characteristic is p' = rho c_s u_n', with primes for what is
//             faster than 1 / outlet_relaxation steps: the partially non-reflecting condition of Poinsot and Lele
//             (J. Comput. Phys. 101, 1992), integrated over time, put on the populations by anti-bounce-back as by
//             Izquierdo and Fueyo (Phys. Rev. E 78, 046707, 2008)
//
// One array of populations, streamed in place (esoteric pull: Lehmann, Computation 10:92, 2022), as deviations from
// rest, in FP32 or in FP16 scaled by 2^15 (Lehmann et al., Phys. Rev. E 106, 015308, 2022); the arithmetic is FP32.
//
// Same answer: bit-identical for any number of threads, and between devices where the CPU has fused multiply-add (all
// since 2013 that this program is tuned for); without it, equal within rounding.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace dosi::wind {

enum class Kind : std::uint8_t { fluid = 0, wall = 1, velocity = 2, slip = 3, outlet = 4, ground = 5, building = 6 };

// bgk: one relaxation time (Qian, d'Humieres, Lallemand 1992). trt: two, with `magic` fixed (Ginzburg, Verhaeghe,
// d'Humieres 2008). regularised: only the hydrodynamic stress outlives a collision (Latt and Chopard 2006), and
// moments of third order follow from it (Malaspinas, arXiv:1505.06900, 2015): without them shear at low viscosity makes
// waves as short as the lattice out of nothing. For laminar flow along walls that move trt is the right one.
enum class Collision { bgk, trt, regularised };
enum class Storage { fp32, fp16 };

struct Velocity {
  float x = 0, y = 0, z = 0;
};

// What is added to the velocities of an inlet: a sum of random waves, without divergence, of equal energy each, at wave
// numbers of von Karman's spectrum (Kraichnan, Phys. Fluids 13, 22, 1970), in triads of orthogonal ones with both
// polarisations, so that the variance is the same in all directions. They are carried by the wind as they are (Taylor's
// hypothesis): a function of the step alone. Waves shorter than four cells, which the lattice does not carry, are left
// out. What they would blow in as a whole at any time is taken from them, in the shares of the intensity: it would
// sound.
struct Inflow_turbulence {
  std::span<const float> intensity;  // standard deviation of each component at each cell of kind velocity; empty: none
  double length_scale = 8;           // integral length along the flow, at least 1 cell
  Velocity advection;                // what carries the waves past the inlet
  // Covariance of the velocity along `advection` and upwards (z), over the square of the intensity, 0 to 1 downwards:
  // waves and amplitudes are sheared together, so that they stay without divergence. In a neutral surface layer the
  // covariance is -u*^2, and without it the wind over the ground slows down until its own eddies are there. The
  // variance along grows by the square of this.
  double shear = 0;
  std::uint32_t modes = 64;  // 3 to 126, rounded down to threes
  std::uint64_t seed = 1;
  std::uint32_t every = 1;  // steps from one change to the next
};

// Mass that a step adds to a cell of fluid.
struct Source {
  std::uint32_t cell = 0;
  float rate = 0;
};

// A substance that the air carries and that does not act on it: D3Q7 in the same step, relaxed to the equilibrium but
// for its flux (Latt and Chopard's regularisation), with the equilibrium of second order, so that the wind does not
// take from the diffusivity (Chopard, Falcone, Latt, Eur. Phys. J. Special Topics 171, 2009). Where the subgrid model's
// viscosity is nu_t, nu_t / turbulent_schmidt is added to the diffusivity. Nothing goes through walls and planes
// without friction; what goes through cells of kinds velocity and outlet is what the wind carries out there, and
// nothing comes in. In FP16 a diffusivity below 0.005, with the turbulent one, leaves noise of some 1e-4 of the largest
// concentration.
struct Species {
  double diffusivity = 0;  // cells^2 / step
  double turbulent_schmidt = 0.7;
  std::span<const Source> sources;
  double largest = 0;  // concentration (mass a cell) that FP16 has to hold; 0: 512 steps of the strongest source
};

struct Question {
  std::uint32_t nx = 1, ny = 1, nz = 1;  // at most 2^32 - 1 cells
  std::span<const Kind> kinds;           // of each cell, x fastest; empty: all fluid
  std::span<const Velocity> velocities;  // of the cells of kind velocity, in their order
  Collision collision = Collision::regularised;
  Storage storage = Storage::fp32;
  double viscosity = 0;     // cells^2 / step
  double magic = 3.0 / 16;  // of trt; 3/16 puts a wall exactly half-way
  // Of the subgrid model (Smagorinsky 1963, from the stress of the populations: Hou et al. 1996), 0 for none. Near
  // walls the mixing length l is that of Mason and Thomson (J. Fluid Mech. 242, 1992): 1/l^2 = 1/Cs^2 + 1/(0.4 d)^2,
  // with the distance d to the next wall. Over rough walls eddies as small as their distance are not resolved and the
  // model carries their stress (after Schumann, J. Comput. Phys. 18, 1975, and Sullivan, McWilliams, Moeng,
  // Boundary-Layer Meteorol. 71, 1994): l = Cs + (l_w - Cs) exp(-(d / 4)^2), which goes from the log law's at the wall
  // to the model's above about six cells. l_w is 0.4 (d + z0), but for the next cells, where it is what makes the
  // speeds of neighbours differ as the log law's do. That stifles eddies and still leaves some of the stress to no one.
  // So over open ground, where nine cells above it are air and next to no building, the regularised air has exp(-(d /
  // 3)^2) there, and what then neither eddies nor the model carry, exp(-(d / 6)^2) - l / l_w of the stress, is taken
  // from the air where it is lost and given to it where it arrives, by the square of the speed there over that of the
  // log law (after Brown, Hobson, Wood, Boundary-Layer Meteorol. 98, 2001, and Chow, Street, Xue, Ferziger, J. Atmos.
  // Sci. 62, 2005). 3 and 6 cells are those with which a half channel and a fetch over rough ground keep the log law.
  // Cs = 0.12 is right there. In
  // the two layers beside cells of kind velocity l is Cs + 0.6 and Cs + 0.2: a plane that moves along itself otherwise
  // makes waves of the length of the lattice in the regularised air beside it, at viscosities below 0.02.
  double smagorinsky = 0;
  double ground_roughness = 0, building_roughness = 0;  // z0 in cells, at most half a cell: where the speed is taken
  // Widths in cells, inside the faces -x +x -y +y -z +z of the box, over which the viscosity grows to sponge_viscosity.
  std::array<std::uint32_t, 6> sponge{};
  double sponge_viscosity = 0;
  Velocity force;  // on all fluid, density times cells / step^2 (Guo, Zheng, Shi 2002)
  // Stress along x and y, density times cells^2 / step^2, that slip planes above the air (at higher z) put on it, half
  // of it by each of the two populations aslant: what air above the box would bring down (Richards and Hoxey 1993).
  std::array<float, 2> stress_above{};
  double outlet_density = 1;
  double outlet_relaxation = 0.001;  // share a step by which an outlet forgets the velocity it had
  Inflow_turbulence inflow;
  std::optional<Species> species;
  // Cells of fluid whose speeds each sample() counts in bins of equal width from 0 to speed_top; the last bin takes
  // what is faster.
  std::span<const std::uint32_t> watched;
  std::uint32_t speed_bins = 64;
  double speed_top = 0.3;  // cells / step
};

// Density and velocity of each cell, x fastest, and concentration, as mass in a cell. Where there is no fluid: 1, and
// 0. Empty ones are left out.
struct Fields {
  std::span<float> density, x, y, z, concentration;
};

// Over the samples: means of the velocity and of the concentration, and (co)variances. Spans as in Fields.
struct Statistics {
  std::span<float> x, y, z, xx, yy, zz, xy, xz, yz, concentration, concentration_variance;
};

// Sums over the fluid, in double and in a fixed order.
struct Totals {
  double mass = 0, kinetic_energy = 0;
  double largest_speed = 0;
  double outflow = 0;  // of mass, a step: density times velocity out, at the cells beside outlets
};

// What there was of the species at the start and what the sources gave; what there is; what left at outlets and inlets.
struct Budget {
  double emitted = 0, inside = 0, left = 0;
};

// All that a run goes on from, the same on any device: here what is small; the parts that grow with the cells are given
// and taken in pieces, so that no second run has to be in memory.
struct Checkpoint {
  std::uint64_t step = 0;
  Storage storage = Storage::fp32;
  std::vector<float> outlet_velocities;  // what each cell at an outlet remembers
  std::vector<Velocity> velocities;      // of the cells of kind velocity, without turbulence
  std::vector<double> emitted, left;     // by source; by cell of fluid with others beside it
  std::uint64_t samples = 0;
  std::vector<std::uint32_t> speeds;  // [watched][bins]
};
// populations: [19][cells] of float or of IEEE halves, where the parity of the step has them; species: [7][cells], as
// the populations; statistics: [9 or 11][cells] of float as Statistics has them, nothing where nothing was sampled.
enum class Part { populations, species, statistics };
inline constexpr std::array kParts{Part::populations, Part::species, Part::statistics};

class Engine {
 public:
  virtual ~Engine() = default;
  virtual std::uint64_t step() const = 0;
  virtual void advance(std::uint64_t steps) = 0;
  // Puts all fluid into equilibrium at this density and velocity, the clock to 0, and forgets all samples. Spans as in
  // Fields; empty: rest, and no concentration.
  virtual void start(std::span<const float> density, std::span<const float> x, std::span<const float> y,
                     std::span<const float> z, std::span<const float> concentration = {}) = 0;
  virtual void fields(const Fields& out) const = 0;

  // Adds the present fields to the statistics: a pass of 149 bytes a cell in FP32, 111 in FP16, and 44 or 30 for a
  // species. The first one takes 36 bytes a cell of memory, 44 with a species.
  virtual void sample() = 0;
  virtual std::uint64_t statistics(const Statistics& out) const = 0;  // how many samples
  virtual std::vector<std::uint32_t> speeds() const = 0;              // [watched][bins]: how many samples
  virtual void reset_statistics() = 0;

  virtual Totals totals() const = 0;
  virtual Budget budget() const = 0;

  // As in Question: the inlet of the next steps.
  virtual void set_velocities(std::span<const Velocity> velocities) = 0;
  // Of the cells of kind velocity, with turbulence, as the next step has them.
  virtual std::vector<Velocity> velocities() = 0;

  // Makes the parts ready as well: they are given as they are until the engine goes on.
  virtual Checkpoint save() const = 0;
  virtual std::size_t bytes(Part part) const = 0;
  using Take = std::function<void(std::span<const std::byte>)>;
  virtual void give(Part part, const Take& take) const = 0;  // bytes(part) of them, in order
  // Throws std::invalid_argument where it is not of this question. Then each part with bytes is to be filled.
  virtual void restore(const Checkpoint& checkpoint) = 0;
  using Fill = std::function<void(std::span<std::byte>)>;
  virtual void fill(Part part, const Fill& fill) = 0;
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
