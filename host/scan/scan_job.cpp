#include "host/scan/scan_job.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "host/scan/clusters.hpp"
#include "host/scan/findings.hpp"
#include "host/scan/rounds.hpp"

namespace dosi::scan {
namespace {

class Scan_job final : public job::Job {
 public:
  explicit Scan_job(const job::Setting& s)
      : q_(s.parameters), device_(s.device), ranks_(s.ranks), study_(read_study(s.city, q_)),
        distances_(study_.places, q_), search_(study_, neighbours_of(study_, q_, distances_), q_, device_) {
    double cases = 0;
    for (const auto& d : study_.scans) cases += d.total_cases();
    spdlog::info("scan: {} cases, {} places, {} steps, {} scan{}, {:.3g} windows a replica", cases,
                 study_.places.size(), study_.time.steps(), study_.scans.size(), study_.scans.size() == 1 ? "" : "s",
                 search_.windows());
    prepare_schema();
  }

  const result::Rows_schema& schema() const override { return schema_; }
  result::Json title() const override {
    const bool spatial = q_.analysis == Analysis::spatial, temporal = q_.analysis == Analysis::temporal;
    constexpr const char* kModels[] = {"Poisson",     "Bernoulli", "permutation", "normal",
                                       "exponential", "ordinal",   "multinomial"};
    constexpr const char* kModelsKo[] = {"푸아송", "베르누이", "순열", "정규", "지수", "순서형", "다항"};
    const auto model = static_cast<int>(q_.risk);
    return result::words(fmt::format("{} scan of {}{}, {} model{}",
                                     spatial    ? "Spatial"
                                     : temporal ? "Temporal"
                                                : "Space-time",
                                     q_.marked() ? q_.mark + " of " : "", q_.cases, kModels[model],
                                     q_.prospective ? ", prospective" : ""),
                         fmt::format("{}{} {}스캔, {} 모형{}", q_.cases, q_.marked() ? "의 " + q_.mark : "",
                                     spatial    ? "공간 "
                                     : temporal ? "시간 "
                                                : "시공간 ",
                                     kModelsKo[model], q_.prospective ? ", 전향" : ""));
  }
  std::size_t rows_a_tile() const override { return replicas_at_once(search_.windows() * (q_.classed() ? 20 : 1)); }

  void prepare(const std::filesystem::path& folder) override {
    if (in_order()) rounds_ = draw_rounds(search_, q_, distances_, device_, folder, ranks_);
  }

  void run(result::Tile& tile) override {
    const auto out = tile.values<double>("llr");
    const std::size_t scans = study_.scans.size();
    for (std::size_t s = 0; s < scans; ++s) {
      const auto maxima = in_order() ? drawn(s, tile.first(), tile.count())
                                     : search_.maxima(s, static_cast<std::uint32_t>(s), tile.first(), tile.count());
      for (std::size_t r = 0; r < maxima.size(); ++r) out[r * scans + s] = maxima[r];
    }
  }

  void finish(result::Writer& result) override {
    const std::size_t scans = study_.scans.size();
    const auto all = stream::read_all<double>(result.table(schema_.table), "llr");
    Answer answer;
    for (std::size_t s = 0; s < scans; ++s) {
      std::vector<double> of_scan;
      for (std::size_t r = 0; r < q_.replicas && !in_order(); ++r) of_scan.push_back(all[r * scans + s]);
      answer.maxima.push_back(in_order() ? first_round(s).maxima() : Maxima(std::move(of_scan)));
      if (q_.clusters == Choice::iterative) continue;
      auto chosen =
          q_.clusters == Choice::gini
              ? choose_by_gini(search_, q_, s, answer.maxima[s])
              : Gini_choice{{}, choose_clusters(search_, q_, s, search_.best(s), answer.maxima[s], q_.most_clusters)};
      answer.sizes.insert(answer.sizes.end(), chosen.sizes.begin(), chosen.sizes.end());
      answer.clusters.insert(answer.clusters.end(), chosen.clusters.begin(), chosen.clusters.end());
    }
    for (const auto& r : rounds_) {
      answer.windows += r.windows;
      if (q_.clusters != Choice::iterative) continue;
      answer.rounds.push_back(r);
      if (r.cluster) answer.clusters.push_back(*r.cluster);
    }
    if (!in_order()) answer.windows = search_.windows() * (q_.replicas + 1.0);
    add_false_discovery(answer.clusters, scans);
    Findings(search_, q_, std::move(answer)).write(result);
  }

  job::Json work() const override {
    Work all = search_.work();
    for (const auto& r : rounds_) {
      all.windows += r.work.windows;
      all.rows += r.work.rows;
      all.exact += r.work.exact;
    }
    spdlog::info("scan: logarithms for {:.3g} of {:.3g} windows: at most {:.2g} % of the pairs of a disc and a length",
                 all.exact, all.windows, 100 * all.exact / all.rows);
    return {{"windows", all.windows}, {"pairs_of_disc_and_length", all.rows}, {"logarithms", all.exact}};
  }

 private:
  // Whether a replica hangs on those before it: drawn before any tile, not with its own.
  bool in_order() const { return q_.stop_after.has_value() || q_.clusters == Choice::iterative; }
  const Round& first_round(std::size_t scan) const {
    return *std::find_if(rounds_.begin(), rounds_.end(), [&](const Round& r) { return r.scan == scan; });
  }
  // Of the first round; NaN where none was drawn.
  std::vector<double> drawn(std::size_t scan, std::size_t first, std::size_t count) const {
    const auto& all = first_round(scan).drawn;
    std::vector<double> out(count, std::nan(""));
    for (std::size_t i = 0; i < count && first + i < all.size(); ++i) out[i] = all[first + i];
    return out;
  }

  static std::vector<std::byte> missing() {
    const double none = std::nan("");
    std::vector<std::byte> bytes(sizeof none);
    std::memcpy(bytes.data(), &none, sizeof none);
    return bytes;
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
    schema_.variables = {{.name = "llr",
                          .type = h5::type_of<double>(),
                          .axes = axes,
                          .long_name = "largest statistic of a replica",
                          .fill = missing(),
                          .long_name_ko = "반복별 최대 통계량"}};
  }

  Question q_;
  Device device_;
  comm::Ranks& ranks_;
  Study_data study_;
  Distances distances_;
  Search search_;
  std::vector<Round> rounds_;
  result::Rows_schema schema_;
};

}  // namespace

job::Job_kind scan_kind() {
  return {"scan",
          "clusters in space and time that chance does not explain: scan statistics with Poisson, Bernoulli, "
          "permutation, normal, exponential, ordinal and multinomial models",
          declared_parameters(),
          [](const job::Setting& s) -> std::unique_ptr<job::Job> { return std::make_unique<Scan_job>(s); }};
}

}  // namespace dosi::scan
