#include "host/appraise/roll.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <unordered_map>

#include "host/geometry/stands.hpp"
#include "io/dates.hpp"
#include "io/error.hpp"
#include "io/nearest_name.hpp"

namespace dosi::appraise {
namespace {

// A day as text or as a number like 20240131, with or without a time behind it.
std::optional<std::int64_t> day_in(std::string text) {
  if (const auto end = text.find_first_of("T "); end != std::string::npos) text.resize(end);
  if (text.size() == 8 && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; }))
    text = text.substr(0, 4) + "-" + text.substr(4, 2) + "-" + text.substr(6);
  const auto d = date_in(text);
  return d ? std::optional(middle_of(*d)) : std::nullopt;
}

// The columns of a layer, each read once; what is wrong with them is gathered.
class Columns {
 public:
  Columns(const city::City& city, const std::string& layer, Problems& bad)
      : city_(city), layer_(city.find(layer, {"points", "zones"})), names_(city.column_names(layer_)), bad_(bad) {}
  bool has(const std::string& name) const { return std::find(names_.begin(), names_.end(), name) != names_.end(); }
  const city::Layer& layer() const { return layer_; }

  std::vector<double> numbers(const char* parameter, const std::string& name) const {
    const auto table = read(parameter, name);
    if (table.columns.empty()) return {};
    if (!table.columns[0].is_text()) return table.columns[0].as_numbers();
    bad_.add("{}: column '{}' of {} holds text; numbers are needed", parameter, name, layer_.path());
    return {};
  }
  std::vector<std::string> texts(const char* parameter, const std::string& name) const {
    const auto table = read(parameter, name);
    return table.columns.empty() ? std::vector<std::string>{} : table.columns[0].as_text();
  }

 private:
  city::Table read(const char* parameter, const std::string& name) const {
    if (has(name)) return city_.read_attributes(layer_, {name});
    const auto near = nearest_name(name, names_);
    bad_.add("{}: {} has no column '{}'; {}", parameter, layer_.path(), name,
             near.empty() ? fmt::format("there are: {}", fmt::join(names_, ", ")) : "did you mean '" + near + "'?");
    return {};
  }
  const city::City& city_;
  const city::Layer& layer_;
  std::vector<std::string> names_;
  Problems& bad_;
};

// Of both kinds of rows, over the whole layer.
struct Shared {
  Shared(const Columns& c, const Question& q) {
    for (const auto& name : q.x) x.push_back(c.numbers("x", name));
    if (!q.by.empty()) group = c.texts("by", q.by);
  }
  // "" or what is missing.
  std::string missing(const Question& q, std::size_t i) const {
    std::string names;
    for (std::size_t c = 0; c < x.size(); ++c)
      if (!std::isfinite(x[c][i])) names += (names.empty() ? "" : ", ") + q.x[c];
    if (!group.empty() && group[i].empty()) names += (names.empty() ? "" : ", ") + q.by;
    return names.empty() ? "" : names + (names.find(',') == std::string::npos ? " is missing" : " are missing");
  }
  void add(Rows& rows, const geometry::Stands& at, std::size_t i, double assessed) const {
    rows.x.push_back(at.x[i]);
    rows.y.push_back(at.y[i]);
    rows.row.push_back(static_cast<std::uint32_t>(i));
    for (const auto& column : x) rows.columns.push_back(column[i]);
    rows.assessed.push_back(assessed);
    rows.group.push_back(group.empty() ? "" : group[i]);
  }
  std::vector<std::vector<double>> x;
  std::vector<std::string> group;
};

double above_zero(double v) { return std::isfinite(v) && v > 0 ? v : std::nan(""); }

std::string impossible(const std::string& column, double v) {
  return std::isnan(v) ? column + " is missing" : fmt::format("{} is {:g}; it must be above 0", column, v);
}

// The official value of each sale: its own, or that of the parcel with its key.
std::vector<double> assessed_of_sales(const Columns& sales, const Columns& parcels, const Question& q) {
  if (q.assessed.empty()) return {};
  if (q.key.empty()) return sales.has(q.assessed) ? sales.numbers("assessed", q.assessed) : std::vector<double>{};
  const auto mine = sales.texts("key", q.key), theirs = parcels.texts("key", q.key);
  const auto values = parcels.numbers("assessed", q.assessed);
  if (values.empty()) return {};
  std::unordered_map<std::string, double> value;
  std::size_t twice = 0;
  for (std::size_t i = 0; i < theirs.size(); ++i)
    twice += !theirs[i].empty() && !value.emplace(theirs[i], values[i]).second;
  std::vector<double> found;
  std::size_t unknown = 0;
  for (const auto& k : mine) {
    const auto at = k.empty() ? value.end() : value.find(k);
    unknown += at == value.end();
    found.push_back(at == value.end() ? std::nan("") : at->second);
  }
  if (twice > 0)
    spdlog::warn("{}: {} rows have a value of '{}' that came before; the first counts", parcels.layer().path(), twice,
                 q.key);
  if (unknown > 0)
    spdlog::warn("{}: {} of {} sales have a value of '{}' that no parcel has; they have no ratio", sales.layer().path(),
                 unknown, mine.size(), q.key);
  return found;
}

void say(const Roll& roll) {
  if (roll.unsold > 0)
    spdlog::info("appraise: {} rows of {} have no price: parcels, no sales", roll.unsold, roll.sales.layer);
  std::map<std::string, std::pair<std::size_t, std::uint32_t>> reasons;
  for (const auto& l : roll.left_out) {
    auto& [count, first] = reasons[l.layer + ": " + l.why];
    if (count++ == 0) first = l.row;
  }
  for (const auto& [why, rows] : reasons)
    spdlog::warn("{}: {} row{}, the first {}", why, rows.first, rows.first == 1 ? "" : "s", rows.second);
  if (!reasons.empty()) spdlog::warn("appraise: rows left out are in the table left_out");
}

}  // namespace

Roll read_roll(const city::City& city, const Question& q) {
  Problems bad;
  const Columns of_sales(city, q.sales, bad), of_parcels(city, q.parcels, bad);
  const bool one_layer = of_sales.layer().path() == of_parcels.layer().path();
  const auto price = of_sales.numbers("price", q.price);
  const Shared s(of_sales, q), p = one_layer ? s : Shared(of_parcels, q);
  const auto official_of_sales = assessed_of_sales(of_sales, of_parcels, q);
  const auto official = q.assessed.empty() ? std::vector<double>(of_parcels.layer().rows, std::nan(""))
                                           : of_parcels.numbers("assessed", q.assessed);
  const auto dates = q.date.empty() ? std::vector<std::string>{} : of_sales.texts("date", q.date);
  std::vector<std::vector<std::string>> strata;
  for (const auto& name : q.strata) strata.push_back(of_sales.texts("strata", name));
  if (!q.assessed.empty() && official_of_sales.empty() && !q.level && bad.empty())
    bad.add(
        "assessed: {} has no column '{}', so no ratio of a sale is known; give 'key', a column of both layers, or the "
        "legal 'level'",
        of_sales.layer().path(), q.assessed);
  bad.raise_if_any(Exit::usage, "dosi appraise: columns cannot be used");

  Roll roll;
  auto& sales = roll.sales;
  sales.layer = of_sales.layer().path();
  roll.parcels.layer = of_parcels.layer().path();
  sales.strata.resize(strata.size());
  const auto at_sales = geometry::stands_of(city, of_sales.layer()),
             at_parcels = one_layer ? at_sales : geometry::stands_of(city, of_parcels.layer());
  for (std::size_t i = 0; i < price.size(); ++i) {
    const auto leave = [&](const std::string& why) {
      roll.left_out.push_back({sales.layer, static_cast<std::uint32_t>(i), "sale: " + why});
    };
    if (one_layer && std::isnan(price[i])) {
      ++roll.unsold;
      continue;
    }
    const auto missing = s.missing(q, i);
    const auto day = dates.empty() ? std::optional<std::int64_t>(0) : day_in(dates[i]);
    if (std::isnan(above_zero(price[i]))) leave(impossible(q.price, price[i]));
    else if (!missing.empty()) leave(missing);
    else if (!day) leave(dates[i].empty() ? q.date + " is missing" : q.date + " is no day such as 2024-01-31");
    else {
      s.add(sales, at_sales, i, official_of_sales.empty() ? std::nan("") : above_zero(official_of_sales[i]));
      sales.price.push_back(price[i]);
      if (!dates.empty()) sales.day.push_back(*day);
      for (std::size_t c = 0; c < strata.size(); ++c) sales.strata[c].push_back(strata[c][i]);
    }
  }
  for (std::size_t i = 0; i < official.size(); ++i) {
    const auto leave = [&](const std::string& why) {
      roll.left_out.push_back({roll.parcels.layer, static_cast<std::uint32_t>(i), "parcel: " + why});
    };
    const auto missing = p.missing(q, i);
    if (!missing.empty()) leave(missing);
    else if (!q.assessed.empty() && std::isnan(above_zero(official[i])))
      leave(impossible(q.assessed, official[i]) + ", so there is nothing to verify");
    else p.add(roll.parcels, at_parcels, i, official[i]);
  }
  say(roll);
  const std::size_t needed = std::max<std::size_t>(q.x.size() + 1 + 10, 30);
  if (sales.size() < needed)
    throw DataError("{}: {}: {} sales have a price and all columns; at least {} are needed", city.file_name(),
                    sales.layer, sales.size(), needed);
  if (roll.parcels.size() == 0)
    throw DataError("{}: {}: no row has all of {}{}{}", city.file_name(), roll.parcels.layer, fmt::join(q.x, ", "),
                    q.assessed.empty() ? "" : " and ", q.assessed);
  return roll;
}

}  // namespace dosi::appraise
