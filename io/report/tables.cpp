// Tables, distributions and surfaces of a result in the form that a page draws.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numeric>

#include "io/report/data.hpp"
#include "io/report/distribution.hpp"
#include "io/result/naming.hpp"

namespace dosi::report {
namespace {

constexpr std::size_t kMostText = 300;   // bytes of one text cell
constexpr std::size_t kMostPlaces = 12;  // surfaces of one table
constexpr std::size_t kMostCellsAcross = 220;

// Six significant digits, whole numbers as they are; null where missing.
Json number(double v) {
  if (!std::isfinite(v)) return nullptr;
  if (v == std::floor(v) && std::abs(v) < 1e15) return static_cast<std::int64_t>(v);
  return std::strtod(fmt::format("{:.6g}", v).c_str(), nullptr);
}

std::string cut(const std::string& text) {
  if (text.size() <= kMostText) return text;
  std::size_t end = kMostText;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end) + "…";
}

std::vector<std::size_t> chosen_rows(std::size_t rows, std::size_t most) {
  std::vector<std::size_t> out(std::min(rows, most));
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = rows <= most ? i : i * rows / most;
  return out;
}

// The Korean label of a flat column: its variable's `long_name_ko`, with the step that the label names.
std::string korean_label(const h5::Group& g, const city::Column& c) {
  for (const auto& name : g.variables()) {
    if (c.name != name && !c.name.starts_with(name + "_")) continue;
    const auto d = g.dataset(name);
    const auto english = d.string_attribute("long_name"), korean = d.string_attribute("long_name_ko");
    if (!korean.empty() && c.long_name.starts_with(english)) return korean + c.long_name.substr(english.size());
  }
  return "";
}

Json column_json(const h5::Group& g, const city::Column& c, const std::vector<std::size_t>& rows) {
  Json j{{"name", c.name}, {"label", c.long_name.empty() ? c.name : c.long_name}};
  if (const auto ko = korean_label(g, c); !ko.empty()) j["label_ko"] = ko;
  Json values = Json::array();
  if (c.is_text()) {
    const auto& texts = std::get<std::vector<std::string>>(c.values);
    for (const auto i : rows) values.push_back(cut(texts[i]));
    j["text"] = true;
  } else {
    const auto s = shown(c);
    for (const auto i : rows) values.push_back(number(s.values[i]));
    j["units"] = s.units;
  }
  j["values"] = std::move(values);
  return j;
}

std::string base64(const std::vector<std::uint8_t>& bytes) {
  static const char* const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t left = bytes.size() - i;
    const std::uint32_t b = bytes[i] << 16 | (left > 1 ? bytes[i + 1] << 8 : 0) | (left > 2 ? bytes[i + 2] : 0);
    out += digits[b >> 18];
    out += digits[b >> 12 & 63];
    out += left > 1 ? digits[b >> 6 & 63] : '=';
    out += left > 2 ? digits[b & 63] : '=';
  }
  return out;
}

// Each `step` x `step` cells as one: of times the least value among them, which a thin street network does not lose; of
// other figures the mean.
std::vector<double> coarsened(const std::vector<double>& v, std::size_t nx, std::size_t ny, std::size_t step,
                              bool times) {
  const std::size_t cx = (nx + step - 1) / step, cy = (ny + step - 1) / step;
  std::vector<double> out(cx * cy, std::nan("")), count(times ? 0 : cx * cy);
  for (std::size_t y = 0; y < ny; ++y)
    for (std::size_t x = 0; x < nx; ++x) {
      const std::size_t at = y / step * cx + x / step;
      const double a = v[y * nx + x];
      if (!std::isfinite(a)) continue;
      if (times) out[at] = out[at] <= a ? out[at] : a;
      else out[at] = count[at]++ == 0 ? a : out[at] + (a - out[at]) / count[at];
    }
  return out;
}

}  // namespace

Shown shown(const city::Column& c) {
  Shown s{c.as_numbers(), c.units};
  if (c.units == "ms") {
    for (double& v : s.values) v /= 60'000;
    s.units = "min";
  } else if (c.units == "1") {
    const bool share =
        std::all_of(s.values.begin(), s.values.end(), [](double v) { return !std::isfinite(v) || (v >= 0 && v <= 1); });
    if (share)
      for (double& v : s.values) v *= 100;
    s.units = share ? "%" : "";
  }
  return s;
}

Json table_json(const result::Result& r, const std::string& table, const std::set<std::string>& first,
                bool overlay_only) {
  std::vector<std::string> left_out;
  auto t = r.flat_table(table, 64, &left_out);
  const auto g = r.root().group(table);
  if (overlay_only) {
    const auto* name = result::naming_column(t);
    std::set<std::string> keep{"x", "y", name == nullptr ? "" : name->name};
    std::erase_if(t.columns, [&](const city::Column& c) { return !keep.contains(c.name); });
  }
  const auto rank = [&](const city::Column& c) {
    return first.contains(c.name) || c.name == "x" || c.name == "y" ? 0
           : c.name.starts_with("people") || c.name == "name"       ? 1
           : c.units.empty()                                        ? 3
                                                                    : 2;
  };
  std::stable_sort(t.columns.begin(), t.columns.end(), [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
  const auto rows = chosen_rows(t.rows, r.kind(table) == result::Table_kind::zones ? kMostZones : kMostRows);
  Json columns = Json::array();
  for (const auto& c : t.columns) {
    if (rank(c) > 0 && (columns.size() + 1) * rows.size() > kMostCells) left_out.push_back(c.name);
    else columns.push_back(column_json(g, c, rows));
  }
  Json j{{"title", g.string_attribute("title")},
         {"rows", t.rows},
         {"columns", std::move(columns)},
         {"left_out", left_out}};
  if (rows.size() < t.rows) j["row_numbers"] = rows;
  if (overlay_only) j["overlay_only"] = true;
  return j;
}

Json schema_json(const result::Result& r, const std::string& table) {
  const auto g = r.root().group(table);
  Json variables = Json::array();
  for (const auto& name : g.variables()) {
    const auto d = g.dataset(name);
    const auto dims = d.dimension_names();
    if (dims.empty() || name == "crs") continue;
    variables.push_back({{"name", name},
                         {"dimensions", dims},
                         {"units", d.string_attribute("units")},
                         {"meaning", d.string_attribute("long_name")},
                         {"meaning_ko", d.string_attribute("long_name_ko")}});
  }
  return {{"name", table},
          {"title", g.string_attribute("title")},
          {"kind", g.string_attribute("dosi_table")},
          {"rows", g.dimension_length(g.string_attribute("row_dimension"))},
          {"variables", std::move(variables)}};
}

Json distribution_json(const result::Result& r, const std::string& table, const std::string& column,
                       const std::string& weight) {
  const auto t = r.flat_columns(table, {column, weight});
  const auto* c = t.find(column);
  if (c == nullptr || c->is_text()) return nullptr;
  const auto* w = weight.empty() ? nullptr : t.find(weight);
  const auto values = shown(*c);
  const auto weights = w != nullptr && !w->is_text() ? w->as_numbers() : std::vector<double>{};
  const bool time = values.units == "min" || values.units == "s";
  Json j = as_json(distribute(values.values, weights, time));
  const auto g = r.root().group(table);
  j["label"] = c->long_name;
  j["label_ko"] = korean_label(g, *c);
  j["units"] = values.units;
  j["time"] = time;
  j["weighted"] = !weights.empty();
  j["weight_label"] = w != nullptr ? w->long_name : "";
  j["weight_label_ko"] = w != nullptr ? korean_label(g, *w) : "";
  return j;
}

// The row of the least value, or their number where there is none.
std::size_t lowest_of(const std::vector<double>& values) {
  std::size_t low = values.size();
  for (std::size_t i = 0; i < values.size(); ++i)
    if (std::isfinite(values[i]) && (low == values.size() || values[i] < values[low])) low = i;
  return low;
}

Json curve_json(const result::Result& r, const std::string& table, const std::string& x, const std::string& y) {
  const auto t = r.flat_columns(table, {x, y});
  const auto g = r.root().group(table);
  auto rows = chosen_rows(t.rows, kMostRows);
  if (const auto* c = t.find(y); c != nullptr && !c->is_text() && t.rows > rows.size()) {
    const auto low = lowest_of(c->as_numbers());
    if (const auto at = std::lower_bound(rows.begin(), rows.end(), low);
        low < t.rows && (at == rows.end() || *at != low))
      rows.insert(at, low);
  }
  Json j;
  for (const auto& [axis, name] : {std::pair{"x", x}, {"y", y}}) {
    const auto* c = t.find(name);
    if (c == nullptr || c->is_text()) return nullptr;
    const auto values = shown(*c);
    Json numbers = Json::array();
    for (const auto row : rows)
      numbers.push_back(std::isfinite(values.values[row]) ? Json(values.values[row]) : Json());
    j[axis] = {{"label", c->long_name},
               {"label_ko", korean_label(g, *c)},
               {"units", values.units},
               {"values", std::move(numbers)}};
  }
  return j;
}

namespace {

constexpr std::size_t kMostArrowsAcross = 44;
constexpr double kMostBytes = 254;  // of what is solid: a slice's kinds stay apart as bytes, 1 above their numbers

std::string bytes_of(const std::vector<double>& values, double low,
                     double high) {  // 0: none; 1 .. 255 from low to high
  std::vector<std::uint8_t> bytes;
  for (const double v : values)
    bytes.push_back(std::isfinite(v)
                        ? static_cast<std::uint8_t>(1 + std::lround((v - low) / std::max(high - low, 1e-12) * 254))
                        : 0);
  return base64(bytes);
}

bool is_map(const h5::Group& g, const std::string& name, const std::vector<std::string>& dimensions) {
  return g.has(name) && !g.is_group(name) && g.dataset(name).type().kind != h5::Kind::string &&
         g.dataset(name).dimension_names() == dimensions;
}

// The means of a row of a vector field over coarser cells: [dx, dy] each, null where there is none.
Json arrows_json(const h5::Group& g, const std::string& east, const std::string& north, std::size_t row, std::size_t nx,
                 std::size_t ny, std::size_t step) {
  const auto u = coarsened(stream::read_rows_as_double(g, east, row, 1), nx, ny, step, false),
             v = coarsened(stream::read_rows_as_double(g, north, row, 1), nx, ny, step, false);
  Json out = Json::array();
  const auto short_form = [](double d) { return std::round(d * 1000) / 1000; };
  for (std::size_t i = 0; i < u.size(); ++i)
    out.push_back(std::isfinite(u[i]) && std::isfinite(v[i]) ? Json::array({short_form(u[i]), short_form(v[i])})
                                                             : Json());
  return out;
}

}  // namespace

Json grid_json(const result::Result& r, const std::string& table, const Json& panel) {
  const auto g = r.root().group(table);
  const auto row = g.string_attribute("row_dimension");
  const auto text = [&](const char* key) {
    return panel.contains(key) && panel[key].is_string() ? panel[key].get<std::string>() : std::string();
  };
  const bool upright = r.kind(table) == result::Table_kind::slice;
  const std::string across = upright ? "distance" : "x", up = upright ? "height" : "y";
  std::string variable;
  for (const auto& name : g.variables())
    if (variable.empty() && (text("column").empty() || name == text("column")) && is_map(g, name, {row, up, across}))
      variable = name;
  if (variable.empty()) return nullptr;
  const auto x = stream::read_as_double(g, across), y = stream::read_as_double(g, up);
  if (x.size() < 2 || y.size() < 2) return nullptr;
  const double cell = (x.back() - x.front()) / static_cast<double>(x.size() - 1),
               tall = (y.back() - y.front()) / static_cast<double>(y.size() - 1);
  const std::size_t step = (std::max(x.size(), y.size()) + kMostCellsAcross - 1) / kMostCellsAcross;
  const std::size_t nx = (x.size() + step - 1) / step, ny = (y.size() + step - 1) / step;
  const auto d = g.dataset(variable);
  const auto rows = chosen_rows(d.rows(), kMostPlaces);
  const auto names = result::place_names(r, g.string_attribute("places"));

  std::vector<std::string> arrows;
  if (panel.contains("arrows") && panel["arrows"].is_array())
    for (const auto& name : panel["arrows"])
      if (name.is_string()) arrows.push_back(name.get<std::string>());
  const bool with_arrows =
      arrows.size() == 2 && is_map(g, arrows[0], {row, up, across}) && is_map(g, arrows[1], {row, up, across});
  const std::size_t arrow_step = (std::max(x.size(), y.size()) + kMostArrowsAcross - 1) / kMostArrowsAcross;

  Json places = Json::array();
  Json j{{"title", g.string_attribute("title")},
         {"label", d.string_attribute("long_name", variable)},
         {"label_ko", d.string_attribute("long_name_ko")},
         {"columns", nx},
         {"rows", ny},
         {"cell", cell * static_cast<double>(step)},
         {"tall", tall * static_cast<double>(step)},
         {"x0", x[0] - cell / 2},
         {"y0", y[0] - tall / 2},
         {"all_places", d.rows()},
         {"coarsened", step}};
  const auto fill = d.number_attribute("_FillValue");
  for (const auto i : rows) {
    auto values = stream::read_rows_as_double(g, variable, i, 1);
    if (fill && !std::isnan(*fill)) std::replace(values.begin(), values.end(), *fill, std::nan(""));
    const auto s = shown({.name = variable,
                          .units = d.string_attribute("units"),
                          .values = coarsened(values, x.size(), y.size(), step, d.string_attribute("units") == "ms")});
    j["units"] = s.units;
    double low = INFINITY, high = -INFINITY;
    for (const double v : s.values)
      if (std::isfinite(v)) {
        low = std::min(low, v);
        high = std::max(high, v);
      }
    places.push_back(
        {{"name", i < names.size() ? cut(names[i]) : fmt::format("{} {}", g.string_attribute("places", row), i + 1)},
         {"low", low},
         {"high", high},
         {"values", bytes_of(s.values, low, high)}});
    if (with_arrows) places.back()["arrows"] = arrows_json(g, arrows[0], arrows[1], i, x.size(), y.size(), arrow_step);
  }
  if (g.has("cutoff")) {
    Json levels = Json::array();
    for (const double v : stream::read_as_double(g, "cutoff")) levels.push_back(v / 60);
    j["levels"] = levels;
  }
  j["places"] = std::move(places);
  if (with_arrows)
    j["arrow_cell"] = cell * static_cast<double>(arrow_step), j["arrow_tall"] = tall * static_cast<double>(arrow_step),
    j["arrow_columns"] = (x.size() + arrow_step - 1) / arrow_step;
  if (const auto solid = text("solid"); is_map(g, solid, {up, across}))
    j["solid"] = bytes_of(coarsened(stream::read_as_double(g, solid), x.size(), y.size(), step, false), 0,
                          upright ? kMostBytes : 1e9);
  if (upright) j["upright"] = true;
  return j;
}

}  // namespace dosi::report
