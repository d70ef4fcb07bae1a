#include "host/gwr/multiscale.hpp"

#include <fmt/ranges.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>
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
bool go_on(Multiscale_engine& engine, const Question& q, std::size_t columns, double places,
           const std::filesystem::path& file, Backfitting& b) {
  const auto found = job::kept(file);
  const std::size_t n = static_cast<std::size_t>(places);
  if (!found || found->values.size() != (2 * columns + 1) * n || found->head.value("start", 0.0) != b.start)
    return false;
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

// What the first rank came to, and its engine's state, to the others.
void follow_first(Multiscale_engine& engine, Backfitting& b, comm::Ranks& ranks) {
  const auto head = Json::parse(ranks.from_first(ranks.first() ? head_of(b).dump() : ""));
  auto state = ranks.first() ? engine.state() : std::vector<double>();
  const auto bytes = ranks.from_first({reinterpret_cast<const char*>(state.data()), state.size() * sizeof(double)});
  if (ranks.first()) return;
  b.rounds = head["rounds"].get<std::vector<Round>>();
  b.changes = head["changes"].get<std::vector<double>>();
  state.resize(bytes.size() / sizeof(double));
  std::memcpy(state.data(), bytes.data(), bytes.size());
  engine.restore(state);
}

}  // namespace

Backfitting backfit(Multiscale_engine& engine, const Question& q, double start, std::size_t columns, double places,
                    const std::filesystem::path& file, comm::Ranks& ranks) {
  Backfitting b{.start = start};
  if (ranks.first()) b = backfit(engine, q, start, columns, places, file);
  if (!ranks.alone()) follow_first(engine, b, ranks);
  return b;
}

Backfitting backfit(Multiscale_engine& engine, const Question& q, double start, std::size_t columns, double places,
                    const std::filesystem::path& file) {
  constexpr int kStays = 5;
  const double low = std::min(places, q.least.value_or(42)), high = std::min(places, q.most.value_or(places));
  Backfitting b{.start = start};
  if (!go_on(engine, q, columns, places, file, b)) engine.start(start);
  while (b.rounds.size() < q.iterations && !b.converged) {
    if (job::stop_requested())
      throw Stopped(fmt::format("gwr: stopped after {} rounds; the same command continues", b.rounds.size()));
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
    spdlog::info("gwr: round {}: bandwidths {}, change {:.2e}", b.rounds.size(),
                 fmt::format("{}", fmt::join(round, ", ")), b.changes.back());
  }
  if (!b.converged)
    spdlog::warn("gwr: the backfitting did not settle in {} rounds; its last change is {:.2e}, the tolerance {:.2e}",
                 b.rounds.size(), b.changes.back(), q.tolerance);
  return b;
}

// Sums over columns of the identity, as numbers in a row: by column, by place and column, by place, by new place.
struct Inferred_sums {
  Inferred_sums(std::size_t columns, std::size_t places, std::size_t wanted)
      : columns(columns), places(places), all(columns + places * columns + places + wanted, 0) {}
  std::span<double> parameters() { return std::span(all).first(columns); }
  std::span<double> variance() { return std::span(all).subspan(columns, places * columns); }
  std::span<double> leverage() { return std::span(all).subspan(columns + places * columns, places); }
  std::span<double> predicted() { return std::span(all).subspan(columns + places * columns + places); }

  std::size_t columns, places;
  std::vector<double> all;
};

// Adds what all ranks have, one after the other.
void add_of_all(std::vector<double>& sums, const std::vector<double>& own, comm::Ranks& ranks) {
  for (const auto& part : ranks.exchange({reinterpret_cast<const char*>(own.data()), own.size() * sizeof(double)})) {
    std::vector<double> its(own.size());
    part.copy(reinterpret_cast<char*>(its.data()), part.size());
    for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += its[i];
  }
}

Inferred infer(Multiscale_engine& engine, const Backfitting& b, bool replay_last, std::size_t columns,
               std::size_t places, const New_places& wanted, const std::filesystem::path& file, comm::Ranks& ranks) {
  constexpr std::chrono::seconds kBetween{10};  // writes of what is there
  const auto rounds = replay_last ? std::vector<Round>(b.rounds.size(), b.rounds.back()) : b.rounds;
  const std::size_t at_once = std::stoull(ranks.from_first(std::to_string(engine.columns_at_once())));
  Inferred_sums sums(columns, places, wanted.size());
  Json head = head_of({.start = b.start, .rounds = rounds, .changes = {}, .converged = false});
  std::size_t first = 0;
  head["done"] = 0;
  if (auto found = job::kept(file, ranks);
      found && found->values.size() == sums.all.size() && found->head.contains("done")) {
    const auto done = found->head["done"].get<std::size_t>();
    found->head["done"] = 0;
    if (found->head == head) {
      sums.all = std::move(found->values);
      first = done;
      spdlog::info("gwr: {} places of the inference were done before the interruption", first);
    }
  }
  const auto save = [&] {
    head["done"] = first;
    job::keep(file, head, sums.all, ranks);
  };
  const auto add = [&](Inferred_sums& to, std::size_t from, std::size_t count) {
    if (count > 0)
      engine.infer(b.start, rounds, from, count,
                   {wanted.where(), wanted.design, to.predicted(), to.parameters(), to.variance(), to.leverage()});
  };
  job::Progress progress("gwr: inference", places, first, "places");
  for (auto saved = std::chrono::steady_clock::now(); first < places;) {
    if (job::stop_requested(ranks)) {
      save();
      throw Stopped(fmt::format("gwr: stopped in the inference after {} of {} places; the same command continues",
                                first, places));
    }
    const std::size_t end = std::min(first + at_once * ranks.size(), places);
    if (ranks.alone()) {
      add(sums, first, end - first);
    } else {
      const std::size_t from = std::min(first + at_once * ranks.rank(), end);
      Inferred_sums own(columns, places, wanted.size());
      add(own, from, std::min(at_once, end - from));
      add_of_all(sums.all, own.all, ranks);
    }
    progress.advance(end - first);
    first = end;
    if (std::chrono::steady_clock::now() - saved < kBetween) continue;
    save();
    saved = std::chrono::steady_clock::now();
  }
  const auto values = [](std::span<const double> from) { return std::vector<double>(from.begin(), from.end()); };
  return {values(sums.parameters()), values(sums.variance()), values(sums.leverage()), values(sums.predicted())};
}

}  // namespace dosi::gwr
