// Counts and events at one place: iteratively reweighted least squares (McCullagh and Nelder 1989) with the kernel's
// weights (Nakaya, Fotheringham, Brunsdon and Charlton 2005). Each round is the weighted least squares of
// local_fit.hpp, with working weights a and a working response z made of the coefficients before.
#pragma once

#include "kernels/gwr/place.hpp"

namespace dosi::DOSI_BACKEND::gwr {

using dosi::gwr::Family;

inline constexpr int kMostRounds = 50;
inline constexpr double kSettled = 1e-9;  // change of a coefficient, of the largest, between rounds
inline constexpr double kMostLink = 30;   // means are kept within exp(-30) and exp(30), shares as far from 0 and 1

// Arrays over places, in the tree's order, filled up to whole blocks.
struct Working {
  Family family;
  View<const double> log_exposure, start;  // start: a linear predictor to begin with, exposure left out

  // Of the places that stand around.
  template <class Around>
  DOSI_HD Working of(Team& team, Around& around) const {
    return {family, {around.beside(team, log_exposure), log_exposure.size}, {around.beside(team, start), start.size}};
  }

  // `eta`: the linear predictor without the exposure, of the places from `i` on.
  DOSI_INLINE DOSI_HD void at(std::size_t i, Pack eta, Pack y, Pack& a, Pack& z) const {
    const Pack link = family == Family::poisson ? eta + load(log_exposure.data + i) : eta;
    const Pack low = link > -kMostLink ? link : splat(-kMostLink), bounded = low < kMostLink ? low : splat(kMostLink);
    if (family == Family::poisson) {
      a = exp_of_negative(bounded - kMostLink) * kMostMean;
      z = eta + (y - a) / a;
    } else {
      const Pack size = bounded > 0 ? -bounded : bounded, e = exp_of_negative(size), lesser = e / (1.0 + e);
      const Pack mean = bounded > 0 ? 1.0 - lesser : lesser;
      a = lesser / (1.0 + e);
      z = eta + (y - mean) / a;
    }
  }
  static constexpr double kMostMean = 10686474581524.463;  // exp(30)

  DOSI_HD static double bounded(double link) {
    return link > kMostLink ? kMostLink : link < -kMostLink ? -kMostLink : link;
  }
  DOSI_HD double mean(double link) const {
    return family == Family::poisson ? std::exp(bounded(link)) : 1 / (1 + std::exp(-bounded(link)));
  }
  // Of an observation with that mean, which is the working weight too.
  DOSI_HD double variance(double mean) const { return family == Family::poisson ? mean : mean * (1 - mean); }
  DOSI_HD double deviance(double y, double mean) const {
    if (family == Family::poisson) return 2 * ((y > 0 ? y * std::log(y / mean) : 0) - (y - mean));
    return -2 * std::log(y > 0.5 ? mean : 1 - mean);
  }
};

// The linear predictor of the places from `i` on.
DOSI_INLINE DOSI_HD Pack linear(const Columns& z, const double* b, std::size_t i) {
  Pack eta = splat(0);
  for (int c = 0; c + 1 < z.count; ++c) eta = fused(splat(b[c]), load(z.column(c) + i), eta);
  return eta;
}

// X'WAX and X'WAz as one upper triangle; `b` null: of the start. kColumns with the response.
template <int kColumns, class Weight, int... kProduct>
DOSI_HD void add_up_working(const Ground& g, const Working& working, Point p, const Weight& weight, const double* b,
                            double* moments, std::integer_sequence<int, kProduct...>) {
  constexpr Triangle<kColumns> triangle;
  Pack out[sizeof...(kProduct)] = {};
  for_nodes_within(g.forest, p, weight.reach2, [&](const Node& n, bool) DOSI_INLINE_LAMBDA {
    for (std::size_t i = n.first; i < n.last; i += kLanes) {
      Pack value[kColumns], weighted[kColumns], a;
      working.at(i, b != nullptr ? linear(g.z, b, i) : load(working.start.data + i), load(g.z.column(kColumns - 1) + i),
                 a, value[kColumns - 1]);
      const Pack w = weight(distance2(g.forest, i, p)) * a;
      for (int c = 0; c + 1 < kColumns; ++c) value[c] = load(g.z.column(c) + i);
      for (int c = 0; c < kColumns; ++c) weighted[c] = w * value[c];
      ((out[kProduct] = fused(weighted[triangle.row[kProduct]], value[triangle.column[kProduct]], out[kProduct])), ...);
    }
  });
  for (std::size_t e = 0; e < sizeof...(kProduct); ++e) moments[e] = sum(out[e]);
}

// The same for any number of columns, one row of the triangle at a time, four columns of it at once.
template <class Weight>
DOSI_HD void add_up_working_many(const Ground& g, const Working& working, Point p, const Weight& weight,
                                 const double* b, double* moments) {
  constexpr int kSide = 4;
  const int count = g.z.count;
  for (int row = 0; row < count; ++row)
    for (int first = row; first < count; first += kSide) {
      Pack out[kSide] = {};
      for_nodes_within(g.forest, p, weight.reach2, [&](const Node& n, bool) DOSI_INLINE_LAMBDA {
        for (std::size_t i = n.first; i < n.last; i += kLanes) {
          Pack a, z;
          working.at(i, b != nullptr ? linear(g.z, b, i) : load(working.start.data + i),
                     load(g.z.column(count - 1) + i), a, z);
          const Pack w = weight(distance2(g.forest, i, p)) * a * (row + 1 < count ? load(g.z.column(row) + i) : z);
          for (int c = 0; c < kSide && first + c < count; ++c)
            out[c] = fused(w, first + c + 1 < count ? load(g.z.column(first + c) + i) : z, out[c]);
        }
      });
      for (int c = 0; c < kSide && first + c < count; ++c) moments[product(count, row, first + c)] = sum(out[c]);
    }
}

template <class Weight>
DOSI_HD void add_up_working(const Ground& g, const Working& working, Point p, const Weight& weight, const double* b,
                            double* moments) {
  switch (g.z.count) {
    case 2:
      return add_up_working<2>(g, working, p, weight, b, moments, std::make_integer_sequence<int, products_of(2)>{});
    case 3:
      return add_up_working<3>(g, working, p, weight, b, moments, std::make_integer_sequence<int, products_of(3)>{});
    case 4:
      return add_up_working<4>(g, working, p, weight, b, moments, std::make_integer_sequence<int, products_of(4)>{});
    case 5:
      return add_up_working<5>(g, working, p, weight, b, moments, std::make_integer_sequence<int, products_of(5)>{});
    case 6:
      return add_up_working<6>(g, working, p, weight, b, moments, std::make_integer_sequence<int, products_of(6)>{});
    case 7:
      return add_up_working<7>(g, working, p, weight, b, moments, std::make_integer_sequence<int, products_of(7)>{});
    case 8:
      return add_up_working<8>(g, working, p, weight, b, moments, std::make_integer_sequence<int, products_of(8)>{});
    default: return add_up_working_many(g, working, p, weight, b, moments);
  }
}

// Rounds until the coefficients stay. `moments` and `b` are then those of the last. Returns 0, or 1 where columns are
// collinear around, 2 where the rounds did not settle: around a place where only zeros are, or where a column tells
// zeros from ones.
template <int kRoom, class Weight>
DOSI_HD std::uint8_t settle(const Ground& g, const Working& working, Point p, const Weight& weight, double* moments,
                            double* b) {
  const int k = g.k();
  for (int round = 0; round < kMostRounds; ++round) {
    add_up_working(g, working, p, weight, round == 0 ? nullptr : b, moments);
    const Local_fit<0, kRoom> fit(moments, k);
    double change = 0, most = 1;
    bool finite = true;
    for (int c = 0; c < k; ++c) {
      const double v = fit.coefficients()[c];
      finite = finite && std::fabs(v) < 1e150;
      change = larger(change, round == 0 ? 1.0 : std::fabs(v - b[c]));
      most = larger(most, std::fabs(v));
    }
    if (!finite) return 2;
    for (int c = 0; c < k; ++c) b[c] = fit.coefficients()[c];
    if (change <= kSettled * most) return fit.singular() ? 1 : 0;
  }
  return 2;
}

// One fit everywhere, for its sums.
template <class Weight, int kSize>
struct Evaluate_generalised {
  Ground g;
  Reach reach;
  Working working;
  View<double> residual, leverage, deviance;
  View<std::uint8_t> singular;
  Fit_views told;  // as of Evaluated
  DOSI_HD void operator()(Team& team, std::size_t group) const {
    for_share(team, group, g.places, [&](std::size_t i, View<double> selected) { at_place(team, i, selected); });
  }
  DOSI_HD void at_place(Team& team, std::size_t i, View<double> selected) const {
    const int k = g.k();
    auto around = around_place<Weight>(team, g, reach, i, selected);
    const Weight weight(reach.bandwidth.kernel, around.h, g.radius);
    double moments[products_of(kSize + 1)], b[kSize] = {}, x[kSize];
    const std::uint8_t state = settle<kSize>(around.ground, working.of(team, around), around.p, weight, moments, b);
    const Local_fit<0, kSize> fit(moments, k);
    double link = working.log_exposure[i];
    for (int c = 0; c < k; ++c) {
      x[c] = g.z.column(c)[i];
      link += x[c] * b[c];
    }
    const double mean = working.mean(link), y = g.z.column(k)[i];
    if (team.rank() > 0) return;
    residual[i] = y - mean;
    leverage[i] = fit.form(x) * working.variance(mean);
    deviance[i] = working.deviance(y, mean);
    singular[i] = state;
    if (!told.coefficient.empty()) Raw_units<kSize>{g, told}.coefficients(k, b, x, i);
  }
};

// All about some places; the exposure of new ones is 1.
template <class Weight, int kSize>
struct Fit_generalised {
  Ground g;
  Reach reach;
  Working working;
  Wanted wanted;
  View<const double> deviance;           // of all places, each by its own fit
  View<const double> exposure, y_log_y;  // y log(y / exposure)
  Fit_views out;

  DOSI_HD void operator()(Team& team, std::size_t group) const {
    for_share(team, group, wanted.count, [&](std::size_t r, View<double> selected) { row(team, r, selected); });
  }

  DOSI_HD void row(Team& team, std::size_t r, View<double> selected) const {
    const int k = g.k();
    const bool ours = wanted.ours();
    auto around = wanted.around<Weight>(team, g, reach, r, selected);
    const Weight weight(reach.bandwidth.kernel, around.h, g.radius);
    const Working here = working.of(team, around);
    double moments[products_of(kSize + 1)], b[kSize] = {}, x[kSize] = {};
    for (int c = 0; c < k; ++c) x[c] = wanted.column(g, r, c);
    const std::uint8_t state = settle<kSize>(around.ground, here, around.p, weight, moments, b);
    const Local_fit<0, kSize> fit(moments, k);
    const Raw_units<kSize> raw{g, out};
    if (team.rank() == 0) {
      raw.coefficients(k, b, x, r);
      const double mean = working.mean(out.fitted[r] + (ours ? working.log_exposure[wanted.place[r]] : 0));
      out.fitted[r] = mean;
      if (ours) out.leverage[r] = fit.form(x) * working.variance(mean);
      out.bandwidth[r] = around.h;
      out.singular[r] = state;
      raw.condition(moments, r);
    }
    if (ours) explained(team, around, weight, r);
    add_up_working(around.ground, here, around.p, Squared<Weight>{weight}, b, moments);
    if (team.rank() == 0) raw.variances(fit, moments, x, ours, r);
  }

 private:
  // The share of the deviance around that the places' own fits explain, against one mean for all of them.
  DOSI_HD void explained(Team& team, Around<Weight>& around, const Weight& weight, std::size_t r) const {
    Pack w0 = splat(0), wy = splat(0), wt = splat(0), wl = splat(0), wd = splat(0);
    const Forest& forest = around.ground.forest;
    const Point p = around.p;
    const double *y = around.ground.z.column(g.k()), *t = around.beside(team, exposure),
                 *l = around.beside(team, y_log_y), *d = around.beside(team, deviance);
    for_nodes_within(forest, p, weight.reach2, [&](const Node& n, bool) DOSI_INLINE_LAMBDA {
      for (std::size_t i = n.first; i < n.last; i += kLanes) {
        const Pack w = weight(distance2(forest, i, p));
        w0 = w0 + w;
        wy = fused(w, load(y + i), wy);
        wt = fused(w, load(t + i), wt);
        wl = fused(w, load(l + i), wl);
        wd = fused(w, load(d + i), wd);
      }
    });
    const double all = sum(w0), events = sum(wy), at_risk = sum(wt), logs = sum(wl), left = sum(wd);
    if (team.rank() > 0) return;
    const double share = events / all;
    const double total =
        working.family == Family::poisson ? (events > 0 ? 2 * (logs - events * std::log(events / at_risk)) : 0)
        : share > 0 && share < 1          ? -2 * all * (share * std::log(share) + (1 - share) * std::log1p(-share))
                                          : 0;
    out.local_r2[r] = total > 1e-13 * all ? 1 - left / total : NAN;
  }
};

}  // namespace dosi::DOSI_BACKEND::gwr
