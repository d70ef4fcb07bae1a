#include <chrono>
#include <cmath>
#include <iostream>
#include <stdexcept>

#include "bench/bench.hpp"
#include "bench/measure.hpp"
#include "bench/report.hpp"

namespace dosi::bench {
namespace {

// Below four times the largest last-level cache that is met, a repeated run would find its input there.
constexpr std::size_t kCold = std::size_t{1} << 30;

// The largest relative difference on what both answered; infinity where they differ in what must be equal.
double deviation(const Answer& a, const Answer& b, bool whole) {
  const double never = INFINITY;
  if (a.exact.size() + a.rounded.size() == 0 || b.exact.size() + b.rounded.size() == 0) return never;
  if (whole && (a.exact.size() != b.exact.size() || a.rounded.size() != b.rounded.size())) return never;
  for (std::size_t i = 0; i < std::min(a.exact.size(), b.exact.size()); ++i)
    if (a.exact[i] != b.exact[i]) return never;
  double most = 0;
  for (std::size_t i = 0; i < std::min(a.rounded.size(), b.rounded.size()); ++i) {
    const double scale = std::fmax(1.0, std::fmax(std::fabs(a.rounded[i]), std::fabs(b.rounded[i])));
    const double d = std::fabs(a.rounded[i] - b.rounded[i]) / scale;
    if (!(d <= most)) most = d;
  }
  return std::isnan(most) ? never : most;
}

std::unique_ptr<Implementation> make_copy(const Contender& on, int cuda) {
#if DOSI_WITH_CUDA
  if (on.device != "cpu") return make_copy_cuda(cuda);
#endif
  if (on.device != "cpu")
    throw std::runtime_error("device '" + on.device + "', number " + std::to_string(cuda) +
                             ": this program was built without CUDA");
  return make_copy_cpu(on.threads);
}

}  // namespace

double Implementation::seconds(int sample) {
  using Clock = std::chrono::steady_clock;
  const Clock::time_point begin = Clock::now();
  run(sample);
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

Runner::Copy& Runner::copy_on(const Contender& contender) {
  for (Copy& copy : copies_)
    if (copy.device == contender.device && copy.threads == contender.threads) return copy;
  auto copy = make_copy(contender, options_.cuda);
  // The best of a few, since a roofline that a busy machine lowered would flatter every share of it.
  double best = 0;
  for (int i = 0; i < 12; ++i) best = std::fmax(best, 2.0 * kCopiedBytes / copy->seconds(i));
  std::cout << "copy on " << contender.device << " x" << contender.threads << ": " << best / 1e9
            << " GB/s read and written\n";
  copies_.push_back({contender.device, contender.threads, std::move(copy), best});
  return copies_.back();
}

void Runner::run(Case& c) {
  if (!options_.wants(c.job)) return;
  std::vector<const Contender*> all;
  for (const auto* list : {&c.ours, &c.others})
    for (const Contender& each : *list) all.push_back(&each);
  if (all.size() < 2) throw std::runtime_error(c.job + ": there is no other answer to compare with");
  std::vector<Answer> answers;
  for (const Contender* each : all) {
    each->implementation->prepare(0);
    each->implementation->run(0);
    answers.push_back(each->implementation->answer());
  }
  std::vector<double> furthest(all.size());
  for (std::size_t i = 0; i < all.size(); ++i)
    for (std::size_t j = 0; j < i; ++j) {
      const double d = deviation(answers[i], answers[j], all[i]->work == all[j]->work);
      if (!(d <= c.tolerance))
        throw std::runtime_error(c.job + ": the answers of " + all[i]->name + " and of " + all[j]->name + " differ");
      furthest[i] = std::fmax(furthest[i], d);
      furthest[j] = std::fmax(furthest[j], d);
    }

  const Sampling sampling{.limit_s = options_.quick ? 0.4 : 4.0, .least = options_.quick ? 3 : 5};
  const auto time = [&](const Contender& contender) {
    Copy& copy = copy_on(contender);
    return measure(
        [&](int sample) {
          contender.implementation->prepare(sample);
          if (c.footprint < kCold) copy.implementation->run(sample);
          return contender.implementation->seconds(sample);
        },
        sampling);
  };
  std::vector<Baseline> baselines;
  for (const Contender& other : c.others) baselines.push_back({other.name, other.work / time(other).seconds, 0});
  for (std::size_t i = 0; i < c.ours.size(); ++i) {
    const Contender& ours = c.ours[i];
    const Timing timing = time(ours);
    const double rate = ours.work / timing.seconds;
    Row row{c.job,  c.size,        ours.device,    ours.threads,        rate,
            c.unit, timing.spread, rate * c.bytes, rate * c.operations, rate * c.bytes / copy_on(ours).bytes_per_s,
            true,   furthest[i],   baselines};
    for (Baseline& each : row.baselines) each.ratio = rate / each.rate;
    print_row(std::cout, row);
    rows_.push_back(std::move(row));
  }
}

void Runner::finish() const {
  if (rows_.empty()) throw std::runtime_error("no case has '" + options_.only + "' in its name");
  if (!options_.json.empty()) write_json(options_.json, options_.command, rows_);
}

}  // namespace dosi::bench
