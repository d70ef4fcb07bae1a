// Marked individuals at random places and times, and the same replicas for all. Each implementation answers the largest
// statistic of each replica.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "bench/scan/workload.hpp"

namespace dosi::bench::scan {

struct Marked_workload : Scene {
  Marked_workload(dosi::scan::Model model, std::uint32_t places, std::uint32_t steps, std::uint32_t longest,
                  std::uint32_t people, std::uint32_t replicas);

  dosi::scan::Study study() const {
    return {.model = model,
            .null = dosi::scan::Null::marks,
            .rates = dosi::scan::Rates::high,
            .fewest = 2,
            .reach = reach,
            .marks = {cell, value, group, groups}};
  }

  dosi::scan::Model model;
  std::uint32_t groups = 0;
  std::vector<std::uint32_t> cell, group;
  std::vector<double> value;
};

// Draws its replicas, too.
std::unique_ptr<Implementation> ours_cpu(const Marked_workload&, int threads);
std::unique_ptr<Implementation> ours_cuda(const Marked_workload&, int device);

// The first `replicas` of them, already drawn; sums up to a step grow with the disc, so that a window costs one
// subtraction of each.
//   textbook: the formula with its logarithms for each window;
//   bounded: logarithms only where the chi-square bound of the statistic beats the best so far; of the normal model
//   none.
enum class Marked_way { textbook, bounded };
std::unique_ptr<Implementation> marked_peer(const Marked_workload&, Marked_way way, std::uint32_t replicas,
                                            int threads);

}  // namespace dosi::bench::scan
