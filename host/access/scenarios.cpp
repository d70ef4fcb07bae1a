#include "host/access/scenarios.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "host/job/fields.hpp"
#include "io/result/result.hpp"

namespace dosi::access {
namespace {

using job::Fields;
using job::Json;

Selection read_selection(Fields& f) {
  Selection s;
  if (const auto* v = f.find("nodes", "a list of two or more of the network's node numbers", [](const Json& j) {
        return j.is_array() && j.size() >= 2 &&
               std::all_of(j.begin(), j.end(), [](const Json& e) { return e.is_number_integer(); });
      }))
    s.nodes = v->get<std::vector<std::int64_t>>();
  s.one_way = f.flag("one_way");
  if (s.one_way && !f.has("nodes")) f.wrong("one_way needs nodes, which say the direction");
  s.layer = f.text("layer");
  if (const auto* v =
          f.find("classes", fmt::format("a list of: {}", fmt::join(city::kRoadNames, ", ")).c_str(), [](const Json& j) {
            return j.is_array() && !j.empty() && std::all_of(j.begin(), j.end(), [](const Json& e) {
                     return e.is_string() && std::find(std::begin(city::kRoadNames), std::end(city::kRoadNames),
                                                       e.get<std::string>()) != std::end(city::kRoadNames);
                   });
          }))
    for (const auto& name : *v)
      s.classes.push_back(static_cast<city::Road>(
          std::find(std::begin(city::kRoadNames), std::end(city::kRoadNames), name.get<std::string>()) -
          std::begin(city::kRoadNames)));
  return s;
}

void one_of(Fields& f, const char* first, const char* second) {
  if (f.has(first) == f.has(second)) f.wrong("needs {}, or {}{}", first, second, f.has(first) ? ", not both" : "");
}

Scenario read_scenario(Fields& f) {
  Scenario s;
  s.name = f.text("name");
  if (!f.has("name")) f.wrong("name is missing");
  if (s.name.size() > 100) f.wrong("name is longer than 100 bytes");
  f.tables("closures", [&](Fields& c) {
    s.closures.push_back({read_selection(c)});
    if (!c.has("nodes") && !c.has("layer") && !c.has("classes"))
      c.wrong("would close every street; say which: nodes, layer or classes");
  });
  f.tables("speeds", [&](Fields& c) {
    s.speeds.push_back({read_selection(c), c.number("factor", 100), c.number("speed", 400)});
    one_of(c, "factor", "speed");
  });
  f.tables("links", [&](Fields& c) {
    Link link;
    c.point("from", link.x0, link.y0);
    c.point("to", link.x1, link.y1);
    link.minutes = c.number("time", 600);
    link.km_h = c.number("speed", 400);
    one_of(c, "time", "speed");
    link.one_way = c.flag("one_way");
    s.links.push_back(link);
  });
  if (!f.has("closures") && !f.has("speeds") && !f.has("links"))
    f.wrong("changes nothing; give closures, speeds or links");
  return s;
}

std::vector<Scenario> read(const Json& tables, Problems& bad) {
  std::vector<Scenario> all;
  if (tables.size() > kMostScenarios) bad.add("scenarios: {} are too many; at most {}", tables.size(), kMostScenarios);
  std::set<std::string> names;
  for (std::size_t i = 0; i < tables.size(); ++i) {
    const auto name = tables[i].find("name");
    const bool named = name != tables[i].end() && name->is_string();
    Fields fields(tables[i],
                  named ? fmt::format("scenario '{}'", name->get<std::string>()) : fmt::format("scenarios[{}]", i),
                  bad);
    all.push_back(read_scenario(fields));
    if (named && !names.insert(result::flat_name("", {all.back().name})).second) fields.wrong("another has this name");
  }
  return all;
}

}  // namespace

void check_scenarios(const Json& tables, Problems& bad) { read(tables, bad); }

std::vector<Scenario> read_scenarios(const Json& tables) {
  Problems bad;
  auto all = read(tables, bad);
  bad.raise_if_any(Exit::usage, "scenarios are wrong");
  return all;
}

}  // namespace dosi::access
