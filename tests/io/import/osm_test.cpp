// OpenStreetMap: the rules on tags, and small extracts as XML.
#include <gmock/gmock.h>

#include <cmath>
#include <map>
#include "io/import/network.hpp"
#include "io/import/osm_rules.hpp"
#include "tests/io/import/temp.hpp"

namespace dosi::imports {
namespace {

using city::kNever;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::thrown;

struct Given : Tags {
  std::map<std::string, std::string, std::less<>> tags;
  std::string_view get(const char* key) const override {
    const auto it = tags.find(key);
    return it == tags.end() ? std::string_view() : std::string_view(it->second);
  }
};
Way_rule rule(std::map<std::string, std::string, std::less<>> tags) {
  Given g;
  g.tags = std::move(tags);
  return rule_of(g).value_or(Way_rule{});
}

TEST(Osm_rules, speeds_in_all_their_spellings) {
  EXPECT_EQ(maxspeed_in("50"), 50);
  EXPECT_EQ(maxspeed_in("50 km/h"), 50);
  EXPECT_NEAR(*maxspeed_in("30 mph"), 48.28, 0.01);
  EXPECT_NEAR(*maxspeed_in("30mph"), 48.28, 0.01);
  EXPECT_NEAR(*maxspeed_in("10 knots"), 18.52, 0.01);
  EXPECT_EQ(maxspeed_in("walk"), 7);
  EXPECT_EQ(maxspeed_in("BR:urban"), 60);
  EXPECT_EQ(maxspeed_in("KR:urban"), 50);
  EXPECT_EQ(maxspeed_in("DE:zone:30"), 30);
  EXPECT_EQ(maxspeed_in("DE:zone30"), 30);
  EXPECT_EQ(maxspeed_in("60; 50"), 50);
  for (const char* none :
       {"", "signals", "none", "fast", "0", "-5", "9999", "nan", "inf", ";;", "5 parsecs", "XX:zone"})
    EXPECT_FALSE(maxspeed_in(none)) << none;
}

TEST(Osm_rules, one_way_streets) {
  auto r = rule({{"highway", "residential"}, {"oneway", "yes"}});
  EXPECT_EQ(r.drive_ahead, 30);
  EXPECT_EQ(r.drive_back, 0);
  EXPECT_EQ(r.ride_back, 0);
  EXPECT_EQ(r.walk_back, 1) << "walkers go both ways";
  r = rule({{"highway", "residential"}, {"oneway", "-1"}, {"maxspeed:backward", "20"}});
  EXPECT_EQ(r.drive_ahead, 0);
  EXPECT_EQ(r.drive_back, 20);
  EXPECT_EQ(rule({{"highway", "tertiary"}, {"junction", "roundabout"}}).drive_back, 0);
  EXPECT_EQ(rule({{"highway", "motorway"}}).drive_back, 0);
  EXPECT_EQ(rule({{"highway", "motorway"}, {"oneway", "no"}}).drive_back, 100);
  for (const auto& [key, value] : std::map<std::string, std::string>{{"oneway:bicycle", "no"},
                                                                     {"cycleway", "opposite"},
                                                                     {"cycleway:left", "opposite_lane"},
                                                                     {"cycleway:right:oneway", "-1"}})
    EXPECT_EQ(rule({{"highway", "residential"}, {"oneway", "yes"}, {key, value}}).ride_back, 1) << key;
}

TEST(Osm_rules, access) {
  EXPECT_FALSE(rule({{"highway", "service"}, {"access", "private"}}).any());
  EXPECT_EQ(rule({{"highway", "service"}, {"access", "private"}, {"foot", "yes"}}).walk_ahead, 1);
  auto r = rule({{"highway", "residential"}, {"motor_vehicle", "no"}});
  EXPECT_EQ(r.drive_ahead, 0);
  EXPECT_EQ(r.ride_ahead, 1);
  EXPECT_EQ(rule({{"highway", "residential"}, {"vehicle", "no"}, {"motorcar", "destination"}}).drive_ahead, 30);
  r = rule({{"highway", "primary"}, {"foot", "no"}, {"bicycle", "use_sidepath"}});
  EXPECT_EQ(r.walk_ahead + r.ride_ahead, 0);
  r = rule({{"highway", "trunk"}});
  EXPECT_EQ(r.walk_ahead + r.ride_ahead, 0);
  EXPECT_EQ(rule({{"highway", "trunk"}, {"sidewalk", "both"}}).walk_ahead, 1);
  EXPECT_EQ(rule({{"highway", "trunk"}, {"bicycle", "designated"}}).ride_ahead, 1);
  EXPECT_EQ(rule({{"highway", "primary"}, {"motorroad", "yes"}}).walk_ahead, 0);
  r = rule({{"highway", "footway"}, {"bicycle", "dismount"}});
  EXPECT_TRUE(r.push_ahead && r.push_back);
  EXPECT_EQ(r.ride_ahead, 0);
  EXPECT_EQ(rule({{"highway", "footway"}}).ride_ahead, 0);
  EXPECT_EQ(rule({{"highway", "footway"}, {"bicycle", "yes"}}).ride_ahead, 1);
  r = rule({{"highway", "steps"}, {"bicycle", "yes"}});
  EXPECT_EQ(r.walk_ahead, 0.5);
  EXPECT_EQ(r.ride_ahead, 0);
  EXPECT_EQ(rule({{"highway", "track"}}).drive_ahead, 0);
  EXPECT_EQ(rule({{"highway", "track"}, {"motor_vehicle", "yes"}}).drive_ahead, 15);
  EXPECT_FALSE(rule({{"highway", "construction"}}).any());
  EXPECT_FALSE(rule({{"route", "ferry"}}).any());
  EXPECT_FALSE(rule({{"highway", "pedestrian"}, {"area", "yes"}}).any());
  EXPECT_TRUE(rule({{"highway", "primary"}, {"maxspeed", "quick"}}).odd_speed);
}

struct Import_osm : testing::Folder {
  Network_import osm(const std::string& body, Network_request q = {}, const std::string& name = "o'r \"x\".osm") {
    q.osm = write(name, "<?xml version='1.0' encoding='UTF-8'?><osm version=\"0.6\">" + body + "</osm>");
    return import_network(q, {});
  }
};
std::string node(long id, double lon, double lat) {
  return fmt::format("<node id=\"{}\" lon=\"{}\" lat=\"{}\" version=\"1\"/>", id, lon, lat);
}
std::string way(long id, const std::vector<long>& refs, const std::map<std::string, std::string>& tags) {
  std::string out = fmt::format("<way id=\"{}\" version=\"1\">", id);
  for (const auto r : refs) out += fmt::format("<nd ref=\"{}\"/>", r);
  for (const auto& [k, v] : tags) out += fmt::format("<tag k=\"{}\" v=\"{}\"/>", k, v);
  return out + "</way>";
}
const std::string kThree = node(1, 127, 37.5) + node(2, 127.01, 37.5) + node(3, 127.02, 37.5) + node(9, 127.5, 37.5);

TEST_F(Import_osm, a_street_becomes_arcs_both_ways) {
  const auto done = osm(kThree + way(5, {1, 2, 3}, {{"highway", "secondary"}, {"oneway", "yes"}, {"maxspeed", "36"}}));
  const auto& n = done.network;
  EXPECT_THAT(n.node_id, ElementsAre(1, 2, 3)) << "nodes of no street are left out";
  EXPECT_THAT(n.arc_tail, ElementsAre(0, 1, 1, 2));
  EXPECT_THAT(n.arc_head, ElementsAre(1, 0, 2, 1));
  EXPECT_NEAR(n.arc_length[0], 884, 1);
  EXPECT_EQ(n.times.at("drive")[0], static_cast<std::uint32_t>(std::llround(n.arc_length[0] * 100)));
  EXPECT_EQ(n.times.at("drive")[1], kNever);
  EXPECT_EQ(n.times.at("bicycle")[1], kNever);
  EXPECT_EQ(n.times.at("walk")[0], n.times.at("walk")[1]);
  Network_request q;
  q.modes = {"drive"};
  EXPECT_EQ(osm(kThree + way(5, {1, 2, 3}, {{"highway", "secondary"}, {"oneway", "yes"}}), q).network.arcs(), 2u)
      << "arcs of no use to the modes are not kept";
}

TEST_F(Import_osm, ways_before_nodes_and_negative_numbers_are_no_matter) {
  const auto done = osm(way(5, {-1, 2, 2}, {{"highway", "residential"}}) + node(-1, 127, 37.5) + node(2, 127.01, 37.5));
  EXPECT_THAT(done.network.node_id, ElementsAre(-1, 2));
  EXPECT_EQ(done.network.arcs(), 2u) << "a node twice in a row is no segment";
}

TEST_F(Import_osm, a_clipped_extract_loses_segments_and_says_so) {
  const auto done = osm(kThree + way(5, {1, 2, 77, 3, 2}, {{"highway", "residential"}, {"maxspeed", "quick"}}));
  EXPECT_EQ(done.network.arcs(), 4u);
  EXPECT_EQ(done.report.counts.at("segments dropped: a node is not in the extract"), 2u);
  EXPECT_EQ(done.report.counts.at("nodes that the extract lacks"), 1u);
  EXPECT_EQ(done.report.counts.at("ways whose maxspeed is not understood"), 1u);
  EXPECT_THAT(done.report.notes.back(), HasSubstr("way 5: 'quick'"));
}

TEST_F(Import_osm, what_cannot_be_read_is_an_error_with_the_file) {
  EXPECT_THAT(thrown([&] { osm(kThree); }), HasSubstr("none of them is a street"));
  EXPECT_THAT(thrown([&] { osm(way(5, {1, 2}, {{"highway", "residential"}})); }), HasSubstr("none of the nodes"));
  Network_request q;
  for (const auto& [name, bytes] : std::map<std::string, std::string>{
           {"a.osm", "<osm"},
           {"b.osm", std::string(100, '\xFF')},
           {"c.osm.pbf", std::string(100, '\xFF')},
           {"d.osm", ""},
           {"e.txt", "words"},
           {"f.osm",
            "<osm version='0.6'><way id='1'><nd ref='1'/><nd ref='2'/><tag k='highway' v='path'/></way><node id='1' "
            "lon='500' lat='37'/></osm>"},
           {"g.osm", "<osm version='0.6'><way id='1'><nd ref='99999999999999999999999'/></way></osm>"},
           {"h.osm.pbf", std::string("\0\0\0\x0d\x0a\x09OSMHeader\x18\x7f", 17)}}) {
    q.osm = write(name, bytes);
    EXPECT_THAT(thrown([&] { import_network(q, {}); }), HasSubstr(name));
  }
  q.osm = folder / "absent.osm";
  EXPECT_THROW(import_network(q, {}), IoError);
}

TEST_F(Import_osm, a_huge_node_number_costs_no_memory) {
  const auto done = osm(kThree + node(9223372036854775806, 127.005, 37.5) +
                        way(5, {1, 9223372036854775806, 2}, {{"highway", "residential"}}));
  EXPECT_EQ(done.network.arcs(), 4u);
}

}  // namespace
}  // namespace dosi::imports
