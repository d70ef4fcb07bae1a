// One place's weighted least squares from its moments: Cholesky on the matrix scaled to a unit diagonal. Where columns
// are collinear around the place, a pivot (the share of a column that those before it do not explain) vanishes: the fit
// is then a ridge regression, and says so.
#pragma once

#include "kernels/gwr/moments.hpp"

namespace dosi::DOSI_BACKEND::gwr {

inline constexpr double kCollinear = 1e-12;  // a pivot below counts as none
inline constexpr double kRidge = 1e-8;       // added to the unit diagonal

// Where the number of columns is not known to the compiler, arrays have room for kFewColumns or for kMostColumns of
// them: a GPU reserves room on the stacks of all threads that could run.
inline constexpr int kFewColumns = 7;
template <class F>
void with_room(int columns, const F& f) {
  if (columns <= kFewColumns) f.template operator()<kFewColumns>();
  else f.template operator()<dosi::gwr::kMostColumns>();
}

// K columns, or 0: as many as it is made with, kRoom at most.
template <int K, int kRoom = dosi::gwr::kMostColumns>
class Local_fit {
 public:
  static constexpr int kSize = K > 0 ? K : kRoom;

  // `moments`: the upper triangle of k + 1 columns, the response last.
  DOSI_HD Local_fit(const double* moments, int k) : k_(k) {
    const int n = size();
    for (int a = 0; a < n; ++a) {
      const double m = moments[product(n + 1, a, a)];
      scale_[a] = m > 0 ? 1 / std::sqrt(m) : 1;
    }
    singular_ = !factor(moments, 0);
    if (singular_) factor(moments, kRidge);
    double b[kSize];
    for (int a = 0; a < n; ++a) b[a] = moments[product(n + 1, a, n)];
    solve(b);
    for (int a = 0; a < n; ++a) coefficient_[a] = b[a];
  }

  DOSI_HD int size() const { return K > 0 ? K : k_; }
  DOSI_HD bool singular() const { return singular_; }
  DOSI_HD const double* coefficients() const { return coefficient_; }

  // b becomes A^-1 b.
  DOSI_HD void solve(double* b) const {
    const int n = size();
    forward(b);
    for (int a = n - 1; a >= 0; --a) {
      for (int c = a + 1; c < n; ++c) b[a] -= at(c, a) * b[c];
      b[a] /= at(a, a);
    }
    for (int a = 0; a < n; ++a) b[a] *= scale_[a];
  }

  // x' A^-1 x.
  DOSI_HD double form(const double* x) const {
    double z[kSize], s = 0;
    for (int a = 0; a < size(); ++a) z[a] = x[a];
    forward(z);
    for (int a = 0; a < size(); ++a) s += z[a] * z[a];
    return s;
  }

 private:
  DOSI_HD double& at(int row, int column) { return l_[row * (row + 1) / 2 + column]; }
  DOSI_HD double at(int row, int column) const { return l_[row * (row + 1) / 2 + column]; }

  DOSI_HD void forward(double* b) const {
    for (int a = 0; a < size(); ++a) {
      b[a] *= scale_[a];
      for (int c = 0; c < a; ++c) b[a] -= at(a, c) * b[c];
      b[a] /= at(a, a);
    }
  }

  DOSI_HD bool factor(const double* moments, double ridge) {
    const int n = size();
    bool regular = true;
    for (int a = 0; a < n; ++a)
      for (int b = 0; b <= a; ++b) {
        double s = a == b ? 1 + ridge : moments[product(n + 1, b, a)] * scale_[a] * scale_[b];
        if (a == b && !(moments[product(n + 1, a, a)] > 0)) s = ridge;
        for (int c = 0; c < b; ++c) s -= at(a, c) * at(b, c);
        if (a != b) {
          at(a, b) = s / at(b, b);
        } else {
          if (!(s > kCollinear)) {
            regular = false;
            s = kRidge;
          }
          at(a, a) = std::sqrt(s);
        }
      }
    return regular;
  }

  int k_;
  bool singular_;
  double scale_[kSize], coefficient_[kSize], l_[kSize * (kSize + 1) / 2];
};

// The condition number of the weighted design, its columns scaled to unit length (Belsley, Kuh and Welsch 1980): the
// root of the ratio of the extreme eigenvalues of `a`, k x k by rows and of a unit diagonal, by Jacobi rotations. `a`
// is used up. Infinite where the least is rounding.
DOSI_HD inline double condition_number(double* a, int k) {
  for (int sweep = 0; sweep < 30; ++sweep) {
    double off = 0;
    for (int p = 0; p < k; ++p)
      for (int q = p + 1; q < k; ++q) off += a[p * k + q] * a[p * k + q];
    if (off < 1e-32) break;
    for (int p = 0; p < k; ++p)
      for (int q = p + 1; q < k; ++q) {
        const double apq = a[p * k + q];
        if (std::fabs(apq) < 1e-300) continue;
        const double theta = (a[q * k + q] - a[p * k + p]) / (2 * apq);
        const double t = (theta >= 0 ? 1 : -1) / (std::fabs(theta) + std::sqrt(theta * theta + 1));
        const double c = 1 / std::sqrt(t * t + 1), s = t * c;
        for (int r = 0; r < k; ++r) {
          const double rp = a[r * k + p], rq = a[r * k + q];
          a[r * k + p] = c * rp - s * rq;
          a[r * k + q] = s * rp + c * rq;
        }
        for (int r = 0; r < k; ++r) {
          const double pr = a[p * k + r], qr = a[q * k + r];
          a[p * k + r] = c * pr - s * qr;
          a[q * k + r] = s * pr + c * qr;
        }
      }
  }
  double least = a[0], most = a[0];
  for (int p = 1; p < k; ++p) {
    least = fmin(least, a[p * k + p]);
    most = fmax(most, a[p * k + p]);
  }
  constexpr double kRounding = 1e-14;
  return least > kRounding * most ? std::sqrt(most / least) : INFINITY;
}

}  // namespace dosi::DOSI_BACKEND::gwr
