// What a search of windows reads and what it finds. Included by scan.cu.
#pragma once

#ifndef DOSI_BACKEND
#error "scene.hpp belongs in device code"
#endif

#include "kernels/scan/likelihood.hpp"
#include "kernels/scan/strip.hpp"

namespace dosi::DOSI_BACKEND::scan {

using dosi::scan::Borders;
using dosi::scan::Likelihood;

inline constexpr std::uint32_t kMostRuns = 16;

struct Frame {
  std::uint32_t places, steps, centroids, first_end, runs;
  View<const std::uint64_t> first;
  View<const std::uint32_t> neighbour;
  View<const Run> run;
  View<const double> weight;  // [centroid]; empty: 1
};

// What does not depend on the replica. sums: of the measure up to a step, [steps + 1] where it is separable, else
// [place][steps + 1]. least, most: over all windows of a run, [run] of the shares (of windows with any: where nothing
// is expected there are no cases) or [place][run]. Exponential scans have their own of each replica (Own_measure).
// Side 0 is that of high rates, 1 of low ones.
struct Scene {
  Likelihood likelihood;
  Borders border[2];
  const double* levels;
  View<const std::uint32_t> reach;
  View<const double> place_measure, sums, least, most;
  double fewest;
  double unit;     // of `sums` that are not separable
  double ease[2];  // slope by which a place's excess is measured
  int eased[2];    // up to this level of the ladder the border rises so
  bool separable, side[2];
};

// Where replicas have measures of their own: sums [replica][place][steps + 1], ranges [replica][place][run].
struct Own_measure {
  View<const double> sums, least, most;

  DOSI_HD Scene scene(Scene s, const Frame& f, std::size_t replica) const {
    if (sums.empty()) return s;
    const std::size_t stride = f.steps + 1;
    s.sums = sums.part(replica * f.places * stride, f.places * stride);
    s.least = least.part(replica * f.places * f.runs, f.places * f.runs);
    s.most = most.part(replica * f.places * f.runs, f.places * f.runs);
    return s;
  }
};

struct Found {
  double llr = 0;
  std::uint32_t centroid = 0, places = 0, begin = 0, end = 0;
  std::uint32_t cases = 0;
  double measure = 0;

  // The order of dosi::scan::better.
  DOSI_HD bool loses_to(const Found& o) const {
    if (llr != o.llr) return llr < o.llr;
    if (places != o.places) return places > o.places;
    if (begin != o.begin) return begin > o.begin;
    if (end != o.end) return end > o.end;
    return centroid > o.centroid;
  }
};

}  // namespace dosi::DOSI_BACKEND::scan
