// The cells of kind velocity on a device: the velocities that were given, and those with the turbulence of a step.
#pragma once

#ifndef DOSI_BACKEND
#error "inlet.hpp belongs in device code, which is built with DOSI_BACKEND defined"
#endif

#include <span>
#include <utility>
#include <vector>

#include "kernels/par/par.hpp"
#include "kernels/wind/inflow.hpp"

namespace dosi::DOSI_BACKEND::wind {

using namespace dosi::wind;

class Inlet {
 public:
  Inlet(par::Context& ctx, const Question& q, std::span<const std::uint32_t> cells)
      : ctx_(&ctx), nx_(q.nx), ny_(q.ny), modes_(make_modes(q.inflow)), inward_(make_inward(modes_, q, cells)),
        advection_(q.inflow.advection), every_(q.inflow.every), cells_(ctx, cells), intensity_(ctx, q.inflow.intensity),
        mean_(ctx, q.velocities), now_(ctx, q.velocities) {
    const Phases phases = make_phases(modes_, q.nx, q.ny, q.nz);
    padded_ = phases.modes;
    x_ = par::Buffer<float>(ctx, std::span(phases.x));
    y_ = par::Buffer<float>(ctx, std::span(phases.y));
    z_ = par::Buffer<float>(ctx, std::span(phases.z));
    turbulent_ = par::Buffer<std::uint32_t>(ctx, std::span<const std::uint32_t>(inward_.turbulent));
    axis_ = par::Buffer<std::int8_t>(ctx, std::span<const std::int8_t>(inward_.axis));
  }

  std::size_t size() const { return mean_.size(); }
  View<const std::uint32_t> cells() const { return cells_.view(); }
  View<const Velocity> velocities() const { return now_.view(); }
  std::vector<Velocity> means() const { return mean_.to_host(); }
  std::vector<Velocity> to_host() const { return now_.to_host(); }

  void set(std::span<const Velocity> velocities) {
    mean_.upload(velocities);
    now_.upload(velocities);
    stale();
  }
  // The next step is another one than that after the last.
  void stale() { known_ = false; }

  // Before a step.
  void blow(std::uint64_t step) {
    if (turbulent_.size() == 0 || (known_ && step % every_ != 0)) return;
    known_ = true;
    par::for_each(*ctx_, turbulent_.size(),
                  Fluctuate{nx_, ny_, padded_, std::as_const(turbulent_).view(), cells(), std::as_const(axis_).view(),
                            std::as_const(intensity_).view(), std::as_const(x_).view(), std::as_const(y_).view(),
                            std::as_const(z_).view(), std::as_const(mean_).view(), now_.view(),
                            make_amplitudes(modes_, inward_, advection_, step - step % every_)});
  }

 private:
  par::Context* ctx_;
  std::uint32_t nx_, ny_, padded_ = 0;
  std::vector<Mode> modes_;
  Inward inward_;
  Velocity advection_;
  std::uint32_t every_;
  par::Buffer<std::uint32_t> cells_, turbulent_;
  par::Buffer<std::int8_t> axis_;
  par::Buffer<float> intensity_, x_, y_, z_;
  par::Buffer<Velocity> mean_, now_;
  bool known_ = false;
};

}  // namespace dosi::DOSI_BACKEND::wind
