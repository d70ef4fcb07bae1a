#include "host/scan/question.hpp"

#include <algorithm>

#include "io/dates.hpp"
#include "io/error.hpp"

namespace dosi::scan {

using job::Form;
using job::Json;
using job::Parameter;

const std::vector<Parameter>& declared_parameters() {
  static const std::vector<Parameter> list{
      {.name = "cases",
       .help = "a series with counts by place and time, or a layer of points, one a case",
       .layer_kinds = {"series", "points"}},
      {.name = "model",
       .otherwise = "poisson",
       .help = "cases against a population, cases against controls, space and time against each other; or the marks of "
               "cases: numbers, survival times, ordered or unordered classes",
       .choices = {"poisson", "bernoulli", "permutation", "normal", "exponential", "ordinal", "multinomial"}},
      {.name = "analysis",
       .otherwise = "space_time",
       .help = "windows are discs, intervals, or discs during intervals",
       .choices = {"spatial", "temporal", "space_time"}},
      {.name = "prospective",
       .form = Form::flag,
       .otherwise = false,
       .help = "only clusters that last until the end, with recurrence intervals"},
      {.name = "population",
       .help = "poisson: a series, a layer of points (with population_column), or a column of the places",
       .optional = true},
      {.name = "population_column", .help = "column of the population's points that counts people", .optional = true},
      {.name = "covariates",
       .form = Form::texts,
       .otherwise = Json::array(),
       .help = "poisson: columns of cases and population to adjust for; none: all that both series have"},
      {.name = "trend",
       .otherwise = "none",
       .help = "poisson: what is expected follows the cases of all places, from step to step or along a curve fitted "
               "to them, or a trend that is given, so that it is no cluster",
       .choices = {"none", "by_step", "log_linear", "log_quadratic", "given"}},
      {.name = "trend_percent",
       .form = Form::real,
       .help = "of a trend that is given",
       .unit = "% a year",
       .least = -99.9,
       .most = 1e4,
       .optional = true},
      {.name = "controls",
       .help = "bernoulli: a series, or a layer of points",
       .optional = true,
       .layer_kinds = {"series", "points"}},
      {.name = "mark",
       .help = "column of the cases. normal: a number; exponential: time until the event or the end of observation; "
               "ordinal, multinomial: a class",
       .optional = true},
      {.name = "censored",
       .help = "exponential: column of the cases, 1 where observation ended without the event, 0 where the event came; "
               "none: it came to all",
       .optional = true},
      {.name = "classes",
       .form = Form::texts,
       .otherwise = Json::array(),
       .help = "ordinal: the classes of the mark from low to high; none: numbers in their order"},
      {.name = "places",
       .help = "zones that cases given as points are counted into, or points: each counts for the nearest",
       .optional = true,
       .layer_kinds = {"zones", "points"}},
      {.name = "cell",
       .form = Form::real,
       .help = "or the side of the squares of a grid that they are counted into",
       .unit = "m",
       .least = 1,
       .most = 1e6,
       .optional = true},
      {.name = "label", .help = "column that names a place", .optional = true},
      {.name = "time",
       .otherwise = "time",
       .help =
           "column of the points with the time: dates as text, or numbers with units such as seconds since 2024-01-01"},
      {.name = "category", .help = "column of the points: a scan for each of its values", .optional = true},
      {.name = "categories", .form = Form::texts, .otherwise = Json::array(), .help = "only these values of it"},
      {.name = "start", .help = "first day of the study; else the first there is", .optional = true},
      {.name = "end", .help = "last day of the study; else the last there is", .optional = true},
      {.name = "step_unit",
       .otherwise = "auto",
       .help = "what time is counted in; auto: as the cases tell it, else days",
       .choices = {"auto", "day", "month", "year"}},
      {.name = "step",
       .form = Form::whole,
       .otherwise = 1,
       .help = "units that make a step; steps are counted back from the end",
       .least = 1,
       .most = 10000},
      {.name = "max_population",
       .form = Form::real,
       .otherwise = 50,
       .help = "largest disc: its share of the cases expected",
       .unit = "%",
       .least = 0.001,
       .most = 100},
      {.name = "max_distance",
       .form = Form::real,
       .help = "largest radius",
       .unit = "m",
       .least = 0,
       .most = 1e9,
       .optional = true},
      {.name = "max_time",
       .form = Form::real,
       .otherwise = 50,
       .help = "longest interval: its share of the study period",
       .unit = "%",
       .least = 0.001,
       .most = 100},
      {.name = "max_steps",
       .form = Form::whole,
       .help = "longest interval in steps, in place of max_time",
       .least = 1,
       .most = kMostSteps,
       .optional = true},
      {.name = "min_steps",
       .form = Form::whole,
       .otherwise = 1,
       .help = "shortest interval in steps",
       .least = 1,
       .most = kMostSteps},
      {.name = "distance",
       .otherwise = "auto",
       .help = "in the city's plane, or on the sphere by longitude and latitude; auto: on the sphere where places have "
               "these columns",
       .choices = {"auto", "plane", "sphere"}},
      {.name = "ellipses",
       .form = Form::reals,
       .otherwise = Json::array(),
       .help = "long axes over short ones, such as 1.5,2,3,4,5: discs are ellipses too, in several directions",
       .least = 1.01,
       .most = 20},
      {.name = "compactness",
       .form = Form::real,
       .otherwise = 0.5,
       .help = "an ellipse's statistic counts (4 s / (s + 1)^2) to this power, s the ratio of its axes; 0: as much as "
               "a circle's",
       .least = 0,
       .most = 10},
      {.name = "rates",
       .otherwise = "high",
       .help = "clusters with more cases than expected, with fewer, or both; of marks: high or low values, short or "
               "long survival, high or low classes",
       .choices = {"high", "low", "both"}},
      {.name = "min_cases",
       .form = Form::whole,
       .otherwise = 2,
       .help = "fewest cases of a cluster with a high rate (exponential: events); normal, ordinal, multinomial: of any "
               "cluster",
       .least = 1,
       .most = 1e9},
      {.name = "replicas",
       .form = Form::whole,
       .otherwise = 999,
       .help = "Monte Carlo replicas",
       .least = 9,
       .most = 100'000'000},
      {.name = "seed", .form = Form::whole, .otherwise = 1, .help = "of the replicas", .least = 0},
      {.name = "stop_after",
       .form = Form::whole,
       .help = "no further replica of a scan after so many that do as well as the data",
       .least = 1,
       .most = 100'000'000,
       .optional = true},
      {.name = "clusters",
       .otherwise = "no_overlap",
       .help = "by falling statistic; or of the largest size with the most unequal collection; or one a round, taken "
               "out before the next",
       .choices = {"no_overlap", "gini", "iterative"}},
      {.name = "overlap",
       .otherwise = "none",
       .help = "no_overlap: what two clusters may share",
       .choices = {"none", "no_centre_in_other", "no_centre_in_better", "no_centre_in_worse",
                   "no_centres_in_each_other", "any"}},
      {.name = "gini_sizes",
       .form = Form::reals,
       .otherwise = {1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50},
       .help = "gini: largest discs tried, as max_population; those beyond it are not",
       .unit = "%",
       .least = 0.001,
       .most = 100},
      {.name = "alpha",
       .form = Form::real,
       .otherwise = 0.05,
       .help = "largest p-value of a significant cluster; an iterative scan ends with the first round beyond",
       .least = 0,
       .most = 1},
      {.name = "most_clusters",
       .form = Form::whole,
       .otherwise = 20,
       .help = "clusters to report of each scan; rounds of an iterative one",
       .least = 1,
       .most = 10000},
  };
  return list;
}

Question::Question(const job::Parameters& p)
    : cases(p.text("cases")), places(p.text("places")), controls(p.text("controls")), population(p.text("population")),
      population_column(p.text("population_column")), time(p.text("time")), category(p.text("category")),
      label(p.text("label")), mark(p.text("mark")), censored(p.text("censored")), covariates(p.texts("covariates")),
      categories(p.texts("categories")), classes(p.texts("classes")), cell(p.has("cell") ? p.real("cell") : 0),
      prospective(p.flag("prospective")), step(static_cast<int>(p.whole("step"))),
      max_population(p.real("max_population") / 100), max_time(p.real("max_time") / 100),
      min_steps(static_cast<std::uint32_t>(p.whole("min_steps"))),
      min_cases(static_cast<std::uint32_t>(p.whole("min_cases"))), distance(p.text("distance")),
      replicas(static_cast<std::uint32_t>(p.whole("replicas"))), seed(static_cast<std::uint64_t>(p.whole("seed"))),
      most_clusters(static_cast<std::size_t>(p.whole("most_clusters"))) {
  const auto choice = [&](const char* name, std::initializer_list<const char*> names) {
    return std::find(names.begin(), names.end(), p.text(name)) - names.begin();
  };
  risk = static_cast<Risk>(
      choice("model", {"poisson", "bernoulli", "permutation", "normal", "exponential", "ordinal", "multinomial"}));
  analysis = static_cast<Analysis>(choice("analysis", {"spatial", "temporal", "space_time"}));
  unit = static_cast<Step_unit>(choice("step_unit", {"auto", "day", "month", "year"}));
  rates = static_cast<Rates>(choice("rates", {"high", "low", "both"}));
  clusters = static_cast<Choice>(choice("clusters", {"no_overlap", "gini", "iterative"}));
  overlap = static_cast<Overlap>(choice("overlap", {"none", "no_centre_in_other", "no_centre_in_better",
                                                    "no_centre_in_worse", "no_centres_in_each_other", "any"}));
  trend = static_cast<Trend>(choice("trend", {"none", "by_step", "log_linear", "log_quadratic", "given"}));
  if (p.has("trend_percent")) trend_percent = p.real("trend_percent");
  ellipses = p.reals("ellipses");
  compactness = p.real("compactness");
  alpha = p.real("alpha");
  for (const double size : p.reals("gini_sizes"))
    if (size / 100 <= max_population) gini_sizes.push_back(size / 100);
  std::sort(gini_sizes.begin(), gini_sizes.end());
  gini_sizes.erase(std::unique(gini_sizes.begin(), gini_sizes.end()), gini_sizes.end());
  if (p.has("stop_after")) stop_after = static_cast<std::uint32_t>(p.whole("stop_after"));
  if (p.has("max_distance")) max_distance = p.real("max_distance");
  if (p.has("max_steps")) max_steps = static_cast<std::uint32_t>(p.whole("max_steps"));

  Problems bad;
  const auto date = [&](const char* name, bool last) -> std::optional<std::int64_t> {
    if (!p.has(name)) return std::nullopt;
    const auto d = date_in(p.text(name));
    if (!d) {
      bad.add("{}: '{}' is no date such as 2024-01-31", name, p.text(name));
      return std::nullopt;
    }
    if (!last || d->precision == Date_precision::day) return d->day;
    return months_later(d->day, d->precision == Date_precision::year ? 12 : 1) - 1;
  };
  start = date("start", false);
  end = date("end", true);
  if (start && end && *start > *end) bad.add("start: {} is after the end, {}", p.text("start"), p.text("end"));
  if (risk == Risk::permutation && analysis != Analysis::space_time)
    bad.add("model: permutation compares space with time and needs analysis = space_time");
  if (prospective && analysis == Analysis::spatial) bad.add("prospective: a spatial analysis has no time");
  if (risk == Risk::poisson && population.empty())
    bad.add("population: poisson needs one; where there is none, permutation needs no population");
  if (risk == Risk::bernoulli && controls.empty()) bad.add("controls: bernoulli needs them");
  if (risk != Risk::poisson && !population.empty()) bad.add("population: only poisson has one");
  if (risk != Risk::bernoulli && !controls.empty()) bad.add("controls: only bernoulli has them");
  if (marked() && mark.empty()) bad.add("mark: {} needs the column of the cases that holds it", p.text("model"));
  if (!marked() && !mark.empty())
    bad.add("mark: {} has none; normal, exponential, ordinal and multinomial do", p.text("model"));
  if (risk != Risk::exponential && !censored.empty()) bad.add("censored: only exponential has survival times");
  if (risk != Risk::ordinal && !classes.empty()) bad.add("classes: only ordinal has an order of them");
  if (risk == Risk::multinomial && rates != Rates::high)
    bad.add("rates: multinomial compares all classes at once, which has no high and low; leave rates away");
  if (marked() && !covariates.empty()) bad.add("covariates: only poisson adjusts for any");
  if (trend != Trend::none && risk != Risk::poisson) bad.add("trend: only poisson has one");
  if (trend != Trend::none && analysis == Analysis::spatial) bad.add("trend: a spatial analysis has no time");
  if (trend == Trend::by_step && analysis == Analysis::temporal)
    bad.add("trend: by_step leaves a temporal analysis nothing to find; log_linear, log_quadratic and given do");
  if ((trend == Trend::given) != p.has("trend_percent"))
    bad.add("trend_percent: goes with trend = given, and that with it");
  if (!places.empty() && cell > 0) bad.add("places, cell: cases are counted into one of them");
  if (!categories.empty() && category.empty()) bad.add("categories: of which category? name the column");
  if (!ellipses.empty() && analysis == Analysis::temporal) bad.add("ellipses: a temporal analysis has no discs");
  if (!ellipses.empty() && distance == "sphere") bad.add("ellipses: are drawn in the plane, not on the sphere");
  if (clusters != Choice::no_overlap && overlap != Overlap::none)
    bad.add("overlap: clusters = {} lets no two of them overlap", p.text("clusters"));
  if (clusters == Choice::gini && (classed() || risk == Risk::normal))
    bad.add("clusters: gini is of cases and what is expected, which {} does not tell", p.text("model"));
  if (clusters == Choice::gini && analysis == Analysis::temporal)
    bad.add("clusters: gini compares sizes of discs, which a temporal analysis has not");
  if (clusters == Choice::gini && gini_sizes.empty())
    bad.add("gini_sizes: all are more than max_population, {:g} %", max_population * 100);
  if (stop_after && *stop_after > replicas)
    bad.add("stop_after: {} is more than the {} replicas", *stop_after, replicas);
  if (max_steps && *max_steps < min_steps) bad.add("max_steps: {} is less than min_steps, {}", *max_steps, min_steps);
  bad.raise_if_any(Exit::usage, "dosi scan: parameters contradict each other");
}

}  // namespace dosi::scan
