// Cases at random places and times, and the same replicas for all. Each implementation answers the largest statistic of
// each replica.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "bench/bench.hpp"
#include "kernels/scan/scan.hpp"

namespace dosi::bench::scan {

inline constexpr std::uint64_t kSeed = 7;

// Discs around places at random, intervals of up to `longest` steps, and replicas that the engine draws.
struct Scene {
  Scene(std::uint32_t places, std::uint32_t steps, std::uint32_t longest, std::uint32_t replicas);

  dosi::scan::Windows windows() const { return {places, steps, first, neighbour, 1, longest, 1}; }
  double windows_a_replica() const;

  std::uint32_t places, steps, longest, replicas;
  std::vector<std::uint64_t> first{0};
  std::vector<std::uint32_t> neighbour, reach;
  std::vector<std::vector<std::uint32_t>> drawn;  // [replica], as Engine::drawn has it

 protected:
  // Discs of up to half of what all places have.
  void make_discs(const std::vector<double>& at_place);
  void draw(const dosi::scan::Study& study);

 private:
  std::vector<double> x_, y_;
};

struct Workload : Scene {
  // What is expected changes from step to step, or is the same in all of them.
  Workload(std::uint32_t places, std::uint32_t steps, std::uint32_t longest, std::uint32_t cases, bool changing,
           std::uint32_t replicas);

  dosi::scan::Study study() const {
    return {.cases = cases, .place_measure = place_measure, .step_share = step_share, .reach = reach};
  }

  std::vector<std::uint32_t> cases;
  std::vector<double> place_measure, step_share;
};

// Draws its replicas, too.
std::unique_ptr<Implementation> ours_cpu(const Workload&, int threads);
std::unique_ptr<Implementation> ours_cuda(const Workload&, int device);

// The first `replicas` of them, already drawn.
//   textbook: two logarithms a window;
//   bounded: logarithms only where the chi-square bound of the statistic beats the best so far;
//   screened: dosi's chords, each window looked at in FP32: no sliding maximum, no disc skipped.
enum class Way { textbook, bounded, screened };
std::unique_ptr<Implementation> peer(const Workload&, Way way, std::uint32_t replicas, int threads);

}  // namespace dosi::bench::scan
