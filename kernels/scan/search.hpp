// The search of one replica's windows by a team: discs grow place by place, and each disc's lengths are screened run
// by run (scan.hpp says how).
//
// Most discs are not screened at all. Where the largest excess of a disc stays below its chord by some cases, the next
// discs cannot pass until the places added could have made up for them: a place adds to no window more than the
// largest excess of its own windows, as the border rises with the measure by no less than `ease`.
//
// `Case` is what cases are summed in: whole numbers of them, or, under the normal model, values of either sign.
// Included by scan.cu.
#pragma once

#ifndef DOSI_BACKEND
#error "search.hpp belongs in device code"
#endif

#include <type_traits>

#include "kernels/scan/place_bounds.hpp"

namespace dosi::DOSI_BACKEND::scan {

template <class Case>
class Disc_search {
 public:
  static constexpr bool signed_cases = std::is_floating_point_v<Case>;

  // excess: of the replica's places, as Place_excess makes it.
  DOSI_HD Disc_search(Team& team, const Frame& frame, const Scene& scene, const float* excess)
      : team_(team), f_(frame), s_(scene), excess_(excess),
        strip_(team, frame.steps, frame.first_end, frame.run[frame.runs - 1].longest),
        cases_(team.shared<Case>(frame.steps + 1)), measure_(team.shared<float>(frame.steps + 1)),
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
    return Strip::scratch_bytes(steps, longest) + Team::shared_bytes<Case>(steps + 1) +
           Team::shared_bytes<float>(steps + 1) + Team::shared_bytes<double>(steps + 1) +
           Team::shared_bytes<std::uint64_t>(1);
  }

  // All discs of a centroid. rows: cases up to a step, [place][steps + 1].
  DOSI_HD void search(std::uint32_t centroid, const Case* rows) {
    const std::size_t stride = f_.steps + 1;
    begin_centroid(centroid);
    team_.for_each(stride, [c = cases_.data](std::size_t t) { c[t] = 0; });
    if (!s_.separable) team_.for_each(stride, [e = exact_measure_.data](std::size_t t) { e[t] = 0; });
    factor_ = s_.separable ? 0 : s_.unit;
    size_ = 0;
    for (std::uint32_t r = 0; r < f_.runs; ++r) slack_[0][r] = slack_[1][r] = -1, least_[r] = most_[r] = 0;
    const std::uint32_t reach = s_.reach[centroid];
    const std::uint32_t* const places = f_.neighbour.data + f_.first[centroid];
    for (std::uint32_t k = 0, added = 0; k < reach; ++k) {
      const std::uint32_t place = places[k];
      const bool wanted = add_bounds(place, signed_cases || rows[place * stride + f_.steps] > 0);
      if (!wanted) continue;
      for (; added <= k; ++added) add_rows(places[added], rows);
      team_.sync();
      at_ = {0, centroid, k + 1, 0, 0, 0, 0};
      screen_disc();
      share_best();
    }
  }

  // The same where there is one step, by one member alone: a disc is one window.
  DOSI_HD void search_discs(std::uint32_t centroid, const Case* rows) {
    begin_centroid(centroid);
    const std::uint32_t* const places = f_.neighbour.data + f_.first[centroid];
    Case cases = 0;
    double measure = 0, enough = 0;  // no disc to come wins with a high rate and fewer cases
    for (std::uint32_t k = 0; k < s_.reach[centroid]; ++k) {
      const std::uint32_t place = places[k];
      const Case here = rows[place * 2 + 1];
      cases += here;
      measure += s_.separable ? s_.place_measure[place] * s_.sums[1] : s_.unit * s_.sums[place * 2 + 1];
      if (!(measure > 0)) continue;
      const double c = cases, middle = s_.likelihood.rate * measure;
      at_ = {0, centroid, k + 1, 0, 1, 0, measure};
      if constexpr (signed_cases) {
        weigh_side<true>(c, middle);
        weigh_side<false>(c, middle);
      } else {
        if (s_.side[0] && here > 0 && c > enough) {
          const double border = level_ >= 0 ? s_.border[0].at(level_, measure) : middle;
          enough = border - 1e-9 * (border + 1);
          if (c > enough && c > middle && c >= s_.fewest) weigh(c);
        }
        weigh_side<false>(c, middle);
      }
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

  // The window at_, if it lies on a side beyond the border that it has to pass.
  template <bool high>
  DOSI_HD void weigh_side(double c, double middle) {
    if (!s_.side[high ? 0 : 1] || !enough_of(high, c, at_.measure)) return;
    const double border = level_ >= 0 ? s_.border[high ? 0 : 1].at(level_, at_.measure) : middle,
                 margin = 1e-9 * (border < 0 ? -border : border);
    if (high ? c > border - margin && c > middle : c < border + margin && c < middle) weigh(c);
  }

  // Whether a window is large enough: of cases where its rate is high, or, of values, of individuals.
  DOSI_HD bool enough_of(bool high, double c, double m) const {
    return signed_cases ? m >= s_.fewest : !high || c >= s_.fewest;
  }

  // What the place does to the bounds of all runs; whether any must be screened.
  DOSI_HD bool add_bounds(std::uint32_t place, bool has_cases) {
    const float* const excess = excess_ + place * excesses(f_);
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

  DOSI_HD void add_rows(std::uint32_t place, const Case* rows) {
    const std::size_t stride = f_.steps + 1;
    if constexpr (signed_cases) size_ += excess_[place * excesses(f_) + 2 * f_.runs];
    team_.for_each_simd(stride, [c = cases_.data, row = rows + place * stride](std::size_t t) { c[t] += row[t]; });
    if (s_.separable) return;
    team_.for_each_simd(
        stride, [e = exact_measure_.data, m = measure_.data, in = s_.sums.data + place * stride](std::size_t t) {
          e[t] += in[t];
          m[t] = static_cast<float>(e[t]);
        });
  }

  DOSI_HD void screen_disc() {
    const double whole = factor_ * exact_measure_[f_.steps];
    for (std::uint32_t r = 0; r < f_.runs; ++r) {
      // Sums in another order differ in their last places.
      const double least = factor_ * (s_.separable ? s_.least[r] : least_[r]) * (1 - 1e-12);
      const double longest = factor_ * (s_.separable ? s_.most[r] : most_[r]),
                   most = (longest < whole ? longest : whole) * (1 + 1e-12);
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
      if (!high && !signed_cases && y1 <= 0) return;  // where no cases at all would not do, nothing does
    }
    const double width = most - least;
    const auto slope32 = static_cast<float>((width > 1e-9 * most ? (y1 - y0) / width : y1 / most) * factor_);
    const double slope = static_cast<double>(slope32) / factor_;
    const double i0 = y0 - slope * least, i1 = y1 - slope * most;
    const double size = signed_cases ? size_ + (slope < 0 ? -slope : slope) * whole
                                     : static_cast<double>(cases_[f_.steps]) + slope * whole,
                 margin = 1e-9 * (size + 1);
    const double intercept = high ? (i0 < i1 ? i0 : i1) - margin : (i0 > i1 ? i0 : i1) + margin;
    const auto limit = static_cast<float>((high ? intercept : -intercept) - 0x1p-20 * size);
    const float excess =
        strip_.sweep<high>(f_.run[r], cases_.data, measure_.data, slope32, limit,
                           [&](std::uint32_t begin) { look<high>(f_.run[r], slope, intercept, begin); });
    slack_[side][r] = level_ >= 0 && level_ <= s_.eased[side] ? limit - excess : -1;
    if constexpr (Team::serial) raise_level(best_.llr);
  }

  // The windows of a run that begin at a step, in FP64.
  template <bool high>
  DOSI_HD void look(const Run& run, double slope, double intercept, std::uint32_t begin) {
    const std::uint32_t shortest_end = begin + run.shortest > f_.first_end ? begin + run.shortest : f_.first_end;
    const std::uint32_t longest_end = begin + run.longest < f_.steps ? begin + run.longest : f_.steps;
    for (std::uint32_t end = shortest_end; end <= longest_end; ++end) {
      const double c = cases_[end] - cases_[begin], m = factor_ * (exact_measure_[end] - exact_measure_[begin]),
                   middle = s_.likelihood.rate * m;
      if (high ? !(c - slope * m > intercept && c > middle) : !(c - slope * m < intercept && c < middle)) continue;
      if (!enough_of(high, c, m)) continue;
      at_.begin = begin;
      at_.end = end;
      at_.measure = m;
      weigh(c);
    }
  }

  // The window at_, with c cases, against the best.
  DOSI_HD void weigh(double c) {
    if (s_.likelihood.bound(c, at_.measure) * weight_ * (1 + 1e-9) + 1e-9 < best_.llr) return;
    ++exact_;
    at_.llr = s_.likelihood(c, at_.measure) * weight_;
    at_.cases = static_cast<std::uint32_t>(signed_cases ? at_.measure : c);
    if (best_.loses_to(at_)) best_ = at_;
  }

  // To the highest that a window with the statistic `best` has passed.
  DOSI_HD void raise_level(double best) {
    while (level_ + 1 < dosi::scan::kLevels && s_.levels[level_ + 1] * weight_ <= best) ++level_;
  }

  // All members screen by the best of any.
  DOSI_HD void share_best() {
    if constexpr (!Team::serial) {
      if (level_ < 0 || best_.llr > s_.levels[level_] * weight_)
        team_.atomic_max(&shared_best_[0], std::bit_cast<std::uint64_t>(best_.llr));
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
  View<Case> cases_;
  View<float> measure_;
  View<double> exact_measure_;  // times factor_: the disc's measure up to a step
  View<std::uint64_t> shared_best_;
  double factor_ = 1, weight_ = 1, size_ = 0;  // size_: no sum of signed cases is larger
  double least_[kMostRuns] = {}, most_[kMostRuns] = {};
  float slack_[2][kMostRuns] = {};  // cases by which the last disc screened stays below its chord
  Found at_, best_;
  int level_ = -1;
  std::uint64_t exact_ = 0;
};

}  // namespace dosi::DOSI_BACKEND::scan
