// Replicas whose number hangs on what those before them say, and scans that hang on the clusters of scans before them.
//
// Stopped early (Besag and Clifford 1991): after h replicas that do as well as the data no more are drawn. Replicas are
// decided on in their order, so that the answer is the same however many are drawn at a time.
//
// Iterative (Zhang, Assuncao and Kulldorff 2010): what lies in the most likely cluster is taken out of the study, and
// what is left is scanned as if there were no more, with replicas of its own, until a round's p-value is beyond
// q.alpha.
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "host/comm/ranks.hpp"
#include "host/scan/clusters.hpp"

namespace dosi::scan {

struct Round {
  std::size_t scan = 0, number = 1;
  double cases = 0;           // in its study
  double windows = 0;         // searched, of data and replicas
  Work work;                  // beyond that of the first search
  std::vector<double> drawn;  // the largest statistic of each replica, in order
  bool stopped = false;
  std::optional<Cluster> cluster;  // nothing: no window has a rate that is searched for

  Maxima maxima() const { return Maxima(drawn, stopped); }
};

// The study of one scan without what lies in a cluster of it: its places during its interval; under the permutation
// model, which compares whole places and steps, at any time. What is expected of the rest adds up to its cases again.
Study_data without(const Study_data& study, std::size_t scan, const Cluster& cluster, const Question& q);

// Of each scan the first round; where q is iterative all rounds, each scan's together. What is drawn is kept in
// `folder` and outlives an interruption. Ranks draw a share of it each: a meeting. Throws Stopped.
std::vector<Round> draw_rounds(Search& first, const Question& q, const Distances& distances, const Device& device,
                               const std::filesystem::path& folder, comm::Ranks& ranks = comm::alone());

}  // namespace dosi::scan
