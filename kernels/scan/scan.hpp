// Scan statistics on a device: where and when are there more cases (or fewer) than chance explains?
//
// A window is a disc (a centroid and its nearest places) during an interval of steps. Its statistic is the logarithm
// of the likelihood ratio between "another rate inside" and "one rate everywhere" (Kulldorff 1997). The scan takes the
// maximum over all windows, of the data and of replicas drawn under the null hypothesis (Dwass 1957).
//
// All windows are searched, few are looked at. The statistic is jointly convex in (measure, cases), so the windows
// that do no better than the best so far form a convex set, and a chord of its border is inside it: where the measure
// of a row of windows lies in [m0, m1], none with cases below the chord over [m0, m1] can win. With G = S - slope * B
// (S cases, B measure up to a step) that is one subtraction a window, and for a run of lengths that share a chord the
// largest G[end] comes from a sliding maximum: a few operations a step, whatever the number of lengths. What passes
// in FP32, with a margin for its rounding, is looked at in FP64.
//
// Level: exact. Draws are Philox, logarithms our own; answers are bit-identical on any device and number of threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace dosi::scan {

// The likelihood; permutation scans have Poisson's. From normal on, each individual has a mark.
enum class Model { poisson, bernoulli, normal, exponential, ordinal, multinomial };
// How replicas are drawn, always with as many cases; stratified: and with as many in each step; marks: the marks
// change hands among the individuals.
enum class Null { multinomial, stratified, hypergeometric, permutation, marks };
enum class Rates { high, low, both };

// Where windows may lie. A window covers the steps begin .. end - 1.
struct Windows {
  std::uint32_t places = 0, steps = 1;
  std::span<const std::uint64_t> first;      // centroids + 1
  std::span<const std::uint32_t> neighbour;  // places of each centroid by distance
  std::uint32_t shortest = 1, longest = 1;   // lengths
  std::uint32_t first_end = 1;               // end >= first_end; `steps`: only what lasts until now (prospective)
  // Of each centroid, above 0 and at most 1: what the ratios of its windows are multiplied by; empty: 1. A penalty on
  // long ellipses (Kulldorff et al. 2006).
  std::span<const double> weight;
};

// Individuals, each with its place and step and its mark, in any order. Of a window
//   normal (Kulldorff, Huang and Konty 2009) compares the mean of `value` inside with that outside, one variance in
//     common: high rates are high values;
//   exponential (Huang, Kulldorff and Gregorio 2007) compares events by time under observation: `value` is an
//     individual's time, more than 0, `group` is 1 where it ended with the event and 0 where it was censored: high
//     rates are short survival;
//   multinomial (Jung, Kulldorff and Richard 2010) compares the shares of the groups 0 .. groups - 1;
//   ordinal (Jung, Kulldorff and Klassen 2007) does so where, from group to group, the share of individuals inside
//     rises (high) or falls (low).
struct Marks {
  std::span<const std::uint32_t> cell;  // place * steps + step
  std::span<const double> value;
  std::span<const std::uint32_t> group;
  std::uint32_t groups = 0;  // ordinal, multinomial
};

// Cases and what is expected of them. Views of host memory, which need not outlive Engine::prepare.
//   poisson, permutation: the measure is the number of cases expected, altogether `cases`;
//   bernoulli: the measure is the number of individuals at risk.
// It is given as place_measure[place] * step_share[step] (shares add up to 1), or as measure[place][step].
struct Study {
  Model model = Model::poisson;
  Null null = Null::multinomial;
  Rates rates = Rates::high;
  std::uint32_t fewest = 1;              // cases (exponential: events) of a window with a high rate; normal, ordinal,
                                         // multinomial: individuals of any window
  std::span<const std::uint32_t> cases;  // [place][step]
  std::span<const double> place_measure, step_share, measure;
  std::span<const std::uint32_t> individuals;  // bernoulli: [place][step]
  std::span<const std::uint32_t> reach;        // [centroid]: its widest disc, in places; 0: none
  Marks marks;                                 // the only input of models of marks beside `rates`, `fewest` and `reach`
};

struct Window {
  double llr = 0;  // times the centroid's weight; 0: no window beats one rate everywhere
  std::uint32_t centroid = 0, places = 0, begin = 0, end = 0;
  std::uint64_t cases = 0;  // exponential: events; other models of marks: individuals
  double measure = 0;       // exponential: events expected; other models of marks: individuals
};

// The better of two windows: the larger statistic; then fewer places, the earlier begin, the earlier end, the lower
// centroid.
bool better(const Window& a, const Window& b);

// What a search did, of all replicas.
struct Work {
  double windows = 0;  // decided on
  double rows = 0;     // pairs of a disc and a length
  double exact = 0;    // windows whose logarithms were taken: no fewer than rows that needed it
};

class Prepared {
 public:
  virtual ~Prepared() = default;
};

class Engine {
 public:
  virtual ~Engine() = default;
  virtual std::unique_ptr<Prepared> prepare(const Study& study) = 0;
  // The best window of each centroid.
  virtual std::vector<Window> observed(const Prepared& study) = 0;
  // The largest statistic of each of the replicas first .. first + count - 1 of a stream (a scan has its own).
  virtual std::vector<double> maxima(const Prepared& study, std::uint64_t seed, std::uint32_t stream,
                                     std::uint32_t first, std::uint32_t count) = 0;
  // The cases [place][step] of one replica; of models of marks, the cell that each mark is dealt to, in the order of
  // the marks given.
  virtual std::vector<std::uint32_t> drawn(const Prepared& study, std::uint64_t seed, std::uint32_t stream,
                                           std::uint32_t replica) = 0;
  const Work& work() const { return work_; }

 protected:
  Work work_;
};

inline constexpr std::uint32_t kMostSteps = 4096;
inline constexpr std::uint32_t kMostGroups = 32;
inline constexpr std::uint32_t kMostMarks = 1u << 24;
inline constexpr double kMostValue = 1e100;
inline constexpr std::uint64_t kMostCases = std::uint64_t{1} << 31;

}  // namespace dosi::scan

// `device`: cpu: threads, 0 for all; cuda: ordinal. Throws std::invalid_argument where sizes do not fit together,
// std::bad_alloc, std::runtime_error with CUDA's message.
namespace dosi::cpu::scan {
std::unique_ptr<dosi::scan::Engine> make_engine(const dosi::scan::Windows& windows, int device);
}
namespace dosi::cuda::scan {
std::unique_ptr<dosi::scan::Engine> make_engine(const dosi::scan::Windows& windows, int device);
}
