// Clusters out of the best windows of all centroids.
#pragma once

#include <vector>

#include "host/scan/inference.hpp"
#include "host/scan/mark_findings.hpp"
#include "host/scan/search.hpp"

namespace dosi::scan {

struct Cluster {
  std::size_t scan = 0, rank = 1;  // 1: the most likely of its scan, or of the first round
  Window window;
  std::size_t centre = 0;  // place
  Shape shape;
  double weight = 1;  // what the shape's ratios count
  bool high = true;
  double expected = 0, relative_risk = 0;  // of cases against a population, cases or events; else NaN
  Mark_finding marks;
  P_value p;
  double q = 1;                       // false discovery rate over the scans; of the most likely clusters
  std::vector<std::uint32_t> places;  // rising; those of which anything is left during the window

  bool has(std::uint32_t place) const;
};

// By falling statistic, each without what q.overlap forbids it to have with one before. At most `most`.
std::vector<Cluster> choose_clusters(const Search& search, const Question& q, std::size_t scan,
                                     std::vector<Window> best_of_centroids, const Maxima& maxima, std::size_t most);
void add_false_discovery(std::vector<Cluster>& clusters, std::size_t scans);

// The largest discs tried, and how unequal their significant clusters make the study.
struct Gini_size {
  std::size_t scan = 0;
  double share = 0, gini = 0;
  std::size_t clusters = 0;  // significant
  bool chosen = false;
};

// The Gini coefficient of cases among what is expected of `all`: of each significant cluster, and of the rest as one
// (Han et al. 2016).
double gini_of(const std::vector<Cluster>& clusters, double all, double alpha);

struct Gini_choice {
  std::vector<Gini_size> sizes;
  std::vector<Cluster> clusters;
};
// Of q.gini_sizes and q.max_population the one whose clusters have the largest coefficient; of equal ones the largest
// size. p-values are those of the whole scan, whatever the size.
Gini_choice choose_by_gini(Search& search, const Question& q, std::size_t scan, const Maxima& maxima);

}  // namespace dosi::scan
