// The kind of job, and GWR with one bandwidth for all columns.
#include "host/gwr/gwr_job.hpp"

#include <spdlog/spdlog.h>

#include <numeric>

#include "host/gwr/local_job.hpp"
#include "host/gwr/prediction.hpp"

namespace dosi::gwr {
namespace {

class One_bandwidth_job final : public Local_job {
 public:
  One_bandwidth_job(const job::Setting& s, const Question& q) : Local_job(s, q) {
    if (q.generalised()) add_number("local_r2", "share of the deviance explained around", "지역 설명된 이탈도의 비율");
    else add_number("local_r2", "local R2", "지역 R2");
    add_number("condition_number", "condition number of the local design", "지역 조건수");
    add_number("bandwidth", "bandwidth", "대역폭", false, "m");
    add_flag("singular", q.generalised() ? "1: columns are collinear around, a ridge was added; 2: the fit did not settle" : "1: columns are collinear around, a ridge was added", "1: 주변에서 열이 공선이라 능형을 더함");
    if (!q.predict.empty()) wanted_ = read_new_places(s.city, q_, places_);
    engine_ = DOSI_BACKEND_OF(s.device, gwr::make_engine)(places_.model(q_.intercept), s.device.argument());
  }

  void prepare(const std::filesystem::path& folder) override {
    Evaluations evaluations(*engine_, q_, n(), folder / "evaluations.jsonl");
    if (evaluations.found_in_file() > 0) spdlog::info("gwr: {} bandwidths were tried before the interruption", evaluations.found_in_file());
    const double h = choose_bandwidth(q_, places_.x, places_.y, k(), evaluations);
    evaluations_ = evaluations.all();
    const auto sums = engine_->prepare({q_.kernel, q_.adaptive, h});
    whole_ = q_.generalised() ? whole_fit("local", places_, sums.rss, sums.trace, sums.deviance, global_.null_deviance)
                              : whole_fit("local", q_, places_, sums.rss, sums.trace, sums.trace2, sums.press);
    singular_ = sums.singular;
    bandwidth_.assign(k(), h);
    parameters_.assign(k(), sums.trace / static_cast<double>(k()));
    critical_.assign(k(), critical_t(q_.alpha, sums.trace, static_cast<double>(k()), n()));
    spdlog::info("gwr: {} kernel, bandwidth {:g}{}: AICc {:.4f}, {} {:.4f}", name_of(q_.kernel), h, q_.adaptive ? " neighbours" : " m", whole_.quality.aicc,
                 q_.generalised() ? "deviance explained" : "R2", q_.generalised() ? whole_.explained : whole_.r2);
    if (singular_ > 0 && q_.generalised())
      spdlog::warn("gwr: around {} of {} places columns are collinear, or the fit did not settle, as where only zeros are; 'singular' says where", singular_, places_.size());
    else if (singular_ > 0)
      spdlog::warn("gwr: columns are collinear around {} of {} places; a ridge was added there, and 'singular' says where", singular_, places_.size());
  }

  void run(result::Tile& tile) override {
    std::vector<std::uint32_t> rows(tile.count());
    std::iota(rows.begin(), rows.end(), static_cast<std::uint32_t>(tile.first()));
    const auto number = [&](const char* name) { return tile.values<double>(name); };
    engine_->fit(rows, {number("coefficient"), number("standard_error"), number("fitted"), number("leverage"), number("condition_number"), number("bandwidth"),
                        number("local_r2"), tile.values<std::uint8_t>("singular")});
    complete(tile);
  }

  void finish(result::Writer& result) override {
    Local_job::finish(result);
    if (!q_.predict.empty()) write_predictions(result, *engine_, q_, whole_, wanted_);
  }

 private:
  New_places wanted_;
  std::unique_ptr<Engine> engine_;
};

}  // namespace

job::Job_kind gwr_kind() {
  return {"gwr", "geographically weighted regression, with one bandwidth or one for each column: coefficients, errors and diagnostics at every place",
          declared_parameters(), [](const job::Setting& s) -> std::unique_ptr<job::Job> {
            const Question q(s.parameters);
            if (q.multiscale) return make_multiscale_job(s, q);
            return std::make_unique<One_bandwidth_job>(s, q);
          }};
}

}  // namespace dosi::gwr
