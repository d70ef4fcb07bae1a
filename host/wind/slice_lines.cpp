// The lines of vertical slices, as parameters have them.
#include <algorithm>

#include "host/job/fields.hpp"
#include "host/wind/slices.hpp"
#include "io/error.hpp"

namespace dosi::wind {
namespace {

using job::Json;

constexpr std::size_t kLongestName = 64;

// A name becomes a part of a path in the file.
bool is_name(const std::string& s) {
  return !s.empty() && s.size() <= kLongestName &&
         std::none_of(s.begin(), s.end(), [](unsigned char c) { return c <= ' ' || c == '/' || c == '.' || c == 127; });
}

std::optional<Place_of_site> point_if_given(job::Fields& f, const char* key) {
  const bool given = f.find(key, "[x, y]", [](const Json&) { return true; }) != nullptr;
  if (!given) return std::nullopt;
  Place_of_site p;
  f.point(key, p.x, p.y);
  return p;
}

Slice_line read_slice(job::Fields& f) {
  Slice_line s{.name = f.text("name"),
               .from = point_if_given(f, "from"),
               .to = point_if_given(f, "to"),
               .through = point_if_given(f, "through"),
               .bearing = 0,
               .length = f.number("length", 1e6),
               .height = f.number("height", 1e4)};
  const auto* bearing = f.find("bearing", "a number of degrees from north, 0 to 360", [](const Json& j) {
    return j.is_number() && j.get<double>() >= 0 && j.get<double>() <= 360;
  });
  if (bearing != nullptr) s.bearing = bearing->get<double>();
  if (!f.has("name")) f.wrong("name is missing");
  else if (!s.name.empty() && !is_name(s.name))
    f.wrong("name = '{}': must have 1 to {} bytes, no blanks, '/' or '.'", s.name, kLongestName);
  if (const bool ends = f.has("from") || f.has("to"), aims = f.has("through") || f.has("bearing"); ends && aims)
    f.wrong("has from and to, and through and bearing; give one pair");
  else if (aims && !(f.has("through") && f.has("bearing")))
    f.wrong("through and bearing belong together; {} is missing", f.has("through") ? "bearing" : "through");
  else if (!aims && !(f.has("from") && f.has("to")))
    f.wrong("{}", ends ? fmt::format("from and to belong together; {} is missing", f.has("from") ? "to" : "from")
                       : "needs from and to, or through and bearing");
  if (f.has("length") && !f.has("through")) f.wrong("length goes with through and bearing, not with from and to");
  if (s.from && s.to && s.from->x == s.to->x && s.from->y == s.to->y)
    f.wrong("from and to are the same point: a slice of no length");
  return s;
}

}  // namespace

std::vector<Slice_line> read_slices(const Json& lines, Problems& bad) {
  std::vector<Slice_line> out;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    job::Fields f(lines[i], fmt::format("slices[{}]", i), bad);
    out.push_back(read_slice(f));
    for (std::size_t k = 0; k < i; ++k)
      if (!out[i].name.empty() && out[k].name == out[i].name) f.wrong("slices[{}] is named '{}' too", k, out[i].name);
  }
  return out;
}

}  // namespace dosi::wind
