#include "host/appraise/ratio_study.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <numeric>

#include "io/error.hpp"

namespace dosi::appraise {
namespace {

// Numbers by size, before texts.
struct By_value {
  static bool number(const std::string& s, double& v) {
    const auto [end, error] = std::from_chars(s.data(), s.data() + s.size(), v);
    return error == std::errc() && end == s.data() + s.size();
  }
  bool operator()(const std::string& a, const std::string& b) const {
    double x = 0, y = 0;
    const bool nx = number(a, x), ny = number(b, y);
    if (nx != ny) return nx;
    if (nx && x != y) return x < y;
    return a < b;
  }
};

struct Sample {
  Sample_study study;
  std::vector<std::size_t> sales;  // that count
};

// Keeps the sales whose ratios are within `trim` interquartile ranges of the quartiles.
void trim(Sample& s, const std::vector<double>& ratio, double width) {
  s.study.sales = s.sales.size();
  if (width <= 0) return;
  std::vector<double> sorted;
  for (const auto i : s.sales) sorted.push_back(ratio[i]);
  std::sort(sorted.begin(), sorted.end());
  const double q1 = quartile_of(sorted, 0.25), q3 = quartile_of(sorted, 0.75), reach = width * (q3 - q1);
  std::erase_if(s.sales, [&](std::size_t i) { return ratio[i] < q1 - reach || ratio[i] > q3 + reach; });
  s.study.trimmed = s.study.sales - s.sales.size();
}

std::vector<Sample> samples_of(const Ratio_sales& sales, const Question& q) {
  std::vector<Sample> out(1);
  out[0].study.value = "all";
  out[0].sales.resize(sales.price.size());
  std::iota(out[0].sales.begin(), out[0].sales.end(), std::size_t{0});
  for (std::size_t c = 0; c < q.strata.size(); ++c) {
    std::map<std::string, std::vector<std::size_t>, By_value> values;
    for (std::size_t i = 0; i < sales.price.size(); ++i)
      if (!sales.strata[c][i].empty()) values[sales.strata[c][i]].push_back(i);
    if (values.size() > kMostStrata)
      throw UsageError("strata: column '{}' has {} values among the sales; at most {}", q.strata[c], values.size(),
                       kMostStrata);
    for (auto& [value, members] : values) {
      out.emplace_back();
      out.back().study.column = q.strata[c];
      out.back().study.value = value;
      out.back().sales = std::move(members);
    }
  }
  for (auto& s : out) {
    s.study.limits = q.limits;
    for (const auto& own : q.own_limits)
      if (own.column == s.study.column && own.value == s.study.value) s.study.limits = own.limits;
  }
  return out;
}

// The whole's sales in ten of equal number by value, so that neither price nor official value alone says where a sale
// belongs.
void add_deciles(std::vector<Sample>& samples, const Ratio_sales& sales, double median, std::vector<double>& middle) {
  const auto value = [&](std::size_t i) { return (sales.assessed[i] / median + sales.price[i]) / 2; };
  auto order = samples[0].sales;
  std::sort(order.begin(), order.end(),
            [&](auto a, auto b) { return std::pair(value(a), a) < std::pair(value(b), b); });
  const std::size_t n = order.size();
  for (std::size_t d = 0; d < kDeciles && n >= kDeciles; ++d) {
    const std::size_t first = d * n / kDeciles, last = (d + 1) * n / kDeciles;
    Sample s;
    s.study.value = std::to_string(d + 1);
    s.sales.assign(order.begin() + static_cast<std::ptrdiff_t>(first),
                   order.begin() + static_cast<std::ptrdiff_t>(last));
    s.study.sales = s.sales.size();
    middle.push_back((value(order[(first + last - 1) / 2]) + value(order[(first + last) / 2])) / 2);
    samples.push_back(std::move(s));
  }
}

// Percentiles of the resamples, between neighbours. Those without a value do not count.
std::pair<double, double> interval_of(std::vector<double> v, double confidence) {
  std::erase_if(v, [](double x) { return std::isnan(x); });
  if (v.size() < 20) return {std::nan(""), std::nan("")};
  std::sort(v.begin(), v.end());
  const auto at = [&](double p) {
    const double position = p * static_cast<double>(v.size() - 1);
    const auto i = std::min(static_cast<std::size_t>(position), v.size() - 2);
    return v[i] + (position - static_cast<double>(i)) * (v[i + 1] - v[i]);
  };
  return {at((1 - confidence) / 2), at((1 + confidence) / 2)};
}

void judge_all(Sample_study& s, double level) {
  const auto of = [&](Measure m, const Range& r, double scale = 1) {
    return judge(s.of(m) / scale, s.low(m) / scale, s.high(m) / scale, r);
  };
  s.level = of(Measure::median, s.limits.level, level);
  s.cod = of(Measure::cod, s.limits.cod);
  s.prd = of(Measure::prd, s.limits.prd);
  s.prb = of(Measure::prb, s.limits.prb);
  s.mki = of(Measure::mki, s.limits.mki);
}

}  // namespace

const char* name_of(Verdict v) {
  return v == Verdict::pass ? "pass" : v == Verdict::fail ? "fail" : v == Verdict::unclear ? "unclear" : "";
}

Verdict judge(double value, double lower, double upper, const Range& limits) {
  if (std::isnan(value) || std::isnan(lower)) return Verdict::none;
  if (limits.holds(value)) return Verdict::pass;
  return upper < limits.low || lower > limits.high ? Verdict::fail : Verdict::unclear;
}

double quartile_of(const std::vector<double>& ascending, double p) {
  const double n = static_cast<double>(ascending.size()), at = std::clamp(p * (n + 1) - 1, 0.0, n - 1);
  const auto i = static_cast<std::size_t>(at);
  return i + 1 < ascending.size() ? ascending[i] + (at - static_cast<double>(i)) * (ascending[i + 1] - ascending[i])
                                  : ascending[i];
}

Ratio_study study_ratios(const Ratio_sales& sales, const Question& q, const Device& device) {
  if (sales.price.empty()) throw DataError("no sale has an official value; there is no ratio to study");
  std::vector<double> ratio;
  for (std::size_t i = 0; i < sales.price.size(); ++i) ratio.push_back(sales.assessed[i] / sales.price[i]);
  auto samples = samples_of(sales, q);
  for (auto& s : samples) trim(s, ratio, q.trim);
  Ratio_study study;
  study.trimmed.assign(ratio.size(), 1);
  std::vector<double> kept;
  for (const auto i : samples[0].sales) {
    study.trimmed[i] = 0;
    kept.push_back(ratio[i]);
  }
  std::sort(kept.begin(), kept.end());
  const std::size_t strata = samples.size();
  add_deciles(samples, sales, (kept[(kept.size() - 1) / 2] + kept[kept.size() / 2]) / 2, study.decile_value);

  std::vector<double> assessed, price;
  std::vector<std::uint64_t> first{0};
  for (const auto& s : samples) {
    for (const auto i : s.sales) {
      assessed.push_back(sales.assessed[i]);
      price.push_back(sales.price[i]);
    }
    first.push_back(price.size());
  }
  const auto drawn =
      DOSI_BACKEND_OF(device, appraise::bootstrap)({assessed, price, first}, q.replicas, q.seed, device.argument());
  const std::size_t replicas = q.replicas + std::size_t{1};
  for (std::size_t k = 0; k < samples.size(); ++k) {
    auto& s = samples[k].study;
    s.too_few = samples[k].sales.size() < kFewestRatios;
    for (std::size_t m = 0; m < kMeasures; ++m) {
      const auto from = drawn.begin() + static_cast<std::ptrdiff_t>((k * kMeasures + m) * replicas);
      s.measure[m] = *from;
      s.lower[m] = s.upper[m] = std::nan("");
      if (!s.too_few)
        std::tie(s.lower[m], s.upper[m]) =
            interval_of({from + 1, from + static_cast<std::ptrdiff_t>(replicas)}, q.confidence);
    }
    judge_all(s, sales.level);
    (k < strata ? study.strata : study.deciles).push_back(s);
  }
  return study;
}

}  // namespace dosi::appraise
