// How clusters are chosen and how many replicas are drawn, against loops over sets and cells.
#include "host/scan/clusters.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "host/scan/rounds.hpp"
#include "host/scan/trend.hpp"
#include "kernels/core/philox.hpp"
#include "tests/reference/marked_scan.hpp"
#include "tests/reference/scan_choice.hpp"
#include "tests/support/temp_folder.hpp"

namespace dosi::scan {
namespace {

using job::Json;
using test_support::Temp_folder;

Question question(const std::string& model, const Json& more = Json::object()) {
  Json given{{"cases", "c"}, {"model", model}, {"replicas", 19}};
  if (model == "poisson") given["population"] = "p";
  if (model == "bernoulli") given["controls"] = "k";
  given.update(more);
  return Question(job::Parameters(declared_parameters(), given, "test"));
}

// Places at random, with cases at random and more of them around the first place in the first half of the time.
Study_data made(const Question& q, std::size_t places, std::size_t steps, std::uint64_t seed, double extra = 4) {
  Random random(seed, 9);
  Study_data s;
  s.time.edge.clear();
  for (std::size_t t = 0; t <= steps; ++t) s.time.edge.push_back(static_cast<std::int64_t>(t));
  Scan_data d;
  for (std::size_t p = 0; p < places; ++p) {
    s.places.x.push_back(1000 * random.uniform());
    s.places.y.push_back(1000 * random.uniform());
    s.places.label.push_back(std::to_string(p));
    const bool near = std::hypot(s.places.x[p] - s.places.x[0], s.places.y[p] - s.places.y[0]) < 250;
    for (std::size_t t = 0; t < steps; ++t) {
      const double population = 1 + random.uniform();
      d.measure.push_back(population);
      d.cases.push_back(random.below(static_cast<std::uint32_t>(5 + (near && 2 * t <= steps ? 3 * extra : 0))));
      d.individuals.push_back(d.cases.back() + 3 + random.below(20));
    }
  }
  const double all = d.total_cases();
  if (q.risk == Risk::poisson) {
    d.individuals.clear();
    double sum = 0;
    for (const double m : d.measure) sum += m;
    for (auto& m : d.measure) m *= all / sum;
    if (q.trend != Trend::none) follow_trend(d, s.time, q);
  } else if (q.risk == Risk::bernoulli) {
    d.measure.assign(d.individuals.begin(), d.individuals.end());
  } else {
    d.individuals.clear();
    d.measure.clear();
    d.place_measure.assign(places, 0);
    d.step_share.assign(steps, 0);
    for (std::size_t i = 0; i < d.cases.size(); ++i) {
      d.place_measure[i / steps] += d.cases[i];
      d.step_share[i % steps] += d.cases[i] / all;
    }
  }
  s.scans.push_back(std::move(d));
  return s;
}

reference::Plain_study plain(const Study_data& s, const Question& q) {
  reference::Plain_study p{.steps = s.time.steps(), .x = s.places.x, .y = s.places.y};
  for (const auto c : s.scans[0].cases) p.cases.push_back(c);
  for (std::size_t i = 0; i < p.cases.size(); ++i)
    p.measure.push_back(s.scans[0].measure_of(i / p.steps, i % p.steps, p.steps));
  p.model = q.risk == Risk::bernoulli ? Model::bernoulli : Model::poisson;
  p.permutation = q.risk == Risk::permutation;
  p.by_step = q.trend == Trend::by_step;
  return p;
}

const Device& cpu() {
  static const Device device = Device::choose("cpu", 2);
  return device;
}

Search search_of(const Study_data& s, const Question& q) {
  return Search(s, neighbours_of(s, q, Distances(s.places, q)), q, cpu());
}

TEST(Scan_clusters, rounds_are_those_of_loops_over_what_is_left) {
  const std::vector<std::pair<std::string, Json>> models{{"poisson", Json::object()},
                                                         {"poisson", {{"trend", "by_step"}}},
                                                         {"bernoulli", Json::object()},
                                                         {"permutation", Json::object()}};
  for (const auto& [model, more] : models)
    for (std::uint64_t seed = 0; seed < 3; ++seed) {
      Json all{
          {"clusters", "iterative"}, {"alpha", 1}, {"most_clusters", 5}, {"max_population", seed % 2 == 0 ? 50 : 25}};
      all.update(more);
      const auto q = question(model, all);
      const auto s = made(q, 18, 6, seed);
      const Temp_folder folder;
      auto first = search_of(s, q);
      const auto rounds = draw_rounds(first, q, Distances(s.places, q), cpu(), folder / "");
      const auto expected = reference::iterative_scan(plain(s, q), q.max_population, 3, 5, 2);
      ASSERT_EQ(rounds.size(), 5u) << model;
      for (std::size_t r = 0; r < 5; ++r) {
        ASSERT_TRUE(rounds[r].cluster);
        const auto& c = *rounds[r].cluster;
        const auto& e = expected[r];
        EXPECT_NEAR(c.window.llr, e.llr, 1e-9 * (1 + e.llr)) << model << ", seed " << seed << ", round " << r + 1;
        EXPECT_EQ(std::set<std::size_t>(c.places.begin(), c.places.end()), e.places)
            << model << ", seed " << seed << ", round " << r + 1;
        EXPECT_EQ(std::pair(c.window.begin, c.window.end),
                  std::pair(static_cast<std::uint32_t>(e.begin), static_cast<std::uint32_t>(e.end)));
        EXPECT_EQ(static_cast<double>(c.window.cases), e.cases);
        EXPECT_EQ(c.rank, r + 1);
        EXPECT_EQ(rounds[r].drawn.size(), 19u);
      }
      EXPECT_NE(rounds[0].drawn, rounds[1].drawn) << "each round draws its own";
    }
}

// 150 individuals at 15 places in 4 steps, those around the first place marked higher; the last class is theirs alone.
Study_data marked(const Question& q, std::uint64_t seed) {
  Random random(seed, 11);
  auto s = made(question("permutation"), 15, 4, seed);
  Scan_data d;
  d.cases.assign(60, 0);
  for (std::uint32_t i = 0; i < 150; ++i) {
    const std::uint32_t place = random.below(15), cell = place * 4 + random.below(4);
    const bool near = std::hypot(s.places.x[place] - s.places.x[0], s.places.y[place] - s.places.y[0]) < 200;
    d.marks.cell.push_back(cell);
    if (q.classed()) d.marks.group.push_back(near ? 2 + random.below(2) : random.below(3));
    else d.marks.value.push_back(1 + random.below(near ? 9 : 4));
    if (q.risk == Risk::exponential) d.marks.group.push_back(random.below(4) > 0 ? 1 : 0);
    ++d.cases[cell];
  }
  if (q.classed()) {
    d.marks.classes = {"a", "b", "c", "d"};
    drop_empty_classes(d.marks);
  }
  d.individuals = d.cases;
  d.measure.assign(d.cases.begin(), d.cases.end());
  if (q.risk == Risk::exponential) {
    std::fill(d.cases.begin(), d.cases.end(), 0u);
    for (std::size_t i = 0; i < d.marks.cell.size(); ++i) d.cases[d.marks.cell[i]] += d.marks.group[i];
  }
  s.scans = {d};
  return s;
}

TEST(Scan_clusters, rounds_of_marks_are_those_of_who_is_left) {
  const std::vector<std::pair<std::string, Model>> models{{"normal", Model::normal},
                                                          {"exponential", Model::exponential},
                                                          {"ordinal", Model::ordinal},
                                                          {"multinomial", Model::multinomial}};
  for (const auto& [name, model] : models) {
    Json more{{"mark", "m"}, {"clusters", "iterative"}, {"alpha", 1}, {"most_clusters", 3}, {"rates", "both"}};
    if (model == Model::ordinal) more["classes"] = {"a", "b", "c", "d"};
    if (model == Model::multinomial) more.erase("rates");
    const auto q = question(name, more);
    const auto s = marked(q, 3);
    const Temp_folder folder;
    auto first = search_of(s, q);
    const auto rounds = draw_rounds(first, q, Distances(s.places, q), cpu(), folder / "");
    ASSERT_EQ(rounds.size(), 3u) << name;
    auto left = s.scans[0].marks;
    auto study = s;
    for (const auto& round : rounds) {
      ASSERT_TRUE(round.cluster) << name;
      const auto& c = *round.cluster;
      const auto near = neighbours_of(study, q, Distances(s.places, q));
      Windows windows{15, 4, near.first, near.place};
      windows.longest = 2;
      const auto groups = left.group.empty() ? 0u : *std::max_element(left.group.begin(), left.group.end()) + 1;
      const Study all{.model = model,
                      .null = Null::marks,
                      .rates = q.rates,
                      .fewest = q.min_cases,
                      .reach = near.reach[0],
                      .marks = {left.cell, left.value, left.group, groups}};
      auto best = reference::marked_scan(windows, all, left.cell);
      const auto top =
          *std::max_element(best.begin(), best.end(), [](const auto& a, const auto& b) { return a.llr < b.llr; });
      EXPECT_NEAR(c.window.llr, top.llr, 1e-9 * (1 + top.llr)) << name << ", round " << round.number;
      EXPECT_EQ(c.marks.classes.size(), s.scans[0].marks.classes.size()) << "each round names all classes";
      study = without(study, 0, c, q);
      const auto inside = [&](std::uint32_t cell) {
        return c.has(cell / 4) && cell % 4 >= c.window.begin && cell % 4 < c.window.end;
      };
      Mark_data next{.cell = {}, .group = {}, .value = {}, .classes = left.classes};
      for (std::size_t i = 0; i < left.cell.size(); ++i) {
        if (inside(left.cell[i])) continue;
        next.cell.push_back(left.cell[i]);
        if (!left.value.empty()) next.value.push_back(left.value[i]);
        if (!left.group.empty()) next.group.push_back(left.group[i]);
      }
      if (q.classed()) drop_empty_classes(next);
      left = next;
      EXPECT_EQ(study.scans[0].marks.cell, left.cell) << name;
      EXPECT_EQ(study.scans[0].marks.group, left.group) << name;
      EXPECT_EQ(study.scans[0].marks.value, left.value) << name;
    }
  }
}

// Replicas of a round are those of its own study and stream.
TEST(Scan_clusters, rounds_draw_their_own_replicas) {
  const auto q = question("bernoulli", {{"clusters", "iterative"}, {"alpha", 1}, {"most_clusters", 2}});
  const auto s = made(q, 15, 5, 2);
  const Temp_folder folder;
  auto first = search_of(s, q);
  const auto rounds = draw_rounds(first, q, Distances(s.places, q), cpu(), folder / "");
  const auto left = without(s, 0, *rounds[0].cluster, q);
  auto second = search_of(left, q);
  EXPECT_EQ(rounds[0].drawn, first.maxima(0, 0, 0, 19));
  EXPECT_EQ(rounds[1].drawn, second.maxima(0, 1 << 16, 0, 19));
  EXPECT_NE(rounds[1].drawn, second.maxima(0, 0, 0, 19));
  EXPECT_EQ(rounds[1].cluster->p.p, Maxima(rounds[1].drawn).p_value(rounds[1].cluster->window.llr).p);
}

// One cluster is planted and nothing else: once it is taken out, p-values are as chance alone makes them.
TEST(Scan_clusters, second_rounds_have_the_p_of_chance) {
  constexpr int kSets = 40, kPlaces = 16, kSteps = 4;
  int first_found = 0, in_twentieth = 0, in_quarter = 0;
  for (int set = 0; set < kSets; ++set) {
    const auto q = question("poisson", {{"clusters", "iterative"}, {"seed", set}});
    auto s = made(q, kPlaces, kSteps, static_cast<std::uint64_t>(set));
    auto& d = s.scans[0];
    std::fill(d.cases.begin(), d.cases.end(), 0);
    Random random(static_cast<std::uint64_t>(set), 77);
    double sum = 0;
    for (const double m : d.measure) sum += m;
    for (int i = 0; i < 400; ++i) {
      double u = sum * random.uniform();
      std::size_t cell = 0;
      while (cell + 1 < d.measure.size() && u >= d.measure[cell]) u -= d.measure[cell++];
      ++d.cases[cell];
    }
    d.cases[5] += 30;  // place 1, its second step
    for (auto& m : d.measure) m *= d.total_cases() / sum;
    const Temp_folder folder;
    auto search = search_of(s, q);
    const auto rounds = draw_rounds(search, q, Distances(s.places, q), cpu(), folder / "");
    first_found += rounds[0].cluster->has(1) && rounds[0].cluster->p.p <= 0.05 ? 1 : 0;
    ASSERT_TRUE(rounds.size() > 1 && rounds[1].cluster);
    in_twentieth += rounds[1].cluster->p.p <= 0.05 ? 1 : 0;
    in_quarter += rounds[1].cluster->p.p <= 0.25 ? 1 : 0;
  }
  EXPECT_EQ(first_found, kSets);
  EXPECT_LE(in_twentieth, 8) << "2 expected, standard deviation 1.4";
  EXPECT_GE(in_quarter, 2) << "10 expected, standard deviation 2.7";
  EXPECT_LE(in_quarter, 19);
}

TEST(Scan_clusters, rounds_end_with_the_first_that_is_not_significant) {
  const auto q = question("poisson", {{"clusters", "iterative"}, {"replicas", 199}});
  const auto s = made(q, 25, 6, 3, 6);
  const Temp_folder folder;
  auto first = search_of(s, q);
  const auto rounds = draw_rounds(first, q, Distances(s.places, q), cpu(), folder / "");
  ASSERT_GE(rounds.size(), 2u);
  for (std::size_t r = 0; r + 1 < rounds.size(); ++r) EXPECT_LE(rounds[r].cluster->p.p, 0.05);
  EXPECT_GT(rounds.back().cluster->p.p, 0.05);
}

TEST(Scan_clusters, rounds_end_where_nothing_is_left) {
  const auto q = question(
      "bernoulli",
      {{"clusters", "iterative"}, {"alpha", 1}, {"most_clusters", 100}, {"min_cases", 1}, {"analysis", "spatial"}});
  const auto s = made(q, 6, 1, 5);
  const Temp_folder folder;
  auto first = search_of(s, q);
  const auto rounds = draw_rounds(first, q, Distances(s.places, q), cpu(), folder / "");
  EXPECT_GE(rounds.size(), 2u);
  EXPECT_LE(rounds.size(), 6u);
}

// Besag and Clifford: of the very replicas of a full run, those up to the h-th that does as well.
TEST(Scan_clusters, stopping_early_takes_the_first_replicas_of_a_full_run) {
  int stopped = 0;
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    const auto full = question("permutation", {{"replicas", 499}});
    const auto s = made(full, 15, 8, seed, seed < 4 ? 0 : 1);
    auto search = search_of(s, full);
    const auto all = search.maxima(0, 0, 0, 499);
    const double seen = choose_clusters(search, full, 0, search.best(0), Maxima(all), 1)[0].window.llr;
    for (const std::uint32_t h : {1u, 5u, 30u}) {
      std::size_t as_good = 0, drawn = 0;
      while (drawn < 499 && as_good < h) as_good += all[drawn++] >= seen - 1e-9 ? 1 : 0;
      const auto q = question("permutation", {{"replicas", 499}, {"stop_after", h}});
      const Temp_folder folder;
      auto again = search_of(s, q);
      const auto round = draw_rounds(again, q, Distances(s.places, q), cpu(), folder / "").at(0);
      EXPECT_EQ(round.drawn, std::vector<double>(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(drawn)));
      EXPECT_EQ(round.stopped, as_good == h);
      EXPECT_DOUBLE_EQ(round.cluster->p.p,
                       as_good == h ? h / static_cast<double>(drawn) : (1.0 + static_cast<double>(as_good)) / 500);
      stopped += round.stopped ? 1 : 0;
      // What is kept answers for the same, and what is missing is drawn again.
      std::filesystem::remove(folder / "scan-0-round-1-from-64.kept");
      EXPECT_EQ(draw_rounds(again, q, Distances(s.places, q), cpu(), folder / "").at(0).drawn, round.drawn);
    }
  }
  EXPECT_GE(stopped, 8);
}

// Forty places on a line; two short stretches with twice the cases, and three ordinary places between them.
Study_data two_clusters() {
  Study_data s;
  Scan_data d;
  for (int i = 0; i < 40; ++i) {
    s.places.x.push_back(100.0 * i);
    s.places.y.push_back(0);
    s.places.label.push_back(std::to_string(i));
    d.cases.push_back((i >= 10 && i < 14) || (i >= 17 && i < 21) ? 20 : 10);
  }
  d.measure.assign(40, d.total_cases() / 40);
  s.scans.push_back(std::move(d));
  return s;
}

TEST(Scan_clusters, gini_splits_what_a_large_disc_merges) {
  const Json spatial{{"analysis", "spatial"}, {"replicas", 99}};
  const auto q = question("poisson", spatial);
  const auto s = two_clusters();
  auto search = search_of(s, q);
  const Maxima maxima(search.maxima(0, 0, 0, 99));
  const auto merged = choose_clusters(search, q, 0, search.best(0), maxima, 20);
  EXPECT_EQ(merged[0].places.size(), 11u) << "both and what is between";

  Json with = spatial;
  with["clusters"] = "gini";
  const auto g = question("poisson", with);
  const auto choice = choose_by_gini(search, g, 0, maxima);
  ASSERT_GE(choice.clusters.size(), 2u);
  std::set<std::vector<std::uint32_t>> both{choice.clusters[0].places, choice.clusters[1].places};
  EXPECT_EQ(both, (std::set<std::vector<std::uint32_t>>{{10, 11, 12, 13}, {17, 18, 19, 20}}));
  // By hand: two stretches have 160 of 480 cases where 96 are expected; one merged has 190 where 132 are.
  ASSERT_EQ(choice.sizes.size(), 15u);
  EXPECT_NEAR(choice.sizes.back().gini, 190.0 / 480 - 132.0 / 480, 1e-12) << "50 %";
  double best = 0;
  for (const auto& z : choice.sizes) best = std::max(best, z.gini);
  EXPECT_NEAR(best, 160.0 / 480 - 96.0 / 480, 1e-12);
  for (const auto& z : choice.sizes) EXPECT_TRUE(!z.chosen || z.gini > best - 1e-9);
}

TEST(Scan_clusters, gini_is_that_of_all_pairs) {
  Random random(8, 1);
  for (int i = 0; i < 50; ++i) {
    std::vector<Cluster> clusters(1 + random.below(6));
    std::vector<std::pair<double, double>> parts;
    double expected = 1000, cases = 1000;
    for (auto& c : clusters) {
      c.expected = 1 + 100 * random.uniform();
      c.window.cases = random.below(150);
      c.p.p = random.below(4) == 0 ? 0.2 : 0.01;
      if (c.p.p > 0.05) continue;
      parts.emplace_back(c.expected, static_cast<double>(c.window.cases));
      expected -= c.expected;
      cases -= static_cast<double>(c.window.cases);
    }
    parts.emplace_back(expected, cases);
    EXPECT_NEAR(gini_of(clusters, 1000, 0.05), reference::gini_by_pairs(parts), 1e-12);
  }
  EXPECT_EQ(gini_of({}, 1000, 0.05), 0);
}

// Every rule of overlap, as sets say it: the best window that the rule lets stand beside all before.
TEST(Scan_clusters, overlap_is_what_the_rule_forbids) {
  using Set = std::set<std::uint32_t>;
  struct Candidate {
    Window window;
    std::uint32_t centre;
    Set places;
  };
  const auto shares = [](const Set& a, const Set& b) {
    return std::any_of(a.begin(), a.end(), [&](auto p) { return b.contains(p); });
  };
  std::set<std::vector<std::uint32_t>> answers;
  for (const char* rule :
       {"none", "no_centre_in_other", "no_centre_in_better", "no_centre_in_worse", "no_centres_in_each_other", "any"}) {
    const auto q = question("poisson", {{"overlap", rule}, {"analysis", "spatial"}});
    const auto s = made(q, 40, 1, 12);
    auto search = search_of(s, q);
    std::vector<Candidate> candidates;
    for (const auto& w : search.best(0)) {
      const auto* first = search.neighbours().place.data() + search.neighbours().first[w.centroid];
      if (w.llr > 0) candidates.push_back({w, w.centroid, Set(first, first + w.places)});
    }
    std::sort(candidates.begin(), candidates.end(),
              [](const auto& a, const auto& b) { return better(a.window, b.window); });
    std::vector<Candidate> kept;
    for (const auto& c : candidates) {
      const bool fine = std::all_of(kept.begin(), kept.end(), [&](const Candidate& b) {
        const bool worse_in = b.places.contains(c.centre), better_in = c.places.contains(b.centre);
        const std::string name = rule;
        if (name == "none") return !shares(b.places, c.places);
        if (name == "no_centre_in_other") return !worse_in && !better_in;
        if (name == "no_centre_in_better") return !worse_in;
        if (name == "no_centre_in_worse") return !better_in;
        if (name == "no_centres_in_each_other") return !(worse_in && better_in);
        return b.places != c.places;
      });
      if (fine) kept.push_back(c);
    }
    std::vector<std::uint32_t> got, expected;
    for (const auto& c : choose_clusters(search, q, 0, search.best(0), Maxima({1.0, 2.0}), 1000))
      got.push_back(c.window.centroid);
    for (const auto& c : kept) expected.push_back(c.window.centroid);
    EXPECT_EQ(got, expected) << rule;
    answers.insert(got);
  }
  EXPECT_GE(answers.size(), 5u) << "the rules differ on these data";
}

}  // namespace
}  // namespace dosi::scan
