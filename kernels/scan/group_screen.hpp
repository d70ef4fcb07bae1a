// Which windows of individuals in groups may pass a ratio: chi-square of many at once, in FP32. Included by scan.cu.
#pragma once

#ifndef DOSI_BACKEND
#error "group_screen.hpp belongs in device code"
#endif

#include "kernels/scan/group_rows.hpp"

namespace dosi::DOSI_BACKEND::scan {

// A window of n individuals passes with squares - n (a - b n) > limit, unless they are too few.
struct Bar {
  float a, b, limit, few;

  DOSI_HD float of(float n) const { return n * (a - b * n); }
};

class Group_screen {
 public:
  DOSI_HD Group_screen(Team& team, const Frame& frame, const Group_rows& rows)
      : team_(team), f_(frame), r_(rows), squares_(team.shared<float>(rows.stride)) {}
  static std::size_t scratch_bytes(std::size_t steps) { return Team::shared_bytes<float>(steps + 1); }

  // look(begin, end) for each window of the run that may pass, by the member that found it.
  template <class F>
  DOSI_HD void run(const Run& run, const Bar& bar, F look) {
    if constexpr (Team::serial) {
      if (run.shortest >= Group_rows::kLong) blocks(run, bar, look);
      for (std::uint32_t l = run.shortest; l <= run.longest && run.shortest < Group_rows::kLong; ++l) {
        const std::uint32_t first = f_.first_end > l ? f_.first_end - l : 0, begins = f_.steps - l + 1 - first;
        length(first, begins, l, bar, look);
      }
    } else {
      team_.for_each(f_.steps, [&](std::size_t t) {
        const auto begin = static_cast<std::uint32_t>(t);
        for (std::uint32_t l = run.shortest; l <= run.longest && begin + l <= f_.steps; ++l)
          if (begin + l >= f_.first_end && beyond(begin, l, bar) > bar.limit) look(begin, begin + l);
      });
    }
  }

 private:
  static constexpr std::uint32_t kBlock = Group_rows::kBlock;

  // How far a window is beyond what its number of individuals asks for.
  DOSI_HD float beyond(std::uint32_t t, std::uint32_t l, const Bar& bar) const {
    float squares = 0;
    for (std::uint32_t j = 0; j < r_.rows; ++j) {
      const float d = r_.g[j * r_.pad + t + l] - r_.g[j * r_.pad + t];
      squares += d * d;
    }
    const float n = r_.n[t + l] - r_.n[t];
    return n > bar.few ? squares - bar.of(n) : kNothing;
  }

  // All windows of a length, many begins at once.
  template <class F>
  DOSI_HD void length(std::uint32_t first, std::uint32_t begins, std::uint32_t l, const Bar& bar, F& look) {
    switch (r_.rows) {
      case 1: return sweep<1, false>(first, begins, l, bar, 0, look);
      case 2: return sweep<2, false>(first, begins, l, bar, 0, look);
      case 3: return sweep<3, false>(first, begins, l, bar, 0, look);
      case 4: return sweep<4, false>(first, begins, l, bar, 0, look);
      default: break;
    }
    std::uint32_t j = 0;
    team_.for_each_simd(begins, [s = squares_.data](std::size_t t) { s[t] = 0; });
    for (; j + 4 < r_.rows; ++j)
      team_.for_each_simd(begins, [s = squares_.data, g = r_.g.data + j * r_.pad + first, l](std::size_t t) {
        const float d = g[t + l] - g[t];
        s[t] += d * d;
      });
    sweep<4, true>(first, begins, l, bar, j, look);
  }

  // With the squares of `rows` coordinates from j on, and what is in squares_.
  template <int rows, bool added, class F>
  DOSI_HD void sweep(std::uint32_t first, std::uint32_t begins, std::uint32_t l, const Bar& bar, std::uint32_t j,
                     F& look) {
    constexpr std::uint32_t kAtOnce = 64;
    for (std::uint32_t at = 0; at < begins; at += kAtOnce) {
      const float* const g = r_.g.data + j * r_.pad + first + at;
      const float* const n = r_.n.data + first + at;
      float* const out = squares_.data + at;
      const std::size_t stride = r_.pad, width = begins - at < kAtOnce ? begins - at : kAtOnce;
      const Bar here = bar;
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
        const float m = n[t + l] - n[t], x = squares - here.of(m), valid = m > here.few ? x : kNothing;
        out[t] = valid;
        most = most > valid ? most : valid;
      }
      if (!(most > bar.limit)) continue;
      for (std::uint32_t t = 0; t < width; ++t)
        if (out[t] > bar.limit) look(first + at + t, first + at + t + l);
    }
  }

  // Pairs of a block of begins and one of ends whose windows may pass.
  template <class F>
  DOSI_HD void blocks(const Run& run, const Bar& bar, F& look) {
    const std::uint32_t count = static_cast<std::uint32_t>(Group_rows::blocks(f_.steps)), last_end = f_.steps / kBlock;
    const float* const n = r_.n.data;
    float* const out = squares_.data;
    const auto last_of = [&](std::uint32_t block) {
      return n[block * kBlock + kBlock - 1 < f_.steps ? block * kBlock + kBlock - 1 : f_.steps];
    };
    for (std::uint32_t from = 0; from * kBlock + run.shortest <= f_.steps; ++from) {
      const std::uint32_t nearest = from * kBlock + run.shortest,
                          farthest = (from * kBlock + kBlock - 1 + run.longest) / kBlock;
      const std::uint32_t first = (nearest > f_.first_end ? nearest : f_.first_end) / kBlock,
                          ends = (farthest < last_end ? farthest : last_end) + 1;
      for (std::uint32_t to = first; to < ends; ++to) out[to - first] = 0;
      for (std::uint32_t j = 0; j < r_.rows; ++j) {
        const float *low = r_.least.data + j * count, *high = r_.most.data + j * count;
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
        const float most = last_of(to) - n_first, least = larger(0, n[to * kBlock] - n_last), at_most = bar.of(most),
                    at_least = bar.of(least);
        if (most > bar.few && out[to - first] - (at_most < at_least ? at_most : at_least) > bar.limit)
          pair(run, from * kBlock, to * kBlock, bar, look);
      }
    }
  }

  // The windows of a pair of blocks, from their first steps.
  template <class F>
  DOSI_HD void pair(const Run& run, std::uint32_t from, std::uint32_t to, const Bar& bar, F& look) {
    for (std::uint32_t t = from; t < from + kBlock && t + run.shortest <= f_.steps; ++t) {
      float squares[kBlock] = {}, most = kNothing;
      for (std::uint32_t j = 0; j < r_.rows; ++j) {
        const float* const g = r_.g.data + j * r_.pad;
        for (std::uint32_t i = 0; i < kBlock; ++i) squares[i] += (g[to + i] - g[t]) * (g[to + i] - g[t]);
      }
      for (std::uint32_t i = 0; i < kBlock; ++i) {
        const float m = r_.n[to + i] - r_.n[t], x = squares[i] - bar.of(m);
        squares[i] = m > bar.few ? x : kNothing;
        most = larger(squares[i], most);
      }
      if (!(most > bar.limit)) continue;
      for (std::uint32_t end = to; end < to + kBlock; ++end)
        if (squares[end - to] > bar.limit && end <= f_.steps && end >= f_.first_end && end >= t + run.shortest &&
            end <= t + run.longest)
          look(t, end);
    }
  }

  Team& team_;
  const Frame& f_;
  const Group_rows& r_;
  View<float> squares_;
};

}  // namespace dosi::DOSI_BACKEND::scan
