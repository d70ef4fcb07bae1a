#include "host/scan/rounds.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>
#include <numeric>

#include "host/job/kept.hpp"
#include "host/job/signals.hpp"
#include "host/scan/trend.hpp"
#include "io/error.hpp"

namespace dosi::scan {
namespace {

constexpr std::size_t kFirst = 64;  // replicas drawn before it is asked whether to stop

std::string name_of(const Search& search, std::size_t scan) {
  const auto& name = search.study().scans[scan].name;
  return name.empty() ? "" : " of '" + name + "'";
}

// Replicas [first, first + count), a share of them on each rank.
std::vector<double> draw_batch(Search& search, std::size_t scan, std::uint32_t stream, std::size_t first,
                               std::size_t count, comm::Ranks& ranks) {
  std::vector<double> batch(count);
  const auto own = ranks.share(count);
  const auto drawn = own.count > 0 ? search.maxima(scan, stream, first + own.first, own.count) : std::vector<double>();
  std::copy(drawn.begin(), drawn.end(), batch.begin() + static_cast<std::ptrdiff_t>(own.first));
  ranks.complete(std::span(batch), own.first, own.count);
  return batch;
}

// Fills in what `round` has drawn: all replicas, or as many as it takes.
void draw(Search& search, std::size_t scan, const Question& q, const std::filesystem::path& folder, comm::Ranks& ranks,
          Round& round) {
  const auto stream = static_cast<std::uint32_t>((round.number - 1) << 16 | round.scan);
  std::size_t as_good = 0;
  while (round.drawn.size() < q.replicas && !round.stopped) {
    if (job::stop_requested(ranks))
      throw Stopped(fmt::format("scan: stopped after {} replicas of round {}{}; the same command continues",
                                round.drawn.size(), round.number, name_of(search, scan)));
    const std::size_t first = round.drawn.size(), rest = q.replicas - first;
    const auto file = folder / fmt::format("scan-{}-round-{}-from-{}.kept", round.scan, round.number, first);
    auto batch = job::kept(file, ranks).value_or(job::Kept{}).values;
    if (!batch.empty()) {
      spdlog::info("scan: round {}{} continues after {} replicas", round.number, name_of(search, scan),
                   first + batch.size());
    } else {
      const std::size_t at_once = ranks.size() * replicas_at_once(search.windows(scan) * (q.classed() ? 20 : 1));
      batch = draw_batch(search, scan, stream, first,
                         std::min({rest, at_once, q.stop_after ? std::max(kFirst, first) : rest}), ranks);
      job::keep(file, {}, batch, ranks);
    }
    for (const double m : batch) {
      round.drawn.push_back(m);
      if (!q.stop_after || !round.cluster || !does_as_well(m, round.cluster->window.llr)) continue;
      round.stopped = ++as_good == *q.stop_after;
      if (round.stopped) break;
    }
  }
  round.windows = search.windows(scan) * (1 + static_cast<double>(round.drawn.size()));
}

Round play(Search& search, std::size_t scan, const Question& q, const std::filesystem::path& folder, comm::Ranks& ranks,
           std::size_t number, std::size_t of_scan) {
  Round round{.scan = of_scan, .number = number, .cases = search.study().scans[scan].total_cases()};
  auto clusters = choose_clusters(search, q, scan, search.best(scan), Maxima({0.0}), 1);
  if (!clusters.empty()) round.cluster = std::move(clusters.front());
  draw(search, scan, q, folder, ranks, round);
  if (!round.cluster) return round;
  round.cluster->scan = of_scan;
  round.cluster->rank = number;
  round.cluster->p = round.maxima().p_value(round.cluster->window.llr);
  spdlog::info("scan: round {}{}: {} cases, log likelihood ratio {:.6g}, p {:.4g} of {} replicas", number,
               name_of(search, scan), round.cluster->window.cases, round.cluster->window.llr / round.cluster->weight,
               round.cluster->p.p, round.drawn.size());
  return round;
}

// Something to find: cases, individuals that are none, marks that differ, and a disc.
bool can_go_on(const Study_data& study, const Question& q, const Neighbours& neighbours) {
  const auto& d = study.scans[0];
  const auto& m = d.marks;
  if (!(d.total_cases() > 0) || !has_discs(neighbours, 0) || (q.marked() && m.cell.size() < 2)) return false;
  if (q.risk == Risk::normal)
    return std::adjacent_find(m.value.begin(), m.value.end(), std::not_equal_to<>()) != m.value.end();
  if (q.classed()) return m.classes.size() > 1;
  const auto individuals = std::accumulate(d.individuals.begin(), d.individuals.end(), std::uint64_t{0});
  return q.marked() || d.individuals.empty() || static_cast<double>(individuals) > d.total_cases();
}

// Marks of individuals that are left.
void take_out(Mark_data& m, const std::vector<std::uint8_t>& gone) {
  std::size_t left = 0;
  for (std::size_t i = 0; i < m.cell.size(); ++i) {
    if (gone[m.cell[i]]) continue;
    m.cell[left] = m.cell[i];
    if (!m.value.empty()) m.value[left] = m.value[i];
    if (!m.group.empty()) m.group[left] = m.group[i];
    ++left;
  }
  m.cell.resize(left);
  if (!m.value.empty()) m.value.resize(left);
  if (!m.group.empty()) m.group.resize(left);
  if (!m.classes.empty()) drop_empty_classes(m);
}

// A round may have fewer classes than the study: `found` in the order of those of the study.
void name_classes(std::vector<Class_finding>& found, const std::vector<std::string>& own,
                  const std::vector<std::string>& all) {
  std::vector<Class_finding> out;
  for (const auto& name : all) {
    const auto at = static_cast<std::size_t>(std::find(own.begin(), own.end(), name) - own.begin());
    out.push_back(at < own.size() ? found[at] : Class_finding{0, 0, std::nan(""), 0});
  }
  if (!found.empty()) found = std::move(out);
}

}  // namespace

Study_data without(const Study_data& study, std::size_t scan, const Cluster& cluster, const Question& q) {
  const std::size_t steps = study.time.steps(), cells = study.places.size() * steps;
  const bool always = q.risk == Risk::permutation;
  Study_data left{.places = study.places, .time = study.time, .scans = {study.scans[scan]}, .gone = study.gone};
  left.gone.resize(cells, 0);
  for (const auto p : cluster.places)
    for (std::size_t t = always ? 0 : cluster.window.begin; t < (always ? steps : cluster.window.end); ++t)
      left.gone[p * steps + t] = 1;
  auto& d = left.scans[0];
  std::vector<double> measure(cells);
  for (std::size_t i = 0; i < cells; ++i) {
    measure[i] = left.gone[i] ? 0 : d.measure_of(i / steps, i % steps, steps);
    if (!left.gone[i]) continue;
    d.cases[i] = 0;
    if (!d.individuals.empty()) d.individuals[i] = 0;
  }
  if (q.risk == Risk::permutation) {
    std::fill(d.place_measure.begin(), d.place_measure.end(), 0);
    std::fill(d.step_share.begin(), d.step_share.end(), 0);
    const double all = d.total_cases();
    for (std::size_t i = 0; i < cells; ++i) {
      d.place_measure[i / steps] += d.cases[i];
      d.step_share[i % steps] += all > 0 ? d.cases[i] / all : 0;
    }
    return left;
  }
  d.place_measure.clear();
  d.step_share.clear();
  d.measure = std::move(measure);
  take_out(d.marks, left.gone);
  if (q.risk != Risk::poisson) return left;
  const double factor = d.total_cases() / std::accumulate(d.measure.begin(), d.measure.end(), 0.0);
  for (auto& m : d.measure) m *= factor;
  if (q.trend != Trend::none && q.trend != Trend::given) d.trend = follow_trend(d, study.time, q);
  return left;
}

std::vector<Round> draw_rounds(Search& first, const Question& q, const Distances& distances, const Device& device,
                               const std::filesystem::path& folder, comm::Ranks& ranks) {
  std::vector<Round> rounds;
  for (std::size_t s = 0; s < first.study().scans.size(); ++s) {
    rounds.push_back(play(first, s, q, folder, ranks, 1, s));
    if (q.clusters != Choice::iterative) continue;
    std::unique_ptr<Study_data> study;
    std::unique_ptr<Search> search;
    while (rounds.back().cluster && rounds.back().cluster->p.p <= q.alpha && rounds.back().number < q.most_clusters) {
      const Round& last = rounds.back();
      auto left =
          std::make_unique<Study_data>(without(study ? *study : first.study(), study ? 0 : s, *last.cluster, q));
      auto neighbours = neighbours_of(*left, q, distances);
      if (!can_go_on(*left, q, neighbours)) break;
      search = std::make_unique<Search>(*left, std::move(neighbours), q, device);
      study = std::move(left);
      rounds.push_back(play(*search, 0, q, folder, ranks, last.number + 1, s));
      rounds.back().work = search->work();
      if (auto& c = rounds.back().cluster)
        name_classes(c->marks.classes, study->scans[0].marks.classes, first.study().scans[s].marks.classes);
    }
  }
  return rounds;
}

}  // namespace dosi::scan
