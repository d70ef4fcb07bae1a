#include "host/gwr/search.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>

#include "host/gwr/company.hpp"
#include "host/job/kept.hpp"
#include "host/job/signals.hpp"
#include "io/error.hpp"
#include "io/files.hpp"
#include "kernels/gwr/tree.hpp"

namespace dosi::gwr {

using Json = nlohmann::ordered_json;

double golden_section(double low, double high, bool whole, const std::function<double(double)>& score) {
  constexpr double kShare = 0.38197, kEnough = 1e-6;
  double b = low + kShare * std::fabs(high - low), d = high - kShare * std::fabs(high - low), best = b;
  for (int step = 0; step < 200; ++step) {
    if (whole) {
      b = std::nearbyint(b);
      d = std::nearbyint(d);
    }
    const double at_b = score(b), at_d = score(d);
    // Where neither has a score, too few places are left for so many parameters: wider.
    if (at_b <= at_d && std::isfinite(at_b)) {
      best = b;
      high = d;
      d = b;
      b = low + kShare * std::fabs(high - low);
    } else {
      best = d;
      low = b;
      b = d;
      d = high - kShare * std::fabs(high - low);
    }
    if (std::fabs(at_b - at_d) <= kEnough) break;
  }
  return std::nearbyint(best * 100) / 100;
}

Quality Evaluations::quality_of(const Sums& s) const {
  return q_.generalised() ? quality_of_deviance(places_, s.deviance, s.trace)
                          : quality(places_, s.rss, s.trace, s.press);
}

Evaluations::Evaluations(Engine& engine, const Question& q, double places, std::filesystem::path file,
                         comm::Ranks& ranks)
    : engine_(engine), q_(q), places_(places), file_(std::move(file)), ranks_(ranks) {
  if (!file_.empty()) read();
}

const Evaluation& Evaluations::at(double bandwidth) {
  if (const auto known = done_.find(bandwidth); known != done_.end()) return known->second;
  if (job::stop_requested(ranks_))
    throw Stopped(fmt::format("gwr: stopped after {} bandwidths; the same command continues", done_.size()));
  Evaluation e{.bandwidth = bandwidth, .sums = agreed(engine_.evaluate({q_.kernel, q_.adaptive, bandwidth}), ranks_)};
  e.quality = quality_of(e.sums);
  spdlog::info("gwr: bandwidth {:g}: {} {:.4f}, effective parameters {:.2f}{}", bandwidth, name_of(q_.criterion),
               e.quality.of(q_.criterion), e.sums.trace,
               e.sums.singular > 0
                   ? fmt::format(", {} places {}", e.sums.singular,
                                 q_.generalised() ? "collinear or not settled" : "with collinear columns")
                   : "");
  const auto& kept = done_.emplace(bandwidth, e).first->second;
  keep();
  return kept;
}

void Evaluations::draw(const std::vector<double>& bandwidths, const Curve_maker& maker) {
  if (std::all_of(bandwidths.begin(), bandwidths.end(), [&](double b) { return done_.contains(b); })) return;
  const Bandwidths asked{q_.kernel, q_.adaptive, bandwidths};
  const auto sums = draw_curve(*maker(asked), asked, static_cast<std::size_t>(places_),
                               file_.empty() ? file_ : std::filesystem::path(file_.string() + ".curve"), ranks_);
  for (std::size_t b = 0; b < sums.size(); ++b) done_[bandwidths[b]] = {bandwidths[b], sums[b], quality_of(sums[b])};
  keep();
}

// One line an evaluation; what a crash cut short is left out.
void Evaluations::read() {
  std::istringstream lines(job::kept_text(file_, ranks_));
  for (std::string line; std::getline(lines, line);) {
    const auto j = Json::parse(line, nullptr, false);
    const auto number = [&](const char* name) {
      return j.is_object() && j.contains(name) && j[name].is_number() ? j[name].get<double>() : NAN;
    };
    const double singular = number("singular");
    Evaluation e{
        .bandwidth = number("bandwidth"),
        .sums = {
            .rss = number("rss"), .trace = number("trace"), .press = number("press"), .deviance = number("deviance")}};
    if (!std::isfinite(e.bandwidth + e.sums.rss + e.sums.trace + e.sums.press + e.sums.deviance) || !(singular >= 0))
      continue;
    e.sums.singular = static_cast<std::size_t>(singular);
    e.quality = quality_of(e.sums);
    done_[e.bandwidth] = e;
  }
  found_ = done_.size();
}

void Evaluations::keep() const {
  if (file_.empty() || !ranks_.first()) return;
  std::string text;
  for (const auto& [bandwidth, e] : done_)
    text += Json{{"bandwidth", bandwidth}, {"rss", e.sums.rss},           {"trace", e.sums.trace},
                 {"press", e.sums.press},  {"deviance", e.sums.deviance}, {"singular", e.sums.singular}}
                .dump() +
            "\n";
  write_file(file_, text);
}

double choose_bandwidth(const Question& q, std::span<const double> x, std::span<const double> y, std::size_t terms,
                        Evaluations& evaluations, const Curve_maker& curve) {
  const double n = static_cast<double>(x.size());
  if (q.bandwidth) {
    if (q.adaptive && *q.bandwidth > n)
      throw UsageError("bandwidth: {} neighbours of {} places; at most {}", *q.bandwidth, n, n);
    return *q.bandwidth;
  }
  double low = q.adaptive ? std::min(n, 40.0 + 2 * static_cast<double>(terms)) : smallest_distance(x, y) / 2;
  double high = q.adaptive ? n : 2 * largest_distance(x, y);
  if (q.least) low = *q.least;
  if (q.most) high = *q.most;
  if (q.adaptive && (low > n || high > n))
    throw UsageError("bandwidth_{}: {} neighbours of {} places; at most {}", low > n ? "min" : "max",
                     low > n ? low : high, n, n);
  if (low > high)
    throw UsageError("bandwidth_{}: {} is {} {}, where the search {}", q.least ? "min" : "max", q.least ? low : high,
                     q.least ? "above" : "below", q.least ? high : low, q.least ? "ends" : "begins");
  const auto warn_at_edge = [&](double best) {
    const double edge = q.adaptive ? 2 : 0.01 * (high - low);
    if (high > low + 2 * edge && (best <= low + edge || best >= high - edge))
      spdlog::warn(
          "gwr: the best bandwidth, {:g}, is at the end of what was searched, {:g} to {:g}; bandwidth_min and "
          "bandwidth_max widen it",
          best, low, high);
    return best;
  };
  if (q.search == Search::golden)
    return warn_at_edge(golden_section(low, high, q.adaptive, [&](double b) { return evaluations.score(b); }));
  std::vector<double> all;
  if (q.search == Search::curve) {
    all = curve_bandwidths(q, low, high, x.size());
    evaluations.draw(all, curve);
  } else {
    for (double b = low; b <= high * (1 + 1e-12); b = low + static_cast<double>(all.size()) * *q.step) all.push_back(b);
  }
  double best = low;
  for (const double b : all)
    if (evaluations.score(b) < evaluations.score(best)) best = b;
  return q.search == Search::curve ? warn_at_edge(best) : best;
}

}  // namespace dosi::gwr
