// The search of one replica's windows by a team: discs grow place by place, and each disc's lengths are screened run
// by run (scan.hpp says how).
//
// Most discs are not screened at all. Where the largest excess of a disc stays below its chord by some cases, the next
// discs cannot pass until the places added could have made up for them: a place adds to no window more than the
// largest excess of its own windows, as the border rises with the measure by no less than `ease`. Included by scan.cu.
#pragma once

#ifndef DOSI_BACKEND
#error "search.hpp belongs in device code"
#endif

#include "kernels/scan/likelihood.hpp"
#include "kernels/scan/strip.hpp"

namespace dosi::DOSI_BACKEND::scan {

using dosi::scan::Borders;
using dosi::scan::Likelihood;

struct Frame {
  std::uint32_t places, steps, centroids, first_end, runs;
  View<const std::uint64_t> first;
  View<const std::uint32_t> neighbour;
  View<const Run> run;
  View<const double> weight;                 // [centroid]; empty: 1
};

// What does not depend on the replica. sums: of the measure up to a step, [steps + 1] where it is separable, else
// [place][steps + 1]. least, most: over all windows of a run, [run] of the shares (of windows with any: where nothing
// is expected there are no cases) or [place][run].
// Side 0 is that of high rates, 1 of low ones.
struct Scene {
  Likelihood likelihood;
  Borders border[2];
  const double* levels;
  View<const std::uint32_t> reach;
  View<const double> place_measure, sums, least, most;
  double fewest;
  double ease[2];                            // slope by which a place's excess is measured
  int eased[2];                              // up to this level of the ladder the border rises so
  bool separable, side[2];
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

inline constexpr std::uint32_t kMostRuns = 16;

class Disc_search {
 public:
  // excess: of the replica's places, [place][side][run], as Place_excess makes it.
  DOSI_HD Disc_search(Team& team, const Frame& frame, const Scene& scene, const float* excess)
      : team_(team), f_(frame), s_(scene), excess_(excess), strip_(team, frame.steps, frame.first_end, frame.run[frame.runs - 1].longest),
        cases_(team.shared<std::uint32_t>(frame.steps + 1)), measure_(team.shared<float>(frame.steps + 1)),
        exact_measure_(team.shared<double>(frame.steps + 1)), shared_best_(team.shared<std::uint64_t>(1)) {
    if (s_.separable)
      team.for_each(f_.steps + 1, [m = measure_.data, e = exact_measure_.data, in = s_.sums.data](std::size_t t) {
        e[t] = in[t];
        m[t] = static_cast<float>(in[t]);
      });
    if (team.rank() == 0) shared_best_[0] = 0;
    team.sync();
  }

  static std::size_t scratch_bytes(std::size_t steps, std::size_t longest) {
    return Strip::scratch_bytes(steps, longest) + Team::shared_bytes<std::uint32_t>(steps + 1) + Team::shared_bytes<float>(steps + 1) +
           Team::shared_bytes<double>(steps + 1) + Team::shared_bytes<std::uint64_t>(1);
  }

  // All discs of a centroid. rows: cases up to a step, [place][steps + 1].
  DOSI_HD void search(std::uint32_t centroid, const std::uint32_t* rows) {
    const std::size_t stride = f_.steps + 1;
    begin_centroid(centroid);
    team_.for_each(stride, [c = cases_.data](std::size_t t) { c[t] = 0; });
    if (!s_.separable) team_.for_each(stride, [e = exact_measure_.data](std::size_t t) { e[t] = 0; });
    factor_ = s_.separable ? 0 : 1;
    for (std::uint32_t r = 0; r < f_.runs; ++r) slack_[0][r] = slack_[1][r] = -1, least_[r] = most_[r] = 0;
    const std::uint32_t reach = s_.reach[centroid];
    const std::uint32_t* const places = f_.neighbour.data + f_.first[centroid];
    for (std::uint32_t k = 0, added = 0; k < reach; ++k) {
      const std::uint32_t place = places[k];
      const bool wanted = add_bounds(place, rows[place * stride + f_.steps] > 0);
      if (!wanted) continue;
      for (; added <= k; ++added) add_rows(places[added], rows);
      team_.sync();
      at_ = {0, centroid, k + 1, 0, 0, 0, 0};
      screen_disc();
      share_best();
    }
  }

  // The same where there is one step, by one member alone: a disc is one window.
  DOSI_HD void search_discs(std::uint32_t centroid, const std::uint32_t* rows) {
    begin_centroid(centroid);
    const std::uint32_t* const places = f_.neighbour.data + f_.first[centroid];
    std::uint32_t cases = 0;
    double measure = 0, enough = 0;            // no disc to come wins with a high rate and fewer cases
    for (std::uint32_t k = 0; k < s_.reach[centroid]; ++k) {
      const std::uint32_t place = places[k], here = rows[place * 2 + 1];
      cases += here;
      measure += s_.separable ? s_.place_measure[place] * s_.sums[1] : s_.sums[place * 2 + 1];
      if (!(measure > 0)) continue;
      const double c = cases;
      at_ = {0, centroid, k + 1, 0, 1, cases, measure};
      if (s_.side[0] && here > 0 && c > enough) {
        const double border = level_ >= 0 ? s_.border[0].at(level_, measure) : s_.likelihood.rate * measure;
        enough = border - 1e-9 * (border + 1);
        if (c > enough && c > s_.likelihood.rate * measure && c >= s_.fewest) weigh();
      }
      if (s_.side[1] && c < (level_ >= 0 ? s_.border[1].at(level_, measure) * (1 + 1e-9) : s_.likelihood.rate * measure) && c < s_.likelihood.rate * measure) weigh();
      raise_level(best_.llr);
    }
  }

  DOSI_HD const Found& best() const { return best_; }
  DOSI_HD std::uint64_t exact() const { return exact_; }

 private:
  // A weight asks more of the windows around a centroid: the ratio that they have to beat is the best over the weight.
  DOSI_HD void begin_centroid(std::uint32_t centroid) {
    if (f_.weight.size == 0) return;
    weight_ = f_.weight[centroid];
    level_ = -1;
    raise_level(Team::serial || f_.steps == 1 ? best_.llr : std::bit_cast<double>(shared_best_[0]));
  }

  // What the place does to the bounds of all runs; whether any must be screened.
  DOSI_HD bool add_bounds(std::uint32_t place, bool has_cases) {
    const float* const excess = excess_ + std::size_t{place} * 2 * f_.runs;
    if (s_.separable) factor_ += s_.place_measure[place];
    bool wanted = false;
    for (std::uint32_t r = 0; r < f_.runs; ++r) {
      if (!s_.separable) {
        least_[r] += s_.least[std::size_t{place} * f_.runs + r];
        most_[r] += s_.most[std::size_t{place} * f_.runs + r];
      }
      for (int side = 0; side < 2; ++side) {
        slack_[side][r] -= excess[side * f_.runs + r];
        // A place without cases makes no disc with a high rate better.
        wanted |= s_.side[side] && slack_[side][r] < 0 && (has_cases || side == 1);
      }
    }
    return wanted;
  }

  DOSI_HD void add_rows(std::uint32_t place, const std::uint32_t* rows) {
    const std::size_t stride = f_.steps + 1;
    team_.for_each_simd(stride, [c = cases_.data, row = rows + place * stride](std::size_t t) { c[t] += row[t]; });
    if (s_.separable) return;
    team_.for_each_simd(stride, [e = exact_measure_.data, m = measure_.data, in = s_.sums.data + place * stride](std::size_t t) {
      e[t] += in[t];
      m[t] = static_cast<float>(e[t]);
    });
  }

  DOSI_HD void screen_disc() {
    const double whole = factor_ * exact_measure_[f_.steps];
    for (std::uint32_t r = 0; r < f_.runs; ++r) {
      // Sums in another order differ in their last places.
      const double least = (s_.separable ? factor_ * s_.least[r] : least_[r]) * (1 - 1e-12);
      const double longest = s_.separable ? factor_ * s_.most[r] : most_[r], most = (longest < whole ? longest : whole) * (1 + 1e-12);
      if (!(most > 0)) continue;
      if (s_.side[0] && slack_[0][r] < 0) screen_run<0>(r, least, most, whole);
      if (s_.side[1] && slack_[1][r] < 0) screen_run<1>(r, least, most, whole);
    }
  }

  // The chord of the border over [least, most], and what FP32 makes of it: G has three roundings of at most 2^-24 of
  // (cases + slope * measure) each, the difference of two of them one more.
  template <int side>
  DOSI_HD void screen_run(std::uint32_t r, double least, double most, double whole) {
    constexpr bool high = side == 0;
    double y0 = s_.likelihood.rate * least, y1 = s_.likelihood.rate * most;
    if (level_ >= 0) {
      y0 = s_.border[side].at(level_, least);
      y1 = s_.border[side].at(level_, most);
      if (!high && y1 <= 0) return;          // where no cases at all would not do, nothing does
    }
    const double width = most - least;
    const auto slope32 = static_cast<float>((width > 1e-9 * most ? (y1 - y0) / width : y1 / most) * factor_);
    const double slope = static_cast<double>(slope32) / factor_;
    const double i0 = y0 - slope * least, i1 = y1 - slope * most;
    const double size = static_cast<double>(cases_[f_.steps]) + slope * whole, margin = 1e-9 * (size + 1);
    const double intercept = high ? (i0 < i1 ? i0 : i1) - margin : (i0 > i1 ? i0 : i1) + margin;
    const auto limit = static_cast<float>((high ? intercept : -intercept) - 0x1p-20 * size);
    const float excess = strip_.sweep<high>(f_.run[r], cases_.data, measure_.data, slope32, limit, [&](std::uint32_t begin) { look<high>(f_.run[r], slope, intercept, begin); });
    slack_[side][r] = level_ >= 0 && level_ <= s_.eased[side] ? limit - excess : -1;
    if constexpr (Team::serial) raise_level(best_.llr);
  }

  // The windows of a run that begin at a step, in FP64.
  template <bool high>
  DOSI_HD void look(const Run& run, double slope, double intercept, std::uint32_t begin) {
    const std::uint32_t shortest_end = begin + run.shortest > f_.first_end ? begin + run.shortest : f_.first_end;
    const std::uint32_t longest_end = begin + run.longest < f_.steps ? begin + run.longest : f_.steps;
    for (std::uint32_t end = shortest_end; end <= longest_end; ++end) {
      const std::uint32_t cases = cases_[end] - cases_[begin];
      const double c = cases, m = factor_ * (exact_measure_[end] - exact_measure_[begin]), middle = s_.likelihood.rate * m;
      if (high ? !(c - slope * m > intercept && c > middle && c >= s_.fewest) : !(c - slope * m < intercept && c < middle)) continue;
      at_.begin = begin;
      at_.end = end;
      at_.cases = cases;
      at_.measure = m;
      weigh();
    }
  }

  // The window at_ against the best.
  DOSI_HD void weigh() {
    const double c = at_.cases;
    if (s_.likelihood.bound(c, at_.measure) * weight_ * (1 + 1e-9) + 1e-9 < best_.llr) return;
    ++exact_;
    at_.llr = s_.likelihood(c, at_.measure) * weight_;
    if (best_.loses_to(at_)) best_ = at_;
  }

  // To the highest that a window with the statistic `best` has passed.
  DOSI_HD void raise_level(double best) {
    while (level_ + 1 < dosi::scan::kLevels && s_.levels[level_ + 1] * weight_ <= best) ++level_;
  }

  // All members screen by the best of any.
  DOSI_HD void share_best() {
    if constexpr (!Team::serial) {
      if (level_ < 0 || best_.llr > s_.levels[level_] * weight_) team_.atomic_max(&shared_best_[0], std::bit_cast<std::uint64_t>(best_.llr));
      team_.sync();
      raise_level(std::bit_cast<double>(shared_best_[0]));
      team_.sync();
    }
  }

  Team& team_;
  const Frame& f_;
  const Scene& s_;
  const float* excess_;
  Strip strip_;
  View<std::uint32_t> cases_;
  View<float> measure_;
  View<double> exact_measure_;               // times factor_: the disc's measure up to a step
  View<std::uint64_t> shared_best_;
  double factor_ = 1, weight_ = 1;
  double least_[kMostRuns] = {}, most_[kMostRuns] = {};
  float slack_[2][kMostRuns] = {};           // cases by which the last disc screened stays below its chord
  Found at_, best_;
  int level_ = -1;
  std::uint64_t exact_ = 0;
};

// The largest excess of a place's windows over `ease`, by side and run: excess[replica][place][side][run], a team a
// replica. Rounded up.
struct Place_excess {
  Frame f;
  Scene s;
  View<const std::uint32_t> sums;
  View<float> excess;

  static std::size_t scratch_bytes(std::size_t steps, std::size_t longest) {
    return Strip::scratch_bytes(steps, longest) + Team::shared_bytes<float>(steps + 1);
  }

  DOSI_HD void operator()(Team& team, std::size_t replica) const {
    Strip strip(team, f.steps, f.first_end, f.run[f.runs - 1].longest);
    const View<float> measure = team.shared<float>(f.steps + 1);
    const std::size_t stride = f.steps + 1;
    for (std::size_t p = 0; p < f.places; ++p) {
      const std::uint32_t* const cases = sums.data + (replica * f.places + p) * stride;
      const double* const in = s.sums.data + (s.separable ? 0 : p * stride);
      const double factor = s.separable ? s.place_measure[p] : 1.0;
      team.for_each_simd(stride, [=, m = measure.data](std::size_t t) { m[t] = static_cast<float>(factor * in[t]); });
      team.sync();
      const double margin = 0x1p-19 * (cases[f.steps] + s.ease[1] * factor * in[f.steps]);
      float* const out = excess.data + (replica * f.places + p) * 2 * f.runs;
      for (std::uint32_t r = 0; r < f.runs; ++r) {
        const auto ignore = [](std::uint32_t) {};
        const float high = s.side[0] ? strip.sweep<true>(f.run[r], cases, measure.data, static_cast<float>(s.ease[0]), -kNothing, ignore) : 0;
        const float low = s.side[1] ? strip.sweep<false>(f.run[r], cases, measure.data, static_cast<float>(s.ease[1]), -kNothing, ignore) : 0;
        if (team.rank() == 0) {
          out[r] = static_cast<float>(high + margin);
          out[f.runs + r] = static_cast<float>(low + margin);
        }
      }
      team.sync();
    }
  }
};

}  // namespace dosi::DOSI_BACKEND::scan
