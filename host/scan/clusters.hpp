// Clusters out of the best windows of all centroids, and what a result says of them.
#pragma once

#include <string>
#include <vector>

#include "host/scan/inference.hpp"
#include "host/scan/mark_findings.hpp"
#include "host/scan/neighbours.hpp"
#include "io/result/result.hpp"

namespace dosi::scan {

struct Cluster {
  std::size_t scan = 0, rank = 1;               // 1: the most likely of its scan
  Window window;
  std::size_t centre = 0;                       // place
  Shape shape;
  bool high = true;
  double expected = 0, relative_risk = 0;       // of cases against a population, cases or events; else NaN
  Mark_finding marks;
  P_value p;
  double q = 1;                                 // false discovery rate over the scans; of the most likely clusters
  std::vector<std::uint32_t> places;
};

// By falling statistic, each without a place that a cluster before it has. At most `most` of a scan.
std::vector<Cluster> choose_clusters(const Study_data& study, const Question& q, const Neighbours& neighbours, std::size_t scan, std::vector<Window> best_of_centroids,
                                     const Maxima& maxima, std::size_t most);
void add_false_discovery(std::vector<Cluster>& clusters, std::size_t scans);

class Findings {
 public:
  Findings(const Study_data& study, const Question& q, std::size_t shapes, std::vector<Cluster> clusters, const std::vector<std::vector<Window>>& windows, const std::vector<Maxima>& maxima, double windows_searched)
      : study_(study), q_(q), shapes_(shapes), clusters_(std::move(clusters)), windows_(windows), maxima_(maxima), searched_(windows_searched) {}
  // Tables clusters, places, steps and scans, panels and headline numbers.
  void write(result::Writer& result) const;

 private:
  void write_clusters(result::Writer& result) const;
  void write_cluster_means(h5::Group& table) const;
  void write_cluster_classes(h5::Group& table) const;
  void write_places(result::Writer& result) const;
  void write_steps(result::Writer& result) const;
  // What is told of each place or step, given which of them a cell belongs to.
  template <class F>
  void write_counts(h5::Group& table, const std::vector<std::string>& dimensions, std::size_t rows, F row_of) const;
  void write_scans(result::Writer& result) const;
  void write_panels(result::Writer& result) const;
  void write_summary(result::Writer& result) const;
  // Classes of all scans in their order, and the columns that tell how many of each a cluster has; too many are left out.
  std::vector<std::string> all_classes() const;
  std::vector<std::string> class_columns() const;
  // What the cases of a cluster are told against, in English and Korean.
  std::pair<std::string, std::string> against(const Cluster& c) const;
  const Cluster* first_of(std::size_t scan) const;
  bool has_scans() const { return study_.scans.size() > 1; }

  const Study_data& study_;
  const Question& q_;
  std::size_t shapes_;
  std::vector<Cluster> clusters_;
  const std::vector<std::vector<Window>>& windows_;
  const std::vector<Maxima>& maxima_;
  double searched_;
};

}  // namespace dosi::scan
