// What the maxima of replicas say of a window: p-values, their error, and what would have been significant.
#pragma once

#include <span>
#include <vector>

namespace dosi::scan {

struct P_value {
  double p = 1;  // Monte Carlo rank: (1 + replicas that do as well) / (1 + replicas); stopped: those / replicas
  double low = 0, high = 1;  // 95 % interval of what more replicas would tell (Wilson 1927)
  double gumbel = 1;  // tail of the Gumbel distribution with the replicas' mean and variance (Abrams et al. 2010)
};

// Whether a replica's statistic is no worse than `llr`; those within 1e-9 of each other are tied.
bool does_as_well(double maximum, double llr);

class Maxima {
 public:
  // `stopped`: by the last of them, the h-th that does as well as the most likely cluster, whose p-value is then h over
  // their number (Besag and Clifford 1991).
  explicit Maxima(std::vector<double> maxima, bool stopped = false);
  P_value p_value(double llr) const;
  // The least statistic with a p-value of at most `alpha`; NaN where there are too few replicas, or they were stopped.
  double critical(double alpha) const;
  std::size_t size() const { return falling_.size(); }

 private:
  bool stopped_;
  std::vector<double> falling_;
  double location_ = 0, scale_ = 0;
};

// Benjamini and Hochberg (1995): the least false discovery rate at which each test would be declared.
std::vector<double> false_discovery_rates(std::span<const double> p);

}  // namespace dosi::scan
