#include "io/import/columns.hpp"

#include <algorithm>
#include <cmath>

#include "io/city/city.hpp"
#include "io/error.hpp"
#include "io/import/text.hpp"

namespace dosi::imports {
namespace {

std::string plain(std::string_view name) {
  std::string out = comparable(name);
  std::erase_if(out, [](char c) { return c == ' ' || c == '_' || c == '-'; });
  return out;
}

// What a text column may take in a city, before compression: texts lie there at one fixed length.
constexpr std::size_t kTextBytes = std::size_t{4} << 30;

constexpr const char* kX[] = {"x",       "lon",       "lng",     "long",        "longitude",   "경도",   "x좌표",
                              "좌표x",   "xcoord",    "coordx",  "좌표정보(x)", "좌표정보x",   "pointx", "easting",
                              "x좌표값", "wgs84경도", "경도(x)", "경도(wgs84)", "xcoordinate", "posx",   "long"};
constexpr const char* kY[] = {"y",       "lat",       "lat",     "lati",        "latitude",    "위도",   "y좌표",
                              "좌표y",   "ycoord",    "coordy",  "좌표정보(y)", "좌표정보y",   "pointy", "northing",
                              "y좌표값", "wgs84위도", "위도(y)", "위도(wgs84)", "ycoordinate", "posy",   "lat"};
static_assert(std::size(kX) == std::size(kY));

std::string list_of(const Frame& frame) {
  std::string known;
  for (const auto& f : frame.fields) known += (known.empty() ? "" : ", ") + f.name;
  return known;
}

std::optional<Coordinate_fields> coordinates_by_name(const Frame& frame) {
  for (std::size_t k = 0; k < std::size(kX); ++k) {
    const auto x = find_field(frame, std::span(kX + k, 1)), y = find_field(frame, std::span(kY + k, 1));
    if (x && y) return Coordinate_fields{*x, *y};
  }
  return std::nullopt;
}

}  // namespace

bool has_coordinates(const Frame& frame) { return coordinates_by_name(frame).has_value(); }

std::vector<std::size_t> fields_named(const Frame& frame, const std::vector<std::string>& names) {
  std::vector<std::size_t> out;
  Problems unknown;
  for (const auto& n : names) {
    try {
      out.push_back(frame.field(n));
    } catch (const UsageError&) {
      unknown.add("no column '{}'", n);
    }
  }
  unknown.raise_if_any(Exit::usage, fmt::format("{}: its columns are: {}", frame.file, list_of(frame)));
  return out;
}

std::optional<std::size_t> find_field(const Frame& frame, std::span<const char* const> names) {
  for (const char* n : names)
    for (std::size_t f = 0; f < frame.fields.size(); ++f)
      if (plain(frame.fields[f].name) == plain(n)) return f;
  return std::nullopt;
}

std::optional<std::size_t> find_field(const Frame& frame, const std::string& given,
                                      std::span<const char* const> names) {
  return given.empty() ? find_field(frame, names) : frame.field(given);
}

Coordinate_fields find_coordinates(const Frame& frame, const std::string& x, const std::string& y,
                                   std::vector<std::string>& notes) {
  if (x.empty() != y.empty())
    throw UsageError("{}: give both the x and the y column, or neither; columns: {}", frame.file, list_of(frame));
  if (!x.empty()) return {frame.field(x), frame.field(y)};
  if (const auto found = coordinates_by_name(frame)) {
    notes.push_back(fmt::format("{}: coordinates from columns '{}' and '{}'", frame.file, frame.fields[found->x].name,
                                frame.fields[found->y].name));
    return *found;
  }
  throw UsageError(
      "{}: no columns with coordinates were found (x and y, lon and lat, 경도 and 위도, …); "
      "name them with --x and --y; its columns are: {}",
      frame.file, list_of(frame));
}

city::Column make_column(const Frame& frame, std::size_t field, std::span<const std::size_t> rows,
                         std::vector<std::string>& notes) {
  city::Column column;
  column.name = frame.fields[field].name;
  if (const auto stored = city::stored_name(column.name); stored != column.name)
    notes.push_back(fmt::format("{}: column '{}' is kept as '{}'", frame.file, column.name, stored));
  Field_kind kind = frame.fields[field].kind;
  if (kind == Field_kind::infer) {
    std::size_t present = 0, whole = 0, real = 0, codes = 0, odd = rows.size();
    for (const auto r : rows) {
      const auto cell = frame.cell(r, field);
      if (is_missing(cell)) continue;
      ++present;
      if (is_code(cell)) {
        ++codes;
      } else if (whole_in(cell)) {
        ++whole;
      } else if (const auto v = number_in(cell);
                 v && std::isfinite(*v) && cell.find_first_of(".eE") != std::string_view::npos) {
        ++real;
      } else if (odd == rows.size()) {
        odd = r;
      }
    }
    if (present > 0 && codes == 0 && whole == present) kind = Field_kind::whole;
    else if (present > 0 && codes == 0 && whole + real == present) kind = Field_kind::real;
    else kind = Field_kind::text;
    const std::size_t others = present - codes - whole - real;
    if (codes == 0 && others > 0 && others * 20 <= present)
      notes.push_back(fmt::format(
          "{}: column '{}' is kept as text: {} of {} values are not numbers, the first in row "
          "{}: '{}'; --numbers {} rejects such rows",
          frame.file, column.name, others, present, frame.numbers[odd], frame.cell(odd, field), column.name));
  }
  if (kind == Field_kind::whole) {
    std::vector<std::int64_t> v;
    v.reserve(rows.size());
    for (const auto r : rows) v.push_back(whole_in(frame.cell(r, field)).value_or(city::kMissingWhole));
    column.values = std::move(v);
  } else if (kind == Field_kind::real) {
    std::vector<double> v;
    v.reserve(rows.size());
    for (const auto r : rows) v.push_back(number_in(frame.cell(r, field)).value_or(std::nan("")));
    column.values = std::move(v);
  } else {
    std::vector<std::string> v;
    v.reserve(rows.size());
    std::size_t longest = 0, at = 0;
    for (const auto r : rows) {
      v.emplace_back(frame.cell(r, field));
      if (v.back().size() > longest) longest = v.back().size(), at = r;
    }
    if (longest * rows.size() > kTextBytes)
      throw DataError(
          "{}: column '{}': row {} has {} bytes; a city gives every one of the {} rows as much room. Leave the "
          "column out by naming the ones to keep",
          frame.file, column.name, frame.numbers[at], longest, rows.size());
    column.values = std::move(v);
  }
  return column;
}

std::vector<std::size_t> kept_fields(const Frame& frame, const std::vector<std::string>& wanted,
                                     const std::vector<std::size_t>& without) {
  std::vector<std::size_t> out;
  out = fields_named(frame, wanted);
  if (wanted.empty())
    for (std::size_t f = 0; f < frame.fields.size(); ++f)
      if (std::find(without.begin(), without.end(), f) == without.end()) out.push_back(f);
  return out;
}

}  // namespace dosi::imports
