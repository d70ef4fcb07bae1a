// dosi-bench par: the primitives against the other ways to compute the same. All answers are compared before
// anything is timed.
#include <cmath>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "bench/measure.hpp"
#include "bench/par/workload.hpp"
#include "bench/report.hpp"

namespace dosi::bench {

int bench_par(int argc, char** argv);

namespace {

using par::Answer;
using par::Implementation;
using par::Job;
using par::Workload;

struct NamedJob {
  Job job;
  const char* name;
};

constexpr NamedJob kJobs[] = {
    {Job::kReduce, "reduce"},
    {Job::kScan, "scan"},
    {Job::kSelect, "select"},
    {Job::kSort, "sort"},
    {Job::kSort64, "sort u64"},
    {Job::kSortByKey, "sort by key"},
    {Job::kReduceByKey, "reduce by key"},
    {Job::kSegmentedReduce, "segmented reduce"},
    {Job::kHistogram, "histogram"},
};

bool same(const Answer& a, const Answer& b) {
  if (a.exact != b.exact || a.rounded.size() != b.rounded.size()) return false;
  for (std::size_t i = 0; i < a.rounded.size(); ++i) {
    const double scale = std::fmax(1.0, std::fmax(std::fabs(a.rounded[i]), std::fabs(b.rounded[i])));
    if (!(std::fabs(a.rounded[i] - b.rounded[i]) <= 1e-9 * scale)) return false;
  }
  return true;
}

Answer answer_of(Implementation& implementation, Job job) {
  implementation.prepare(job);
  implementation.run(job);
  return implementation.answer(job);
}

Timing time(Implementation& implementation, Job job) {
  return measure([&] { implementation.prepare(job); }, [&] { implementation.run(job); });
}

std::unique_ptr<Implementation> make_ours(const Workload& workload, const Options& options) {
  if (options.device == "cpu") return par::make_ours_cpu(workload, options.threads);
#if DOSI_WITH_CUDA
  return par::make_ours_cuda(workload, cuda_ordinal(options.device));
#else
  throw std::runtime_error("device '" + options.device + "' was asked for; this program was built without CUDA");
#endif
}

}  // namespace

int bench_par(int argc, char** argv) {
  const Options options = parse_options(argc, argv, "The primitives of kernels/par.", std::size_t{1} << 24);
  const Workload workload(options.size);
  const std::unique_ptr<Implementation> ours = make_ours(workload, options);
  std::vector<std::unique_ptr<Implementation>> others;
  others.push_back(par::make_serial(workload));
  if (auto thrust = par::make_thrust_omp(workload, options.threads)) others.push_back(std::move(thrust));
  if (auto tbb = par::make_tbb(workload, options.threads)) others.push_back(std::move(tbb));

  for (const NamedJob& each : kJobs) {
    const Answer expected = answer_of(*ours, each.job);
    for (const auto& other : others) {
      if (other->has(each.job) && !same(expected, answer_of(*other, each.job))) {
        std::cerr << each.name << ": the answers of dosi and of " << other->name() << " differ\n";
        return 1;
      }
    }
  }

  // The best of a few, since a roofline that a busy machine lowered would flatter every share of it.
  double copy_rate = 0;
  for (int i = 0; i < 5; ++i) {
    copy_rate = std::fmax(copy_rate, workload.least_bytes(Job::kCopy) / time(*ours, Job::kCopy).seconds);
  }
  std::cout << "copy: " << copy_rate / 1e9 << " GB/s read and written\n";
  std::vector<Row> rows;
  for (const NamedJob& each : kJobs) {
    const auto size = static_cast<double>(workload.n);
    const Timing timing = time(*ours, each.job);
    Row row{each.name, workload.n, options.device, options.threads, size / timing.seconds, "elements/s", timing.spread,
            workload.least_bytes(each.job) / timing.seconds / copy_rate, true, {}};
    for (const auto& other : others) {
      if (!other->has(each.job)) continue;
      const Timing theirs = time(*other, each.job);
      row.baselines.push_back({other->name(), size / theirs.seconds, theirs.seconds / timing.seconds});
    }
    print_row(std::cout, row);
    rows.push_back(std::move(row));
  }
  if (!options.json.empty()) write_json(options.json, rows);
  return 0;
}

}  // namespace dosi::bench
