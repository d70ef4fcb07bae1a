#include "host/gwr/curve.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "host/job/kept.hpp"
#include "host/job/progress.hpp"
#include "host/job/signals.hpp"
#include "io/error.hpp"

namespace dosi::gwr {
namespace {

constexpr double kMostBandwidths = 1e6, kMostFits = 68'719'476'736.0;  // 2^36: a quarter of an hour or so of two cores
constexpr int kFixedBandwidths = 1000;                                 // of a fixed bandwidth, where no step is given

// What an interrupted run left: the parts that are done, and their sums.
std::size_t go_on(const std::filesystem::path& file, const nlohmann::ordered_json& head, std::vector<double>& total,
                  comm::Ranks& ranks) {
  auto found = file.empty() ? std::nullopt : job::kept(file, ranks);
  if (!found || found->values.size() != total.size()) return 0;
  const auto done = found->head.value("done", std::size_t{0});
  found->head.erase("done");
  if (found->head != head) return 0;
  total = std::move(found->values);
  spdlog::info("gwr: {} of {} parts of the curve were done before the interruption", done, kCurveParts);
  return done;
}

}  // namespace

std::vector<double> curve_bandwidths(const Question& q, double low, double high, std::size_t places) {
  const double n = static_cast<double>(places), span = high - low,
               most = std::min(kMostBandwidths, std::floor(kMostFits / n));
  const double step = q.step ? *q.step : q.adaptive ? 1 : std::max(span / (kFixedBandwidths - 1), 1e-9);
  const double count = std::floor(span / step * (1 + 1e-12)) + 1;
  if (count > most)
    throw UsageError(
        "bandwidth_step: {:.0f} bandwidths from {:g} to {:g} at {} places are too many; at most {:.0f}, as with a step "
        "of {:g}",
        count, low, high, places, most, q.adaptive ? std::ceil(span / (most - 1)) : span / (most - 1));
  std::vector<double> values;
  for (double i = 0; i < count; ++i) values.push_back(low + i * step);
  return values;
}

std::vector<Sums> draw_curve(Curve_engine& engine, const Bandwidths& bandwidths, std::size_t places,
                             const std::filesystem::path& file, comm::Ranks& ranks) {
  constexpr std::chrono::seconds kBetween{10};  // writes of what is there, after the first
  const std::size_t count = bandwidths.value.size(), width = kCurveFigures * count;
  if (static_cast<double>(engine.neighbours()) > kMostFits)
    throw UsageError(
        "bandwidth_max: within {:g} of {} places stand {:.3g} neighbours; at most {:.3g} can be put in order",
        bandwidths.value.back(), places, static_cast<double>(engine.neighbours()), kMostFits);
  spdlog::info("gwr: {} bandwidths from {:g} to {:g} in one pass: {:.3g} fits", count, bandwidths.value.front(),
               bandwidths.value.back(), static_cast<double>(count * places));
  std::vector<double> total(width, 0);
  nlohmann::ordered_json head{
      {"bandwidths", count}, {"first", bandwidths.value.front()}, {"last", bandwidths.value.back()}};
  std::size_t done = go_on(file, head, total, ranks);
  const auto save = [&] {
    if (file.empty()) return;
    auto with = head;
    with["done"] = done;
    job::keep(file, with, total, ranks);
  };
  const std::size_t at_once = std::stoull(ranks.from_first(std::to_string(engine.parts_at_once())));
  job::Progress progress("gwr: curve", places, places * done / kCurveParts, "places");
  std::chrono::steady_clock::time_point saved{};
  while (done < kCurveParts) {
    if (job::stop_requested(ranks)) {
      save();
      throw Stopped(
          fmt::format("gwr: stopped after {} of {} parts of the curve; the same command continues", done, kCurveParts));
    }
    const std::size_t round = std::min(kCurveParts - done, at_once * ranks.size());
    const auto own = ranks.share(round);
    std::vector<double> parts(round * width);
    if (own.count > 0)
      engine.sums(done + own.first, own.count, std::span(parts).subspan(own.first * width, own.count * width));
    ranks.complete(std::span(parts), own.first * width, own.count * width);
    for (std::size_t p = 0; p < round; ++p)
      for (std::size_t i = 0; i < width; ++i) total[i] += parts[p * width + i];
    progress.advance(places * (done + round) / kCurveParts - places * done / kCurveParts);
    done += round;
    if (!ranks.any(done < kCurveParts && std::chrono::steady_clock::now() - saved >= kBetween)) continue;
    save();
    saved = std::chrono::steady_clock::now();
  }
  std::vector<Sums> sums(count);
  for (std::size_t b = 0; b < count; ++b)
    sums[b] = {.rss = total[b],
               .trace = total[count + b],
               .press = total[2 * count + b],
               .singular = static_cast<std::size_t>(total[3 * count + b])};
  return sums;
}

}  // namespace dosi::gwr
