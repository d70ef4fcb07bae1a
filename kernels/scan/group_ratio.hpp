// Log likelihood ratios of one window of individuals in groups: shares that differ inside and outside (multinomial), or
// that do so in the order of the groups (ordinal).
#pragma once

#include <cstdint>

#include "kernels/scan/likelihood.hpp"

namespace dosi::scan {

// Neighbouring groups that one rate serves: the groups first .. last, with c of their C individuals inside.
struct Pool {
  std::uint32_t first, last;
  std::uint64_t inside, all;
};

struct Pools {
  Pool pool[kMostGroups];
  std::uint32_t count = 0;
};

struct Group_ratio {
  Model model = Model::multinomial;
  bool high = true, low = false;  // ordinal: which orders count
  std::uint32_t groups = 0;
  std::uint32_t all = 0;                  // individuals
  std::uint32_t total[kMostGroups] = {};  // of each group, more than 0
  double one_share[kMostGroups] = {};     // all / total, for bounds

  // The groups pooled so that the share inside rises (high) or falls from pool to pool: adjacent violators (Ayer et al.
  // 1955) are the maximum of the likelihood (Jung, Kulldorff and Klassen 2007).
  DOSI_HD Pools pooled(const std::uint32_t* inside, bool rising) const {
    Pools p;
    for (std::uint32_t k = 0; k < groups; ++k) {
      p.pool[p.count++] = {k, k, inside[k], total[k]};
      while (p.count > 1) {
        Pool &a = p.pool[p.count - 2], &b = p.pool[p.count - 1];
        const std::uint64_t left = a.inside * b.all, right = b.inside * a.all;
        if (rising ? left < right : left > right) break;
        a = {a.first, b.last, a.inside + b.inside, a.all + b.all};
        --p.count;
      }
    }
    return p;
  }

  // Of n > 0 individuals, inside[group] of each group.
  DOSI_HD double operator()(std::uint32_t n, const std::uint32_t* inside) const {
    double best = 0;
    if (model == Model::multinomial) {
      for (std::uint32_t k = 0; k < groups; ++k) best += term(n, inside[k], total[k]);
      return best;
    }
    if (high) best = ordered(n, inside, true);
    if (low) {
      const double other = ordered(n, inside, false);
      best = other > best ? other : best;
    }
    return best;
  }

  DOSI_HD double ordered(std::uint32_t n, const std::uint32_t* inside, bool rising) const {
    const Pools p = pooled(inside, rising);
    double sum = 0;
    for (std::uint32_t i = 0; i < p.count && p.count > 1; ++i) sum += term(n, p.pool[i].inside, p.pool[i].all);
    return sum;
  }

  // No less than the ratio, without logarithms. With u = c/mu - 1: (1 + u) ln(1 + u) - u <= u^2/2 (1 + max(0, -u)); the
  // order of groups only takes away.
  DOSI_HD double bound(std::uint32_t n, const std::uint32_t* inside) const {
    if (n >= all) return 0;
    const double here = static_cast<double>(n) / all, one_in = 1.0 / n, one_out = 1.0 / (all - n);
    double sum = 0;
    for (std::uint32_t k = 0; k < groups; ++k) {
      const double e = inside[k] - here * total[k], in = one_in * one_share[k], out = one_out * one_share[k];
      sum += e * e * (e < 0 ? (1 - e * in) * in + out : in + (1 + e * out) * out);
    }
    return 0.5 * sum;
  }

 private:
  DOSI_HD double term(double n, double c, double of) const {
    return Likelihood::part(c, n * of / all) + Likelihood::part(of - c, (all - n) * of / all);
  }
};

}  // namespace dosi::scan
