#include "host/scan/scan_job.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cmath>

#include "host/scan/clusters.hpp"
#include "host/scan/neighbours.hpp"
#include "host/scan/question.hpp"
#include "host/scan/study.hpp"
#include "kernels/scan/scan.hpp"

namespace dosi::scan {
namespace {

constexpr double kWindowsATile = 4e11, kClassedWindowsATile = 2e10;  // some seconds of a core
constexpr std::size_t kMostClassSteps = 28'000;  // of 8 bytes: within 227 KiB of shared memory

class Scan_job final : public job::Job {
 public:
  explicit Scan_job(const job::Setting& s) : q_(s.parameters), study_(read_study(s.city, q_)), neighbours_(neighbours_of(study_, q_, Distances(study_.places, q_))) {
    const auto steps = static_cast<std::uint32_t>(study_.time.steps());
    Windows windows{static_cast<std::uint32_t>(study_.places.size()), steps, neighbours_.first, neighbours_.place};
    windows.longest = longest(steps);
    windows.shortest = q_.analysis == Analysis::spatial ? 1 : q_.min_steps;
    if (windows.shortest > windows.longest)
      throw UsageError("min_steps: {} is more than the longest interval, {} of {} steps", windows.shortest, windows.longest, steps);
    if (q_.prospective) windows.first_end = steps;
    check_classes(s.device, steps);
    engine_ = DOSI_BACKEND_OF(s.device, scan::make_engine)(windows, s.device.argument());
    for (std::size_t i = 0; i < study_.scans.size(); ++i) {
      const auto& d = study_.scans[i];
      check_reach(i);
      Study study{.model = model(), .null = null(), .rates = q_.rates, .fewest = q_.min_cases, .reach = neighbours_.reach[i]};
      if (q_.marked()) {
        study.marks = {d.marks.cell, d.marks.value, d.marks.group, static_cast<std::uint32_t>(d.marks.classes.size())};
      } else {
        study.cases = d.cases;
        study.place_measure = d.place_measure;
        study.step_share = d.step_share;
        study.measure = d.measure;
        study.individuals = d.individuals;
      }
      prepared_.push_back(engine_->prepare(study));
      best_.push_back(engine_->observed(*prepared_.back()));
    }
    windows_a_replica_ = engine_->work().windows;
    double cases = 0;
    for (const auto& d : study_.scans) cases += d.total_cases();
    spdlog::info("scan: {} cases, {} places, {} steps, {} scan{}, {:.3g} windows a replica", cases, study_.places.size(), steps, study_.scans.size(),
                 study_.scans.size() == 1 ? "" : "s", windows_a_replica_);
    prepare_schema();
  }

  const result::Rows_schema& schema() const override { return schema_; }
  std::string title() const override {
    const char* kind = q_.analysis == Analysis::spatial ? "Spatial" : q_.analysis == Analysis::temporal ? "Temporal" : "Space-time";
    constexpr const char* kModels[] = {"Poisson", "Bernoulli", "permutation", "normal", "exponential", "ordinal", "multinomial"};
    return fmt::format("{} scan of {}{}, {} model{}", kind, q_.marked() ? q_.mark + " of " : "", q_.cases, kModels[static_cast<int>(q_.risk)], q_.prospective ? ", prospective" : "");
  }
  std::size_t rows_a_tile() const override {
    return static_cast<std::size_t>(std::clamp((q_.classed() ? kClassedWindowsATile : kWindowsATile) / std::max(1.0, windows_a_replica_), 64.0, 65536.0));
  }

  void run(result::Tile& tile) override {
    const auto out = tile.values<double>("llr");
    const std::size_t scans = study_.scans.size();
    for (std::size_t s = 0; s < scans; ++s) {
      const auto maxima = engine_->maxima(*prepared_[s], q_.seed, static_cast<std::uint32_t>(s), static_cast<std::uint32_t>(tile.first()), static_cast<std::uint32_t>(tile.count()));
      for (std::size_t r = 0; r < maxima.size(); ++r) out[r * scans + s] = maxima[r];
    }
  }

  void finish(result::Writer& result) override {
    const std::size_t scans = study_.scans.size();
    const auto all = stream::read_all<double>(result.table(schema_.table), "llr");
    std::vector<Maxima> maxima;
    std::vector<Cluster> clusters;
    for (std::size_t s = 0; s < scans; ++s) {
      std::vector<double> of_scan;
      for (std::size_t r = 0; r < q_.replicas; ++r) of_scan.push_back(all[r * scans + s]);
      maxima.emplace_back(std::move(of_scan));
      const auto found = choose_clusters(study_, q_, neighbours_, s, best_[s], maxima[s], q_.most_clusters);
      clusters.insert(clusters.end(), found.begin(), found.end());
    }
    add_false_discovery(clusters, scans);
    Findings(study_, q_, neighbours_.shapes.size(), std::move(clusters), best_, maxima, windows_a_replica_ * (q_.replicas + 1.0)).write(result);
    const auto& work = engine_->work();
    spdlog::info("scan: logarithms for {:.3g} of {:.3g} windows: at most {:.2g} % of the pairs of a disc and a length", work.exact, work.windows, 100 * work.exact / work.rows);
  }

 private:
  Model model() const {
    switch (q_.risk) {
      case Risk::bernoulli: return Model::bernoulli;
      case Risk::normal: return Model::normal;
      case Risk::exponential: return Model::exponential;
      case Risk::ordinal: return Model::ordinal;
      case Risk::multinomial: return Model::multinomial;
      default: return Model::poisson;
    }
  }

  Null null() const {
    if (q_.marked()) return Null::marks;
    if (q_.risk == Risk::poisson) return q_.adjust_time ? Null::stratified : Null::multinomial;
    return q_.risk == Risk::bernoulli ? Null::hypergeometric : Null::permutation;
  }

  std::uint32_t longest(std::uint32_t steps) const {
    if (q_.analysis == Analysis::spatial) return steps;
    if (q_.max_steps) {
      if (*q_.max_steps > steps) throw UsageError("max_steps: {} is more than the {} steps of the study", *q_.max_steps, steps);
      return *q_.max_steps;
    }
    return std::max(1u, static_cast<std::uint32_t>(std::floor(q_.max_time * steps * (1 + 1e-12))));
  }

  // A team on a GPU keeps the rows of all classes of a disc in its shared memory.
  void check_classes(const Device& device, std::uint32_t steps) const {
    for (const auto& d : study_.scans)
      if (q_.classed() && device.is_cuda() && (d.marks.classes.size() + 2) * steps > kMostClassSteps)
        throw UsageError("{} classes of {} in {} steps are too many for a GPU: (classes + 2) x steps may be {}; make steps longer, or use the CPU", d.marks.classes.size(), q_.mark, steps,
                         kMostClassSteps);
  }

  void check_reach(std::size_t scan) const {
    const auto& reach = neighbours_.reach[scan];
    if (std::all_of(reach.begin(), reach.end(), [](auto r) { return r == 0; }))
      throw UsageError("max_population: {:g} % is less than any place has alone; no disc is left", q_.max_population * 100);
  }

  void prepare_schema() {
    schema_.table = "replicas";
    schema_.dimension = "replica";
    schema_.rows = q_.replicas;
    std::vector<std::string> names;
    for (const auto& s : study_.scans) names.push_back(s.name);
    std::vector<std::string> axes;
    if (names.size() > 1) {
      schema_.axes = {{.name = "category", .length = names.size(), .texts = names, .long_name = "category"}};
      axes = {"category"};
    }
    schema_.variables = {{.name = "llr", .type = h5::type_of<double>(), .axes = axes, .long_name = "largest log likelihood ratio of a replica", .long_name_ko = "반복별 최대 로그 우도비"}};
  }

  Question q_;
  Study_data study_;
  Neighbours neighbours_;
  std::unique_ptr<Engine> engine_;
  std::vector<std::unique_ptr<Prepared>> prepared_;
  std::vector<std::vector<Window>> best_;      // [scan][centroid]
  double windows_a_replica_ = 0;
  result::Rows_schema schema_;
};

}  // namespace

job::Job_kind scan_kind() {
  return {"scan", "clusters in space and time that chance does not explain: scan statistics with Poisson, Bernoulli, permutation, normal, exponential, ordinal and multinomial models",
          declared_parameters(), [](const job::Setting& s) -> std::unique_ptr<job::Job> { return std::make_unique<Scan_job>(s); }};
}

}  // namespace dosi::scan
