// Records of places over time, and the plane of data that has no place on the earth.
#include <algorithm>
#include <cmath>

#include "io/city/city.hpp"

namespace dosi::city {

Crs local_crs() {
  return {"local plane", R"wkt(ENGCRS["local plane",EDATUM["no place on the earth is told"],CS[Cartesian,2],)wkt"
                         R"wkt(AXIS["easting (X)",east,ORDER[1],LENGTHUNIT["metre",1]],)wkt"
                         R"wkt(AXIS["northing (Y)",north,ORDER[2],LENGTHUNIT["metre",1]]])wkt"};
}

Series City::read_series(const std::string& name) const {
  const auto g = root().group("series/" + name);
  Series s;
  s.places = g.string_attribute("places");
  const auto& of = find(s.places, {"points", "zones"});
  s.place = stream::read_all<std::int64_t>(g, "place");
  s.time = stream::read_as_double(g, "time");
  const auto time = g.dataset("time");
  s.time_units = time.string_attribute("units");
  s.time_precision = time.string_attribute("precision");
  s.attributes = read_table(g, "record");
  std::erase_if(s.attributes.columns, [](const Column& c) { return c.name == "place" || c.name == "time"; });
  Problems bad;
  if (s.time.size() != s.size()) bad.add("time has {} rows, place has {}", s.time.size(), s.size());
  if (s.attributes.rows != s.size()) bad.add("{} records, but place has {} rows", s.attributes.rows, s.size());
  for (std::size_t i = 0; i < s.size(); ++i)
    if (s.place[i] < 0 || static_cast<std::size_t>(s.place[i]) >= of.rows)
      bad.add("record {}: place {}, but {} has {} rows", i, s.place[i], s.places, of.rows);
  for (std::size_t i = 0; i < s.time.size(); ++i)
    if (std::isinf(s.time[i])) bad.add("record {}: its time is not finite", i);
  bad.raise_if_any(Exit::bad_data, fmt::format("{}: {}: series is not valid", g.file(), g.path()));
  check_rows(g, s.size());
  return s;
}

void City_writer::add(const std::string& name, const Series& s, const Layer_note& note) {
  auto g = create_layer("series", name, note);
  g.set_attribute("rows", static_cast<std::int64_t>(s.size()));
  g.set_attribute("places", s.places);
  g.create_dimension("record", s.size());
  stream::write_all<std::int64_t>(g, "place", {"record"}, s.place, {.long_name = "row of " + s.places});
  auto time = stream::write_all<double>(g, "time", {"record"}, s.time, {.units = s.time_units, .long_name = "time"});
  time.set_attribute("_FillValue", std::nan(""));
  time.set_attribute("standard_name", "time");
  if (!s.time_precision.empty()) time.set_attribute("precision", s.time_precision);
  write_table(g, "record", s.attributes);
}

}  // namespace dosi::city
