// Inference: the smooths of backfitting on the columns of the identity, kWide at a time, as [chunk][place][kWide].
//
// To apply a smooth is to run through its matrix's steps with sums in registers; the moments that it takes are made
// before.
#pragma once

#include "kernels/gwr/across.hpp"
#include "kernels/gwr/smooth_matrix.hpp"

namespace dosi::DOSI_BACKEND::gwr {

// sums[row][pack] += factor[step][row] * from[source[step]][pack] for the packs of one pass; sums stay in registers.
template <class Real, int... kSum>
DOSI_INLINE DOSI_HD void add_steps(const Real* factor, const std::uint32_t* source, std::size_t steps, const Real* from,
                                   Pack_of<Real>* sums, std::integer_sequence<int, kSum...>) {
  using A = Across<Real>;
  Pack_of<Real> out[] = {sums[kSum / A::at_once * A::packs + kSum % A::at_once]...};
  for (std::size_t s = 0; s < steps; ++s) {
    const Real* row = from + static_cast<std::size_t>(source[s]) * kWide;
    ((out[kSum] = fused(all_lanes(factor[s * kRows + static_cast<std::size_t>(kSum / A::at_once)]),
                        load(row + static_cast<std::size_t>(kSum % A::at_once) * A::lanes), out[kSum])),
     ...);
  }
  ((sums[kSum / A::at_once * A::packs + kSum % A::at_once] = out[kSum]), ...);
}

// A tile of a smooth, of one chunk.
template <class Real>
DOSI_INLINE DOSI_HD void smooth_tile(const Smooth_matrix<Real>& matrix, std::size_t tile, const Real* values,
                                     const Real* moments, Pack_of<Real>* sums) {
  const std::size_t from = matrix.first[tile], middle = matrix.middle[tile], to = matrix.first[tile + 1];
  using A = Across<Real>;
  constexpr auto kAll = std::make_integer_sequence<int, kRows * A::at_once>{};
  for (int pack = 0; pack < A::packs; pack += A::at_once) {
    const std::size_t column = static_cast<std::size_t>(pack) * A::lanes;
    add_steps<Real>(matrix.factor.data + from * kRows, matrix.source.data + from, middle - from, values + column,
                    sums + pack, kAll);
    if (to > middle)
      add_steps<Real>(matrix.factor.data + middle * kRows, matrix.source.data + middle, to - middle, moments + column,
                      sums + pack, kAll);
  }
}

// C_j V and what follows from it: R_j = x C_j, and V = E + R_j becomes E + R of the next column. The same of changes
// from round to round, which follow the same rule.
template <class Real>
struct Smooth_columns {
  using A = Across<Real>;
  Smooth_matrix<Real> matrix;
  std::size_t places, chunks, first;  // first: the column of the identity that chunk 0 begins with
  View<const double> x;
  View<const Real> v, moments;
  View<Real> part, next, out;     // R_j, R of the next column, V of the next column
  View<float> change;             // of R_j: R_j less what it was, where wanted
  View<float> coefficient;        // C_j, where wanted
  View<float> total;              // of R_j: its changes since it was last told whole, where wanted
  View<float> later;              // of C_j: its changes since it was last told whole, where wanted
  View<double> square, diagonal;  // of C_j's rows [chunk][place], of R_j [place]; empty but in the last round

  DOSI_HD void operator()(Team&, std::size_t index) const {
    const std::size_t chunk = index % chunks, begin = index / chunks * kTilesATeam, end = begin + kTilesATeam;
    for (std::size_t tile = begin; tile < end && tile * kRows < places; ++tile) {
      Pack_of<Real> sums[A::sums] = {};
      smooth_tile(matrix, tile, v.data + chunk * places * kWide, moments.data + chunk * (moments.size / chunks), sums);
      for (std::size_t r = 0; r < kRows && tile * kRows + r < places; ++r)
        write(chunk, tile * kRows + r, sums + r * A::packs);
    }
  }

 private:
  DOSI_HD void write(std::size_t chunk, std::size_t i, const Pack_of<Real>* c) const {
    const std::size_t row = (chunk * places + i) * kWide;
    for (int q = 0; q < A::packs; ++q) {
      const std::size_t at = row + static_cast<std::size_t>(q) * A::lanes;
      const auto f = c[q] * all_lanes(static_cast<Real>(x[i]));
      if constexpr (std::is_same_v<Real, float>) {
        if (!total.empty()) store(total.data + at, load(total.data + at) + f);
        if (!later.empty()) store(later.data + at, load(later.data + at) + c[q]);
      } else {
        if (!change.empty()) begin_changes(f, at);
        if (!coefficient.empty()) store_narrowed(coefficient.data + at, c[q]);
      }
      store(part.data + at, f);
      store(out.data + at, load(v.data + at) - f + load(next.data + at));
    }
    if constexpr (std::is_same_v<Real, double>) {
      if (!square.empty()) tell(chunk, i, c);
    }
  }

  DOSI_INLINE DOSI_HD void begin_changes(Pack f, std::size_t at) const {
    store_narrowed(change.data + at, f - load(part.data + at) - load_widened(total.data + at));
    store_narrowed(total.data + at, splat(0));
  }

  DOSI_HD void tell(std::size_t chunk, std::size_t i, const Pack* c) const {
    Pack squares = splat(0);
    for (int q = 0; q < A::packs; ++q) squares = fused(c[q], c[q], squares);
    const double s = sum(squares);
    const std::size_t own = i - first - chunk * kWide;  // wraps where the diagonal is elsewhere
#if DOSI_ON_CUDA
    if (lane() == 0) square[chunk * places + i] = s;
    if (own < kWide && lane() == own) diagonal[i] = c[0] * x[i];
#else
    square[chunk * places + i] = s;
    if (own < kWide) diagonal[i] = element(c, own) * x[i];
#endif
  }
};

// From rounds told by what they are to rounds told by how they change: V of the first column is less all changes but
// its own, which are those of the round before.
struct Begin_changes {
  std::size_t columns, part, first;  // elements of a column's array, and where in it v begins
  View<const float> change;
  View<float> v;
  DOSI_HD void operator()(std::size_t at) const {
    float rest = 0;
    for (std::size_t j = 1; j < columns; ++j) rest -= change[j * part + first + at];
    v[at] = rest;
  }
};

// V of the next column, once this one's change is known.
struct Next_changes {
  View<const float> change, next;
  View<float> v;
  DOSI_HD void operator()(std::size_t at) const { v[at] = v[at] - change[at] + next[at]; }
};

// R_j told whole again.
struct Add_totals {
  View<double> parts;
  View<float> totals;
  DOSI_HD void operator()(std::size_t at) const {
    parts[at] += totals[at];
    totals[at] = 0;
  }
};

// V of a column as it is: the identity less all R but its own, each with its changes.
struct Whole_target {
  std::size_t columns, column, part, places, first,
      count;  // columns of the identity from the first on; those behind are 0
  View<const double> parts;
  View<const float> totals;
  View<double> v;
  DOSI_HD void operator()(std::size_t at) const {
    const std::size_t chunk = at / (places * kWide), i = at / kWide % places, m = chunk * kWide + at % kWide;
    double left = m < count && first + m == i ? 1 : 0;
    for (std::size_t j = 0; j < columns; ++j)
      if (j != column) left -= parts[j * part + at] + totals[j * part + at];
    v[at] = left;
  }
};

// Rows that map the response to what is predicted at new points: the sum over columns of x_j times the smooth of E +
// R_j there. After the last column `square` has their squared lengths, [chunk][point].
struct Predict_columns {
  using A = Across<double>;
  Smooth_matrix<double> matrix;
  std::size_t points, places, chunks, columns, column;
  View<const double> design, v, moments;  // design[point][column]
  View<double> rows, square;              // rows[chunk][point][kWide]

  DOSI_HD void operator()(Team&, std::size_t index) const {
    const std::size_t chunk = index % chunks, begin = index / chunks * kTilesATeam, end = begin + kTilesATeam;
    for (std::size_t tile = begin; tile < end && tile * kRows < points; ++tile) {
      Pack sums[A::sums] = {};
      smooth_tile(matrix, tile, v.data + chunk * places * kWide, moments.data + chunk * (moments.size / chunks), sums);
      for (std::size_t r = 0; r < kRows && tile * kRows + r < points; ++r)
        write(chunk, tile * kRows + r, sums + r * A::packs);
    }
  }

 private:
  DOSI_HD void write(std::size_t chunk, std::size_t p, const Pack* c) const {
    double* row = rows.data + (chunk * points + p) * kWide;
    Pack squares = splat(0);
    for (int q = 0; q < A::packs; ++q) {
      double* to = row + static_cast<std::size_t>(q) * A::lanes;
      const Pack mine = c[q] * design[p * columns + column], s = column == 0 ? mine : mine + load(to);
      squares = fused(s, s, squares);
      store(to, s);
    }
    const double all = sum(squares);
    if (lane() == 0) square[chunk * points + p] = all;
  }
};

// The start: R_j = x_j (A^-1 X'W)_j of the GWR with one bandwidth, and V = I less all of them but the first. Bandwidths
// are `h`, or where distances are listed that of `neighbours`.
template <class Weight, int kSize>
struct Start_columns {
  Ground g;
  double neighbours;
  Reaches at;
  std::size_t first, count, chunks;  // columns of the identity; those behind the last are 0
  View<double> parts, v;             // parts[j] follow each other
  DOSI_HD void operator()(Team& team, std::size_t i) const {
    const int k = g.k();
    const auto around = around_place<Weight>(
        team, g, Reach{{Kernel::bisquare, Weight::listed, Weight::listed ? neighbours : at.h[i]}, {}, 0}, i, {});
    double moments[products_of(kSize + 1)];
    add_up_columns(around.ground, around.p, Weight(Kernel::bisquare, around.h, g.radius), moments);
    const Local_fit<0, kSize> fit(moments, k);
    const std::size_t all = chunks * kWide;
    if constexpr (Weight::listed) {
      team.for_each(all, [&](std::size_t m) { set(fit, i, m, 0); });
      team.sync();
      const std::size_t list = g.near.first[i];
      team.for_each(g.near.first[i + 1] - list, [&](std::size_t e) {
        const double d = g.near.distance[list + e] * g.near.unit, t = 1 - d * d / larger(around.h * around.h, 1e-290);
        const std::size_t m = g.near.place[list + e] - first;  // wraps where it is elsewhere
        if (t > 0 && m < count) set(fit, i, m, t * t);
      });
    } else {
      const double inverse = 1 / larger(around.h * around.h, 1e-290);
      const Bisquare_at<double, false> straight{around.p, at.reach2[i], inverse};
      const Bisquare_at<double, true> arcs{around.p, at.reach2[i], inverse, 4 * g.radius * g.radius};
      team.for_each(all, [&](std::size_t m) {
        const double d2 = m < count ? distance2_of(g.forest, first + m, around.p) : 0;
        set(fit, i, m, m >= count ? 0 : g.radius > 0 ? arcs(d2) : straight(d2));
      });
    }
  }

 private:
  // Row i of column `first` + m, whose place has weight w around i.
  DOSI_HD void set(const Local_fit<0, kSize>& fit, std::size_t i, std::size_t m, double w) const {
    const int k = g.k();
    const std::size_t part = chunks * g.places * kWide, to = (m / kWide * g.places + i) * kWide + m % kWide;
    double b[kSize], left = m < count && first + m == i ? 1 : 0;
    for (int c = 0; c < k; ++c) b[c] = w > 0 ? g.z.column(c)[first + m] : 0;
    if (w > 0) fit.solve(b);
    for (int c = 0; c < k; ++c) {
      const double f = w * b[c] * g.z.column(c)[i];
      parts[static_cast<std::size_t>(c) * part + to] = f;
      if (c > 0) left -= f;
    }
    v[to] = left;
  }
};

}  // namespace dosi::DOSI_BACKEND::gwr
