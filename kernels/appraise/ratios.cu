// See ratios.hpp.
#include "kernels/appraise/ratios.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <stdexcept>
#include <string>
#include <tuple>

#include "kernels/appraise/strands.hpp"
#include "kernels/core/exact_log.hpp"
#include "kernels/core/philox.hpp"
#include "kernels/par/par.hpp"

namespace dosi::DOSI_BACKEND::appraise {

using dosi::appraise::kMeasures;
using dosi::appraise::Measure;
using dosi::appraise::Samples;

inline constexpr double kInverseLn2 = 1.4426950408889634074;
inline constexpr std::size_t kInShared = 2048;  // sales of a sample whose counts stay in a team's fast memory

// All samples' sales by ratio. by_price[j] is the sale that is j-th by price; sales of its price are price_first[j] ..
// price_last[j] - 1 in that order. All numbers count within the sample.
struct Sales {
  View<const double> ratio, assessed, price;
  View<const std::uint32_t> by_price, price_first, price_last;
};

// The sample (replica 0) or one resample.
struct Resample {
  Sales all;
  View<const std::uint64_t> first;
  View<const double> pivot;       // [sample], near the middle of what prb regresses on
  View<std::uint32_t> workspace;  // [slot][2][longest]
  std::size_t longest;
  std::uint32_t replicas;  // with the sample itself
  std::uint64_t seed;
  View<double> out;

  static constexpr int kMostSums = 5;
  static constexpr std::size_t scratch(std::size_t longest) {
    const std::size_t counts = longest < kInShared ? longest : kInShared;
    return Team::shared_bytes<double>(kMostSums * kStrands) +
           Team::shared_bytes<std::uint32_t>(2 * counts + 1 + kStrands);
  }

  DOSI_HD void operator()(Team& team, std::size_t index) const {
    const std::size_t sample = index / replicas, begin = first[sample], n = first[sample + 1] - begin;
    const std::uint32_t replica = static_cast<std::uint32_t>(index % replicas);
    const auto room = team.shared<double>(kMostSums * kStrands);
    const auto chunks = team.shared<std::uint32_t>(kStrands);
    const bool near = n <= kInShared;
    const auto count = near ? team.shared<std::uint32_t>(n) : workspace.part(2 * longest * team.slot(), n);
    const auto other =
        near ? team.shared<std::uint32_t>(n + 1) : workspace.part((2 * team.slot() + 1) * longest, n + 1);
    draw(team, sample, replica, count, other);

    const auto ratio = all.ratio.part(begin, n), assessed = all.assessed.part(begin, n),
               price = all.price.part(begin, n);
    const double size = static_cast<double>(n);
    const double m = median(team, count, ratio, chunks);
    double sum[3];
    strand_sums(
        team, n, room,
        [&](std::size_t i, double(&v)[3]) {
          const double c = static_cast<std::int32_t>(count.data[i]);
          v[0] = c * ratio.data[i];
          v[1] = c * assessed.data[i];
          v[2] = c * price.data[i];
        },
        sum);

    const double inverse = 1 / m, middle = pivot[sample];
    double rest[5];
    strand_sums(
        team, n, room,
        [&](std::size_t i, double(&v)[5]) {
          const double c = static_cast<std::int32_t>(count.data[i]), off = ratio.data[i] - m, y = off * inverse;
          const double x = exact_log(assessed.data[i] * inverse + price.data[i]) * kInverseLn2 - middle;
          v[0] = c * fabs(off);
          v[1] = c * x;
          v[2] = c * y;
          v[3] = c * x * x;
          v[4] = c * x * y;
        },
        rest);

    const auto at = [&](Measure measure) -> double& {
      return out[(sample * kMeasures + static_cast<std::size_t>(measure)) * replicas + replica];
    };
    const double mean = sum[0] / size, weighted = sum[1] / sum[2], none = std::numeric_limits<double>::quiet_NaN();
    const double spread = rest[3] - rest[1] * rest[1] / size;
    double gini[2];
    ginis(team, begin, n, count, other, chunks, room, gini);
    const double gini_assessed = 2 * gini[0] / (size * sum[1]) - (size + 1) / size,
                 gini_price = 2 * gini[1] / (size * sum[2]) - (size + 1) / size;
    if (team.rank() != 0) return;
    at(Measure::median) = m;
    at(Measure::mean) = mean;
    at(Measure::weighted_mean) = weighted;
    at(Measure::cod) = 100 * rest[0] / size / m;
    at(Measure::prd) = mean / weighted;
    at(Measure::prb) = spread > 1e-12 * size ? (rest[4] - rest[1] * rest[2] / size) / spread : none;
    at(Measure::mki) = gini_price > 1e-12 ? gini_assessed / gini_price : none;
  }

 private:
  DOSI_HD void draw(Team& team, std::size_t sample, std::uint32_t replica, View<std::uint32_t> count,
                    View<std::uint32_t> drawn) const {
    const std::size_t n = count.size;
    team.for_each_simd(n, [&](std::size_t i) { count.data[i] = replica == 0 ? 1 : 0; });
    team.sync();
    if (replica == 0) return;
    const auto sale = [n](std::uint32_t word) {
      return static_cast<std::uint32_t>((static_cast<std::uint64_t>(word) * n) >> 32);
    };
#if defined(__CUDA_ARCH__)
    (void)drawn;
    team.for_each((n + 3) / 4, [&](std::size_t b) {
      const auto block = philox_block(seed, sample, replica, static_cast<std::uint32_t>(b));
      for (std::size_t w = 0; w < 4 && 4 * b + w < n; ++w) team.atomic_add(&count[sale(block.word[w])], 1u);
    });
#else
    // Words first, several blocks in SIMD lanes; then the counts, which cannot be.
    const std::size_t blocks = n / 4;
    DOSI_SIMD
    for (std::size_t b = 0; b < blocks; ++b) {
      const auto block = philox_block(seed, sample, replica, static_cast<std::uint32_t>(b));
      for (std::size_t w = 0; w < 4; ++w) drawn.data[4 * b + w] = sale(block.word[w]);
    }
    if (4 * blocks < n) {
      const auto block = philox_block(seed, sample, replica, static_cast<std::uint32_t>(blocks));
      for (std::size_t i = 4 * blocks; i < n; ++i) drawn.data[i] = sale(block.word[i - 4 * blocks]);
    }
    for (std::size_t i = 0; i < n; ++i) ++count.data[drawn.data[i]];
#endif
    team.sync();
  }

  // chunks[c] = the counts of items c * length .. in the order given.
  template <class Count>
  DOSI_HD static std::size_t add_chunks(Team& team, std::size_t n, View<std::uint32_t> chunks, const Count& count) {
    const std::size_t length = (n + kStrands - 1) / kStrands;
    team.for_each(kStrands, [&](std::size_t c) {
      std::uint32_t sum = 0;
      const std::size_t last = (c + 1) * length < n ? (c + 1) * length : n;
      for (std::size_t i = c * length; i < last; ++i) sum += count(i);
      chunks[c] = sum;
    });
    team.sync();
    return length;
  }

  // Of an even number the mean of the two in the middle.
  DOSI_HD static double median(Team& team, View<std::uint32_t> count, View<const double> ratio,
                               View<std::uint32_t> chunks) {
    const std::size_t n = count.size,
                      length = add_chunks(team, n, chunks, [&](std::size_t i) { return count.data[i]; });
    const auto ranked = [&](std::uint32_t rank) {
      std::uint32_t before = 0;
      std::size_t c = 0;
      while (before + chunks[c] <= rank) before += chunks[c++];
      std::size_t i = c * length;
      while (before + count[i] <= rank) before += count[i++];
      return ratio[i];
    };
    const auto size = static_cast<std::uint32_t>(n);
    const double low = ranked((size - 1) / 2), high = size % 2 == 1 ? low : ranked(size / 2);
    team.sync();
    return (low + high) / 2;
  }

  // Sums of assessed and of price, each times its rank by price; sales of one price share the mean of their ranks.
  DOSI_HD void ginis(Team& team, std::size_t begin, std::size_t n, View<std::uint32_t> count,
                     View<std::uint32_t> before, View<std::uint32_t> chunks, View<double> room,
                     double (&sum)[2]) const {
    const auto order = all.by_price.part(begin, n), from = all.price_first.part(begin, n),
               to = all.price_last.part(begin, n);
    const auto assessed = all.assessed.part(begin, n), price = all.price.part(begin, n);
    const auto run = [&](std::size_t first_item, std::size_t last, std::uint32_t sum_before) {
      for (std::size_t j = first_item; j < last; ++j) {
        before.data[j] = sum_before;
        sum_before += count.data[order.data[j]];
      }
      if (last == n && first_item < n) before.data[n] = sum_before;
    };
    if constexpr (Team::serial) {
      run(0, n, 0);
    } else {
      const std::size_t length = add_chunks(team, n, chunks, [&](std::size_t j) { return count.data[order.data[j]]; });
      team.for_each(kStrands, [&](std::size_t c) {
        std::uint32_t sum_before = 0;
        for (std::size_t d = 0; d < c; ++d) sum_before += chunks[d];
        run(c * length, (c + 1) * length < n ? (c + 1) * length : n, sum_before);
      });
      team.sync();
    }
    strand_sums(
        team, n, room,
        [&](std::size_t j, double(&v)[2]) {
          const std::uint32_t i = order.data[j];
          const double rank = 0.5 * static_cast<double>(static_cast<std::int64_t>(before.data[from.data[j]]) +
                                                        before.data[to.data[j]] + 1);
          const double w = static_cast<std::int32_t>(count.data[i]) * rank;
          v[0] = w * assessed.data[i];
          v[1] = w * price.data[i];
        },
        sum);
  }
};

// What the device works on, in its order.
struct Prepared {
  explicit Prepared(const Samples& s) : first(s.first.begin(), s.first.end()) {
    const std::size_t n = s.assessed.size();
    if (s.first.empty() || s.price.size() != n || first.front() != 0 || first.back() != n)
      throw std::invalid_argument("samples of " + std::to_string(n) + " assessed values and " +
                                  std::to_string(s.price.size()) + " prices");
    for (std::size_t i = 0; i < n; ++i)
      if (!(s.assessed[i] > 0 && s.price[i] > 0 && std::isfinite(s.assessed[i]) && std::isfinite(s.price[i])))
        throw std::invalid_argument("sale " + std::to_string(i) + " has an assessed value of " +
                                    std::to_string(s.assessed[i]) + " and a price of " + std::to_string(s.price[i]));
    for (std::size_t k = 0; k + 1 < first.size(); ++k) {
      if (first[k + 1] <= first[k] || first[k + 1] - first[k] > 0x7FFFFFFF)
        throw std::invalid_argument("sample " + std::to_string(k) + " has no sales, or too many");
      add(s, first[k], first[k + 1] - first[k]);
      longest = std::max(longest, static_cast<std::size_t>(first[k + 1] - first[k]));
    }
  }

  void add(const Samples& s, std::size_t begin, std::size_t n) {
    std::vector<std::uint32_t> order(n), cheap(n);
    std::iota(order.begin(), order.end(), 0u);
    const auto r = [&](std::uint32_t i) { return s.assessed[begin + i] / s.price[begin + i]; };
    std::sort(order.begin(), order.end(), [&](auto a, auto b) {
      return std::tuple(r(a), s.price[begin + a], a) < std::tuple(r(b), s.price[begin + b], b);
    });
    for (const auto i : order) {
      ratio.push_back(r(i));
      assessed.push_back(s.assessed[begin + i]);
      price.push_back(s.price[begin + i]);
    }
    const double* p = price.data() + begin;
    std::iota(cheap.begin(), cheap.end(), 0u);
    std::sort(cheap.begin(), cheap.end(), [&](auto a, auto b) { return std::tuple(p[a], a) < std::tuple(p[b], b); });
    by_price.insert(by_price.end(), cheap.begin(), cheap.end());
    for (std::size_t from = 0, to; from < n; from = to) {
      for (to = from + 1; to < n && p[cheap[to]] == p[cheap[from]];) ++to;
      price_first.insert(price_first.end(), to - from, static_cast<std::uint32_t>(from));
      price_last.insert(price_last.end(), to - from, static_cast<std::uint32_t>(to));
    }
    // The sale in the middle by price; any number near would do.
    const auto i = cheap[n / 2];
    pivot.push_back(exact_log(2 * p[i]) * kInverseLn2);
  }

  std::vector<std::uint64_t> first;
  std::vector<double> ratio, assessed, price, pivot;
  std::vector<std::uint32_t> by_price, price_first, price_last;
  std::size_t longest = 0;
};

std::vector<double> bootstrap(const Samples& samples, std::uint32_t replicas, std::uint64_t seed, int device) {
  const Prepared p(samples);
  par::Context ctx(device);
  const auto upload = [&]<class T>(const std::vector<T>& v) { return par::Buffer<T>(ctx, std::span<const T>(v)); };
  const auto d_first = upload(p.first);
  const auto d_ratio = upload(p.ratio), d_assessed = upload(p.assessed), d_price = upload(p.price),
             d_pivot = upload(p.pivot);
  const auto d_by_price = upload(p.by_price), d_from = upload(p.price_first), d_to = upload(p.price_last);
  const std::size_t teams = samples.size() * (replicas + std::size_t{1});
  par::Buffer<double> out(ctx, teams * kMeasures);
  // Counts that are too many for fast memory lie in a workspace of each team at work; more scratch leaves fewer of
  // those.
  std::size_t scratch = Resample::scratch(p.longest), longest = p.longest > kInShared ? p.longest + 1 : 0;
  const auto bytes = [&] {
    return static_cast<std::size_t>(ctx.teams_at_once(kStrands, scratch)) * 2 * longest * sizeof(std::uint32_t);
  };
  while (DOSI_ON_CUDA && bytes() > ctx.free_memory() / 2 && scratch < (std::size_t{48} << 10)) scratch *= 2;
  par::Buffer<std::uint32_t> workspace(ctx, bytes() / sizeof(std::uint32_t));
  par::for_each_team(
      ctx, teams, kStrands, scratch,
      Resample{{d_ratio.view(), d_assessed.view(), d_price.view(), d_by_price.view(), d_from.view(), d_to.view()},
               d_first.view(),
               d_pivot.view(),
               workspace.view(),
               longest,
               replicas + 1,
               seed,
               out.view()});
  ctx.synchronize();
  return out.to_host();
}

}  // namespace dosi::DOSI_BACKEND::appraise
