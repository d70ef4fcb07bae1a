// Small results for tests of pages and exports: squares in a row, with names that a page must survive.
#pragma once

#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include "io/result/result.hpp"

namespace dosi::test_support {

inline const std::vector<std::string>& hostile_names() {
  static const std::vector<std::string> names{"</script><img src=x onerror=alert(1)>",
                                              "\"quoted\" & 'quoted' <b>",
                                              "성수동 2가 😀",
                                              std::string(5000, 'x') + "끝",
                                              "line\xE2\x80\xA8 separator",
                                              "=1+1",
                                              "bad \xFF byte",
                                              ""};
  return names;
}

inline city::Crs korean_crs() {
  return {
      "EPSG:5186",
      R"wkt(PROJCRS["KGD2002 / Central Belt 2010",BASEGEOGCRS["KGD2002",DATUM["Korean Geodetic Datum 2002",ELLIPSOID["GRS 1980",6378137,298.257222101,LENGTHUNIT["metre",1]]],PRIMEM["Greenwich",0,ANGLEUNIT["degree",0.0174532925199433]],ID["EPSG",4737]],CONVERSION["Central Belt",METHOD["Transverse Mercator",ID["EPSG",9807]],PARAMETER["Latitude of natural origin",38,ANGLEUNIT["degree",0.0174532925199433],ID["EPSG",8801]],PARAMETER["Longitude of natural origin",127,ANGLEUNIT["degree",0.0174532925199433],ID["EPSG",8802]],PARAMETER["Scale factor at natural origin",1,SCALEUNIT["unity",1],ID["EPSG",8805]],PARAMETER["False easting",200000,LENGTHUNIT["metre",1],ID["EPSG",8806]],PARAMETER["False northing",600000,LENGTHUNIT["metre",1],ID["EPSG",8807]]],CS[Cartesian,2],AXIS["northing (X)",north,ORDER[1],LENGTHUNIT["metre",1]],AXIS["easting (Y)",east,ORDER[2],LENGTHUNIT["metre",1]],ID["EPSG",5186]])wkt"};
}

// n squares of 100 m side by side; the first has a hole of 20 m.
inline city::Polygons squares(std::size_t n) {
  city::Polygons p;
  const auto ring = [&](std::vector<std::pair<double, double>> v, bool hole) {
    for (const auto& [x, y] : v) {
      p.x.push_back(200000 + x);
      p.y.push_back(550000 + y);
    }
    p.vertex_first.push_back(p.x.size());
    p.ring_is_hole.push_back(hole ? 1 : 0);
  };
  for (std::size_t i = 0; i < n; ++i) {
    const double a = 100.0 * static_cast<double>(i), b = a + 100;
    ring({{a, 0}, {b, 0}, {b, 100}, {a, 100}, {a, 0}}, false);
    if (i == 0) ring({{40, 40}, {40, 60}, {60, 60}, {60, 40}, {40, 40}}, true);
    p.ring_first.push_back(p.ring_is_hole.size());
  }
  return p;
}

// Tables zones, points and surface; `missing`: every number is.
inline std::filesystem::path make_result(const std::filesystem::path& path, std::size_t zones, bool missing,
                                         const result::Json& panels) {
  const double none = std::nan("");
  result::Writer w(path, korean_crs(), "access", result::words("Access <b>of</b> </script>", "접근성"),
                   {{"program", "dosi"},
                    {"command", "dosi access --out 'a b'"},
                    {"parameters", {{"limit", {{"value", 15}, {"unit", "min"}}}}},
                    {"inputs", result::Json::array({{{"path", "/c.h5"}, {"crc32", "0badcafe"}}})}});
  const auto& names = hostile_names();
  if (zones > 0) {
    auto g = w.create_table("zones", result::Table_kind::zones, "zone", zones, "dong");
    city::write_polygons(g, "zone", squares(zones));
    city::Table t;
    t.rows = zones;
    std::vector<std::string> label, status;
    std::vector<double> time, share, people;
    for (std::size_t i = 0; i < zones; ++i) {
      label.push_back(names[i % names.size()]);
      status.push_back(missing || i % 5 == 4 ? "unreachable" : "reached");
      time.push_back(missing || i % 5 == 4 ? none : 60'000.0 * static_cast<double>(i + 1));
      share.push_back(missing ? none : static_cast<double>(i) / static_cast<double>(zones));
      people.push_back(missing ? none : 100.0 * static_cast<double>(i));
    }
    t.add("label", label, "zone");
    t.add("status", status);
    t.add("time", time, "ms", "time to the nearest");
    t.add("share", share, "1", "share <i>beyond</i>");
    t.add("people_all", people, "", "people");
    t.add("Label", std::vector<std::int64_t>(zones, 7));
    city::write_table(g, "zone", t);
  }
  {
    auto g = w.create_table("points", result::Table_kind::points, "point", names.size());
    std::vector<double> x, y;
    for (std::size_t i = 0; i < names.size(); ++i) {
      x.push_back(200010 + 10.0 * static_cast<double>(i));
      y.push_back(550050);
    }
    stream::write_all<double>(g, "x", {"point"}, x);
    stream::write_all<double>(g, "y", {"point"}, y);
    city::Table t;
    t.rows = names.size();
    t.add("name", names);
    t.add("beds", missing ? std::vector<double>(names.size(), none) : x);
    city::write_table(g, "point", t);
  }
  {
    auto g = w.create_table("surface", result::Table_kind::grid, "place", 1, "Time to points");
    g.set_attribute("places", "points");
    std::vector<double> y, x;
    for (int i = 0; i < 41; ++i) {
      y.push_back(550000 + 10.0 * i);
      x.push_back(200000 + 10.0 * i);
    }
    g.create_coordinate<double>("y", y, {.units = "m"});
    g.create_coordinate<double>("x", x, {.units = "m"});
    const std::vector<double> cutoffs{60, 120};
    g.create_coordinate<double>("cutoff", cutoffs, {.units = "s"});
    std::vector<std::uint32_t> time;
    for (const double b : y)
      for (const double a : x)
        time.push_back(missing ? city::kNever : static_cast<std::uint32_t>(std::hypot(a - 200200, b - 550200) * 1000));
    auto d = stream::write_all<std::uint32_t>(g, "time", {"place", "y", "x"}, time,
                                              {.units = "ms", .long_name = "travel time"});
    d.set_attribute("_FillValue", h5::type_of<std::uint32_t>(), &city::kNever);
  }
  if (!panels.is_null()) w.set_panels(panels);
  w.set_summary(
      result::Json::array({{{"label", {{"en", "median"}, {"ko", "중앙값"}}}, {"value", nullptr}, {"unit", "min"}},
                           {{"label", "cut off"},
                            {"names", names.size() > 3 ? result::Json{names[0], names[2]} : result::Json::array()}}}));
  w.publish();
  return path;
}

inline result::Json usual_panels() {
  return result::Json::array(
      {{{"kind", "map"},
        {"table", "zones"},
        {"column", "time"},
        {"label", "label"},
        {"status", "status"},
        {"points", "points"},
        {"title", {{"en", "Map"}, {"ko", "지도"}}}},
       {{"kind", "distribution"}, {"table", "zones"}, {"column", "time"}, {"weight", "people_all"}, {"title", "Times"}},
       {{"kind", "table"}, {"table", "zones"}, {"first", "label"}, {"sort", "time"}},
       {{"kind", "hologram"}, {"table", "zones"}},
       {{"kind", "table"}, {"table", "nowhere"}},
       42});
}

}  // namespace dosi::test_support
