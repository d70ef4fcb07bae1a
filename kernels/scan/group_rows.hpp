// Individuals of a disc up to each step, by group, and the coordinates in which chi-square is a sum of squares.
// Included by scan.cu.
#pragma once

#ifndef DOSI_BACKEND
#error "group_rows.hpp belongs in device code"
#endif

#include <bit>
#include <cmath>
#include <vector>

#include "kernels/scan/group_ratio.hpp"
#include "kernels/scan/scene.hpp"

namespace dosi::DOSI_BACKEND::scan {

using dosi::scan::Group_ratio;
using dosi::scan::kMostGroups;

// Row j counts the group row_group[j]; the last group has no row. Coordinate j is (e_j + along[j] * (e_0 + … +
// e_(j-1))) * scale[j]: what the group has too many, but for what follows of the groups before it.
struct Group_scene {
  Group_ratio ratio;
  std::uint32_t row_group[kMostGroups];
  double share[kMostGroups], along[kMostGroups], scale[kMostGroups], least_share, most_log;
  View<const std::uint32_t> people, reach;  // people: individuals up to a step, [place][steps + 1]
  View<const double> least, most;           // of windows of a run, [place][run]
  std::uint32_t fewest;

  DOSI_HD std::uint32_t rows() const { return ratio.groups - 1; }
};

inline Group_scene group_scene(const Group_ratio& ratio, const std::vector<std::uint32_t>& group_of_row) {
  Group_scene s{.ratio = ratio, .least_share = 1};
  double rest = ratio.all;  // individuals of this group and those after it
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

// Memory of a team. The coordinates' rows are padded to whole blocks of steps; their least and most in each block bound
// what windows between two blocks can have.
class Group_rows {
 public:
  // Steps of a block, on a CPU, and the shortest interval that is worth it.
  static constexpr std::uint32_t kBlock = Team::serial ? 8 : 1, kLong = 32;
  static constexpr DOSI_HD std::size_t padded(std::size_t steps) { return (steps + kBlock) / kBlock * kBlock; }
  static constexpr DOSI_HD std::size_t blocks(std::size_t steps) { return Team::serial ? padded(steps) / kBlock : 0; }

  DOSI_HD Group_rows(Team& team, const Frame& frame, const Group_scene& scene)
      : rows(scene.rows()), stride(frame.steps + 1), pad(padded(frame.steps)),
        counts(team.shared<std::uint32_t>(rows * stride)), people(team.shared<std::uint32_t>(stride)),
        g(team.shared<float>(rows * pad)), n(team.shared<float>(pad)),
        least(team.shared<float>(rows * blocks(frame.steps))), most(team.shared<float>(rows * blocks(frame.steps))),
        team_(team), f_(frame), s_(scene), rest_(team.shared<double>(stride)), largest_(team.shared<std::int32_t>(1)) {
    for (std::size_t t = stride; t < pad; ++t) {
      n[t] = 0;
      for (std::uint32_t j = 0; j < rows; ++j) g[j * pad + t] = 0;
    }
  }

  static std::size_t scratch_bytes(std::size_t steps, std::size_t rows) {
    return Team::shared_bytes<std::uint32_t>(rows * (steps + 1)) + Team::shared_bytes<std::uint32_t>(steps + 1) +
           Team::shared_bytes<float>(rows * padded(steps)) + Team::shared_bytes<float>(padded(steps)) +
           2 * Team::shared_bytes<float>(rows * blocks(steps)) + Team::shared_bytes<double>(steps + 1) +
           Team::shared_bytes<std::int32_t>(1);
  }

  DOSI_HD void clear() const {
    for (std::uint32_t j = 0; j < rows; ++j)
      team_.for_each(stride, [c = counts.data + j * stride](std::size_t t) { c[t] = 0; });
    team_.for_each(stride, [p = people.data](std::size_t t) { p[t] = 0; });
  }

  // `of`: individuals of each group up to a step, [row][place][steps + 1].
  DOSI_HD void add_place(std::size_t place, const std::uint32_t* of) const {
    for (std::uint32_t j = 0; j < rows; ++j)
      add(counts.data + j * stride, of + (std::size_t{j} * f_.places + place) * stride);
    add(people.data, s_.people.data + place * stride);
  }

  // From counts and people.
  DOSI_HD void coordinates() {
    if (team_.rank() == 0) largest_[0] = 0;
    team_.for_each_simd(stride, [n = n.data, p = people.data, rest = rest_.data](std::size_t t) {
      n[t] = static_cast<float>(static_cast<std::int32_t>(p[t]));
      rest[t] = 0;
    });
    for (std::uint32_t j = 0; j < rows; ++j)
      team_.for_each_simd(
          stride, [c = counts.data + j * stride, p = people.data, g = g.data + j * pad, rest = rest_.data,
                   share = s_.share[j], along = s_.along[j], scale = s_.scale[j]](std::size_t t) {
            const double excess = static_cast<std::int32_t>(c[t]) - share * static_cast<std::int32_t>(p[t]);
            g[t] = static_cast<float>((excess + along * rest[t]) * scale);
            rest[t] += excess;
          });
    team_.sync();
    float largest = 0;
    const std::size_t numbers = rows * pad;
    if constexpr (Team::serial) {
      const float* const from = g.data;
#if !DOSI_ON_CUDA
#pragma omp simd reduction(max : largest)
#endif
      for (std::size_t i = 0; i < numbers; ++i) largest = larger(largest, larger(from[i], -from[i]));
      largest_[0] = std::bit_cast<std::int32_t>(largest);
      if (f_.run[f_.runs - 1].shortest >= kLong) bound_blocks();
    } else {
      team_.for_each(numbers, [&](std::size_t i) { largest = larger(largest, larger(g[i], -g[i])); });
      // Floats that are not negative are in the order of their bits.
      team_.atomic_max(&largest_[0], std::bit_cast<std::int32_t>(largest));
      team_.sync();
    }
  }

  // The largest magnitude of a coordinate.
  DOSI_HD double size() const { return std::bit_cast<float>(largest_[0]); }

  const std::uint32_t rows;
  const std::size_t stride, pad;       // steps + 1, and that in whole blocks
  View<std::uint32_t> counts, people;  // counts: [row][steps + 1]
  View<float> g, n;                    // coordinates [row][padded steps], individuals
  View<float> least, most;             // of coordinates in each block, [row][block]

 private:
  DOSI_HD void add(std::uint32_t* to, const std::uint32_t* row) const {
    team_.for_each_simd(stride, [=](std::size_t t) { to[t] += row[t]; });
  }

  DOSI_HD void bound_blocks() {
    for (std::size_t i = 0; i < rows * blocks(f_.steps); ++i) {
      const std::size_t at = i % blocks(f_.steps) * kBlock;
      const float* const from = g.data + i / blocks(f_.steps) * pad + at;
      float low = from[0], high = from[0];
      for (std::size_t t = 1; t < kBlock && at + t < stride; ++t) {
        low = from[t] < low ? from[t] : low;
        high = larger(from[t], high);
      }
      least[i] = low;
      most[i] = high;
    }
  }

  Team& team_;
  const Frame& f_;
  const Group_scene& s_;
  View<double> rest_;
  View<std::int32_t> largest_;
};

}  // namespace dosi::DOSI_BACKEND::scan
