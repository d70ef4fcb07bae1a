#include "io/import/osm_rules.hpp"

#include <algorithm>
#include <charconv>
#include <initializer_list>

#include "io/import/text.hpp"

namespace dosi::imports {
namespace {

using enum city::Road;

// A class of highway: what it is here, a car's speed where none is signed (0: no cars), and whether riders and
// walkers may use it when no tag speaks of them.
struct Class_rule {
  std::string_view highway;
  city::Road road;
  double drive_kmh;
  bool ride, walk;
};
constexpr Class_rule kClasses[] = {
    {"motorway", motorway, 100, false, false},
    {"motorway_link", motorway, 60, false, false},
    {"trunk", trunk, 80, false, false},
    {"trunk_link", trunk, 50, false, false},
    {"primary", primary, 60, true, true},
    {"primary_link", primary, 40, true, true},
    {"secondary", secondary, 50, true, true},
    {"secondary_link", secondary, 40, true, true},
    {"tertiary", tertiary, 40, true, true},
    {"tertiary_link", tertiary, 30, true, true},
    {"unclassified", tertiary, 40, true, true},
    {"residential", residential, 30, true, true},
    {"living_street", residential, 15, true, true},
    {"service", service, 20, true, true},
    {"road", other, 30, true, true},
    {"track", track, 0, true, true},
    {"bridleway", track, 0, false, true},
    {"cycleway", cycleway, 0, true, true},
    {"path", footway, 0, true, true},
    {"footway", footway, 0, false, true},
    {"pedestrian", footway, 0, false, true},
    {"corridor", footway, 0, false, true},
    {"steps", steps, 0, false, true},
};

bool among(std::string_view value, std::initializer_list<std::string_view> list) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

enum class Access { unsaid, yes, no, dismount };

// The most particular of the keys that says something.
Access access(const Tags& tags, std::initializer_list<const char*> keys) {
  for (const char* key : keys) {
    const auto v = tags.get(key);
    if (among(v, {"yes", "permissive", "designated", "official", "destination", "customers", "public", "delivery"}))
      return Access::yes;
    if (among(v, {"no", "private", "agricultural", "forestry", "emergency", "military", "restricted", "permit",
                  "residents", "use_sidepath", "employees", "staff"}))
      return Access::no;
    if (v == "dismount") return Access::dismount;
  }
  return Access::unsaid;
}

struct Direction {
  bool ahead = true, back = true;
};

Direction one_way(const Tags& tags, std::string_view highway) {
  const auto v = tags.get("oneway");
  if (among(v, {"yes", "true", "1"})) return {true, false};
  if (among(v, {"-1", "reverse"})) return {false, true};
  if (among(v, {"no", "false", "0", "alternating"})) return {};
  if (v == "reversible") return {false, false};
  const bool implied = among(tags.get("junction"), {"roundabout", "circular"}) || highway == "motorway";
  return {true, !implied};
}

bool against_traffic(const Tags& tags) {
  if (tags.get("oneway:bicycle") == "no") return true;
  for (const char* key : {"cycleway", "cycleway:left", "cycleway:right", "cycleway:both"})
    if (tags.get(key).starts_with("opposite")) return true;
  for (const char* key : {"cycleway:left:oneway", "cycleway:right:oneway"})
    if (among(tags.get(key), {"-1", "no"})) return true;
  return false;
}

bool has_lane(const Tags& tags) {
  for (const char* key : {"cycleway", "cycleway:left", "cycleway:right", "cycleway:both"}) {
    const auto v = tags.get(key);
    if (v.starts_with("lane") || v.starts_with("track") || v.starts_with("opposite_")) return true;
  }
  return false;
}

bool has_sidewalk(const Tags& tags) {
  return among(tags.get("sidewalk"), {"yes", "both", "left", "right"}) || tags.get("sidewalk:both") == "yes" ||
         tags.get("sidewalk:left") == "yes" || tags.get("sidewalk:right") == "yes";
}

void drive(const Tags& tags, const Class_rule& c, Way_rule& rule) {
  const auto said = access(tags, {"motorcar", "motor_vehicle", "vehicle", "access"});
  if (said == Access::no || said == Access::dismount) return;
  double kmh = c.drive_kmh;
  if (kmh == 0) {  // tracks and paths only where a key for cars itself says yes
    if (c.road == steps || access(tags, {"motorcar", "motor_vehicle"}) != Access::yes) return;
    kmh = 15;
  }
  const auto signed_as = [&](const char* key, double otherwise) {
    const auto text = tags.get(key);
    if (text.empty()) return otherwise;
    const auto v = maxspeed_in(text);
    if (!v && !among(text, {"signals", "variable", "none", "unposted"})) rule.odd_speed = true;
    return v.value_or(otherwise);
  };
  kmh = signed_as("maxspeed", kmh);
  const auto way = one_way(tags, c.highway);
  if (way.ahead) rule.drive_ahead = signed_as("maxspeed:forward", kmh);
  if (way.back) rule.drive_back = signed_as("maxspeed:backward", kmh);
}

void walk(const Tags& tags, const Class_rule& c, bool motorroad, Way_rule& rule) {
  const auto said = access(tags, {"foot", "access"});
  const auto on_foot = access(tags, {"foot"});
  bool allowed = c.walk && !motorroad;
  if (said == Access::no) allowed = false;
  if (on_foot == Access::yes) allowed = true;
  if (said == Access::unsaid && has_sidewalk(tags)) allowed = true;
  if (!allowed) return;
  const double share = c.road == steps ? 0.5 : 1;
  const auto v = tags.get("oneway:foot");
  if (v != "-1") rule.walk_ahead = share;
  if (v != "yes") rule.walk_back = share;
}

void ride(const Tags& tags, const Class_rule& c, bool motorroad, Way_rule& rule) {
  const auto said = access(tags, {"bicycle", "vehicle", "access"});
  const auto on_bicycle = access(tags, {"bicycle"});
  if (said == Access::no) return;
  auto way = one_way(tags, c.highway);
  if (against_traffic(tags)) way = {true, true};
  if (tags.get("oneway:bicycle") == "yes") way = {true, false};
  if (tags.get("oneway:bicycle") == "-1") way = {false, true};
  if (on_bicycle == Access::dismount) {  // a walker with a bicycle minds no one-way street
    if (c.road == steps || motorroad) return;
    rule.push_ahead = rule.push_back = true;
    return;
  }
  const bool allowed =
      on_bicycle == Access::yes ? c.road != steps : !motorroad && (c.ride || (c.road == trunk && has_lane(tags)));
  if (!allowed) return;
  rule.ride_ahead = way.ahead ? 1 : 0;
  rule.ride_back = way.back ? 1 : 0;
}

std::optional<double> one_speed(std::string_view text) {
  static constexpr struct {
    std::string_view zone;
    double kmh;
  } kZones[] = {
      {"BR:urban", 60},           {"KR:rural", 60},           {"US:urban", 40.2336}, {"GB:nsl_single", 96.56064},
      {"GB:nsl_dual", 112.65408}, {"GB:motorway", 112.65408}, {"JP:urban", 60},      {"JP:national", 60}};
  static constexpr struct {
    std::string_view tail;
    double kmh;
  } kKinds[] = {{":urban", 50},         {":rural", 90}, {":trunk", 90},       {":motorway", 110},
                {":living_street", 15}, {":walk", 7},   {":bicycle_road", 30}};
  text = trimmed(text);
  if (text == "walk" || text == "walking") return 7;
  for (const auto& z : kZones)
    if (text == z.zone) return z.kmh;
  if (text.size() > 3 && text[2] == ':') {
    for (const auto& k : kKinds)
      if (text.ends_with(k.tail)) return k.kmh;
    const auto zone = text.find("zone");
    if (zone == std::string_view::npos) return std::nullopt;
    text.remove_prefix(zone + 4);
    if (text.starts_with(':')) text.remove_prefix(1);
  }
  double value = 0;
  const auto r = std::from_chars(text.data(), text.data() + text.size(), value);
  if (r.ec != std::errc()) return std::nullopt;
  const auto unit = trimmed(std::string_view(r.ptr, static_cast<std::size_t>(text.data() + text.size() - r.ptr)));
  if (unit == "mph") value *= 1.609344;
  else if (unit == "knots") value *= 1.852;
  else if (!among(unit, {"", "km/h", "kmh", "kph"})) return std::nullopt;
  if (!(value >= 5 && value <= 250)) return std::nullopt;
  return value;
}

}  // namespace

std::optional<double> maxspeed_in(std::string_view text) {
  std::optional<double> least;
  while (!text.empty()) {
    const auto end = std::min(text.find(';'), text.size());
    const auto v = one_speed(text.substr(0, end));
    if (v && (!least || *v < *least)) least = v;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return least;
}

std::optional<Way_rule> rule_of(const Tags& tags) {
  const auto highway = tags.get("highway");
  if (highway.empty() || tags.get("area") == "yes") return std::nullopt;
  const auto c =
      std::find_if(std::begin(kClasses), std::end(kClasses), [&](const auto& k) { return k.highway == highway; });
  if (c == std::end(kClasses)) return std::nullopt;
  Way_rule rule;
  rule.road = c->road;
  const bool motorroad = tags.get("motorroad") == "yes" || c->road == motorway;
  drive(tags, *c, rule);
  walk(tags, *c, motorroad, rule);
  ride(tags, *c, motorroad, rule);
  return rule;
}

}  // namespace dosi::imports
