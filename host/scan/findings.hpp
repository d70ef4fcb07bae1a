// What a result of a scan has beside its replicas: tables, panels and headline numbers.
#pragma once

#include "host/scan/clusters.hpp"
#include "host/scan/rounds.hpp"
#include "io/result/result.hpp"

namespace dosi::scan {

struct Answer {
  std::vector<Cluster> clusters;
  std::vector<Maxima> maxima;    // of each scan, or of its first round
  std::vector<Gini_size> sizes;  // gini
  std::vector<Round> rounds;     // iterative
  double windows = 0;            // searched
};

class Findings {
 public:
  Findings(const Search& search, const Question& q, Answer answer)
      : search_(search), study_(search.study()), q_(q), answer_(std::move(answer)) {}
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
  void write_rounds(result::Writer& result) const;
  void write_sizes(result::Writer& result) const;
  void write_panels(result::Writer& result) const;
  void write_summary(result::Writer& result) const;

  // Classes of all scans in their order, and the columns that tell how many of each a cluster has; too many are left
  // out.
  std::vector<std::string> all_classes() const;
  std::vector<std::string> class_columns() const;
  // What the cases of a cluster are told against, in English and Korean.
  std::pair<std::string, std::string> against(const Cluster& c) const;
  const Cluster* first_of(std::size_t scan) const;
  bool has_scans() const { return study_.scans.size() > 1; }
  bool has_shapes() const { return search_.neighbours().shapes.size() > 1; }
  // "p of 0.05 or less", in both languages.
  std::string significant() const { return fmt::format("p of {:g} or less", q_.alpha); }
  std::string significant_ko() const { return fmt::format("p값 {:g} 이하", q_.alpha); }
  // The further dimension of tables that tell categories apart.
  std::vector<std::string> dimensions(h5::Group& table, const char* rows) const;

  const Search& search_;
  const Study_data& study_;
  const Question& q_;
  Answer answer_;
};

}  // namespace dosi::scan
