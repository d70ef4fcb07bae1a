#include "host/gwr/multiscale.hpp"

#include <fmt/ranges.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>

#include "host/job/kept.hpp"
#include "host/gwr/search.hpp"
#include "host/job/progress.hpp"
#include "host/job/signals.hpp"
#include "io/error.hpp"

namespace dosi::gwr {
namespace {

using Json = nlohmann::ordered_json;

Json head_of(const Backfitting& b) { return {{"start", b.start}, {"rounds", b.rounds}, {"changes", b.changes}}; }

// What an interrupted run left: the rounds so far, and the engine where they led.
bool go_on(Multiscale_engine& engine, const Question& q, std::size_t columns, double places, const std::filesystem::path& file, Backfitting& b) {
  const auto found = job::kept(file);
  const std::size_t n = static_cast<std::size_t>(places);
  if (!found || found->values.size() != (2 * columns + 1) * n || found->head.value("start", 0.0) != b.start) return false;
  b.rounds = found->head["rounds"].get<std::vector<Round>>();
  b.changes = found->head["changes"].get<std::vector<double>>();
  b.converged = !b.changes.empty() && b.changes.back() < q.tolerance;
  engine.restore(found->values);
  spdlog::info("gwr: {} rounds were done before the interruption", b.rounds.size());
  return true;
}

// Rounds at the end in which every bandwidth stayed.
int stayed_of(const std::vector<Round>& rounds) {
  int stayed = 0;
  for (std::size_t r = rounds.size(); r > 1 && rounds[r - 1] == rounds[r - 2]; --r) ++stayed;
  return stayed;
}

}  // namespace

Backfitting backfit(Multiscale_engine& engine, const Question& q, double start, std::size_t columns, double places, const std::filesystem::path& file) {
  constexpr int kStays = 5;
  const double low = std::min(places, q.least.value_or(42)), high = std::min(places, q.most.value_or(places));
  Backfitting b{.start = start};
  if (!go_on(engine, q, columns, places, file, b)) engine.start(start);
  while (b.rounds.size() < q.iterations && !b.converged) {
    if (job::stop_requested()) throw Stopped(fmt::format("gwr: stopped after {} rounds; the same command continues", b.rounds.size()));
    const bool settled = stayed_of(b.rounds) >= kStays;
    Round round;
    double change = 0;
    for (std::size_t j = 0; j < columns; ++j) {
      std::map<double, double> known;
      const auto score = [&](double neighbours) {
        const auto found = known.find(neighbours);
        if (found != known.end()) return found->second;
        const Sums s = engine.attempt(j, neighbours);
        return known[neighbours] = quality(places, s.rss, s.trace, 0).aicc;
      };
      round.push_back(settled ? b.rounds.back()[j] : golden_section(low, high, true, score));
      change += engine.smooth(j, round.back());
    }
    b.rounds.push_back(round);
    b.changes.push_back(std::sqrt(change / places / engine.sum_of_fitted_squares()));
    b.converged = b.changes.back() < q.tolerance;
    job::keep(file, head_of(b), engine.state());
    spdlog::info("gwr: round {}: bandwidths {}, change {:.2e}", b.rounds.size(), fmt::format("{}", fmt::join(round, ", ")), b.changes.back());
  }
  if (!b.converged) spdlog::warn("gwr: the backfitting did not settle in {} rounds; its last change is {:.2e}, the tolerance {:.2e}", b.rounds.size(), b.changes.back(), q.tolerance);
  return b;
}

Inferred infer(Multiscale_engine& engine, const Backfitting& b, bool replay_last, std::size_t columns, std::size_t places, const New_places& wanted, const std::filesystem::path& file) {
  constexpr std::chrono::seconds kBetween{10};  // writes of what is there
  const auto rounds = replay_last ? std::vector<Round>(b.rounds.size(), b.rounds.back()) : b.rounds;
  const std::size_t at_once = engine.columns_at_once(), size = columns + places * columns + places + wanted.size();
  Json head = head_of({.start = b.start, .rounds = rounds, .changes = {}, .converged = false});
  std::vector<double> all(size, 0);
  std::size_t first = 0;
  head["done"] = 0;
  if (auto found = job::kept(file); found && found->values.size() == size && found->head.contains("done")) {
    const auto done = found->head["done"].get<std::size_t>();
    found->head["done"] = 0;
    if (found->head == head) {
      all = std::move(found->values);
      first = done;
      spdlog::info("gwr: {} places of the inference were done before the interruption", first);
    }
  }
  const std::span<double> parameters = std::span(all).first(columns), variance = std::span(all).subspan(columns, places * columns), leverage = std::span(all).subspan(columns + places * columns, places), predicted = std::span(all).last(wanted.size());
  const auto save = [&] {
    head["done"] = first;
    job::keep(file, head, all);
  };
  job::Progress progress("gwr: inference", places, first);
  for (auto saved = std::chrono::steady_clock::now(); first < places;) {
    if (job::stop_requested()) {
      save();
      throw Stopped(fmt::format("gwr: stopped in the inference after {} of {} places; the same command continues", first, places));
    }
    const std::size_t count = std::min(at_once, places - first);
    engine.infer(b.start, rounds, first, count, {wanted.x, wanted.y, wanted.design, predicted, parameters, variance, leverage});
    first += count;
    progress.advance(count);
    if (std::chrono::steady_clock::now() - saved < kBetween) continue;
    save();
    saved = std::chrono::steady_clock::now();
  }
  return {{parameters.begin(), parameters.end()}, {variance.begin(), variance.end()}, {leverage.begin(), leverage.end()}, {predicted.begin(), predicted.end()}};
}

}  // namespace dosi::gwr
