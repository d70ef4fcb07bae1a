// The lattice-Boltzmann engine on one device. See wind.hpp.
#include "kernels/wind/wind.hpp"

#include <cmath>
#include <cstring>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "kernels/par/par.hpp"
#include "kernels/wind/links.hpp"
#include "kernels/wind/step.hpp"

namespace dosi::DOSI_BACKEND::wind {

template <class Stored, bool forced>
struct Apply_links {
  Links<Stored> links;
  View<const std::uint32_t> cells;
  unsigned parity;
  DOSI_HD void operator()(std::size_t i) const { links.template apply<forced>(cells[i], parity); }
};

template <class Stored, bool forced>
struct Roughen {
  Links<Stored> links;
  View<const std::uint32_t> cells;
  unsigned parity;
  DOSI_HD void operator()(std::size_t i) const { links.template roughen<forced>(cells[i], parity); }
};

// Rest, or equilibrium at a density and a velocity; places that lie idle are 0.
template <class Stored>
struct Start {
  Grid grid;
  View<const std::uint8_t> flags;
  View<const float> density, x, y, z;
  View<Stored> populations;
  DOSI_HD void operator()(std::size_t at) const {
    const auto n = static_cast<std::uint32_t>(at);
    const bool fluid = kind_of(flags[n]) == Kind::fluid;
    Moments<float> m{0, 1, 0, 0, 0};
    if (fluid && density.size > 0) m.density = density[n], m.excess = density[n] - 1.0f;
    if (fluid && x.size > 0) m.x = x[n];
    if (fluid && y.size > 0) m.y = y[n];
    if (fluid && z.size > 0) m.z = z[n];
    const Equilibrium<float> equilibrium(m);
    const Cell c = grid.cell(n);
    encode(equilibrium.rest(), populations[n]);
    unrolled<kPairs>([&](auto p) {
      const float cu = along<p>(m.x, m.y, m.z);
      const float even = equilibrium.even(pair_weight(p), cu), odd = equilibrium.odd(pair_weight(p), cu);
      encode(even + odd, populations[grid.arrival(c, 2 * p + 1, 0)]);
      encode(even - odd, populations[grid.arrival(c, 2 * p + 2, 0)]);
    });
  }
};

template <class Stored>
struct Measure {
  Grid grid;
  View<const std::uint8_t> flags;
  View<const Stored> populations;
  float force[3];
  unsigned parity;
  View<Moments<float>> out;
  DOSI_HD void operator()(std::size_t at) const {
    const auto n = static_cast<std::uint32_t>(at);
    out[n] = {0, 1, 0, 0, 0};
    if (kind_of(flags[n]) != Kind::fluid) return;
    const Cell c = grid.cell(n);
    float g[kPopulations];
    unrolled<kPopulations>([&](auto i) { g[i] = decoded(populations[grid.arrival(c, i, parity)]); });
    out[n] = moments<true>(g, force, 0.5f);
  }
};

// What nothing reads becomes 0, so that a checkpoint says the same wherever it is made.
template <class Stored>
struct Clear_idle {
  Grid grid;
  View<const std::uint8_t> flags;
  View<Stored> populations;
  unsigned parity;
  DOSI_HD void operator()(std::size_t at) const {
    const auto n = static_cast<std::uint32_t>(at);
    if (kind_of(flags[n]) == Kind::fluid) return;
    const Cell c = grid.cell(n);
    unrolled<kPopulations>([&](auto i) { encode(0.0f, populations[grid.arrival(c, i, parity)]); });
  }
};

// Velocity out of each cell at an outlet, as it starts.
struct Start_outlets {
  View<const std::uint32_t> cells;
  View<const std::int8_t> axis;
  View<const float> x, y, z;
  View<float> out;
  DOSI_HD void operator()(std::size_t i) const {
    const int a = axis[i] < 0 ? -axis[i] : axis[i];
    const View<const float> u = a == 1 ? x : a == 2 ? y : z;
    const float value = u.size > 0 ? u[cells[i]] : 0.0f;
    out[i] = axis[i] > 0 ? value : -value;
  }
};

inline Relaxation make_relaxation(const Question& q) {
  const double time = 3 * q.viscosity + 0.5, even = 1 / time;
  const double odd = q.collision == Collision::trt ? 1 / (0.5 + q.magic / (time - 0.5)) : even;
  return {static_cast<float>(time), static_cast<float>(even), static_cast<float>(odd), q.collision == Collision::trt ? static_cast<float>(q.magic) : 0.0f,
          {q.force.x, q.force.y, q.force.z}};
}

// 18 sqrt(2) l^2 by layer of cells from a wall, the first half a cell away; [0]: far from all.
inline std::vector<float> make_mixing(double constant) {
  std::vector<float> mixing(kLayers);
  for (int layer = 0; layer < kLayers && constant > 0; ++layer) {
    const double wall = layer == 0 ? 0 : 1 / std::pow(kKarman * (layer - 0.5), 2);
    mixing[static_cast<std::size_t>(layer)] = static_cast<float>(18 * std::sqrt(2.0) / (1 / (constant * constant) + wall));
  }
  return mixing;
}

// Stress over density times squared speed, half a cell from a wall of this roughness length.
inline float make_drag(double roughness) { return roughness > 0 ? static_cast<float>(std::pow(kKarman / std::log(0.5 / roughness + 1), 2)) : 0.0f; }

// Populations a few cache lines further on than the last one's, so that a cell's do not meet in one set of the caches.
template <class Stored>
Grid make_grid(const Question& q) {
  constexpr std::size_t kPage = 4096 / sizeof(Stored), kApart = 3 * 64 / sizeof(Stored);
  const std::size_t cells = std::size_t{q.nx} * q.ny * q.nz;
  return {q.nx, q.ny, q.nz, (cells + kPage - 1) / kPage * kPage + kApart};
}

template <class Stored>
class Device_engine : public Engine {
 public:
  Device_engine(const Question& q, Domain domain, int device)
      : ctx_(device), grid_(make_grid<Stored>(q)), storage_(q.storage), regularised_(q.collision == Collision::regularised), subgrid_(q.smagorinsky > 0),
        forced_(q.force.x != 0 || q.force.y != 0 || q.force.z != 0), relaxation_(make_relaxation(q)), outlet_excess_(static_cast<float>(q.outlet_density - 1)),
        outlet_relaxation_(static_cast<float>(q.outlet_relaxation)), ground_drag_(make_drag(q.ground_roughness)), building_drag_(make_drag(q.building_roughness)),
        flags_(ctx_, std::span<const std::uint8_t>(domain.flags)),
        boundary_cells_(ctx_, std::span<const std::uint32_t>(domain.boundary_cells)), rough_cells_(ctx_, std::span<const std::uint32_t>(domain.rough_cells)),
        moving_cells_(ctx_, std::span<const std::uint32_t>(domain.moving_cells)),
        outlet_cells_(ctx_, std::span<const std::uint32_t>(domain.outlet_cells)), outlet_axis_(ctx_, std::span<const std::int8_t>(domain.outlet_axis)),
        mixing_(ctx_, std::span<const float>(make_mixing(q.smagorinsky))), velocities_(ctx_, q.velocities), outlet_velocity_(ctx_, domain.outlet_cells.size()),
        populations_(ctx_, kPopulations * grid_.stride) {
    start({}, {}, {}, {});
  }

  std::uint64_t step() const override { return step_; }

  void advance(std::uint64_t steps) override {
    for (const std::uint64_t end = step_ + steps; step_ < end; ++step_) {
      choose([&](auto regularised, auto subgrid, auto forced) {
        collide_all<regularised, subgrid, forced>();
        par::for_each(ctx_, boundary_cells_.size(), Apply_links<Stored, forced>{links(), std::as_const(boundary_cells_).view(), parity()});
        par::for_each(ctx_, rough_cells_.size(), Roughen<Stored, forced>{links(), std::as_const(rough_cells_).view(), parity()});
      });
    }
    ctx_.synchronize();
  }

  void start(std::span<const float> density, std::span<const float> x, std::span<const float> y, std::span<const float> z) override {
    for (const auto& given : {density, x, y, z})
      if (!given.empty() && given.size() != grid_.cells())
        throw std::invalid_argument("wind: " + std::to_string(given.size()) + " values to start from for " + std::to_string(grid_.cells()) + " cells");
    const par::Buffer<float> r(ctx_, density), u(ctx_, x), v(ctx_, y), w(ctx_, z);
    par::for_each(ctx_, grid_.cells(), Start<Stored>{grid_, flags(), r.view(), u.view(), v.view(), w.view(), populations_.view()});
    par::for_each(ctx_, outlet_cells_.size(),
                  Start_outlets{std::as_const(outlet_cells_).view(), std::as_const(outlet_axis_).view(), u.view(), v.view(), w.view(), outlet_velocity_.view()});
    ctx_.synchronize();
    step_ = 0;
  }

  void fields(const Fields& out) const override {
    for (const auto& asked : {out.density, out.x, out.y, out.z})
      if (!asked.empty() && asked.size() != grid_.cells())
        throw std::invalid_argument("wind: room for " + std::to_string(asked.size()) + " values of " + std::to_string(grid_.cells()) + " cells");
    par::Buffer<Moments<float>> measured(ctx_, grid_.cells());
    const float* f = relaxation_.force;
    par::for_each(ctx_, grid_.cells(), Measure<Stored>{grid_, flags(), populations_.view(), {f[0], f[1], f[2]}, parity(), measured.view()});
    const auto all = measured.to_host();
    for (std::size_t n = 0; n < all.size(); ++n) {
      if (!out.density.empty()) out.density[n] = all[n].density;
      if (!out.x.empty()) out.x[n] = all[n].x;
      if (!out.y.empty()) out.y[n] = all[n].y;
      if (!out.z.empty()) out.z[n] = all[n].z;
    }
  }

  void set_velocities(std::span<const Velocity> velocities) override {
    if (velocities.size() != velocities_.size())
      throw std::invalid_argument("wind: there are " + std::to_string(velocities.size()) + " velocities for " + std::to_string(velocities_.size()) + " cells of kind velocity");
    velocities_.upload(velocities);
  }

  Checkpoint save() const override {
    par::for_each(ctx_, grid_.cells(), Clear_idle<Stored>{grid_, flags(), populations_.view(), parity()});
    Checkpoint checkpoint{step_, storage_, std::vector<std::byte>(kPopulations * row_bytes()), outlet_velocity_.to_host()};
    const auto all = populations_.to_host();
    for (std::size_t i = 0; i < kPopulations; ++i) std::memcpy(checkpoint.populations.data() + i * row_bytes(), all.data() + i * grid_.stride, row_bytes());
    return checkpoint;
  }

  void restore(const Checkpoint& c) override {
    if (c.storage != storage_) throw std::invalid_argument("wind: the checkpoint's populations are stored in another format than the question's");
    if (c.populations.size() != kPopulations * row_bytes() || c.outlet_velocities.size() != outlet_velocity_.size())
      throw std::invalid_argument("wind: the checkpoint is of another box: " + std::to_string(c.populations.size()) + " bytes of populations and " +
                                  std::to_string(c.outlet_velocities.size()) + " cells at outlets, not " + std::to_string(kPopulations * row_bytes()) + " and " +
                                  std::to_string(outlet_velocity_.size()));
    std::vector<Stored> all(populations_.size());
    for (std::size_t i = 0; i < kPopulations; ++i) std::memcpy(static_cast<void*>(all.data() + i * grid_.stride), c.populations.data() + i * row_bytes(), row_bytes());
    populations_.upload(all);
    outlet_velocity_.upload(c.outlet_velocities);
    step_ = c.step;
  }

 private:
  unsigned parity() const { return static_cast<unsigned>(step_ % 2); }
  std::size_t row_bytes() const { return grid_.cells() * sizeof(Stored); }
  View<const std::uint8_t> flags() const { return flags_.view(); }

  // f with the collision that is asked for, as compile-time truths.
  template <class F>
  void choose(F f) {
    const auto with = [](bool truth, auto g) { truth ? g(std::true_type{}) : g(std::false_type{}); };
    with(regularised_, [&](auto r) { with(subgrid_, [&](auto s) { with(forced_, [&](auto o) { f(r, s, o); }); }); });
  }

  template <bool regularised, bool subgrid, bool forced>
  void collide_all() {
    const View<const float> mixing = std::as_const(mixing_).view();
#if DOSI_ON_CUDA
    par::for_each(ctx_, grid_.cells(), Step_cell<Stored, regularised, subgrid, forced>{grid_, flags(), populations_.view(), mixing, relaxation_, parity()});
#else
    const Step_row<Stored, regularised, subgrid, forced> rows{grid_, flags(), populations_.view(), mixing, relaxation_, parity()};
    par::for_each_team(ctx_, rows.teams(), 32, 0, rows);
#endif
  }

  Links<Stored> links() {
    const float* f = relaxation_.force;
    return {grid_, flags(), populations_.view(), std::as_const(moving_cells_).view(), std::as_const(outlet_cells_).view(), std::as_const(velocities_).view(),
            std::as_const(outlet_axis_).view(), outlet_velocity_.view(), {f[0], f[1], f[2]}, outlet_excess_, outlet_relaxation_, ground_drag_, building_drag_};
  }

  mutable par::Context ctx_;
  Grid grid_;
  Storage storage_;
  bool regularised_, subgrid_, forced_;
  Relaxation relaxation_;
  float outlet_excess_, outlet_relaxation_, ground_drag_, building_drag_;
  par::Buffer<std::uint8_t> flags_;
  par::Buffer<std::uint32_t> boundary_cells_, rough_cells_, moving_cells_, outlet_cells_;
  par::Buffer<std::int8_t> outlet_axis_;
  par::Buffer<float> mixing_;
  par::Buffer<Velocity> velocities_;
  par::Buffer<float> outlet_velocity_;
  mutable par::Buffer<Stored> populations_;
  std::uint64_t step_ = 0;
};

std::unique_ptr<Engine> make_engine(const Question& question, int device) {
  auto domain = make_domain(question);
  if (question.storage == Storage::fp16) return std::make_unique<Device_engine<Half>>(question, std::move(domain), device);
  return std::make_unique<Device_engine<float>>(question, std::move(domain), device);
}

}  // namespace dosi::DOSI_BACKEND::wind
