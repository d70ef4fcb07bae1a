// MGWR: a bandwidth for each column. All is done before the first tile; tiles hold what was found.
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cmath>

#include "host/gwr/company.hpp"
#include "host/gwr/local_job.hpp"
#include "host/gwr/multiscale.hpp"
#include "host/gwr/prediction.hpp"

namespace dosi::gwr {
namespace {

class Multiscale_job final : public Local_job {
 public:
  Multiscale_job(const job::Setting& s, const Question& q) : Local_job(s, q), device_(s.device) {
    if (!q.predict.empty()) wanted_ = read_new_places(s.city, q_, places_, streets_.get());
    if (streets_) find_near(wanted_);
  }

  void prepare(const std::filesystem::path& folder) override {
    const auto model = places_.model(q_.intercept);
    const auto engine = DOSI_BACKEND_OF(device_, gwr::make_multiscale_engine)(model, device_.argument());
    rounds_ = backfit(*engine, q_, first_bandwidth(model, folder), k(), n(), folder / "rounds.kept", ranks_);
    coefficient_.resize(places_.size() * k());
    fitted_.resize(places_.size());
    engine->fit(coefficient_, fitted_);
    const double rss = engine->rss();
    const double none = std::nan("");
    inferred_ = q_.inference ? infer(*engine, rounds_, q_.replay_last, k(), places_.size(), wanted_,
                                     folder / "inference.kept", ranks_)
                             : Inferred{std::vector<double>(k(), none),
                                        std::vector<double>(places_.size() * k(), none),
                                        std::vector<double>(places_.size(), none),
                                        {}};
    double parameters = 0;
    for (const double p : inferred_.parameters) parameters += p;
    predicted_.resize(wanted_.size() * k());
    engine->predict(wanted_.where(), rounds_.rounds.back(), predicted_);
    whole_ = whole_fit("local", q_, places_, rss, parameters, none, none);
    whole_.error_variance = rss / (n() - parameters);
    bandwidth_ = rounds_.rounds.back();
    parameters_ = inferred_.parameters;
    critical_.clear();
    for (const double p : parameters_)
      critical_.push_back(std::isfinite(p) ? critical_t(q_.alpha, std::max(1.0, p), 1, n()) : none);
    spdlog::info("gwr: MGWR of {} rounds: AICc {:.4f}, R2 {:.4f}", rounds_.rounds.size(), whole_.quality.aicc,
                 whole_.r2);
  }

  void run(result::Tile& tile) override {
    const auto copy = [&](const char* name, const std::vector<double>& from, std::size_t width) {
      std::copy_n(from.begin() + static_cast<std::ptrdiff_t>(tile.first() * width), tile.count() * width,
                  tile.values<double>(name).begin());
    };
    copy("coefficient", coefficient_, k());
    copy("standard_error", inferred_.variance, k());
    copy("fitted", fitted_, 1);
    copy("leverage", inferred_.leverage, 1);
    complete(tile);
  }

  void finish(result::Writer& result) override {
    Local_job::finish(result);
    if (!q_.predict.empty())
      write_predictions(result, q_, whole_, places_.terms, predicted_, inferred_.predicted, wanted_);
    const std::size_t count = rounds_.rounds.size();
    auto table = result.create_table("rounds", result::Table_kind::rows, "round", count, "Rounds of the backfitting");
    result::create_axis(table,
                        {.name = "term", .length = k(), .texts = places_.terms, .long_name = "term of the model"});
    std::vector<double> bandwidths;
    for (const auto& r : rounds_.rounds) bandwidths.insert(bandwidths.end(), r.begin(), r.end());
    stream::write_all<double>(table, "bandwidth", {"round", "term"}, bandwidths, {.long_name = "bandwidth, neighbours"})
        .set_attribute("long_name_ko", "대역폭");
    stream::write_all<double>(table, "change", {"round"}, rounds_.changes, {.long_name = "change of the fit"})
        .set_attribute("long_name_ko", "적합값의 변화");
  }

 private:
  // Of the GWR that the backfitting begins with; limits given are those of the columns' own searches, but where lists
  // end all end.
  double first_bandwidth(const Model& model, const std::filesystem::path& folder) {
    Question one = q_;
    one.least = std::nullopt;
    one.most = listed_;
    const auto engine = DOSI_BACKEND_OF(device_, gwr::make_engine)(model, device_.argument(), company_of(ranks_));
    Evaluations evaluations(*engine, one, n(), folder / "evaluations.jsonl", ranks_);
    const double h = choose_bandwidth(one, places_.x, places_.y, k(), evaluations);
    evaluations_ = evaluations.all();
    return h;
  }

  Device device_;
  Backfitting rounds_;
  Inferred inferred_;
  New_places wanted_;
  std::vector<double> coefficient_, fitted_, predicted_;
};

}  // namespace

std::unique_ptr<job::Job> make_multiscale_job(const job::Setting& s, const Question& q) {
  return std::make_unique<Multiscale_job>(s, q);
}

}  // namespace dosi::gwr
