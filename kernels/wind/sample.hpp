// Running statistics of the fields, on a device: means and (co)variances by Welford's updates (Technometrics 4, 1962),
// kept as averages, so that FP32 holds them; and how often the speed of some cells was in each bin.
#pragma once

#ifndef DOSI_BACKEND
#error "sample.hpp belongs in device code, which is built with DOSI_BACKEND defined"
#endif

#include <algorithm>
#include <cstring>
#include <span>
#include <vector>

#include "kernels/par/par.hpp"
#include "kernels/wind/measure.hpp"
#include "kernels/wind/rows.hpp"
#include "kernels/wind/species.hpp"
#include "kernels/wind/step.hpp"

namespace dosi::DOSI_BACKEND::wind {

using namespace dosi::wind;

inline constexpr std::size_t kFlowStatistics = 9, kSpeciesStatistics = 2;  // in the order of Statistics

// One more value of each; `share`: 1 over how many there are now.
template <class Real>
DOSI_INLINE DOSI_HD void add_sample(Real (&s)[kFlowStatistics], const Real (&u)[3], float share) {
  Real before[3], after[3];
  for (int a = 0; a < 3; ++a) {
    before[a] = u[a] - s[a];
    s[a] = fused(share + Real{}, before[a], s[a]);
    after[a] = u[a] - s[a];
  }
  const auto add = [&](int k, int a, int b) { s[k] = fused(share + Real{}, fused(before[a], after[b], -s[k]), s[k]); };
  add(3, 0, 0), add(4, 1, 1), add(5, 2, 2), add(6, 0, 1), add(7, 0, 2), add(8, 1, 2);
}
template <class Real>
DOSI_INLINE DOSI_HD void add_sample(Real (&s)[kSpeciesStatistics], Real value, float share) {
  const Real before = value - s[0];
  s[0] = fused(share + Real{}, before, s[0]);
  s[1] = fused(share + Real{}, fused(before, value - s[0], -s[1]), s[1]);
}

template <class Stored, bool species>
struct Sample_cell {
  Air<Stored> air;
  View<float> statistics;  // [9 or 11][cells]
  float share, over_unit;

  DOSI_HD void operator()(std::size_t at) const {
    const auto n = static_cast<std::uint32_t>(at);
    if (kind_of(air.flags[n]) != Kind::fluid) return;
    const std::size_t cells = air.grid.cells();
    const Forward forward(air.grid, n, air.grid.cell(n));
    float g[kPopulations];
    load(air.planes, n, forward, g);
    const Moments<float> m = moments<true>(g, air.relaxation.force, 0.5f);
    const float u[3] = {m.x, m.y, m.z};
    add<kFlowStatistics>(statistics.data + n, cells, u);
    if constexpr (species) {
      float h[kSpeciesPopulations];
      load(air.species_planes, n, forward, h);
      add<kSpeciesStatistics>(statistics.data + kFlowStatistics * cells + n, cells, concentration(h) * over_unit);
    }
  }

 private:
  template <std::size_t count, class Value>
  DOSI_INLINE DOSI_HD void add(float* at, std::size_t cells, const Value& value) const {
    float s[count];
    for (std::size_t k = 0; k < count; ++k) s[k] = at[k * cells];
    add_sample(s, value, share);
    for (std::size_t k = 0; k < count; ++k) at[k * cells] = s[k];
  }
};

#if !DOSI_ON_CUDA

template <class Stored, bool species>
struct Sample_row {
  Air<Stored> air;
  View<float> statistics;
  float share, over_unit;

  void operator()(Team&, std::size_t team) const {
    alignas(64) Lines<kPopulations> g = {};
    alignas(64) Lines<kSpeciesPopulations> h = {};
    for_each_run(air.grid, team, [&](const Run& run) {
      const std::uint8_t* const flag = air.flags.data + run.base;
      const std::uint32_t fluid = count_fluid(flag, run.count);
      if (fluid == 0) return;
      Places<Stored, kPairs>(air.grid, air.populations.data, run, air.parity).load(g);
      if constexpr (species) Places<Stored, kSpeciesPairs>(air.grid, air.species.data, run, air.parity).load(h);
      add_run(run, flag, fluid, g, h);
    });
  }

 private:
  void add_run(const Run& run, const std::uint8_t* flag, std::uint32_t fluid, Lines<kPopulations>& lines,
               [[maybe_unused]] Lines<kSpeciesPopulations>& substance) const {
    const std::size_t cells = air.grid.cells();
    for (std::uint32_t from = 0; from < run.count; from += kLanes) {
      const std::uint32_t count = std::min(kLanes, run.count - from);
      const bool whole = fluid == run.count && count == kLanes;
      float* const at = statistics.data + run.base + from;
      Lanes g[kPopulations];
      unrolled<kPopulations>([&](auto i) { g[i] = load_lanes(lines[i] + from); });
      const Moments<Lanes> m = moments<true>(g, air.relaxation.force, 0.5f);
      const Lanes u[3] = {m.x, m.y, m.z};
      add<kFlowStatistics>(at, cells, whole, flag + from, count, u);
      if constexpr (species) {
        Lanes h[kSpeciesPopulations];
        unrolled<kSpeciesPopulations>([&](auto i) { h[i] = load_lanes(substance[i] + from); });
        add<kSpeciesStatistics>(at + kFlowStatistics * cells, cells, whole, flag + from, count,
                                concentration(h) * over_unit);
      }
    }
  }

  // Lanes that are not all fluid, or not all cells, go one by one.
  template <std::size_t count, class Value>
  DOSI_INLINE void add(float* at, std::size_t cells, bool whole, const std::uint8_t* flag, std::uint32_t lanes,
                       const Value& value) const {
    Lanes s[count] = {};
    for (std::size_t k = 0; k < count; ++k) {
      if (whole) s[k] = load_lanes(at + k * cells);
      else
        for (std::uint32_t l = 0; l < lanes; ++l) s[k][l] = at[k * cells + l];
    }
    add_sample(s, value, share);
    for (std::size_t k = 0; k < count; ++k) {
      if (whole) store_lanes(at + k * cells, s[k]);
      else
        for (std::uint32_t l = 0; l < lanes; ++l)
          if (kind_of(flag[l]) == Kind::fluid) at[k * cells + l] = s[k][l];
    }
  }
};

#endif

template <class Stored>
struct Count_speed {
  Measured_air<Stored> air;
  View<const std::uint32_t> watched;
  View<std::uint32_t> counts;  // [watched][bins]
  std::uint32_t bins;
  float per_speed;  // bins
  DOSI_HD void operator()(std::size_t i) const {
    const Moments<float> m = air.at(watched[i]);
    const float bin = per_speed * square_root(fused(m.x, m.x, fused(m.y, m.y, m.z * m.z)));
    const std::uint32_t last = bins - 1;
    ++counts[i * bins + (bin < static_cast<float>(last) ? static_cast<std::uint32_t>(bin) : last)];
  }
};

class Sampler {
 public:
  Sampler(par::Context& ctx, const Question& q)
      : ctx_(&ctx), cells_(std::size_t{q.nx} * q.ny * q.nz),
        values_(kFlowStatistics + (q.species ? kSpeciesStatistics : 0)), bins_(q.speed_bins),
        per_speed_(static_cast<float>(q.speed_bins / q.speed_top)), watched_(ctx, q.watched),
        counts_(ctx, q.watched.size() * q.speed_bins) {
    counts_.fill(0);
  }

  std::uint64_t samples() const { return samples_; }

  template <class Stored>
  void add(const Air<Stored>& air, double unit) {
    if (statistics_.size() == 0) make_room();
    ++samples_;
    const auto share = static_cast<float>(1.0 / static_cast<double>(samples_)),
               over_unit = static_cast<float>(1 / unit);
    if (values_ > kFlowStatistics) add_all<Stored, true>(air, share, over_unit);
    else add_all<Stored, false>(air, share, over_unit);
    const float* f = air.relaxation.force;
    const Measured_air<Stored> measured{air.grid, air.flags, air.populations, {f[0], f[1], f[2]}, air.parity};
    par::for_each(*ctx_, watched_.size(),
                  Count_speed<Stored>{measured, std::as_const(watched_).view(), counts_.view(), bins_, per_speed_});
  }

  // Statistic k of all cells; 0 where there is none.
  void read(std::size_t k, std::span<float> out) const {
    if (samples_ == 0 || k >= values_) return std::fill(out.begin(), out.end(), 0.0f);
    auto bytes = std::as_writable_bytes(out);
    wind::give(*ctx_, statistics_, k * cells_, cells_, [&](std::span<const std::byte> piece) {
      std::memcpy(bytes.data(), piece.data(), piece.size());
      bytes = bytes.subspan(piece.size());
    });
  }
  std::vector<std::uint32_t> counts() const { return counts_.to_host(); }

  void reset() {
    samples_ = 0;
    if (statistics_.size() > 0) statistics_.fill(0);
    counts_.fill(0);
  }

  void save(Checkpoint& c) const {
    c.samples = samples_;
    c.speeds = counts_.to_host();
  }
  bool fits(const Checkpoint& c) const { return c.speeds.size() == counts_.size(); }
  std::size_t bytes() const { return samples_ > 0 ? values_ * cells_ * sizeof(float) : 0; }
  void give(const Engine::Take& take) const {
    if (samples_ > 0) wind::give(*ctx_, statistics_, 0, values_ * cells_, take);
  }
  void fill(const Engine::Fill& from) {
    if (samples_ > 0) wind::fill(*ctx_, statistics_, 0, values_ * cells_, from);
  }
  void restore(const Checkpoint& c) {
    samples_ = c.samples;
    if (samples_ > 0 && statistics_.size() == 0) make_room();
    if (samples_ == 0 && statistics_.size() > 0) statistics_.fill(0);
    counts_.upload(c.speeds);
  }

 private:
  void make_room() {
    statistics_ = par::Buffer<float>(*ctx_, values_ * cells_);
    statistics_.fill(0);
  }
  template <class Stored, bool species>
  void add_all(const Air<Stored>& air, float share, float over_unit) {
#if DOSI_ON_CUDA
    par::for_each(*ctx_, cells_, Sample_cell<Stored, species>{air, statistics_.view(), share, over_unit});
#else
    par::for_each_team(*ctx_, row_teams(air.grid), 32, 0,
                       Sample_row<Stored, species>{air, statistics_.view(), share, over_unit});
#endif
  }

  par::Context* ctx_;
  std::size_t cells_, values_;
  std::uint32_t bins_;
  float per_speed_;
  par::Buffer<std::uint32_t> watched_, counts_;
  par::Buffer<float> statistics_;
  std::uint64_t samples_ = 0;
};

}  // namespace dosi::DOSI_BACKEND::wind
