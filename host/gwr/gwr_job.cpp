// The kind of job, and GWR with one bandwidth for all columns.
#include "host/gwr/gwr_job.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <numeric>

#include "host/gwr/company.hpp"
#include "host/gwr/local_job.hpp"
#include "host/gwr/prediction.hpp"
#include "host/gwr/time_scale.hpp"
#include "host/gwr/variability.hpp"
#include "kernels/gwr/tree.hpp"

namespace dosi::gwr {
namespace {

class One_bandwidth_job final : public Local_job {
 public:
  One_bandwidth_job(const job::Setting& s, const Question& q) : Local_job(s, q), device_(s.device) {
    if (q.generalised()) add_number("local_r2", "share of the deviance explained around", "지역 설명된 이탈도의 비율");
    else add_number("local_r2", "local R2", "지역 R2");
    add_number("condition_number", "condition number of the local design", "지역 조건수");
    add_number("bandwidth", "bandwidth", "대역폭", false, q.unit());
    add_flag("singular",
             q.generalised() ? "1: columns are collinear around, a ridge was added; 2: the fit did not settle"
                             : "1: columns are collinear around, a ridge was added",
             "1: 주변에서 열이 공선이라 능형을 더함");
    if (!q.predict.empty()) wanted_ = read_new_places(s.city, q_, places_, streets_.get());
    if (streets_) find_near(wanted_);
    if (q.time.empty()) make_engine();
  }

  void prepare(const std::filesystem::path& folder) override {
    const double h = q_.time.empty() ? best_bandwidth(folder / "evaluations.jsonl") : best_in_time(folder);
    const auto sums = agreed(engine_->prepare({q_.kernel, q_.adaptive, h}), ranks_);
    whole_ = q_.generalised() ? whole_fit("local", places_, sums.rss, sums.trace, sums.deviance, global_.null_deviance)
                              : whole_fit("local", q_, places_, sums.rss, sums.trace, sums.trace2, sums.press);
    if (q_.replicas > 0)
      variability_ =
          test_variability(device_, q_, places_, {q_.kernel, q_.adaptive, h}, folder / "replicas.jsonl", ranks_);
    singular_ = sums.singular;
    bandwidth_.assign(k(), h);
    parameters_.assign(k(), sums.trace / static_cast<double>(k()));
    critical_.assign(k(), critical_t(q_.alpha, sums.trace, static_cast<double>(k()), n()));
    spdlog::info("gwr: {} kernel, bandwidth {:g}{}: AICc {:.4f}, {} {:.4f}", name_of(q_.kernel), h,
                 q_.adaptive ? " neighbours" : " m", whole_.quality.aicc,
                 q_.generalised() ? "deviance explained" : "R2", q_.generalised() ? whole_.explained : whole_.r2);
    if (singular_ > 0 && q_.generalised())
      spdlog::warn(
          "gwr: around {} of {} places columns are collinear, or the fit did not settle, as where only zeros are; "
          "'singular' says where",
          singular_, places_.size());
    else if (singular_ > 0)
      spdlog::warn(
          "gwr: columns are collinear around {} of {} places; a ridge was added there, and 'singular' says where",
          singular_, places_.size());
  }

  void run(result::Tile& tile) override {
    std::vector<std::uint32_t> rows(tile.count());
    std::iota(rows.begin(), rows.end(), static_cast<std::uint32_t>(tile.first()));
    const auto number = [&](const char* name) { return tile.values<double>(name); };
    engine_->fit(rows, {number("coefficient"), number("standard_error"), number("fitted"), number("leverage"),
                        number("condition_number"), number("bandwidth"), number("local_r2"),
                        tile.values<std::uint8_t>("singular")});
    complete(tile);
  }

  void finish(result::Writer& result) override {
    Local_job::finish(result);
    if (!scales_.empty()) write_scales(result);
    if (!variability_.empty()) write_variability(result);
    if (q_.predict.empty()) return;
    std::vector<double> z;
    for (const double t : time_scale_ > 0 ? wanted_.time : std::vector<double>{})
      z.push_back((t - places_.time[0]) * time_scale_);
    write_predictions(result, *engine_, q_, whole_, wanted_, z);
  }

 private:
  void make_engine() {
    engine_ =
        DOSI_BACKEND_OF(device_, gwr::make_engine)(places_.model(q_.intercept), device_.argument(), company_of(ranks_));
  }

  double best_bandwidth(const std::filesystem::path& file) {
    Evaluations evaluations(*engine_, q_, n(), file, ranks_);
    if (evaluations.found_in_file() > 0)
      spdlog::info("gwr: {} bandwidths were tried before the interruption", evaluations.found_in_file());
    const Curve_maker curve = [&](const Bandwidths& b) {
      return DOSI_BACKEND_OF(device_, gwr::make_curve_engine)(places_.model(q_.intercept), b, device_.argument());
    };
    const double h = choose_bandwidth(q_, places_.x, places_.y, k(), evaluations, curve);
    evaluations_ = evaluations.all();
    score_ = q_.time_scale || q_.time.empty() ? 0 : evaluations.score(h);
    return h;
  }

  // With the time scale given, or the best; the engine and the evaluations are left at that.
  double best_in_time(const std::filesystem::path& folder) {
    const auto at = [&](double metres) {
      places_.scale_time(metres);
      make_engine();
      const double h = best_bandwidth(folder / fmt::format("evaluations-{}.jsonl", metres));
      spdlog::info("gwr: a unit of time as {:g} m: bandwidth {:g}{}", metres, h,
                   q_.time_scale ? "" : fmt::format(", {} {:.4f}", name_of(q_.criterion), score_));
      return Time_scale{metres, h, score_};
    };
    time_scale_ = q_.time_scale.value_or(0);
    if (!q_.time_scale) {
      const auto [first, last] = std::minmax_element(places_.time.begin(), places_.time.end());
      scales_ = search_time_scale(largest_distance(places_.x, places_.y) / (*last - *first), at);
      time_scale_ = best_of(scales_).metres;
    }
    return at(time_scale_).bandwidth;
  }

  void write_variability(result::Writer& result) const {
    auto table = result.create_table("variability", result::Table_kind::rows, "term", variability_.size(),
                                     "Do coefficients differ over space?");
    stream::write_strings(table, "name", {"term"}, places_.terms, {.long_name = "term"})
        .set_attribute("long_name_ko", "항");
    const auto write = [&](const char* name, double Variability::*member, const std::string& english,
                           const char* korean) {
      std::vector<double> values;
      for (const auto& v : variability_) values.push_back(v.*member);
      stream::write_all<double>(table, name, {"term"}, values, {.long_name = english})
          .set_attribute("long_name_ko", korean);
    };
    write("observed", &Variability::observed, "variance of the local coefficients", "지역 계수의 분산");
    write("expected", &Variability::expected, "its mean where places are dealt out at random",
          "장소를 무작위로 섞었을 때의 평균");
    write("p", &Variability::p, fmt::format("p of {} replicas", q_.replicas), "p 값");
  }

  void write_scales(result::Writer& result) const {
    auto table =
        result.create_table("time_scales", result::Table_kind::rows, "time_scale", scales_.size(), "Time scales tried");
    const auto write = [&](const char* name, double Time_scale::*member, const char* english, const char* korean,
                           const char* units) {
      std::vector<double> values;
      for (const auto& s : scales_) values.push_back(s.*member);
      stream::write_all<double>(table, name, {"time_scale"}, values, {.units = units, .long_name = english})
          .set_attribute("long_name_ko", korean);
    };
    write("metres", &Time_scale::metres, "metres that a unit of time counts for", "시간 한 단위에 해당하는 거리", "m");
    write("bandwidth", &Time_scale::bandwidth, "best bandwidth with it", "그때의 최적 대역폭", q_.adaptive ? "" : "m");
    write(name_of(q_.criterion), &Time_scale::score, "criterion of that", "그 기준값", "");
  }

  Device device_;
  std::vector<Time_scale> scales_;
  std::vector<Variability> variability_;
  double time_scale_ = 0, score_ = 0;
  New_places wanted_;
  std::unique_ptr<Engine> engine_;
};

}  // namespace

job::Job_kind gwr_kind() {
  return {"gwr",
          "geographically weighted regression, with one bandwidth or one for each column: coefficients, errors and "
          "diagnostics at every place",
          declared_parameters(), [](const job::Setting& s) -> std::unique_ptr<job::Job> {
            const Question q(s.parameters);
            if (q.multiscale) return make_multiscale_job(s, q);
            return std::make_unique<One_bandwidth_job>(s, q);
          }};
}

}  // namespace dosi::gwr
