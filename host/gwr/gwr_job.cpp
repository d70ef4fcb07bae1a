#include "host/gwr/gwr_job.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cmath>

#include "host/gwr/fitted.hpp"
#include "host/gwr/places.hpp"
#include "host/gwr/search.hpp"

namespace dosi::gwr {
namespace {

class Gwr_job final : public job::Job {
 public:
  explicit Gwr_job(const job::Setting& s) : q_(s.parameters), places_(read_places(s.city, q_)), global_(least_squares(places_.model(q_.intercept))) {
    spdlog::info("gwr: {} places, {} terms", places_.size(), places_.terms.size());
    engine_ = DOSI_BACKEND_OF(s.device, gwr::make_engine)(places_.model(q_.intercept), s.device.argument());
    prepare_schema();
  }

  const result::Rows_schema& schema() const override { return schema_; }
  result::Table_kind table_kind() const override { return result::Table_kind::points; }
  std::string title() const override {
    std::string x;
    for (const auto& name : q_.x) x += (x.empty() ? "" : ", ") + name;
    return fmt::format("{} of {} on {} in {}", q_.multiscale ? "MGWR" : "GWR", q_.y, x, places_.layer);
  }
  std::string level() const override { return "within 1e-7 between devices; exact for threads and tiles"; }

  void prepare(const std::filesystem::path& folder) override {
    Evaluations evaluations(*engine_, q_, n(), folder / "evaluations.jsonl");
    if (evaluations.found_in_file() > 0) spdlog::info("gwr: {} bandwidths were tried before the interruption", evaluations.found_in_file());
    bandwidth_ = choose_bandwidth(q_, places_.x, places_.y, places_.terms.size(), evaluations);
    evaluations_ = evaluations.all();
    sums_ = engine_->prepare({q_.kernel, q_.adaptive, bandwidth_});
    whole_ = whole_fit("local", q_, places_, sums_.rss, sums_.trace, sums_.trace2, sums_.press);
    critical_ = critical_t(q_.alpha, sums_.trace, static_cast<double>(k()), n());
    spdlog::info("gwr: {} kernel, bandwidth {:g}{}: AICc {:.4f}, R2 {:.4f}", name_of(q_.kernel), bandwidth_, q_.adaptive ? " neighbours" : " m", whole_.quality.aicc, whole_.r2);
    if (sums_.singular > 0)
      spdlog::warn("gwr: columns are collinear around {} of {} places; a ridge was added there, and 'singular' says where", sums_.singular, places_.size());
  }

  void run(result::Tile& tile) override {
    std::vector<std::uint32_t> rows;
    for (std::size_t r = 0; r < tile.count(); ++r) rows.push_back(static_cast<std::uint32_t>(tile.first() + r));
    const auto number = [&](const char* name) { return tile.values<double>(name); };
    const auto b = number("coefficient"), error = number("standard_error"), t = number("t"), fitted = number("fitted"), e = number("residual"),
               standardised = number("standardised_residual"), leverage = number("leverage"), cook = number("cooks_distance");
    const auto significant = tile.values<std::uint8_t>("significant");
    engine_->fit(rows, {b, error, fitted, leverage, number("condition_number"), number("bandwidth"), number("local_r2"), tile.values<std::uint8_t>("singular")});
    for (std::size_t r = 0; r < tile.count(); ++r) {
      e[r] = places_.response[rows[r]] - fitted[r];
      standardised[r] = e[r] / std::sqrt(whole_.error_variance * (1 - leverage[r]));
      cook[r] = standardised[r] * standardised[r] * leverage[r] / (sums_.trace * (1 - leverage[r]));
      for (std::size_t c = r * k(); c < (r + 1) * k(); ++c) {
        error[c] = std::sqrt(error[c] * whole_.error_variance);
        t[c] = b[c] / error[c];
        significant[c] = std::fabs(t[c]) > critical_ ? 1 : 0;
      }
    }
  }

  void finish(result::Writer& result) override {
    auto table = result.table(schema_.table);
    const std::vector<std::string> rows{"place"};
    stream::write_all<double>(table, "x", rows, places_.x, {.units = "m", .long_name = "easting"}).set_attribute("standard_name", "projection_x_coordinate");
    stream::write_all<double>(table, "y", rows, places_.y, {.units = "m", .long_name = "northing"}).set_attribute("standard_name", "projection_y_coordinate");
    stream::write_all<std::uint32_t>(table, "row", rows, places_.row, {.long_name = "row of the layer " + places_.layer});
    stream::write_all<double>(table, "observed", rows, places_.response, {.long_name = q_.y + (q_.standardise ? ", standardised" : "")});
    const auto terms = summarise(table);
    write_story(result, {q_, places_, global_, whole_fit(global_, q_, places_), whole_, terms, evaluations_, sums_.singular});
  }

 private:
  std::size_t k() const { return places_.terms.size(); }
  double n() const { return static_cast<double>(places_.size()); }

  void prepare_schema() {
    schema_.table = "places";
    schema_.dimension = "place";
    schema_.rows = places_.size();
    schema_.axes = {{.name = "term", .length = k(), .texts = places_.terms, .long_name = "term of the model"}};
    const auto number = [&](const char* name, const char* long_name, bool terms = false, const char* units = "") {
      const double none = std::nan("");
      std::vector<std::byte> fill(sizeof none);
      std::memcpy(fill.data(), &none, sizeof none);
      schema_.variables.push_back({.name = name, .type = h5::type_of<double>(), .axes = terms ? std::vector<std::string>{"term"} : std::vector<std::string>{}, .units = units, .long_name = long_name, .fill = fill});
    };
    const auto flag = [&](const char* name, const char* long_name, bool terms) {
      schema_.variables.push_back({.name = name, .type = h5::type_of<std::uint8_t>(), .axes = terms ? std::vector<std::string>{"term"} : std::vector<std::string>{}, .long_name = long_name});
    };
    number("coefficient", "local coefficient", true);
    number("standard_error", "its standard error", true);
    number("t", "coefficient over its standard error", true);
    flag("significant", "1: significant over all places together", true);
    number("fitted", "fitted value");
    number("residual", "observed less fitted");
    number("standardised_residual", "residual in its standard deviations", false, "");
    number("leverage", "influence of the place on its own fit, h_ii");
    number("cooks_distance", "Cook's distance");
    number("local_r2", "local R2");
    number("condition_number", "condition number of the local design");
    number("bandwidth", "bandwidth", false, "m");
    flag("singular", "1: columns are collinear around, a ridge was added", false);
  }

  // Figures of the coefficients, read back from the finished table.
  std::vector<Term> summarise(const h5::Group& table) const {
    const auto b = stream::read_all<double>(table, "coefficient");
    const auto significant = stream::read_all<std::uint8_t>(table, "significant");
    std::vector<Term> terms(k());
    for (std::size_t c = 0; c < k(); ++c) {
      Term& t = terms[c];
      std::vector<double> values;
      for (std::size_t i = c; i < b.size(); i += k()) {
        values.push_back(b[i]);
        t.mean += b[i] / n();
        t.significant += significant[i] / n();
      }
      for (const double v : values) t.deviation += (v - t.mean) * (v - t.mean) / n();
      t.deviation = std::sqrt(t.deviation);
      std::sort(values.begin(), values.end());
      t.least = values.front();
      t.median = (values[(values.size() - 1) / 2] + values[values.size() / 2]) / 2;
      t.most = values.back();
      t.bandwidth = bandwidth_;
      t.parameters = sums_.trace / static_cast<double>(k());
      t.critical_t = critical_;
    }
    return terms;
  }

  Question q_;
  Places places_;
  Least_squares global_;
  std::unique_ptr<Engine> engine_;
  result::Rows_schema schema_;
  double bandwidth_ = 0, critical_ = 0;
  Sums sums_;
  Whole whole_;
  std::map<double, Evaluation> evaluations_;
};

}  // namespace

job::Job_kind gwr_kind() {
  return {"gwr", "geographically weighted regression: how much each column explains at each place, with errors and diagnostics",
          declared_parameters(), [](const job::Setting& s) -> std::unique_ptr<job::Job> { return std::make_unique<Gwr_job>(s); }};
}

}  // namespace dosi::gwr
