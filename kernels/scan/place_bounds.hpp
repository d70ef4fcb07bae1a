// What is known of the windows of each place alone, and bounds those of the discs that it belongs to. Included by
// scan.cu.
#pragma once

#ifndef DOSI_BACKEND
#error "place_bounds.hpp belongs in device code"
#endif

#include <bit>
#include <type_traits>

#include "kernels/scan/scene.hpp"

namespace dosi::DOSI_BACKEND::scan {

// Numbers that Place_excess makes of a place: for both sides of all runs, and the size of its sums.
DOSI_HD inline std::size_t excesses(const Frame& f) { return 2 * f.runs + 1; }

// The least and the most of the windows of each place and run: [replica][place][run], a team a replica.
struct Place_ranges {
  Frame f;
  View<const double> sums;  // [replica][place][steps + 1]
  View<double> least, most;

  DOSI_HD void operator()(Team& team, std::size_t replica) const {
    team.for_each(std::size_t{f.places} * f.runs, [&](std::size_t i) {
      const double* const b = sums.data + (replica * f.places + i / f.runs) * (f.steps + 1);
      const Run run = f.run[i % f.runs];
      double low = b[f.steps], high = 0;
      for (std::uint32_t e = f.first_end > run.shortest ? f.first_end : run.shortest; e <= f.steps; ++e) {
        const double shortest = b[e] - b[e - run.shortest], longest = b[e] - b[e > run.longest ? e - run.longest : 0];
        low = shortest < low ? shortest : low;
        high = longest > high ? longest : high;
      }
      least[replica * f.places * f.runs + i] = low;
      most[replica * f.places * f.runs + i] = high;
    });
  }
};

// The largest excess of a place's windows over `ease`, by side and run, and the largest of its sums, which signed cases
// need: excess[replica][place][excesses], a team a replica. Rounded up.
template <class Case>
struct Place_excess {
  Frame f;
  Scene s;
  Own_measure own;
  View<const Case> sums;  // [replica][place][steps + 1]
  View<float> excess;

  static std::size_t scratch_bytes(std::size_t steps, std::size_t longest) {
    return Strip::scratch_bytes(steps, longest) + Team::shared_bytes<float>(steps + 1) +
           Team::shared_bytes<std::int32_t>(1);
  }

  DOSI_HD void operator()(Team& team, std::size_t replica) const {
    Strip strip(team, f.steps, f.first_end, f.run[f.runs - 1].longest);
    const View<float> measure = team.shared<float>(f.steps + 1);
    const View<std::int32_t> largest = team.shared<std::int32_t>(1);
    const Scene here = own.scene(s, f, replica);
    const std::size_t stride = f.steps + 1;
    for (std::size_t p = 0; p < f.places; ++p) {
      const Case* const cases = sums.data + (replica * f.places + p) * stride;
      const double* const in = here.sums.data + (s.separable ? 0 : p * stride);
      const double factor = s.separable ? s.place_measure[p] : s.unit;
      if (team.rank() == 0) largest[0] = 0;
      team.for_each_simd(stride, [=, m = measure.data](std::size_t t) { m[t] = static_cast<float>(factor * in[t]); });
      team.sync();
      const double size = size_of(team, cases, largest), ease = s.ease[1] > -s.ease[0] ? s.ease[1] : -s.ease[0];
      const double margin = 0x1p-19 * (size + ease * factor * in[f.steps]);
      float* const out = excess.data + (replica * f.places + p) * excesses(f);
      for (std::uint32_t r = 0; r < f.runs; ++r) {
        const auto ignore = [](std::uint32_t) {};
        const float high = s.side[0] ? strip.sweep<true>(f.run[r], cases, measure.data, static_cast<float>(s.ease[0]),
                                                         -kNothing, ignore)
                                     : 0;
        const float low = s.side[1] ? strip.sweep<false>(f.run[r], cases, measure.data, static_cast<float>(s.ease[1]),
                                                         -kNothing, ignore)
                                    : 0;
        if (team.rank() == 0) {
          out[r] = static_cast<float>(high + margin);
          out[f.runs + r] = static_cast<float>(low + margin);
        }
      }
      if (team.rank() == 0) out[2 * f.runs] = static_cast<float>(size * (1 + 0x1p-20));
      team.sync();
    }
  }

 private:
  DOSI_HD double size_of(Team& team, const Case* cases, View<std::int32_t> largest) const {
    if constexpr (std::is_floating_point_v<Case>) {
      // Floats that are not negative are in the order of their bits.
      team.for_each(f.steps + 1, [&](std::size_t t) {
        const auto bits =
            std::bit_cast<std::int32_t>(static_cast<float>((cases[t] < 0 ? -cases[t] : cases[t]) * (1 + 0x1p-20)));
        if (bits > largest[0]) team.atomic_max(&largest[0], bits);
      });
      team.sync();
      return std::bit_cast<float>(largest[0]);
    } else {
      return cases[f.steps];
    }
  }
};

}  // namespace dosi::DOSI_BACKEND::scan
