// dosi-bench par: the primitives against the other ways to compute the same.
#include <string>

#include "bench/par/workload.hpp"

namespace dosi::bench {

int bench_par(int argc, char** argv);

namespace {

using par::Job;
using par::Primitives;
using par::Workload;

struct Named_job {
  Job job;
  const char* name;
};

constexpr Named_job kJobs[] = {
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

// One job of an implementation of many.
class One_job : public Implementation {
 public:
  One_job(Primitives& primitives, Job job) : primitives_(primitives), job_(job) {}
  void prepare(int) override { primitives_.prepare(job_); }
  void run(int) override { primitives_.run(job_); }
  double seconds(int) override { return primitives_.seconds(job_); }
  Answer answer() override { return primitives_.answer(job_); }

 private:
  Primitives& primitives_;
  Job job_;
};

struct Entry {
  std::string name, device;
  int threads;
  std::unique_ptr<Primitives> primitives;
};

std::string cores(const char* name, int threads) {
  return std::string(name) + ", " + (threads == 1 ? "one core" : std::to_string(threads) + " cores");
}

}  // namespace

int bench_par(int argc, char** argv) {
  const Options options =
      parse_options(argc, argv, "The primitives of kernels/par; --size in elements.", std::size_t{1} << 24);
  const Workload workload(options.size);
  std::vector<Entry> ours, others;
  if (options.cpu()) {
    ours.push_back({"dosi", "cpu", options.threads, par::make_ours_cpu(workload, options.threads)});
    if (options.threads > 1) ours.push_back({"dosi", "cpu", 1, par::make_ours_cpu(workload, 1)});
  }
#if DOSI_WITH_CUDA
  if (options.cuda >= 0)
    ours.push_back({"dosi", "cuda:" + std::to_string(options.cuda), 1, par::make_ours_cuda(workload, options.cuda)});
#endif
  const auto add = [&](const char* name, int threads, std::unique_ptr<Primitives> primitives) {
    if (primitives) others.push_back({cores(name, threads), "cpu", threads, std::move(primitives)});
  };
  add("standard library", 1, par::make_serial(workload));
  add("thrust omp", options.threads, par::make_thrust_omp(workload, options.threads));
  add("std par (tbb)", options.threads, par::make_tbb(workload, options.threads));

  Runner runner(options);
  for (const Named_job& each : kJobs) {
    const auto size = static_cast<double>(workload.n);
    const auto contenders = [&](const std::vector<Entry>& entries) {
      std::vector<Contender> out;
      for (const Entry& e : entries)
        if (e.primitives->has(each.job))
          out.push_back({e.name, std::make_unique<One_job>(*e.primitives, each.job), e.device, e.threads, size});
      return out;
    };
    const double bytes = workload.least_bytes(each.job);
    Case c{.job = each.name,
           .size = workload.n,
           .unit = "elements/s",
           .bytes = bytes / size,
           .footprint = static_cast<std::size_t>(bytes),
           .ours = contenders(ours),
           .others = contenders(others)};
    runner.run(c);
  }
  runner.finish();
  return 0;
}

}  // namespace dosi::bench
