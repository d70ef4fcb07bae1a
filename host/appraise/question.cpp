#include "host/appraise/question.hpp"

#include <algorithm>
#include <cmath>

#include "io/dates.hpp"
#include "io/error.hpp"
#include "io/nearest_name.hpp"
#include "kernels/kriging/kriging.hpp"

namespace dosi::appraise {

using job::Form;
using job::Json;
using job::Parameter;

namespace {

constexpr const char* kLocal[] = {"x",         "kernel",        "spread",        "bandwidth",
                                  "criterion", "bandwidth_min", "bandwidth_max", "interval"};

bool is_range(const Json& j) {
  return j.is_array() && j.size() == 2 && j[0].is_number() && j[1].is_number() &&
         j[0].get<double>() <= j[1].get<double>();
}

// The range of each measure, by its name in a table of limits.
constexpr std::pair<const char*, Range Limits::*> kRanges[] = {{"level", &Limits::level},
                                                               {"cod", &Limits::cod},
                                                               {"prd", &Limits::prd},
                                                               {"prb", &Limits::prb},
                                                               {"mki", &Limits::mki}};

void check_limits(const Json& tables, Problems& bad) {
  std::vector<std::string> known{"column", "value"};
  for (const auto& [name, range] : kRanges) known.emplace_back(name);
  for (std::size_t i = 0; i < tables.size(); ++i) {
    for (const char* key : {"column", "value"})
      if (!tables[i].contains(key) || !tables[i][key].is_string()) bad.add("limits[{}]: {} is needed, a text", i, key);
    for (const auto& [key, value] : tables[i].items()) {
      if (std::find(known.begin(), known.end(), key) == known.end()) {
        const auto near = nearest_name(key, known);
        bad.add("limits[{}]: unknown key '{}'; {}", i, key,
                near.empty() ? fmt::format("there are: {}", fmt::join(known, ", ")) : "did you mean " + near + "?");
      } else if (key != "column" && key != "value" && !is_range(value)) {
        bad.add("limits[{}]: {} = {}: must be [lowest, highest]", i, key,
                value.dump(-1, ' ', false, Json::error_handler_t::replace));
      }
    }
  }
}

gwr::Question local_question(const job::Parameters& p) {
  Json given{{"layer", p.text("sales")}, {"y", p.text("price")}, {"collinear", "ridge"}};
  for (const char* name : kLocal)
    if (p.has(name)) given[name] = p.json().at(name);
  return gwr::Question(job::Parameters(gwr::declared_parameters(), given, "dosi appraise"));
}

}  // namespace

const std::vector<Parameter>& declared_parameters() {
  static const std::vector<Parameter> list{
      {.name = "sales",
       .help = "layer of sales: points, or zones, which stand at a point inside each",
       .layer_kinds = {"points", "zones"}},
      {.name = "parcels",
       .help = "layer of what is to be verified, with the columns x and assessed; left out: the sales themselves",
       .optional = true,
       .layer_kinds = {"points", "zones"}},
      {.name = "price", .help = "column of the sales: what was paid"},
      {.name = "assessed",
       .help = "column of the parcels: the official value; left out: parcels are appraised, nothing is verified",
       .optional = true},
      {.name = "key",
       .help = "column of both layers that tells a sale's parcel, where the sales have no official value",
       .optional = true},
      {.name = "x", .form = Form::texts, .help = "columns of both layers that explain the price"},
      {.name = "by",
       .help = "column of both layers: a model for each of its values, such as a class or a district",
       .optional = true},
      {.name = "fewest", .form = Form::whole, .otherwise = 100, .help = "sales that such a model needs", .least = 10},
      {.name = "few",
       .otherwise = "pool",
       .help = "what has fewer: appraised by the model of all sales, or left out",
       .choices = {"pool", "leave"}},
      {.name = "scale",
       .otherwise = "log",
       .help = "the model explains the logarithm of the price, or the price with errors in proportion to it",
       .choices = {"log", "price"}},
      {.name = "retransform",
       .otherwise = "smearing",
       .help = "back from logarithms: the mean price by Duan's smearing, or the median",
       .choices = {"smearing", "none"}},
      {.name = "date", .help = "column of the sales with the day: 2024-01-31 or 20240131", .optional = true},
      {.name = "time",
       .otherwise = "monthly",
       .help = "with a date: prices are brought to the valuation date by an index of months, or a straight trend",
       .choices = {"none", "linear", "monthly"}},
      {.name = "valuation_date", .help = "day that values are for; else that of the last sale", .optional = true},
      {.name = "kernel",
       .otherwise = "bisquare",
       .help = "how the weight of a sale falls with its distance",
       .choices = {"bisquare", "tricube", "gaussian", "exponential"}},
      {.name = "spread",
       .otherwise = "adaptive",
       .help = "bandwidth as a number of neighbours, or as a distance",
       .choices = {"adaptive", "fixed"}},
      {.name = "bandwidth",
       .form = Form::real,
       .help = "neighbours or metres; searched for in each model where it is not given",
       .least = 1e-6,
       .optional = true},
      {.name = "bandwidth_min", .form = Form::real, .help = "least bandwidth to try", .least = 1e-6, .optional = true},
      {.name = "bandwidth_max",
       .form = Form::real,
       .help = "largest bandwidth to try",
       .least = 1e-6,
       .optional = true},
      {.name = "criterion",
       .otherwise = "aicc",
       .help = "what the bandwidth is to minimise",
       .choices = {"aicc", "aic", "bic", "cv"}},
      {.name = "interval",
       .form = Form::real,
       .otherwise = 0.9,
       .help = "probability with which a sale's price lies in its interval",
       .least = 0.5,
       .most = 0.9999},
      {.name = "tails",
       .otherwise = "empirical",
       .help = "width of intervals: by the leave-one-out errors as they are, or by Student's t",
       .choices = {"empirical", "student"}},
      {.name = "level",
       .form = Form::real,
       .help = "legal share of the market value at which is assessed; else the median ratio of each model's sales",
       .least = 1e-6,
       .most = 1e6,
       .optional = true},
      {.name = "strata",
       .form = Form::texts,
       .otherwise = Json::array(),
       .help = "columns of the sales: a ratio study for each of their values"},
      {.name = "trim",
       .form = Form::real,
       .otherwise = 3.0,
       .help =
           "ratios further than so many interquartile ranges from the quartiles are left out of a ratio study; 0: none",
       .least = 0,
       .most = 1000},
      {.name = "replicas",
       .form = Form::whole,
       .otherwise = 1000,
       .help = "bootstrap resamples of each ratio study",
       .least = 99,
       .most = 10'000'000},
      {.name = "seed", .form = Form::whole, .otherwise = 1, .help = "of the resamples", .least = 0},
      {.name = "confidence",
       .form = Form::real,
       .otherwise = 0.95,
       .help = "of the ratio study's intervals",
       .least = 0.5,
       .most = 0.9999},
      {.name = "level_limits",
       .form = Form::reals,
       .otherwise = Json{0.9, 1.1},
       .help = "median ratio over the legal level: lowest, highest"},
      {.name = "cod_limits", .form = Form::reals, .otherwise = Json{5.0, 15.0}, .help = "coefficient of dispersion"},
      {.name = "prd_limits", .form = Form::reals, .otherwise = Json{0.98, 1.03}, .help = "price-related differential"},
      {.name = "prb_limits",
       .form = Form::reals,
       .otherwise = Json{-0.05, 0.05},
       .help = "coefficient of price-related bias"},
      {.name = "mki_limits", .form = Form::reals, .otherwise = Json{0.95, 1.05}, .help = "modified Kakwani index"},
      {.name = "limits",
       .form = Form::tables,
       .otherwise = Json::array(),
       .help = "other limits for a class: column, value, and any of level, cod, prd, prb, mki as [lowest, highest]",
       .check = check_limits},
      {.name = "list",
       .form = Form::whole,
       .otherwise = 100,
       .help = "parcels outside their interval that get comparables, the furthest first",
       .least = 0,
       .most = 100'000},
      {.name = "comparables",
       .form = Form::whole,
       .otherwise = 5,
       .help = "sales shown for each",
       .least = 1,
       .most = 50},
      {.name = "kriging",
       .form = Form::flag,
       .otherwise = false,
       .help = "what the model leaves is kriged, and the kriging variance makes the interval"},
      {.name = "variogram",
       .otherwise = "spherical",
       .help = "kriging: its model",
       .choices = {"spherical", "exponential", "gaussian"}},
      {.name = "variogram_weights",
       .otherwise = "cressie",
       .help = "kriging: pairs over the squared variogram (Cressie 1985), or over the squared distance",
       .choices = {"cressie", "distance"}},
      {.name = "variogram_cutoff",
       .form = Form::real,
       .help = "kriging: longest distance of pairs that the variogram is fitted to; else a third of the diagonal of "
               "the sales' extent",
       .unit = "m",
       .least = 1e-3,
       .optional = true},
      {.name = "nugget",
       .form = Form::real,
       .help = "kriging: given with sill and range, not fitted",
       .least = 0,
       .optional = true},
      {.name = "sill",
       .form = Form::real,
       .help = "kriging: the partial sill, above the nugget",
       .least = 1e-300,
       .optional = true},
      {.name = "range",
       .form = Form::real,
       .help = "kriging: range parameter of the variogram",
       .unit = "m",
       .least = 1e-3,
       .optional = true},
      {.name = "kriging_neighbours",
       .form = Form::whole,
       .otherwise = 32,
       .help = "kriging: nearest sales that count",
       .least = 2,
       .most = kriging::kMostNeighbours},
  };
  return list;
}

Question::Question(const job::Parameters& p)
    : sales(p.text("sales")), parcels(p.has("parcels") ? p.text("parcels") : p.text("sales")), price(p.text("price")),
      assessed(p.text("assessed")), key(p.text("key")), date(p.text("date")), by(p.text("by")), x(p.texts("x")),
      strata(p.texts("strata")), scale(p.text("scale") == "log" ? Scale::log : Scale::price),
      retransform(p.text("retransform") == "smearing" ? Retransform::smearing : Retransform::none),
      tails(p.text("tails") == "empirical" ? Tails::empirical : Tails::student),
      few(p.text("few") == "pool" ? Few::pool : Few::leave), fewest(static_cast<std::size_t>(p.whole("fewest"))),
      local(local_question(p)), replicas(static_cast<std::uint32_t>(p.whole("replicas"))),
      seed(static_cast<std::uint64_t>(p.whole("seed"))), confidence(p.real("confidence")), trim(p.real("trim")),
      list(static_cast<std::size_t>(p.whole("list"))), comparables(static_cast<std::size_t>(p.whole("comparables"))) {
  Problems bad;
  if (!date.empty())
    time = p.text("time") == "monthly" ? Time::monthly : p.text("time") == "linear" ? Time::linear : Time::none;
  if (p.has("valuation_date")) {
    const auto d = date_in(p.text("valuation_date"));
    if (!d || d->precision != Date_precision::day)
      bad.add("valuation_date: '{}' is no day such as 2024-12-31", p.text("valuation_date"));
    else valuation_day = d->day;
    if (date.empty()) bad.add("valuation_date: sales need a date to be brought there; give the column 'date'");
  }
  if (p.has("level")) level = p.real("level");
  if (x.empty()) bad.add("x: at least one column is needed");
  for (const auto& [what, name] : {std::pair{"price", &price}, {"official value", &assessed}})
    if (std::find(x.begin(), x.end(), *name) != x.end())
      bad.add("x: '{}' is the {} and cannot explain itself", *name, what);
  if (assessed.empty() && !key.empty())
    bad.add("key: tells the parcel of a sale, for its official value; give 'assessed' too");
  if (assessed.empty() && !strata.empty())
    bad.add("strata: are for a ratio study, which needs official values; give 'assessed' too");
  if (assessed == price) bad.add("assessed: '{}' is the price too", price);
  for (const auto& [name, range] : kRanges) {
    const auto v = p.reals(std::string(name) + "_limits");
    if (v.size() != 2 || v[0] > v[1]) bad.add("{}_limits: must be the lowest and the highest", name);
    else limits.*range = {v[0], v[1]};
  }
  for (const auto& table : p.json().at("limits")) {
    Own_limits own{table.at("column").get<std::string>(), table.at("value").get<std::string>(), limits};
    for (const auto& [name, range] : kRanges)
      if (table.contains(name)) own.limits.*range = {table[name][0].get<double>(), table[name][1].get<double>()};
    if (std::find(strata.begin(), strata.end(), own.column) == strata.end())
      bad.add("limits: '{}' is none of the columns of strata", own.column);
    own_limits.push_back(own);
  }
  const int given = p.has("nugget") + p.has("sill") + p.has("range");
  if (p.flag("kriging")) {
    kriging = {p.text("variogram"),
               p.text("variogram_weights"),
               {},
               {},
               {},
               {},
               static_cast<std::size_t>(p.whole("kriging_neighbours"))};
    if (p.has("variogram_cutoff")) kriging->cutoff = p.real("variogram_cutoff");
    if (given == 3) {
      kriging->nugget = p.real("nugget");
      kriging->sill = p.real("sill");
      kriging->range = p.real("range");
    } else if (given > 0) {
      bad.add("nugget, sill, range: are given all three, or none, and then fitted");
    }
  } else if (given > 0) {
    bad.add("nugget, sill, range: are for kriging; give the flag 'kriging'");
  }
  bad.raise_if_any(Exit::usage, "dosi appraise: parameters contradict each other");
}

}  // namespace dosi::appraise
