// The lattice-Boltzmann engine on one device. See wind.hpp.
#include "kernels/wind/wind.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "kernels/par/par.hpp"
#include "kernels/wind/inlet.hpp"
#include "kernels/wind/links.hpp"
#include "kernels/wind/measure.hpp"
#include "kernels/wind/plume.hpp"
#include "kernels/wind/sample.hpp"
#include "kernels/wind/step.hpp"

namespace dosi::DOSI_BACKEND::wind {

template <class Stored, bool forced>
struct Apply_links {
  Links<Stored> links;
  View<const std::uint32_t> cells, solid_links;
  unsigned parity;
  DOSI_HD void operator()(std::size_t i) const { links.template apply<forced>(cells[i], solid_links[i], parity); }
};

template <class Stored, bool forced>
struct Roughen {
  Links<Stored> links;
  View<const std::uint32_t> cells;
  unsigned parity;
  DOSI_HD void operator()(std::size_t i) const { links.template roughen<forced>(cells[i], parity); }
};

inline Relaxation make_relaxation(const Question& q) {
  const double time = 3 * q.viscosity + 0.5, even = 1 / time;
  const double odd = q.collision == Collision::trt ? 1 / (0.5 + q.magic / (time - 0.5)) : even;
  return {static_cast<float>(time),
          static_cast<float>(even),
          static_cast<float>(odd),
          q.collision == Collision::trt ? static_cast<float>(q.magic) : 0.0f,
          {q.force.x, q.force.y, q.force.z}};
}

// 18 sqrt(2) l^2, and the force that open ground puts into the air, by what a cell's flag says of the next wall.
inline std::vector<Near_wall> make_near_wall(const Question& q) {
  std::vector<Near_wall> table;
  for (int m = 0; m < kMixings; ++m) {
    const Nearness near = nearness_of(m);
    table.push_back({static_cast<float>(18 * std::sqrt(2.0) * std::pow(mixing_length(q, near), 2)),
                     static_cast<float>(unresolved_drag(q, near))});
  }
  return table;
}

// Stress over density times squared speed, half a cell from a wall of this roughness length.
inline float make_drag(double roughness) {
  return roughness > 0 ? static_cast<float>(std::pow(kKarman / std::log(0.5 / roughness + 1), 2)) : 0.0f;
}

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
      : ctx_(device), grid_(make_grid<Stored>(q)), storage_(q.storage),
        regularised_(q.collision == Collision::regularised),
        forced_(q.force.x != 0 || q.force.y != 0 || q.force.z != 0), relaxation_(make_relaxation(q)), sponge_(q),
        stress_above_(q.stress_above), outlet_excess_(static_cast<float>(q.outlet_density - 1)),
        outlet_relaxation_(static_cast<float>(q.outlet_relaxation)), ground_drag_(make_drag(q.ground_roughness)),
        building_drag_(make_drag(q.building_roughness)), flags_(ctx_, std::span<const std::uint8_t>(domain.flags)),
        boundary_cells_(ctx_, std::span<const std::uint32_t>(domain.boundary_cells)),
        boundary_links_(ctx_, std::span<const std::uint32_t>(domain.boundary_links)),
        rough_cells_(ctx_, std::span<const std::uint32_t>(domain.rough_cells)),
        outlet_cells_(ctx_, std::span<const std::uint32_t>(domain.outlet_cells)),
        outlet_axis_(ctx_, std::span<const std::int8_t>(domain.outlet_axis)),
        near_wall_(ctx_, std::span<const Near_wall>(make_near_wall(q))),
        outlet_velocity_(ctx_, domain.outlet_cells.size()), populations_(ctx_, kPopulations * grid_.stride),
        inlet_(ctx_, q, domain.moving_cells), sampler_(ctx_, q) {
    varied_ = q.smagorinsky > 0 || sponge_.time > 0;
    if (q.species) plume_.emplace(ctx_, *q.species, grid_, domain.straight_cells);
    start({}, {}, {}, {}, {});
  }

  std::uint64_t step() const override { return step_; }

  void advance(std::uint64_t steps) override {
    for (const std::uint64_t end = step_ + steps; step_ < end; ++step_) {
      inlet_.blow(step_);
      choose([&](auto regularised, auto varied, auto forced, auto species) {
        collide_all<regularised, varied, forced, species>();
        if constexpr (species) plume_->template enter_and_leave<forced>(links(), parity());
        par::for_each(ctx_, boundary_cells_.size(),
                      Apply_links<Stored, forced>{links(), std::as_const(boundary_cells_).view(),
                                                  std::as_const(boundary_links_).view(), parity()});
        par::for_each(ctx_, rough_cells_.size(),
                      Roughen<Stored, forced>{links(), std::as_const(rough_cells_).view(), parity()});
      });
    }
    ctx_.synchronize();
  }

  void start(std::span<const float> density, std::span<const float> x, std::span<const float> y,
             std::span<const float> z, std::span<const float> concentration) override {
    for (const auto& given : {density, x, y, z, concentration})
      if (!given.empty() && given.size() != grid_.cells())
        throw std::invalid_argument("wind: " + std::to_string(given.size()) + " values to start from for " +
                                    std::to_string(grid_.cells()) + " cells");
    if (!concentration.empty() && !plume_)
      throw std::invalid_argument("wind: there is a concentration to start from, and no species");
    const par::Buffer<float> r(ctx_, density), u(ctx_, x), v(ctx_, y), w(ctx_, z), c(ctx_, concentration);
    par::for_each(ctx_, grid_.cells(),
                  Start<Stored>{grid_, flags(), r.view(), u.view(), v.view(), w.view(), populations_.view()});
    par::for_each(ctx_, outlet_cells_.size(),
                  Start_outlets{std::as_const(outlet_cells_).view(), std::as_const(outlet_axis_).view(), u.view(),
                                v.view(), w.view(), outlet_velocity_.view()});
    if (plume_) plume_->start(flags(), c.view(), u.view(), v.view(), w.view());
    sampler_.reset();
    inlet_.stale();
    ctx_.synchronize();
    step_ = 0;
  }

  void fields(const Fields& out) const override {
    for (const auto& asked : {out.density, out.x, out.y, out.z, out.concentration}) check_room(asked);
    if (!out.density.empty() || !out.x.empty() || !out.y.empty() || !out.z.empty()) {
      par::Buffer<Moments<float>> measured(ctx_, grid_.cells());
      par::for_each(ctx_, grid_.cells(), Measure<Stored>{measured_air(), measured.view()});
      const auto all = measured.to_host();
      for (std::size_t n = 0; n < all.size(); ++n) {
        if (!out.density.empty()) out.density[n] = all[n].density;
        if (!out.x.empty()) out.x[n] = all[n].x;
        if (!out.y.empty()) out.y[n] = all[n].y;
        if (!out.z.empty()) out.z[n] = all[n].z;
      }
    }
    if (out.concentration.empty()) return;
    par::Buffer<float> concentration(ctx_, grid_.cells());
    if (plume_) plume_->concentration(flags(), parity(), concentration.view());
    else concentration.fill(0);
    concentration.download(out.concentration);
  }

  void sample() override { sampler_.add(air(), plume_ ? plume_->unit() : 1.0); }
  std::uint64_t statistics(const Statistics& out) const override {
    const std::span<float> asked[] = {out.x,
                                      out.y,
                                      out.z,
                                      out.xx,
                                      out.yy,
                                      out.zz,
                                      out.xy,
                                      out.xz,
                                      out.yz,
                                      out.concentration,
                                      out.concentration_variance};
    for (const auto& each : asked) check_room(each);
    for (std::size_t k = 0; k < std::size(asked); ++k)
      if (!asked[k].empty()) sampler_.read(k, asked[k]);
    return sampler_.samples();
  }
  std::vector<std::uint32_t> speeds() const override { return sampler_.counts(); }
  void reset_statistics() override { sampler_.reset(); }

  Totals totals() const override {
    const Totals inside =
        par::reduce(ctx_, grid_.cells(), Total_of_cell<Stored>{measured_air()}, Totals{}, Add_totals{});
    return par::reduce(ctx_, outlet_cells_.size(),
                       Outflow_of_cell<Stored>{measured_air(), outlet_cells_.view(), outlet_axis_.view()}, inside,
                       Add_totals{});
  }
  Budget budget() const override { return plume_ ? plume_->budget(flags(), parity()) : Budget{}; }

  void set_velocities(std::span<const Velocity> velocities) override {
    if (velocities.size() != inlet_.size())
      throw std::invalid_argument("wind: there are " + std::to_string(velocities.size()) + " velocities for " +
                                  std::to_string(inlet_.size()) + " cells of kind velocity");
    inlet_.set(velocities);
  }
  std::vector<Velocity> velocities() override {
    inlet_.blow(step_);
    return inlet_.to_host();
  }

  Checkpoint save() const override {
    par::for_each(ctx_, grid_.cells(), Clear_idle<Stored, kPopulations>{grid_, flags(), populations_.view(), parity()});
    Checkpoint c;
    c.step = step_;
    c.storage = storage_;
    c.outlet_velocities = outlet_velocity_.to_host();
    c.velocities = inlet_.means();
    if (plume_) plume_->save(flags(), parity(), c);
    sampler_.save(c);
    return c;
  }

  void restore(const Checkpoint& c) override {
    if (c.storage != storage_)
      throw std::invalid_argument(
          "wind: the checkpoint's populations are stored in another format than the question's");
    if (c.outlet_velocities.size() != outlet_velocity_.size() || c.velocities.size() != inlet_.size())
      throw std::invalid_argument(
          "wind: the checkpoint is of another box: " + std::to_string(c.outlet_velocities.size()) +
          " cells at outlets and " + std::to_string(c.velocities.size()) + " of given velocity, not " +
          std::to_string(outlet_velocity_.size()) + " and " + std::to_string(inlet_.size()));
    if (plume_ ? !plume_->fits(c) : !c.emitted.empty())
      throw std::invalid_argument("wind: the checkpoint's species is not the question's");
    if (!sampler_.fits(c))
      throw std::invalid_argument("wind: the checkpoint's speeds are not those of the question's watched cells");
    outlet_velocity_.upload(c.outlet_velocities);
    inlet_.set(c.velocities);
    if (plume_) plume_->restore(c);
    sampler_.restore(c);
    step_ = c.step;
  }

  std::size_t bytes(Part part) const override {
    if (part == Part::populations) return kPopulations * grid_.cells() * sizeof(Stored);
    if (part == Part::species) return plume_ ? plume_->bytes() : 0;
    return sampler_.bytes();
  }
  void give(Part part, const Take& take) const override {
    if (part == Part::populations) give_rows(ctx_, populations_, grid_, kPopulations, take);
    if (part == Part::species && plume_) plume_->give(take);
    if (part == Part::statistics) sampler_.give(take);
  }
  void fill(Part part, const Fill& from) override {
    if (part == Part::populations) fill_rows(ctx_, populations_, grid_, kPopulations, from);
    if (part == Part::species && plume_) plume_->fill(from);
    if (part == Part::statistics) sampler_.fill(from);
  }

 private:
  unsigned parity() const { return static_cast<unsigned>(step_ % 2); }
  View<const std::uint8_t> flags() const { return flags_.view(); }
  void check_room(std::span<float> asked) const {
    if (!asked.empty() && asked.size() != grid_.cells())
      throw std::invalid_argument("wind: room for " + std::to_string(asked.size()) + " values of " +
                                  std::to_string(grid_.cells()) + " cells");
  }

  // f with the collision that is asked for, as compile-time truths.
  template <class F>
  void choose(F f) {
    const auto with = [](bool truth, auto g) { truth ? g(std::true_type{}) : g(std::false_type{}); };
    with(regularised_, [&](auto r) {
      with(varied_,
           [&](auto v) { with(forced_, [&](auto o) { with(plume_.has_value(), [&](auto s) { f(r, v, o, s); }); }); });
    });
  }

  Air<Stored> air() {
    return {grid_,
            flags(),
            populations_.view(),
            plume_ ? plume_->populations() : View<Stored>{},
            std::as_const(near_wall_).view(),
            relaxation_,
            sponge_,
            plume_ ? plume_->dispersion() : Dispersion{},
            parity(),
            static_cast<std::uint32_t>(step_)};
  }
  Measured_air<Stored> measured_air() const {
    const float* f = relaxation_.force;
    return {grid_, flags(), populations_.view(), {f[0], f[1], f[2]}, parity()};
  }
  Links<Stored> links() {
    const float* f = relaxation_.force;
    return {grid_,
            flags(),
            populations_.view(),
            inlet_.cells(),
            std::as_const(outlet_cells_).view(),
            inlet_.velocities(),
            std::as_const(outlet_axis_).view(),
            outlet_velocity_.view(),
            {f[0], f[1], f[2]},
            {stress_above_[0], stress_above_[1]},
            outlet_excess_,
            outlet_relaxation_,
            ground_drag_,
            building_drag_};
  }

  template <bool regularised, bool varied, bool forced, bool species>
  void collide_all() {
#if DOSI_ON_CUDA
    par::for_each(ctx_, grid_.cells(), Step_cell<Stored, regularised, varied, forced, species>{air()});
#else
    par::for_each_team(ctx_, row_teams(grid_), 32, 0, Step_row<Stored, regularised, varied, forced, species>{air()});
#endif
  }

  mutable par::Context ctx_;
  Grid grid_;
  Storage storage_;
  bool regularised_, forced_, varied_ = false;
  Relaxation relaxation_;
  Sponge sponge_;
  std::array<float, 2> stress_above_;
  float outlet_excess_, outlet_relaxation_, ground_drag_, building_drag_;
  par::Buffer<std::uint8_t> flags_;
  par::Buffer<std::uint32_t> boundary_cells_, boundary_links_, rough_cells_, outlet_cells_;
  par::Buffer<std::int8_t> outlet_axis_;
  par::Buffer<Near_wall> near_wall_;
  par::Buffer<float> outlet_velocity_;
  mutable par::Buffer<Stored> populations_;
  Inlet inlet_;
  std::optional<Plume<Stored>> plume_;
  Sampler sampler_;
  std::uint64_t step_ = 0;
};

std::unique_ptr<Engine> make_engine(const Question& question, int device) {
  check(question);
  auto domain = make_domain(question, DOSI_ON_CUDA ? 0 : device);
  if (question.storage == Storage::fp16)
    return std::make_unique<Device_engine<Half>>(question, std::move(domain), device);
  return std::make_unique<Device_engine<float>>(question, std::move(domain), device);
}

}  // namespace dosi::DOSI_BACKEND::wind
