#include "host/gwr/prediction.hpp"

#include <algorithm>
#include <cmath>

namespace dosi::gwr {
namespace {

constexpr std::size_t kPredictedAtOnce = 65'536;

// What is told of each prediction.
struct Predicted {
  explicit Predicted(std::size_t n)
      : fitted(n), share(n), error(n), lower(n), upper(n), condition(n), bandwidth(n), singular(n) {}
  std::vector<double> fitted, share, error, lower, upper, condition,
      bandwidth;  // share: of the fitted value's variance over that of the error
  std::vector<std::uint8_t> singular;
};

// Of a count or an event the expected value, whose interval is that of its link turned back.
void expect(Predicted& out, std::size_t i, const Question& q, double t, double exposure) {
  const bool poisson = q.family == Family::poisson;
  const double mean = out.fitted[i], link = poisson ? std::log(mean) : std::log(mean / (1 - mean)),
               deviation = std::sqrt(out.share[i]);
  const auto turned = [&](double v) { return poisson ? exposure * std::exp(v) : 1 / (1 + std::exp(-v)); };
  out.fitted[i] = poisson ? exposure * mean : mean;
  out.error[i] = (poisson ? exposure * mean : mean * (1 - mean)) * deviation;
  out.lower[i] = turned(link - t * deviation);
  out.upper[i] = turned(link + t * deviation);
}

// From `fitted` and `share`. The variance of a new observation is that of the error, and that of the fit there (Leung,
// Mei and Zhang 2000).
void make_intervals(Predicted& out, const Question& q, const Whole& whole, const New_places& p) {
  constexpr double kNormal = 1e9;
  const double t =
      t_critical(1 - q.interval, q.generalised() ? kNormal : std::max(1.0, whole.rss / whole.error_variance));
  for (std::size_t i = 0; i < p.size(); ++i) {
    if (q.generalised()) {
      expect(out, i, q, t, p.exposure.empty() ? 1 : p.exposure[i]);
      continue;
    }
    const double half = t * std::sqrt(whole.error_variance * (1 + out.share[i]));
    out.error[i] = std::sqrt(whole.error_variance * out.share[i]);
    out.lower[i] = out.fitted[i] - half;
    out.upper[i] = out.fitted[i] + half;
  }
}

Predicted predict(Engine& engine, const New_places& p, std::span<const double> z) {
  Predicted out(p.size());
  const std::size_t k = p.size() == 0 ? 1 : p.design.size() / p.size();
  for (std::size_t first = 0; first < p.size(); first += kPredictedAtOnce) {
    const std::size_t n = std::min(kPredictedAtOnce, p.size() - first);
    const auto part = [&](auto& v) { return std::span(v).subspan(first, n); };
    const auto at = [&](std::span<const double> flat, std::size_t side) {
      return p.sphere[side].empty() ? (flat.empty() ? flat : flat.subspan(first, n))
                                    : std::span<const double>(p.sphere[side]).subspan(first, n);
    };
    Listed near = p.near.first.empty() ? Listed{} : p.near.view();
    if (!near.first.empty()) near.first = near.first.subspan(first, n + 1);
    engine.predict(at(p.x, 0), at(p.y, 1), std::span(p.design).subspan(first * k, n * k),
                   {.fitted = part(out.fitted),
                    .leverage = part(out.share),
                    .condition = part(out.condition),
                    .bandwidth = part(out.bandwidth),
                    .singular = part(out.singular)},
                   at(z, 2), near, p.sphere[2].empty() || z.empty() ? std::span<const double>() : z.subspan(first, n));
  }
  return out;
}

// The table, with where its rows are.
class Table {
 public:
  Table(result::Writer& result, const Question& q, const New_places& p)
      : table_(result.create_table("predictions", result::Table_kind::points, "prediction", p.size(),
                                   fmt::format("{} predicted at {}", q.y, p.layer))) {
    stream::write_all<double>(table_, "x", rows_, p.x, {.units = "m", .long_name = "easting"})
        .set_attribute("standard_name", "projection_x_coordinate");
    stream::write_all<double>(table_, "y", rows_, p.y, {.units = "m", .long_name = "northing"})
        .set_attribute("standard_name", "projection_y_coordinate");
    stream::write_all<std::uint32_t>(table_, "row", rows_, p.row, {.long_name = "row of the layer " + p.layer});
  }

  void number(const char* name, const std::vector<double>& values, const std::string& english,
              const std::string& korean, const char* units = "", bool by_term = false) {
    auto d = stream::write_all<double>(table_, name, by_term ? std::vector<std::string>{"prediction", "term"} : rows_,
                                       values, {.units = units, .long_name = english});
    d.set_attribute("_FillValue", std::nan(""));
    d.set_attribute("long_name_ko", korean);
  }
  void flag(const char* name, const std::vector<std::uint8_t>& values, const char* english, const char* korean) {
    stream::write_all<std::uint8_t>(table_, name, rows_, values, {.long_name = english})
        .set_attribute("long_name_ko", korean);
  }

  void intervals(const Predicted& out, const Question& q) {
    number("standard_error", out.error, "standard error of the prediction's mean", "예측 평균의 표준오차");
    const char* of = q.generalised() ? " of the expected value" : "";
    number("lower", out.lower, fmt::format("lower end of the {:g} % interval{}", 100 * q.interval, of),
           "예측 구간 하한");
    number("upper", out.upper, fmt::format("upper end of the {:g} % interval{}", 100 * q.interval, of),
           "예측 구간 상한");
  }

  // Where the layer has the column to explain. An interval of an expected value says nothing of what is observed.
  void observed(const Predicted& out, const Question& q, const New_places& p, bool intervals, const char* unit_english,
                const char* unit_korean) {
    if (p.observed.empty()) return;
    number("observed", p.observed, q.y + unit_english, std::string("관측값") + unit_korean);
    if (!intervals || q.generalised()) return;
    std::vector<std::uint8_t> outside;
    for (std::size_t i = 0; i < p.size(); ++i)
      outside.push_back(p.observed[i] < out.lower[i] ? 1 : p.observed[i] > out.upper[i] ? 2 : 0);
    flag("outside", outside, "1: observed below the interval, 2: above", "1: 관측값이 구간보다 낮음, 2: 높음");
  }

  h5::Group& group() { return table_; }

 private:
  const std::vector<std::string> rows_{"prediction"};
  h5::Group table_;
};

}  // namespace

void write_predictions(result::Writer& result, Engine& engine, const Question& q, const Whole& whole,
                       const New_places& p, std::span<const double> z) {
  auto out = predict(engine, p, z);
  make_intervals(out, q, whole, p);
  Table table(result, q, p);
  table.number("fitted", out.fitted, q.y + ", predicted", "예측값");
  table.intervals(out, q);
  table.number("condition_number", out.condition, "condition number of the local design", "지역 조건수");
  table.number("bandwidth", out.bandwidth, "bandwidth", "대역폭", q.unit());
  table.flag("singular", out.singular,
             q.generalised() ? "1: columns are collinear around, a ridge was added; 2: the fit did not settle"
                             : "1: columns are collinear around, a ridge was added",
             "1: 주변에 공선성이 있어 능형 보정을 함");
  table.observed(out, q, p, true, "", "");
}

void write_predictions(result::Writer& result, const Question& q, const Whole& whole,
                       const std::vector<std::string>& terms, const std::vector<double>& coefficient,
                       const std::vector<double>& share, const New_places& p) {
  const std::size_t k = terms.size();
  Predicted out(p.size());
  for (std::size_t i = 0; i < coefficient.size(); ++i) out.fitted[i / k] += coefficient[i] * p.design[i];
  const bool intervals = !share.empty();
  if (intervals) {
    out.share = share;
    make_intervals(out, q, whole, p);
  }
  Table table(result, q, p);
  result::create_axis(table.group(),
                      {.name = "term", .length = terms.size(), .texts = terms, .long_name = "term of the model"});
  table.number("fitted", out.fitted, q.y + ", predicted, standardised", "예측값 (표준화)");
  table.number("coefficient", coefficient, "local coefficient", "지역 계수", "", true);
  if (intervals) table.intervals(out, q);
  table.observed(out, q, p, intervals, ", standardised", " (표준화)");
}

}  // namespace dosi::gwr
