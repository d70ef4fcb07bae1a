// The search of one replica's windows by a team, where individuals are in groups.
//
// The ratio is no more than chi-square, sum e^2 / (n p (1 - n/N)) over the groups with the share p of all N, where the
// window's n individuals have e more than that share. In the coordinates of Group_scene that sum is a sum of squares of
// one number less, whose cumulative rows are subtracted, squared and compared for many windows at once, in FP32 with a
// margin for its rounding. What passes is looked at in FP64.
//
// Where n p is not small, the ratio is little more than half of chi-square: (1 + sqrt(chi-square / n p)) / 2 of it, with
// the smaller of n and N - n and the smallest p; so the more is expected of all windows of a run, the less they pass. And n
// individuals have no more than n (1 + ln 1/p): n ln 1/p of those inside, n of those outside.
//
// On a CPU the windows of long intervals are first taken in blocks, all that begin within some steps and end within some:
// the least and the most of each coordinate and of n bound them all. Included by scan.cu.
#pragma once

#ifndef DOSI_BACKEND
#error "group_search.hpp belongs in device code"
#endif

#include <bit>
#include <cmath>

#include "kernels/scan/group_ratio.hpp"
#include "kernels/scan/scene.hpp"

namespace dosi::DOSI_BACKEND::scan {

using dosi::scan::Group_ratio;
using dosi::scan::kMostGroups;

// Row j counts the group row_group[j]; the last group has no row. Coordinate j is (e_j + along[j] * (e_0 + … + e_(j-1))) *
// scale[j]: what the group has too many, but for what follows of the groups before it.
struct Group_scene {
  Group_ratio ratio;
  std::uint32_t row_group[kMostGroups];
  double share[kMostGroups], along[kMostGroups], scale[kMostGroups], least_share, most_log;
  View<const std::uint32_t> people, reach;   // people: individuals up to a step, [place][steps + 1]
  View<const double> least, most;            // of windows of a run, [place][run]
  std::uint32_t fewest;

  DOSI_HD std::uint32_t rows() const { return ratio.groups - 1; }
};

inline Group_scene group_scene(const Group_ratio& ratio, const std::vector<std::uint32_t>& group_of_row) {
  Group_scene s{.ratio = ratio, .least_share = 1};
  double rest = ratio.all;                   // individuals of this group and those after it
  for (std::uint32_t j = 0; j < ratio.groups; ++j) {
    const double total = ratio.total[group_of_row[j]];
    s.row_group[j] = group_of_row[j];
    s.share[j] = total / ratio.all;
    s.least_share = s.share[j] < s.least_share ? s.share[j] : s.least_share;
    s.along[j] = total / rest;
    s.scale[j] = std::sqrt(rest / (total * ((rest - total) / ratio.all)));
    rest -= total;
  }
  s.most_log = -std::log(s.least_share);
  return s;
}

class Group_search {
 public:
  DOSI_HD Group_search(Team& team, const Frame& frame, const Group_scene& scene)
      : team_(team), f_(frame), s_(scene), stride_(frame.steps + 1), pad_(padded(frame.steps)), counts_(team.shared<std::uint32_t>(scene.rows() * stride_)), people_(team.shared<std::uint32_t>(stride_)),
        g_(team.shared<float>(scene.rows() * padded(frame.steps))), n_(team.shared<float>(padded(frame.steps))), least_in_(team.shared<float>(scene.rows() * blocks(frame.steps))),
        most_in_(team.shared<float>(scene.rows() * blocks(frame.steps))), squares_(team.shared<float>(stride_)), rest_(team.shared<double>(stride_)),
        largest_(team.shared<std::int32_t>(1)), shared_best_(team.shared<std::uint64_t>(1)) {
    if (team.rank() == 0) shared_best_[0] = 0;
    for (std::size_t t = stride_; t < pad_; ++t) {
      n_[t] = 0;
      for (std::uint32_t j = 0; j < s_.rows(); ++j) g_[j * pad_ + t] = 0;
    }
    team.sync();
  }

  static std::size_t scratch_bytes(std::size_t steps, std::size_t rows) {
    return Team::shared_bytes<std::uint32_t>(rows * (steps + 1)) + Team::shared_bytes<float>(rows * padded(steps)) + Team::shared_bytes<std::uint32_t>(steps + 1) +
           2 * Team::shared_bytes<float>(rows * blocks(steps)) + Team::shared_bytes<float>(steps + 1) + Team::shared_bytes<float>(padded(steps)) + Team::shared_bytes<double>(steps + 1) + Team::shared_bytes<std::int32_t>(1) + Team::shared_bytes<std::uint64_t>(1);
  }

  // All discs of a centroid. rows: individuals of each group up to a step, [row][place][steps + 1].
  DOSI_HD void search(std::uint32_t centroid, const std::uint32_t* rows) {
    for (std::uint32_t j = 0; j < s_.rows(); ++j) team_.for_each(stride_, [c = counts_.data + j * stride_](std::size_t t) { c[t] = 0; });
    team_.for_each(stride_, [p = people_.data](std::size_t t) { p[t] = 0; });
    for (std::uint32_t r = 0; r < f_.runs; ++r) least_[r] = most_[r] = 0;
    const std::uint32_t* const places = f_.neighbour.data + f_.first[centroid];
    for (std::uint32_t k = 0; k < s_.reach[centroid]; ++k) {
      const std::size_t place = places[k];
      if (s_.people[place * stride_ + f_.steps] == 0) continue;
      for (std::uint32_t r = 0; r < f_.runs; ++r) {
        least_[r] += s_.least[place * f_.runs + r];
        most_[r] += s_.most[place * f_.runs + r];
      }
      for (std::uint32_t j = 0; j < s_.rows(); ++j) add(counts_.data + j * stride_, rows + (std::size_t{j} * f_.places + place) * stride_);
      add(people_.data, s_.people.data + place * stride_);
      team_.sync();
      at_ = {0, centroid, k + 1, 0, 0, 0, 0};
      screen_disc();
      share_best();
    }
  }

  // The same where there is one step, by one member alone: a disc is one window.
  DOSI_HD void search_discs(std::uint32_t centroid, const std::uint32_t* rows) {
    const std::uint32_t* const places = f_.neighbour.data + f_.first[centroid];
    std::uint32_t seen[kMostGroups] = {}, n = 0, inside[kMostGroups];
    for (std::uint32_t k = 0; k < s_.reach[centroid]; ++k) {
      const std::size_t place = places[k];
      for (std::uint32_t j = 0; j < s_.rows(); ++j) seen[j] += rows[(std::size_t{j} * f_.places + place) * 2 + 1];
      n += s_.people[place * 2 + 1];
      if (s_.people[place * 2 + 1] == 0) continue;
      at_ = {0, centroid, k + 1, 0, 1, 0, 0};
      weigh(n, [&](std::uint32_t j) { return seen[j]; }, inside);
      threshold_ = best_.llr;
    }
  }

  DOSI_HD const Found& best() const { return best_; }
  DOSI_HD std::uint64_t exact() const { return exact_; }

 private:
  // Steps of a block, on a CPU, and the shortest interval that is worth it.
  static constexpr std::uint32_t kBlock = Team::serial ? 8 : 1, kLong = 32;
  static constexpr DOSI_HD std::size_t padded(std::size_t steps) { return (steps + kBlock) / kBlock * kBlock; }
  static constexpr DOSI_HD std::size_t blocks(std::size_t steps) { return Team::serial ? padded(steps) / kBlock : 0; }

  DOSI_HD void add(std::uint32_t* to, const std::uint32_t* row) const {
    team_.for_each_simd(stride_, [=](std::size_t t) { to[t] += row[t]; });
  }

  DOSI_HD void screen_disc() {
    coordinates();
    const double people = people_[f_.steps], all = s_.ratio.all, size = std::bit_cast<float>(largest_[0]);
    for (std::uint32_t r = 0; r < f_.runs; ++r) {
      if (most_[r] < s_.fewest) continue;
      // Chi-square that a window of the run has to pass, and what rounding of coordinates and numbers may hide of it.
      const double expected = (least_[r] < all - most_[r] ? least_[r] : all - most_[r]) * s_.least_share;
      const double half = expected > 0 ? 2 * threshold_ / (1 + std::sqrt(2 * threshold_ / expected)) : 0, wanted = half > threshold_ ? half : threshold_;
      const double widest = people < 0.25 * all ? people : 0.25 * all;
      const double hidden = 0x1p-21 * std::sqrt(s_.rows() * wanted * widest) * size + 0x1p-22 * wanted * people;
      const auto a = static_cast<float>(wanted * (1 - 1e-5)), b = static_cast<float>(a / all);
      // n individuals have a ratio of at most n (1 + ln 1/p).
      few_ = static_cast<float>((1 - 1e-5) * threshold_ / (1 + s_.most_log));
      screen_run(f_.run[r], a, b, static_cast<float>(-hidden));
    }
  }

  // g_, n_ and the largest of g_.
  DOSI_HD void coordinates() {
    if (team_.rank() == 0) largest_[0] = 0;
    team_.for_each_simd(stride_, [n = n_.data, p = people_.data, rest = rest_.data](std::size_t t) {
      n[t] = static_cast<float>(static_cast<std::int32_t>(p[t]));
      rest[t] = 0;
    });
    for (std::uint32_t j = 0; j < s_.rows(); ++j)
      team_.for_each_simd(stride_, [c = counts_.data + j * stride_, p = people_.data, g = g_.data + j * pad_, rest = rest_.data, share = s_.share[j], along = s_.along[j],
                                    scale = s_.scale[j]](std::size_t t) {
        const double excess = static_cast<std::int32_t>(c[t]) - share * static_cast<std::int32_t>(p[t]);
        g[t] = static_cast<float>((excess + along * rest[t]) * scale);
        rest[t] += excess;
      });
    team_.sync();
    float most = 0;
    const std::size_t numbers = s_.rows() * pad_;
    if constexpr (Team::serial) {
      const float* const g = g_.data;
#if !DOSI_ON_CUDA
#pragma omp simd reduction(max : most)
#endif
      for (std::size_t i = 0; i < numbers; ++i) most = larger(most, larger(g[i], -g[i]));
      largest_[0] = std::bit_cast<std::int32_t>(most);
      if (f_.run[f_.runs - 1].shortest >= kLong) bound_blocks();
    } else {
      team_.for_each(numbers, [&](std::size_t i) { most = larger(most, larger(g_[i], -g_[i])); });
      // Floats that are not negative are in the order of their bits.
      team_.atomic_max(&largest_[0], std::bit_cast<std::int32_t>(most));
      team_.sync();
    }
  }

  // Windows of the run with squares - n (a - b n) > limit.
  DOSI_HD void screen_run(const Run& run, float a, float b, float limit) {
    if constexpr (Team::serial) {
      if (run.shortest >= kLong) screen_blocks(run, a, b, limit);
      for (std::uint32_t l = run.shortest; l <= run.longest && run.shortest < kLong; ++l) {
        const std::uint32_t first = f_.first_end > l ? f_.first_end - l : 0, begins = f_.steps - l + 1 - first;
        screen_length(first, begins, l, a, b, limit);
      }
      threshold_ = best_.llr;
    } else {
      team_.for_each(f_.steps, [&](std::size_t t) {
        const auto begin = static_cast<std::uint32_t>(t);
        for (std::uint32_t l = run.shortest; l <= run.longest && begin + l <= f_.steps; ++l)
          if (begin + l >= f_.first_end && beyond(begin, l, a, b) > limit) look(begin, begin + l);
      });
    }
  }

  DOSI_HD float beyond(std::uint32_t t, std::uint32_t l, float a, float b) const {
    float squares = 0;
    for (std::uint32_t j = 0; j < s_.rows(); ++j) {
      const float d = g_[j * pad_ + t + l] - g_[j * pad_ + t];
      squares += d * d;
    }
    const float n = n_[t + l] - n_[t];
    return n > few_ ? squares - n * (a - b * n) : kNothing;
  }

  // The same of one length, for many begins at once.
  DOSI_HD void screen_length(std::uint32_t first, std::uint32_t begins, std::uint32_t l, float a, float b, float limit) {
    switch (s_.rows()) {
      case 1: return sweep<1>(first, begins, l, a, b, limit, 0);
      case 2: return sweep<2>(first, begins, l, a, b, limit, 0);
      case 3: return sweep<3>(first, begins, l, a, b, limit, 0);
      case 4: return sweep<4>(first, begins, l, a, b, limit, 0);
      default: break;
    }
    std::uint32_t j = 0;
    team_.for_each_simd(begins, [s = squares_.data](std::size_t t) { s[t] = 0; });
    for (; j + 4 < s_.rows(); ++j)
      team_.for_each_simd(begins, [s = squares_.data, g = g_.data + j * pad_ + first, l](std::size_t t) {
        const float d = g[t + l] - g[t];
        s[t] += d * d;
      });
    sweep<4, true>(first, begins, l, a, b, limit, j);
  }

  // With the squares of `rows` coordinates from j on, and what is in squares_.
  template <int rows, bool added = false>
  DOSI_HD void sweep(std::uint32_t first, std::uint32_t begins, std::uint32_t l, float a, float b, float limit, std::uint32_t j) {
    constexpr std::uint32_t kAtOnce = 64;
    for (std::uint32_t at = 0; at < begins; at += kAtOnce) {
      const float* const g = g_.data + j * pad_ + first + at;
      const float* const n = n_.data + first + at;
      float* const out = squares_.data + at;
      const std::size_t stride = pad_, width = begins - at < kAtOnce ? begins - at : kAtOnce;
      const float few = few_;
      float most = kNothing;
#if !DOSI_ON_CUDA
#pragma omp simd reduction(max : most)
#endif
      for (std::size_t t = 0; t < width; ++t) {
        float squares = added ? out[t] : 0;
        DOSI_UNROLLED
        for (int i = 0; i < rows; ++i) {
          const float d = g[i * stride + t + l] - g[i * stride + t];
          squares += d * d;
        }
        const float m = n[t + l] - n[t], x = squares - m * (a - b * m), valid = m > few ? x : kNothing;
        out[t] = valid;
        most = most > valid ? most : valid;
      }
      if (!(most > limit)) continue;
      for (std::uint32_t t = 0; t < width; ++t)
        if (out[t] > limit) look(first + at + t, first + at + t + l);
    }
  }

  DOSI_HD void bound_blocks() {
    for (std::size_t i = 0; i < s_.rows() * blocks(f_.steps); ++i) {
      const std::size_t at = i % blocks(f_.steps) * kBlock;
      const float* const g = g_.data + i / blocks(f_.steps) * pad_ + at;
      float low = g[0], high = g[0];
      for (std::size_t t = 1; t < kBlock && at + t < stride_; ++t) {
        low = g[t] < low ? g[t] : low;
        high = larger(g[t], high);
      }
      least_in_[i] = low;
      most_in_[i] = high;
    }
  }

  // Pairs of a block of begins and one of ends whose windows may pass.
  DOSI_HD void screen_blocks(const Run& run, float a, float b, float limit) {
    const std::uint32_t count = static_cast<std::uint32_t>(blocks(f_.steps)), last_end = f_.steps / kBlock;
    const float* const n = n_.data;
    float* const out = squares_.data;
    const auto last_of = [&](std::uint32_t block) { return n[block * kBlock + kBlock - 1 < f_.steps ? block * kBlock + kBlock - 1 : f_.steps]; };
    for (std::uint32_t from = 0; from * kBlock + run.shortest <= f_.steps; ++from) {
      const std::uint32_t nearest = from * kBlock + run.shortest, farthest = (from * kBlock + kBlock - 1 + run.longest) / kBlock;
      const std::uint32_t first = (nearest > f_.first_end ? nearest : f_.first_end) / kBlock, ends = (farthest < last_end ? farthest : last_end) + 1;
      for (std::uint32_t to = first; to < ends; ++to) out[to - first] = 0;
      for (std::uint32_t j = 0; j < s_.rows(); ++j) {
        const float *low = least_in_.data + j * count, *high = most_in_.data + j * count;
        const float least = low[from], most = high[from];
        DOSI_INDEPENDENT
        for (std::uint32_t to = first; to < ends; ++to) {
          const float d = larger(high[to] - least, most - low[to]);
          out[to - first] += d * d;
        }
      }
      const float n_first = n[from * kBlock], n_last = last_of(from);
      for (std::uint32_t to = first; to < ends; ++to) {
        // What n individuals have to pass is concave in n: the least is at an end.
        const float most = last_of(to) - n_first, least = larger(0, n[to * kBlock] - n_last), at_most = most * (a - b * most), at_least = least * (a - b * least);
        if (most > few_ && out[to - first] - (at_most < at_least ? at_most : at_least) > limit) screen_pair(run, from * kBlock, to * kBlock, a, b, limit);
      }
    }
  }

  // The windows of a pair of blocks, from their first steps.
  DOSI_HD void screen_pair(const Run& run, std::uint32_t from, std::uint32_t to, float a, float b, float limit) {
    for (std::uint32_t t = from; t < from + kBlock && t + run.shortest <= f_.steps; ++t) {
      float squares[kBlock] = {}, most = kNothing;
      for (std::uint32_t j = 0; j < s_.rows(); ++j) {
        const float* const g = g_.data + j * pad_;
        for (std::uint32_t i = 0; i < kBlock; ++i) squares[i] += (g[to + i] - g[t]) * (g[to + i] - g[t]);
      }
      for (std::uint32_t i = 0; i < kBlock; ++i) {
        const float m = n_[to + i] - n_[t], x = squares[i] - m * (a - b * m);
        squares[i] = m > few_ ? x : kNothing;
        most = larger(squares[i], most);
      }
      if (!(most > limit)) continue;
      for (std::uint32_t end = to; end < to + kBlock; ++end)
        if (squares[end - to] > limit && end <= f_.steps && end >= f_.first_end && end >= t + run.shortest && end <= t + run.longest) look(t, end);
    }
  }

  DOSI_HD void look(std::uint32_t begin, std::uint32_t end) {
    std::uint32_t inside[kMostGroups];
    at_.begin = begin;
    at_.end = end;
    weigh(people_[end] - people_[begin], [&](std::uint32_t j) { return counts_[j * stride_ + end] - counts_[j * stride_ + begin]; }, inside);
  }

  // The window at_, of n individuals with row(j) in each row's group, against the best.
  template <class F>
  DOSI_HD void weigh(std::uint32_t n, F row, std::uint32_t* inside) {
    if (n == 0 || n < s_.fewest) return;
    std::uint32_t rest = n;
    for (std::uint32_t j = 0; j < s_.rows(); ++j) rest -= inside[s_.row_group[j]] = row(j);
    inside[s_.row_group[s_.rows()]] = rest;
    if (s_.ratio.bound(n, inside) * (1 + 1e-9) < best_.llr) return;
    ++exact_;
    at_.llr = s_.ratio(n, inside);
    at_.cases = n;
    at_.measure = n;
    if (best_.loses_to(at_)) best_ = at_;
  }

  // All members screen by the best of any.
  DOSI_HD void share_best() {
    if constexpr (!Team::serial) {
      if (best_.llr > threshold_) team_.atomic_max(&shared_best_[0], std::bit_cast<std::uint64_t>(best_.llr));
      team_.sync();
      threshold_ = std::bit_cast<double>(shared_best_[0]);
      team_.sync();
    }
  }

  Team& team_;
  const Frame& f_;
  const Group_scene& s_;
  std::size_t stride_, pad_;                 // steps + 1, and that in whole blocks
  View<std::uint32_t> counts_, people_;      // of the disc up to a step; counts_: [row][steps + 1]
  View<float> g_, n_;                        // coordinates [row][padded steps], individuals
  View<float> least_in_, most_in_;           // of coordinates in each block, [row][block]
  View<float> squares_;
  View<double> rest_;
  View<std::int32_t> largest_;
  View<std::uint64_t> shared_best_;
  double least_[kMostRuns] = {}, most_[kMostRuns] = {};
  double threshold_ = 0;                     // the ratio to beat
  float few_ = 0;                            // so few individuals cannot
  Found at_, best_;
  std::uint64_t exact_ = 0;
};

}  // namespace dosi::DOSI_BACKEND::scan
