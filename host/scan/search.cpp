#include "host/scan/search.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "io/error.hpp"

namespace dosi::scan {
namespace {

constexpr std::size_t kMostClassSteps = 28'000;  // of 8 bytes: within 227 KiB of shared memory

std::uint32_t longest(const Question& q, std::uint32_t steps) {
  if (q.analysis == Analysis::spatial) return steps;
  if (q.max_steps) {
    if (*q.max_steps > steps)
      throw UsageError("max_steps: {} is more than the {} steps of the study", *q.max_steps, steps);
    return *q.max_steps;
  }
  return std::max(1u, static_cast<std::uint32_t>(std::floor(q.max_time * steps * (1 + 1e-12))));
}

Model model_of(const Question& q) {
  switch (q.risk) {
    case Risk::bernoulli: return Model::bernoulli;
    case Risk::normal: return Model::normal;
    case Risk::exponential: return Model::exponential;
    case Risk::ordinal: return Model::ordinal;
    case Risk::multinomial: return Model::multinomial;
    default: return Model::poisson;
  }
}

Null null_of(const Question& q) {
  if (q.marked()) return Null::marks;
  if (q.risk == Risk::poisson) return q.trend == Trend::by_step ? Null::stratified : Null::multinomial;
  return q.risk == Risk::bernoulli ? Null::hypergeometric : Null::permutation;
}

// A team on a GPU keeps the rows of all classes of a disc in its shared memory.
void check_classes(const Study_data& study, const Question& q, const Device& device) {
  const std::size_t steps = study.time.steps();
  for (const auto& d : study.scans)
    if (device.is_cuda() && d.marks.classes.size() * steps > kMostClassSteps)
      throw UsageError(
          "{} classes of {} in {} steps are too many for a GPU, which can search {} classes x steps; make steps "
          "longer, or use the CPU",
          d.marks.classes.size(), q.mark, steps, kMostClassSteps);
}

}  // namespace

std::size_t replicas_at_once(double windows) {
  return static_cast<std::size_t>(std::clamp(4e11 / std::max(1.0, windows), 64.0, 65536.0));
}

bool has_discs(const Neighbours& neighbours, std::size_t scan) {
  const auto& reach = neighbours.reach[scan];
  return std::any_of(reach.begin(), reach.end(), [](auto r) { return r > 0; });
}

Search::Search(const Study_data& study, Neighbours neighbours, const Question& q, const Device& device)
    : study_(study), q_(q), neighbours_(std::move(neighbours)) {
  const auto steps = static_cast<std::uint32_t>(study.time.steps());
  Windows windows{static_cast<std::uint32_t>(study.places.size()), steps, neighbours_.first, neighbours_.place};
  windows.longest = longest(q, steps);
  windows.shortest = q.analysis == Analysis::spatial ? 1 : q.min_steps;
  windows.weight = neighbours_.weight;
  if (windows.shortest > windows.longest)
    throw UsageError("min_steps: {} is more than the longest interval, {} of {} steps", windows.shortest,
                     windows.longest, steps);
  if (q.prospective) windows.first_end = steps;
  check_classes(study, q, device);
  engine_ = DOSI_BACKEND_OF(device, scan::make_engine)(windows, device.argument());
  for (std::size_t i = 0; i < study.scans.size(); ++i) {
    if (!has_discs(neighbours_, i))
      throw UsageError("max_population: {:g} % is less than any place has alone; no disc is left",
                       q.max_population * 100);
    prepared_.push_back(engine_->prepare(of(i, neighbours_.reach[i])));
    const double before = engine_->work().windows;
    best_.push_back(engine_->observed(*prepared_.back()));
    windows_.push_back(engine_->work().windows - before);
  }
}

Study Search::of(std::size_t scan, std::span<const std::uint32_t> reach) const {
  const auto& d = study_.scans[scan];
  Study study{.model = model_of(q_), .null = null_of(q_), .rates = q_.rates, .fewest = q_.min_cases, .reach = reach};
  if (q_.marked()) {
    study.marks = {d.marks.cell, d.marks.value, d.marks.group, static_cast<std::uint32_t>(d.marks.classes.size())};
    return study;
  }
  study.cases = d.cases;
  study.place_measure = d.place_measure;
  study.step_share = d.step_share;
  study.measure = d.measure;
  study.individuals = d.individuals;
  return study;
}

std::vector<Window> Search::best_within(std::size_t scan, double share) {
  const auto reach = reach_within(study_, neighbours_, scan, share);
  return engine_->observed(*engine_->prepare(of(scan, reach)));
}

std::vector<double> Search::maxima(std::size_t scan, std::uint32_t stream, std::size_t first, std::size_t count) {
  return engine_->maxima(*prepared_[scan], q_.seed, stream, static_cast<std::uint32_t>(first),
                         static_cast<std::uint32_t>(count));
}

double Search::windows() const { return std::accumulate(windows_.begin(), windows_.end(), 0.0); }

}  // namespace dosi::scan
