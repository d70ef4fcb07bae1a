// A scenario answers as a city does whose streets were changed by hand.
#include "host/access/scenarios.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "host/access/access_job.hpp"
#include "host/job/run.hpp"
#include "host/geometry/locate.hpp"
#include "host/make_city/make_city.hpp"
#include "io/stream/stream.hpp"
#include "kernels/access/access.hpp"
#include "tests/support/program.hpp"
#include "tests/support/temp_folder.hpp"
#include "tests/system/dijkstra_check.hpp"

namespace dosi::access {
namespace {

using job::Json;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

class Scenarios : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new test_support::Temp_folder;
    make_city::make({.people = 30'000, .seed = 11, .out = *folder_ / "city.h5"});
    network_ = new city::Network(city::City::open(*folder_ / "city.h5").read_network("streets"));
  }
  static void TearDownTestSuite() {
    delete network_;
    delete folder_;
  }

  static fs::path path(const std::string& name) { return *folder_ / name; }
  static const city::Network& network() { return *network_; }

  static result::Result run(const std::string& city, const std::string& out, const Json& more) {
    Json parameters{{"origins", "buildings"},
                    {"destinations", "clinics"},
                    {"zones", "dong"},
                    {"groups", {"residents", "age_65_up"}},
                    {"opportunities", {"count", "doctors"}},
                    {"cutoffs", {4, 8}},
                    {"decay", "linear"},
                    {"supply", "doctors"},
                    {"catchment", {6}},
                    {"limit", 6}};
    parameters.update(more);
    job::run(access_kind(), {path(city), path(out), parameters, "test", true});
    return result::Result::open(path(out));
  }

  // The city with other streets.
  static void change(const std::string& city, const std::string& mode,
                     const std::function<void(city::Network&, std::vector<std::uint32_t>&)>& f) {
    auto n = network();
    f(n, n.times.at(mode));
    n.sort_arcs();
    fs::copy_file(path("city.h5"), path(city), fs::copy_options::overwrite_existing);
    auto writer = city::City_writer::update(path(city), {"network/streets"});
    writer.add("streets", n, {"test", "test"});
    writer.publish();
  }

  // Column `scenario` of the scenarios' figures against the figures of a run on the changed city; rows that `skip` says
  // are left out.
  static void expect_same(
      const result::Result& what_if, std::size_t scenario, std::size_t scenarios, const result::Result& changed,
      const std::function<bool(double, double)>& skip = [](double, double) { return false; }) {
    const auto a = what_if.root().group("origins"), b = changed.root().group("origins");
    const auto x = stream::read_all<double>(a, "x"), y = stream::read_all<double>(a, "y");
    std::size_t compared = 0;
    const auto same = [&]<class T>(const std::string& name, const std::string& other, T) {
      const auto left = stream::read_all<T>(a, name), right = stream::read_all<T>(b, other);
      const std::size_t each = right.size() / x.size();
      for (std::size_t r = 0; r < x.size(); ++r) {
        if (skip(x[r], y[r])) continue;
        for (std::size_t k = 0; k < each; ++k)
          ASSERT_EQ(left[(r * scenarios + scenario) * each + k], right[r * each + k]) << name << " of row " << r;
        ++compared;
      }
    };
    same("scenario_time", "nearest_time", std::uint32_t{});
    same("scenario_place", "nearest_place", std::uint32_t{});
    same("scenario_within", "within", double{});
    same("scenario_gravity", "gravity", double{});
    EXPECT_GT(compared, x.size() * 3);
  }

  static test_support::Temp_folder* folder_;
  static city::Network* network_;
};
test_support::Temp_folder* Scenarios::folder_ = nullptr;
city::Network* Scenarios::network_ = nullptr;

Json node_ids(std::uint32_t arc, const city::Network& n) {
  return {n.node_id[n.arc_tail[arc]], n.node_id[n.arc_head[arc]]};
}

// Streets that many ways lead over: of the widest classes.
std::vector<std::uint32_t> main_arcs(const city::Network& n, const std::vector<std::uint32_t>& time) {
  std::vector<std::uint32_t> arcs;
  for (std::uint32_t a = 0; a < n.arcs(); ++a)
    if (time[a] != kNever && n.arc_class[a] <= static_cast<std::uint8_t>(city::Road::tertiary)) arcs.push_back(a);
  return arcs;
}

// Scenario `scenario` against Dijkstra on `times`, for some origins. Places leave and arrive by the street they lie on,
// with its time as it is where it is closed.
void expect_dijkstra(const city::City& city, const result::Result& result, std::size_t scenario, std::size_t scenarios,
                     const std::string& mode, const std::vector<std::uint32_t>& times) {
  const auto n = city.read_network("streets");
  auto own = times;
  for (std::size_t a = 0; a < own.size(); ++a)
    if (own[a] == kNever) own[a] = n.times.at(mode)[a];
  const auto edges =
      make_edges({static_cast<std::uint32_t>(n.nodes()), n.arc_tail, n.arc_head, own, n.node_x, n.node_y});
  std::vector<reference::Arc> arcs;
  for (std::size_t a = 0; a < n.arcs(); ++a) arcs.push_back({n.arc_tail[a], n.arc_head[a], times[a]});
  const reference::Graph graph(static_cast<std::uint32_t>(n.nodes()), arcs);

  const auto o = result.root().group("origins"), d = result.root().group("destinations");
  const auto ox = stream::read_all<double>(o, "x"), oy = stream::read_all<double>(o, "y"),
             dx = stream::read_all<double>(d, "x"), dy = stream::read_all<double>(d, "y");
  const auto time = stream::read_all<std::uint32_t>(o, "scenario_time");
  const auto within = stream::read_all<double>(o, "scenario_within");
  std::vector<Place> to;
  for (std::size_t i = 0; i < dx.size(); ++i) to.push_back(system_test::place_of(n, edges, dx[i], dy[i], {}));
  const auto far = [](std::uint32_t t) { return t == kFar ? std::uint64_t{1} << 40 : std::uint64_t{t}; };
  std::size_t reached = 0;
  for (std::size_t i = 5; i < ox.size(); i += ox.size() / 60) {
    const auto p = system_test::place_of(n, edges, ox[i], oy[i], {});
    const auto from_a = graph.from(p.a), from_b = graph.from(p.b);
    std::uint64_t nearest = std::uint64_t{1} << 40, count = 0;
    for (const auto& q : to) {
      const auto& street = edges[p.edge];
      const std::uint64_t leave_a = p.along_ba == kFar ? far(kFar) : street.time_ba - p.along_ba,
                          leave_b = p.along_ab == kFar ? far(kFar) : street.time_ab - p.along_ab;
      std::uint64_t best = std::uint64_t{1} << 40;
      for (const auto& [leave, from] : {std::pair(leave_a, &from_a), std::pair(leave_b, &from_b)})
        for (const auto& [node, arrive] : {std::pair(q.a, far(q.along_ab)), std::pair(q.b, far(q.along_ba))})
          if ((*from)[node] != reference::kUnreached) best = std::min(best, leave + (*from)[node] + arrive);
      if (p.edge == q.edge && p.position <= q.position && p.along_ab != kFar)
        best = std::min<std::uint64_t>(best, q.along_ab - p.along_ab);
      if (p.edge == q.edge && p.position >= q.position && p.along_ba != kFar)
        best = std::min<std::uint64_t>(best, q.along_ba - p.along_ba);
      best += p.walk + q.walk;
      nearest = std::min(nearest, best);
      count += best <= 4 * 60'000 ? 1 : 0;
    }
    reached += nearest < kFar ? 1 : 0;
    ASSERT_EQ(time[i * scenarios + scenario], nearest < kFar ? nearest : kNever)
        << "origin " << i << " in scenario " << scenario;
    ASSERT_EQ(within[(i * scenarios + scenario) * 4], count) << "origin " << i << " in scenario " << scenario;
  }
  EXPECT_GT(reached, 10u);
}

TEST_F(Scenarios, SpeedsAreThoseOfAChangedCity) {
  for (const std::string mode : {"walk", "drive"}) {
    const Json scenarios{{{"name", "slow"},
                          {"speeds", {{{"factor", 0.5}}, {{"classes", {"residential", "tertiary"}}, {"speed", 2.5}}}}}};
    const auto what_if = run("city.h5", "what-if.h5", {{"mode", mode}, {"scenarios", scenarios}});
    change("slow.h5", mode, [&](auto& n, auto& t) {
      for (std::uint32_t a = 0; a < n.arcs(); ++a) {
        if (t[a] == kNever) continue;
        t[a] = static_cast<std::uint32_t>(std::llround(t[a] / 0.5));
        const auto c = static_cast<city::Road>(n.arc_class[a]);
        if (c == city::Road::residential || c == city::Road::tertiary)
          t[a] = static_cast<std::uint32_t>(std::llround(n.arc_length[a] * 3600 / 2.5));
      }
    });
    const auto slow = run("slow.h5", "slow-result.h5", {{"mode", mode}});
    expect_same(what_if, 0, 1, slow);
    EXPECT_EQ(stream::read_all<double>(what_if.root().group("origins"), "scenario_supply"),
              stream::read_all<double>(slow.root().group("origins"), "supply"));
  }
}

// All that one run may have, some of them the same, one that changes nothing: each as if it were asked alone, rooted at
// either side, in tiles.
TEST_F(Scenarios, ManyAreAsEachAlone) {
  const auto& n = network();
  const auto arcs = main_arcs(n, n.times.at("drive"));
  Json many = Json::array();
  for (std::size_t s = 0; s < kMostScenarios; ++s) {
    const auto arc = arcs[s / 2 * 37 % arcs.size()];
    Json scenario{{"name", "s" + std::to_string(s)}};
    if (s == 5) scenario["speeds"] = Json::array({{{"factor", 1}}});
    else if (s % 8 == 3) scenario["speeds"] = Json::array({{{"factor", 0.5 + 0.01 * static_cast<double>(s)}}});
    else scenario["closures"] = Json::array({{{"nodes", node_ids(arc, n)}}});
    if (s == 30)
      scenario["links"] = Json::array({{{"from", {n.node_x[0], n.node_y[0]}},
                                        {"to", {n.node_x[n.nodes() - 1], n.node_y[n.nodes() - 1]}},
                                        {"time", 0.5}}});
    many.push_back(scenario);
  }
  for (const std::string destinations : {"clinics", "buildings"}) {
    Json question{{"mode", "drive"},
                  {"destinations", destinations},
                  {"opportunities", {"count"}},
                  {"supply", destinations == "clinics" ? "doctors" : "residents"}};
    if (destinations == "buildings") question.update({{"origins", "dong"}, {"zones", nullptr}, {"nearest", 2}});
    if (question["zones"].is_null()) question.erase("zones");
    auto all = question;
    all.update({{"scenarios", many}, {"tile_rows", 700}});
    const auto together = run("city.h5", "together.h5", all);
    for (const std::size_t s :
         destinations == "clinics" ? std::vector<std::size_t>{0, 1, 5, 11, 30} : std::vector<std::size_t>{30}) {
      auto one = question;
      one["scenarios"] = Json::array({many[s]});
      const auto alone = run("city.h5", "alone.h5", one);
      const auto a = together.root().group("origins"), b = alone.root().group("origins");
      const auto same = [&]<class T>(const std::string& name, T) {
        const auto left = stream::read_all<T>(a, name), right = stream::read_all<T>(b, name);
        const std::size_t rows = stream::read_all<double>(a, "x").size(), each = right.size() / rows;
        ASSERT_EQ(left.size(), right.size() * kMostScenarios);
        for (std::size_t r = 0; r < rows; ++r)
          for (std::size_t i = 0; i < each; ++i)
            ASSERT_EQ(left[(r * kMostScenarios + s) * each + i], right[r * each + i])
                << name << " of row " << r << " in " << s << ", to " << destinations;
      };
      same("scenario_time", std::uint32_t{});
      same("scenario_place", std::uint32_t{});
      for (const char* name : {"scenario_within", "scenario_gravity", "scenario_supply"}) same(name, double{});
      EXPECT_EQ(stream::read_all<double>(a, "within"), stream::read_all<double>(b, "within"));
      if (s == 5) EXPECT_EQ(stream::read_all<double>(b, "scenario_supply"), stream::read_all<double>(b, "supply"));
    }
  }
}

TEST_F(Scenarios, ClosuresAreDijkstraWithoutThem) {
  for (const std::string mode : {"walk", "drive"}) {
    const auto& n = network();
    const auto& before = n.times.at(mode);
    const auto arcs = main_arcs(n, before);
    ASSERT_GT(arcs.size(), 50u);
    const auto closed = arcs[arcs.size() / 3], one_way = arcs[arcs.size() / 2];
    const Json scenarios{
        {{"name", "closed"},
         {"closures", {{{"nodes", node_ids(closed, n)}}, {{"nodes", node_ids(one_way, n)}, {"one_way", true}}}}},
        {{"name", "no residential"}, {"closures", {{{"classes", {"residential"}}}}}, {"speeds", {{{"factor", 3}}}}}};
    const auto what_if = run("city.h5", "what-if.h5", {{"mode", mode}, {"scenarios", scenarios}});
    auto times = before;
    for (std::uint32_t a = 0; a < n.arcs(); ++a) {
      const auto between = [&](std::uint32_t of, bool back) {
        const auto p = n.arc_tail[of], q = n.arc_head[of];
        return back ? n.arc_tail[a] == q && n.arc_head[a] == p : n.arc_tail[a] == p && n.arc_head[a] == q;
      };
      if (between(closed, false) || between(closed, true) || between(one_way, false)) times[a] = kNever;
    }
    expect_dijkstra(city::City::open(path("city.h5")), what_if, 0, 2, mode, times);
    times = before;
    for (std::uint32_t a = 0; a < n.arcs(); ++a) {
      if (static_cast<city::Road>(n.arc_class[a]) == city::Road::residential) times[a] = kNever;
      if (times[a] != kNever) times[a] = static_cast<std::uint32_t>(std::llround(times[a] / 3.0));
    }
    // Who lives on a closed street leaves it at the speed of before.
    expect_dijkstra(city::City::open(path("city.h5")), what_if, 1, 2, mode, times);
    // Nobody is nearer for a closure.
    EXPECT_EQ(stream::read_all<double>(what_if.root().group("scenarios"), "faster")[0], 0);
  }
}

// Built by hand as a detour far outside, so that nobody but at its ends meets it.
TEST_F(Scenarios, ALinkIsAStreetThatIsMetAtItsEnds) {
  const auto& n = network();
  const auto west = static_cast<std::uint32_t>(std::min_element(n.node_x.begin(), n.node_x.end()) - n.node_x.begin());
  const auto east = static_cast<std::uint32_t>(std::max_element(n.node_x.begin(), n.node_x.end()) - n.node_x.begin());
  const double x0 = n.node_x[west], y0 = n.node_y[west], x1 = n.node_x[east], y1 = n.node_y[east];
  const Json link{{"from", {x0 - 30, y0 + 40}}, {"to", {x1, y1}}, {"time", 2.5}},
      back{{"from", {x1, y1}}, {"to", {x0, y0}}, {"speed", 12}, {"one_way", true}};
  const auto what_if =
      run("city.h5", "link.h5",
          {{"scenarios", {{{"name", "tunnel"}, {"links", {link}}}, {{"name", "one way"}, {"links", {back}}}}}});

  const auto build = [&](city::Network& c, std::vector<std::uint32_t>& t, std::uint32_t time, bool there, bool home) {
    const auto first = static_cast<std::uint32_t>(c.nodes());
    const std::vector<std::pair<double, double>> way{
        {x0 - 5000, y0}, {x0 - 5000, y0 + 1e6}, {x1 + 5000, y0 + 1e6}, {x1 + 5000, y1}};
    for (const auto& [x, y] : way) {
      c.node_x.push_back(x);
      c.node_y.push_back(y);
      c.node_id.push_back(static_cast<std::int64_t>(1'000'000'000 + c.nodes()));
    }
    const std::vector<std::uint32_t> nodes{west, first, first + 1, first + 2, first + 3, east};
    const auto add = [&](std::uint32_t tail, std::uint32_t head, std::uint32_t ms) {
      c.arc_tail.push_back(tail);
      c.arc_head.push_back(head);
      c.arc_length.push_back(1);
      c.arc_class.push_back(0);
      for (auto& [mode, times] : c.times)
        if (&times != &t) times.push_back(kNever);
      t.push_back(ms);
    };
    for (std::size_t i = 0; i + 1 < nodes.size(); ++i) {
      if (there) add(nodes[i], nodes[i + 1], i == 0 ? time : 0);
      if (home) add(nodes[i + 1], nodes[i], i == 0 ? time : 0);
    }
  };
  const auto near_an_end = [&](double x, double y) {
    return std::hypot(x - x0, y - y0) < 350 || std::hypot(x - x1, y - y1) < 350;
  };
  change("tunnel.h5", "walk", [&](auto& c, auto& t) { build(c, t, 150'000, true, true); });
  expect_same(what_if, 0, 2, run("tunnel.h5", "tunnel-result.h5", Json::object()), near_an_end);
  const auto ms = static_cast<std::uint32_t>(std::llround(std::hypot(x1 - x0, y1 - y0) * 3600 / 12));
  change("one-way.h5", "walk", [&](auto& c, auto& t) { build(c, t, ms, false, true); });
  expect_same(what_if, 1, 2, run("one-way.h5", "one-way-result.h5", Json::object()), near_an_end);

  // Somebody is nearer for it, and nobody is further.
  const auto table = what_if.root().group("scenarios");
  const auto faster = stream::read_all<double>(table, "faster"), slower = stream::read_all<double>(table, "slower");
  EXPECT_GT(faster[0], 0);
  EXPECT_EQ(slower, std::vector<double>(4, 0.0));
}

TEST_F(Scenarios, AreasAndPointsChooseStreets) {
  // The first dong as an area; the clinics as places of road works.
  const auto city = city::City::open(path("city.h5"));
  const auto zones = city.read_zones("dong");
  auto writer = city::City_writer::update(path("city.h5"));
  city::Zones one;
  one.attributes.rows = 1;
  for (auto v = zones.polygons.vertex_first[0]; v < zones.polygons.vertex_first[1]; ++v) {
    one.polygons.x.push_back(zones.polygons.x[v]);
    one.polygons.y.push_back(zones.polygons.y[v]);
  }
  one.polygons.vertex_first.push_back(one.polygons.x.size());
  one.polygons.ring_first.push_back(1);
  one.polygons.ring_is_hole.push_back(0);
  writer.add("flood", one, {"test", "test"});
  writer.publish();
  const auto what_if = run("city.h5", "area.h5",
                           {{"scenarios",
                             {{{"name", "flood"}, {"closures", {{{"layer", "flood"}}}}},
                              {{"name", "works"}, {"closures", {{{"layer", "points:clinics"}}}}}}}});
  const geometry::Zone_locator locator(one.polygons);
  const auto& n = network();
  auto times = n.times.at("walk");
  for (std::size_t a = 0; a < n.arcs(); ++a) {
    // Streets are short against a dong: one that touches it has an end, or a part of it, inside.
    for (int i = 0; i <= 64; ++i) {
      const double w = i / 64.0;
      if (locator.find(n.node_x[n.arc_tail[a]] * (1 - w) + n.node_x[n.arc_head[a]] * w,
                       n.node_y[n.arc_tail[a]] * (1 - w) + n.node_y[n.arc_head[a]] * w) != geometry::kNoZone)
        times[a] = kNever;
    }
  }
  expect_dijkstra(city, what_if, 0, 2, "walk", times);
  // Those in the middle of the area are cut off, and counted so.
  const auto table = what_if.root().group("scenarios");
  EXPECT_GT(stream::read_all<double>(table, "newly_unreached")[0], 0);
  const auto closed = stream::read_all<std::int64_t>(table, "closed");
  const auto clinics = static_cast<std::int64_t>(city.find("clinics", {"points"}).rows);
  EXPECT_GT(closed[1], clinics / 2);
  EXPECT_LE(closed[1], 2 * clinics);
}

TEST_F(Scenarios, PeopleAffectedAreThoseWhoseTimeChanges) {
  const auto result = run("city.h5", "people.h5",
                          {{"scenarios",
                            {{{"name", "a"}, {"speeds", {{{"classes", {"residential"}}, {"factor", 0.5}}}}},
                             {{"name", "b"}, {"speeds", {{{"factor", 2}}}}}}}});
  const auto o = result.root().group("origins");
  const auto before = stream::read_all<std::uint32_t>(o, "nearest_time"),
             after = stream::read_all<std::uint32_t>(o, "scenario_time"),
             zone = stream::read_all<std::uint32_t>(o, "zone");
  const auto within = stream::read_all<double>(o, "scenario_within");
  const auto z = result.root().group("zones"), s = result.root().group("scenarios");
  const std::size_t zones = stream::read_all<double>(z, "people").size() / 2, groups = 2, scenarios = 2, columns = 4;
  const std::vector<std::string> group_names{"residents", "age_65_up"};
  const auto expect = [&](const std::string& name,
                          const std::function<double(std::size_t row, std::size_t scenario)>& amount, bool a_person) {
    const auto of_zones = stream::read_all<double>(z, name.starts_with("within") ? "scenario_within" : name),
               of_city = stream::read_all<double>(s, name.starts_with("within") ? "within" : name);
    const std::size_t each = name.starts_with("within") ? columns : 1, at = each > 1 ? 2 : 0;
    for (std::size_t g = 0; g < groups; ++g) {
      const auto people = stream::read_all<double>(o, "people_" + group_names[g]);
      for (std::size_t k = 0; k < scenarios; ++k) {
        std::vector<double> sum(zones + 1), all(zones + 1);
        for (std::size_t r = 0; r < zone.size(); ++r)
          for (const std::size_t place : {std::size_t{zone[r]}, zones}) {
            if (place == geometry::kNoZone) continue;
            sum[place] += people[r] * amount(r, k);
            all[place] += people[r];
          }
        for (std::size_t p = 0; p <= zones; ++p) {
          const double expected = a_person ? sum[p] / all[p] : sum[p];
          const double found = p < zones ? of_zones[((p * groups + g) * scenarios + k) * each + at]
                                         : of_city[(k * groups + g) * each + at];
          EXPECT_NEAR(found, expected, 1e-9 * std::abs(expected) + 1e-12) << name << " " << p;
        }
      }
    }
  };
  const std::uint32_t limit = 6 * 60'000;
  const auto now = [&](std::size_t r, std::size_t k) { return after[r * scenarios + k]; };
  expect(
      "slower", [&](auto r, auto k) { return now(r, k) > before[r]; }, false);
  expect(
      "faster", [&](auto r, auto k) { return now(r, k) < before[r]; }, false);
  expect(
      "newly_beyond", [&](auto r, auto k) { return now(r, k) > limit && before[r] <= limit; }, false);
  expect(
      "no_longer_beyond", [&](auto r, auto k) { return now(r, k) <= limit && before[r] > limit; }, false);
  expect(
      "mean_change", [&](auto r, auto k) { return (static_cast<double>(now(r, k)) - before[r]) / 60'000; }, true);
  expect(
      "within", [&](auto r, auto k) { return within[(r * scenarios + k) * columns + 2]; }, true);
}

// A map of a column that is not there would show another.
TEST_F(Scenarios, PanelsNameColumnsThatAreThere) {
  const auto result =
      run("city.h5", "panels.h5",
          {{"scenarios", {{{"name", "no way"}, {"closures", {{{"classes", {"steps", "residential"}}}}}}}}});
  std::size_t maps = 0;
  for (const auto& panel : result.panels())
    if (panel.contains("column")) {
      EXPECT_NE(result.flat_table(panel.at("table").get<std::string>()).find(panel.at("column").get<std::string>()),
                nullptr)
          << panel.dump();
      ++maps;
    }
  EXPECT_GE(maps, 4u);
}

TEST_F(Scenarios, OfAPlanAndOfAFileAreTheSame) {
  const auto file =
      folder_->write("scenarios.toml", "[[scenarios]]\nname = \"느린 비\"\nspeeds = [{ factor = 0.7 }]\n");
  const auto plan = folder_->write("plan.toml",
                                   "city = \"city.h5\"\nresults = \"plan\"\n[[job]]\nname = \"a\"\njob = "
                                   "\"access\"\norigins = \"dong\"\ndestinations = \"parks\"\n"
                                   "[[job.scenarios]]\nname = \"느린 비\"\nspeeds = [{ factor = 0.7 }]\n");
  EXPECT_EQ(test_support::run_dosi({"access", "--city", path("city.h5"), "--out", path("file.h5"), "--origins", "dong",
                                    "--destinations", "parks", "--scenarios", file})
                .code,
            0);
  EXPECT_EQ(test_support::run_dosi({"run", plan}).code, 0);
  const auto a = result::Result::open(path("file.h5")), b = result::Result::open(path("plan/a.h5"));
  EXPECT_EQ(a.provenance().at("fingerprint"), b.provenance().at("fingerprint"));
  EXPECT_EQ(stream::read_all<std::uint32_t>(a.root().group("origins"), "scenario_time"),
            stream::read_all<std::uint32_t>(b.root().group("origins"), "scenario_time"));
}

std::string problems(const Json& scenarios) {
  Problems bad;
  check_scenarios(scenarios, bad);
  try {
    bad.raise_if_any(Exit::usage, "");
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

TEST_F(Scenarios, WhatIsWrongIsSaidAllAtOnce) {
  EXPECT_EQ(problems({{{"name", "a"}, {"closures", {{{"layer", "x"}}}}}}), "");
  const auto all =
      problems({{{"closures", Json::array({Json::object()})}},
                {{"name", "b"}, {"speeds", {{{"factor", 2}, {"speed", 3}}, {{"factor", -1}}}}},
                {{"name", "b"}, {"links", {{{"from", {1, 2}}, {"tiem", 3}}}}},
                {{"name", "c"},
                 {"closures", {{{"nodes", {1}}, {"clases", {"steps"}}}, {{"classes", {"stairs"}}, {"one_way", true}}}}},
                {{"name", "d"}}});
  for (const char* part :
       {"scenarios[0]: name is missing", "scenarios[0]: closures[0]: would close every street",
        "scenario 'b': speeds[0]: needs factor, or speed, not both",
        "scenario 'b': speeds[1]: factor = -1: must be a number above 0", "scenario 'b': another has this name",
        "links[0]: to is missing", "links[0]: unknown key 'tiem'; did you mean time?", "links[0]: needs time, or speed",
        "closures[0]: nodes = [1]: must be a list of two or more",
        "closures[0]: unknown key 'clases'; did you mean classes?", "closures[1]: classes = [\"stairs\"]",
        "closures[1]: one_way needs nodes", "scenario 'd': changes nothing"})
    EXPECT_THAT(all, HasSubstr(part));
}

TEST_F(Scenarios, WhatIsNotThereIsSaidAllAtOnce) {
  const Json scenarios{
      {{"name", "a"}, {"closures", {{{"nodes", {-5, -6}}}, {{"layer", "nowhere"}}, {{"classes", {"motorway"}}}}}},
      {{"name", "b"}, {"links", {{{"from", {0, 0}}, {"to", {1e8, 1e8}}, {"time", 1}}}}}};
  try {
    run("city.h5", "none.h5", {{"scenarios", scenarios}});
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), Exit::usage);
    for (const char* part : {"the network has no node -5", "the network has no node -6", "'nowhere'",
                             "closures[2]: no street that 'walk' may use is so",
                             "scenario 'b': links[0]: from: no node", "links[0]: to: no node"})
      EXPECT_THAT(e.what(), HasSubstr(part));
  }
  EXPECT_FALSE(fs::exists(path("none.h5")));
}

}  // namespace
}  // namespace dosi::access
