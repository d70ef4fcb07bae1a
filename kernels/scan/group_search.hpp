// The search of one replica's windows by a team, where individuals are in groups.
//
// The ratio is no more than chi-square, sum e^2 / (n p (1 - n/N)) over the groups with the share p of all N, where the
// window's n individuals have e more than that share. In the coordinates of Group_scene that sum is a sum of squares of
// one number less, whose cumulative rows are subtracted, squared and compared for many windows at once, in FP32 with a
// margin for its rounding. What passes is looked at in FP64.
//
// Where n p is not small, the ratio is little more than half of chi-square: (1 + sqrt(chi-square / n p)) / 2 of it,
// with the smaller of n and N - n and the smallest p; so the more is expected of all windows of a run, the less they
// pass. And n individuals have no more than n (1 + ln 1/p): n ln 1/p of those inside, n of those outside.
//
// On a CPU the windows of long intervals are first taken in blocks, all that begin within some steps and end within
// some: the least and the most of each coordinate and of n bound them all. Included by scan.cu.
#pragma once

#ifndef DOSI_BACKEND
#error "group_search.hpp belongs in device code"
#endif

#include <bit>
#include <cmath>

#include "kernels/scan/group_screen.hpp"

namespace dosi::DOSI_BACKEND::scan {

class Group_search {
 public:
  DOSI_HD Group_search(Team& team, const Frame& frame, const Group_scene& scene)
      : team_(team), f_(frame), s_(scene), rows_(team, frame, scene), screen_(team, frame, rows_),
        shared_best_(team.shared<std::uint64_t>(1)) {
    if (team.rank() == 0) shared_best_[0] = 0;
    team.sync();
  }

  static std::size_t scratch_bytes(std::size_t steps, std::size_t rows) {
    return Group_rows::scratch_bytes(steps, rows) + Group_screen::scratch_bytes(steps) +
           Team::shared_bytes<std::uint64_t>(1);
  }

  // All discs of a centroid. rows: individuals of each group up to a step, [row][place][steps + 1].
  DOSI_HD void search(std::uint32_t centroid, const std::uint32_t* rows) {
    begin_centroid(centroid);
    rows_.clear();
    for (std::uint32_t r = 0; r < f_.runs; ++r) least_[r] = most_[r] = 0;
    const std::uint32_t* const places = f_.neighbour.data + f_.first[centroid];
    for (std::uint32_t k = 0; k < s_.reach[centroid]; ++k) {
      const std::size_t place = places[k];
      if (s_.people[place * rows_.stride + f_.steps] == 0) continue;
      for (std::uint32_t r = 0; r < f_.runs; ++r) {
        least_[r] += s_.least[place * f_.runs + r];
        most_[r] += s_.most[place * f_.runs + r];
      }
      rows_.add_place(place, rows);
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
    std::uint32_t seen[kMostGroups] = {}, n = 0, inside[kMostGroups];
    for (std::uint32_t k = 0; k < s_.reach[centroid]; ++k) {
      const std::size_t place = places[k];
      for (std::uint32_t j = 0; j < s_.rows(); ++j) seen[j] += rows[(std::size_t{j} * f_.places + place) * 2 + 1];
      n += s_.people[place * 2 + 1];
      if (s_.people[place * 2 + 1] == 0) continue;
      at_ = {0, centroid, k + 1, 0, 1, 0, 0};
      weigh(
          n, [&](std::uint32_t j) { return seen[j]; }, inside);
      beat(best_.llr);
    }
  }

  DOSI_HD const Found& best() const { return best_; }
  DOSI_HD std::uint64_t exact() const { return exact_; }

 private:
  // A weight asks more of the windows around a centroid: the ratio that they have to beat is the best over the weight.
  DOSI_HD void begin_centroid(std::uint32_t centroid) {
    if (f_.weight.size == 0) return;
    weight_ = f_.weight[centroid];
    beat(Team::serial || f_.steps == 1 ? best_.llr : std::bit_cast<double>(shared_best_[0]));
  }

  DOSI_HD void beat(double best) { threshold_ = best / weight_; }

  DOSI_HD void screen_disc() {
    rows_.coordinates();
    const double people = rows_.people[f_.steps], all = s_.ratio.all, size = rows_.size();
    for (std::uint32_t r = 0; r < f_.runs; ++r) {
      if (most_[r] < s_.fewest) continue;
      // Chi-square that a window of the run has to pass, and what rounding of coordinates and numbers may hide of it.
      const double expected = (least_[r] < all - most_[r] ? least_[r] : all - most_[r]) * s_.least_share;
      const double half = expected > 0 ? 2 * threshold_ / (1 + std::sqrt(2 * threshold_ / expected)) : 0,
                   wanted = half > threshold_ ? half : threshold_;
      const double widest = people < 0.25 * all ? people : 0.25 * all;
      const double hidden = 0x1p-21 * std::sqrt(s_.rows() * wanted * widest) * size + 0x1p-22 * wanted * people;
      const auto a = static_cast<float>(wanted * (1 - 1e-5)), b = static_cast<float>(a / all);
      // n individuals have a ratio of at most n (1 + ln 1/p).
      const auto few = static_cast<float>((1 - 1e-5) * threshold_ / (1 + s_.most_log));
      screen_.run(f_.run[r], {a, b, static_cast<float>(-hidden), few},
                  [&](std::uint32_t begin, std::uint32_t end) { look(begin, end); });
      if constexpr (Team::serial) beat(best_.llr);
    }
  }

  DOSI_HD void look(std::uint32_t begin, std::uint32_t end) {
    std::uint32_t inside[kMostGroups];
    at_.begin = begin;
    at_.end = end;
    weigh(
        rows_.people[end] - rows_.people[begin],
        [&](std::uint32_t j) { return rows_.counts[j * rows_.stride + end] - rows_.counts[j * rows_.stride + begin]; },
        inside);
  }

  // The window at_, of n individuals with row(j) in each row's group, against the best.
  template <class F>
  DOSI_HD void weigh(std::uint32_t n, F row, std::uint32_t* inside) {
    if (n == 0 || n < s_.fewest) return;
    std::uint32_t rest = n;
    for (std::uint32_t j = 0; j < s_.rows(); ++j) rest -= inside[s_.row_group[j]] = row(j);
    inside[s_.row_group[s_.rows()]] = rest;
    if (s_.ratio.bound(n, inside) * weight_ * (1 + 1e-9) < best_.llr) return;
    ++exact_;
    at_.llr = s_.ratio(n, inside) * weight_;
    at_.cases = n;
    at_.measure = n;
    if (best_.loses_to(at_)) best_ = at_;
  }

  // All members screen by the best of any.
  DOSI_HD void share_best() {
    if constexpr (!Team::serial) {
      if (best_.llr > threshold_ * weight_) team_.atomic_max(&shared_best_[0], std::bit_cast<std::uint64_t>(best_.llr));
      team_.sync();
      beat(std::bit_cast<double>(shared_best_[0]));
      team_.sync();
    }
  }

  Team& team_;
  const Frame& f_;
  const Group_scene& s_;
  Group_rows rows_;
  Group_screen screen_;
  View<std::uint64_t> shared_best_;
  double least_[kMostRuns] = {}, most_[kMostRuns] = {};
  double weight_ = 1, threshold_ = 0;  // the ratio to beat
  Found at_, best_;
  std::uint64_t exact_ = 0;
};

}  // namespace dosi::DOSI_BACKEND::scan
