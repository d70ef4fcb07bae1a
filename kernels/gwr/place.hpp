// What is done at one place: its moments, its fit, and what the fit says.
#pragma once

#include "kernels/gwr/around.hpp"
#include "kernels/gwr/local_fit.hpp"

namespace dosi::DOSI_BACKEND::gwr {

// Into `moments` by the number of columns; squared weights have no clusters.
template <class Weight>
DOSI_HD void add_up_columns(const Ground& g, Point p, const Weight& w, double* moments) {
  switch (g.z.count) {
    case 3: return add_up<3>(g.forest, g.z, g.clusters, p, w, moments);
    case 4: return add_up<4>(g.forest, g.z, g.clusters, p, w, moments);
    case 5: return add_up<5>(g.forest, g.z, g.clusters, p, w, moments);
    case 6: return add_up<6>(g.forest, g.z, g.clusters, p, w, moments);
    case 7: return add_up<7>(g.forest, g.z, g.clusters, p, w, moments);
    case 8: return add_up<8>(g.forest, g.z, g.clusters, p, w, moments);
    default: return add_up_many(g.forest, g.z, p, w, moments);
  }
}

struct Fit_views {
  View<double> coefficient, variance, fitted, leverage, condition, bandwidth, local_r2;
  View<std::uint8_t> singular;
};

struct Evaluated {
  View<double> residual, leverage, spread;  // spread, where not empty: the row's sum of squares of S
  View<std::uint8_t> singular;
  Fit_views told;  // coefficients and fitted values, where not empty
};

// A fit in standardised columns, told in raw ones: y = centre + size * sum b_c (x_c - centre_c) / size_c.
template <int kSize>
struct Raw_units {
  const Ground& g;
  const Fit_views& out;

  DOSI_HD void coefficients(int k, const double* b, const double* x, std::size_t r) const {
    double* to = out.coefficient.data + r * static_cast<std::size_t>(k);
    double fitted = 0, constant = 0;
    for (int c = 0; c < k; ++c) {
      to[c] = b[c] * size(k) / size(c);
      fitted += b[c] * x[c];
      constant += to[c] * centre(c);
    }
    if (g.intercept) to[0] += centre(k) - constant;
    out.fitted[r] = fitted * size(k) + centre(k);
  }

  // The diagonal of T A^-1 B A^-1 T', B of squared weights, T from standardised to raw coefficients.
  template <class Fit>
  DOSI_HD void variances(const Fit& fit, const double* squared, const double* x, bool ours, std::size_t r) const {
    const int k = g.k();
    double t[kSize];
    for (int c = 0; c <= k; ++c) {
      for (int a = 0; a < k; ++a) t[a] = c == k ? x[a] : a == c ? 1 / size(a) : 0;
      if (c == 0 && g.intercept)
        for (int a = 1; a < k; ++a) t[a] = -centre(a) / size(a);
      fit.solve(t);
      double s = 0;
      for (int a = 0; a < k; ++a)
        for (int b = 0; b < k; ++b) s += t[a] * t[b] * squared[a <= b ? product(k + 1, a, b) : product(k + 1, b, a)];
      if (c < k) out.variance[r * static_cast<std::size_t>(k) + static_cast<std::size_t>(c)] = s;
      else if (!ours) out.leverage[r] = s;
    }
  }

  // Of the raw columns, which an intercept may be nearly collinear with.
  DOSI_HD void condition(const double* moments, std::size_t r) const {
    const int k = g.k();
    double a[kSize * kSize];
    const auto m = [&](int i, int j) { return moments[i <= j ? product(k + 1, i, j) : product(k + 1, j, i)]; };
    for (int i = 0; i < k; ++i)
      for (int j = 0; j < k; ++j) {
        double s = size(i) * size(j) * m(i, j);
        if (g.intercept && i > 0) s += centre(i) * size(j) * m(0, j);
        if (g.intercept && j > 0) s += centre(j) * size(i) * m(i, 0);
        if (g.intercept && i > 0 && j > 0) s += centre(i) * centre(j) * m(0, 0);
        a[i * k + j] = s;
      }
    double d[kSize];
    // A column that is 0 around comes out as rounding of what its centre and size cancel.
    for (int i = 0; i < k; ++i)
      d[i] = a[i * k + i] > 1e-13 * (size(i) * size(i) + centre(i) * centre(i)) * m(0, 0) ? 1 / std::sqrt(a[i * k + i])
                                                                                          : 0;
    for (int i = 0; i < k; ++i)
      for (int j = 0; j < k; ++j) a[i * k + j] *= d[i] * d[j];
    out.condition[r] = condition_number(a, k);
  }

 private:
  DOSI_HD double centre(int c) const { return g.standard.centre[static_cast<std::size_t>(c)]; }
  DOSI_HD double size(int c) const { return g.standard.size[static_cast<std::size_t>(c)]; }
};

// One fit everywhere, for its sums. K: columns of the design, or 0 for any number up to kRoom.
template <int K, class Weight, int kRoom = dosi::gwr::kMostColumns>
struct Evaluate {
  Ground g;
  Reach reach;
  Evaluated out;
  DOSI_HD void operator()(Team& team, std::size_t group) const {
    for_share(team, group, g.places, [&](std::size_t i, View<double> selected) { at_place(team, i, selected); });
  }
  DOSI_HD void at_place(Team& team, std::size_t i, View<double> selected) const {
    constexpr int kSize = Local_fit<K, kRoom>::kSize;
    const int k = K > 0 ? K : g.k();
    const auto around = around_place<Weight>(team, g, reach, i, selected);
    const Weight weight(reach.bandwidth.kernel, around.h, g.radius);
    double moments[products_of(kSize + 1)], x[kSize] = {};
    add_up_all(around.ground, around.p, weight, moments);
    const Local_fit<K, kRoom> fit(moments, k);
    double fitted = 0;
    for (int c = 0; c < k; ++c) {
      x[c] = g.z.column(c)[i];
      fitted += x[c] * fit.coefficients()[c];
    }
    if (team.rank() == 0) {
      out.residual[i] = (g.z.column(k)[i] - fitted) * g.standard.size[static_cast<std::size_t>(k)];
      out.leverage[i] = fit.form(x);
      out.singular[i] = fit.singular() ? 1 : 0;
      if (!out.told.coefficient.empty()) tell(k, fit.coefficients(), x, i);
    }
    if (out.spread.empty()) return;
    fit.solve(x);
    add_up_all(around.ground, around.p, Squared<Weight>{weight}, moments);
    double s = 0;
    for (int a = 0; a < k; ++a)
      for (int b = 0; b < k; ++b) s += x[a] * x[b] * moments[a <= b ? product(k + 1, a, b) : product(k + 1, b, a)];
    if (team.rank() == 0) out.spread[i] = s;
  }

 private:
  template <class Any>
  DOSI_HD static void add_up_all(const Ground& ground, Point p, const Any& w, double* moments) {
    if constexpr (K > 0) add_up<K + 1>(ground.forest, ground.z, ground.clusters, p, w, moments);
    else if constexpr (Weight::listed) add_up_columns(ground, p, w, moments);
    else add_up_many(ground.forest, ground.z, p, w, moments);
  }

  DOSI_HD void tell(int k, const double* b, const double* x, std::size_t i) const {
    Raw_units<Local_fit<K, kRoom>::kSize>{g, out.told}.coefficients(k, b, x, i);
  }
};

// Everything about some places.
template <class Weight, int kSize>
struct Fit_places {
  Ground g;
  Reach reach;
  Wanted wanted;
  View<const double> residual;  // of all places, for the local R2; empty: none
  Fit_views out;

  DOSI_HD void operator()(Team& team, std::size_t group) const {
    for_share(team, group, wanted.count, [&](std::size_t r, View<double> selected) { row(team, r, selected); });
  }

  DOSI_HD void row(Team& team, std::size_t r, View<double> selected) const {
    const int k = g.k();
    const bool ours = wanted.ours();
    auto around = wanted.around<Weight>(team, g, reach, r, selected);
    const Weight weight(reach.bandwidth.kernel, around.h, g.radius);
    double moments[products_of(kSize + 1)], x[kSize] = {};
    for (int c = 0; c < k; ++c) x[c] = wanted.column(g, r, c);
    add_up_columns(around.ground, around.p, weight, moments);
    const Local_fit<0, kSize> fit(moments, k);
    const Raw_units<kSize> raw{g, out};
    if (team.rank() == 0) {
      raw.coefficients(k, fit.coefficients(), x, r);
      if (ours) out.leverage[r] = fit.form(x);
      out.bandwidth[r] = around.h;
      out.singular[r] = fit.singular() ? 1 : 0;
      raw.condition(moments, r);
    }
    if (ours) local_r2(team, around, weight, r);
    add_up_columns(around.ground, around.p, Squared<Weight>{weight}, moments);
    if (team.rank() == 0) raw.variances(fit, moments, x, ours, r);
  }

 private:
  // 1 - sum w e^2 / sum w (y - mean)^2 with the weights of this place and the residuals of their own.
  DOSI_HD void local_r2(Team& team, Around<Weight>& around, const Weight& weight, std::size_t r) const {
    Pack w0 = splat(0), wy = splat(0), wyy = splat(0), wee = splat(0);
    const Forest& forest = around.ground.forest;
    const Point p = around.p;
    const double *y = around.ground.z.column(g.k()), *of_own = around.beside(team, residual);
    for_nodes_within(forest, p, weight.reach2, [&](const Node& n, bool) DOSI_INLINE_LAMBDA {
      for (std::size_t i = n.first; i < n.last; i += kLanes) {
        const Pack w = weight(distance2(forest, i, p)), v = load(y + i), e = load(of_own + i);
        w0 = w0 + w;
        wy = fused(w, v, wy);
        wyy = fused(w * v, v, wyy);
        wee = fused(w * e, e, wee);
      }
    });
    const double y_size = g.standard.size[static_cast<std::size_t>(g.k())], y_scale2 = y_size * y_size;
    const double n = sum(w0), s = sum(wy), ss = sum(wyy), ee = sum(wee), total = (ss - s * s / n) * y_scale2;
    if (team.rank() == 0) out.local_r2[r] = total > ss * y_scale2 * 1e-13 ? 1 - ee / total : NAN;
  }
};

}  // namespace dosi::DOSI_BACKEND::gwr
