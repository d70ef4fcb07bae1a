#include "host/gwr/multiscale.hpp"

#include <fmt/ranges.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "host/gwr/search.hpp"
#include "host/job/progress.hpp"
#include "host/job/signals.hpp"
#include "io/error.hpp"

namespace dosi::gwr {
namespace {

void stop_if_asked(const std::string& where) {
  if (job::stop_requested()) throw Stopped("gwr: stopped " + where + "; the same command begins this again");
}

}  // namespace

Backfitting backfit(Multiscale_engine& engine, const Question& q, double start, std::size_t columns, double places) {
  constexpr int kStays = 5;
  const double low = std::min(places, q.least.value_or(42)), high = std::min(places, q.most.value_or(places));
  Backfitting b{.start = start};
  engine.start(start);
  int stayed = 0;
  while (b.rounds.size() < q.iterations && !b.converged) {
    Round round;
    double change = 0;
    for (std::size_t j = 0; j < columns; ++j) {
      stop_if_asked(fmt::format("in round {} of the backfitting", b.rounds.size() + 1));
      std::map<double, double> known;
      const auto score = [&](double neighbours) {
        const auto found = known.find(neighbours);
        if (found != known.end()) return found->second;
        const Sums s = engine.attempt(j, neighbours);
        return known[neighbours] = quality(places, s.rss, s.trace, 0).aicc;
      };
      round.push_back(stayed >= kStays ? b.rounds.back()[j] : golden_section(low, high, true, score));
      change += engine.smooth(j, round.back());
    }
    stayed = !b.rounds.empty() && b.rounds.back() == round ? stayed + 1 : 0;
    b.rounds.push_back(round);
    b.changes.push_back(std::sqrt(change / places / engine.sum_of_fitted_squares()));
    b.converged = b.changes.back() < q.tolerance;
    spdlog::info("gwr: round {}: bandwidths {}, change {:.2e}", b.rounds.size(), fmt::format("{}", fmt::join(round, ", ")), b.changes.back());
  }
  if (!b.converged) spdlog::warn("gwr: the backfitting did not settle in {} rounds; its last change is {:.2e}, the tolerance {:.2e}", b.rounds.size(), b.changes.back(), q.tolerance);
  return b;
}

Inferred infer(Multiscale_engine& engine, const Backfitting& b, bool replay_last, std::size_t columns, std::size_t places) {
  Inferred out{std::vector<double>(columns, 0), std::vector<double>(places * columns, 0), std::vector<double>(places, 0)};
  const auto rounds = replay_last ? std::vector<Round>(b.rounds.size(), b.rounds.back()) : b.rounds;
  const std::size_t at_once = engine.columns_at_once();
  job::Progress progress("gwr: inference", (places + at_once - 1) / at_once, 0);
  for (std::size_t first = 0; first < places; first += at_once) {
    stop_if_asked("in the inference");
    engine.infer(b.start, rounds, first, std::min(at_once, places - first), {out.parameters, out.variance, out.leverage});
    progress.advance();
  }
  return out;
}

}  // namespace dosi::gwr
