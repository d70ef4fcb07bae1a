#include "host/gwr/question.hpp"

#include <algorithm>
#include <cmath>

#include "io/error.hpp"

namespace dosi::gwr {

using job::Form;
using job::Json;
using job::Parameter;

namespace {

const std::vector<std::string> kKernels{"bisquare", "tricube", "gaussian", "exponential"};
const std::vector<std::string> kFamilies{"gaussian", "poisson", "binomial"};
const std::vector<std::string> kCriteria{"aicc", "aic", "bic", "cv"};
const std::vector<std::string> kSearches{"golden", "interval", "curve"};
const std::vector<std::string> kDistances{"plane", "sphere", "travel_time"};

std::size_t place_in(const std::vector<std::string>& names, const std::string& name) {
  return static_cast<std::size_t>(std::find(names.begin(), names.end(), name) - names.begin());
}

std::optional<double> real_if_given(const job::Parameters& p, const char* name) {
  return p.has(name) ? std::optional(p.real(name)) : std::nullopt;
}

}  // namespace

const char* name_of(Criterion c) { return kCriteria[static_cast<std::size_t>(c)].c_str(); }
const char* name_of(Kernel k) { return kKernels[static_cast<std::size_t>(k)].c_str(); }

const std::vector<Parameter>& declared_parameters() {
  static const std::vector<Parameter> list{
      {.name = "layer",
       .help = "layer of points, or of zones, which stand at a point inside each",
       .layer_kinds = {"points", "zones"}},
      {.name = "y", .help = "column to explain"},
      {.name = "x", .form = Form::texts, .help = "columns that explain it"},
      {.name = "model",
       .otherwise = "gwr",
       .help = "one bandwidth for all columns, or one for each (MGWR)",
       .choices = {"gwr", "mgwr"}},
      {.name = "family",
       .otherwise = "gaussian",
       .help = "what y is: a number, a count (Poisson, log link), or 0 and 1 (binomial, logit link)",
       .choices = kFamilies},
      {.name = "offset",
       .help = "family=poisson: column of exposures, as people or expected cases, that counts are proportional to",
       .optional = true},
      {.name = "time", .help = "column of times: near is then what is near in space and time (GTWR)", .optional = true},
      {.name = "time_scale",
       .form = Form::real,
       .help = "metres that a unit of time counts for; searched for where it is not given",
       .least = 0,
       .optional = true},
      {.name = "distance",
       .otherwise = "plane",
       .help = "how far places are apart: in the city's plane, along great circles by longitude and latitude, or in "
               "time over streets",
       .choices = kDistances},
      {.name = "longitude", .otherwise = "longitude", .help = "distance=sphere: column of the layer, in degrees"},
      {.name = "latitude", .otherwise = "latitude", .help = "distance=sphere: column of the layer, in degrees"},
      {.name = "network",
       .help = "distance=travel_time: network layer; not needed where the city has one",
       .optional = true,
       .layer_kinds = {"network"}},
      {.name = "mode",
       .otherwise = "walk",
       .help = "distance=travel_time: how people travel",
       .choices = {"walk", "bicycle", "drive"}},
      {.name = "snap",
       .form = Form::real,
       .otherwise = 300,
       .help = "distance=travel_time: longest walk from a place to the nearest street",
       .unit = "m",
       .least = 0,
       .most = 20000},
      {.name = "walk_speed",
       .form = Form::real,
       .otherwise = 4.5,
       .help = "distance=travel_time: speed of that walk",
       .unit = "km/h",
       .least = 0.5,
       .most = 15},
      {.name = "kernel",
       .otherwise = "bisquare",
       .help = "how the weight of a place falls with its distance",
       .choices = kKernels},
      {.name = "spread",
       .otherwise = "adaptive",
       .help = "bandwidth as a number of neighbours, or as a distance",
       .choices = {"adaptive", "fixed"}},
      {.name = "bandwidth",
       .form = Form::real,
       .help = "neighbours (the place itself counted) or metres; searched for where it is not given",
       .least = 1e-6,
       .optional = true},
      {.name = "criterion", .otherwise = "aicc", .help = "what the bandwidth is to minimise", .choices = kCriteria},
      {.name = "search",
       .otherwise = "golden",
       .help = "golden section; every bandwidth of an interval, each by itself; every one between the limits in one "
               "pass (bisquare, tricube)",
       .choices = kSearches},
      {.name = "bandwidth_min",
       .form = Form::real,
       .help = "least bandwidth to try, neighbours or metres",
       .least = 1e-6,
       .optional = true},
      {.name = "bandwidth_max",
       .form = Form::real,
       .help = "largest bandwidth to try",
       .least = 1e-6,
       .optional = true},
      {.name = "bandwidth_step",
       .form = Form::real,
       .help = "step of the interval, or of the curve: there 1 neighbour, or a thousandth of the way, where it is not "
               "given",
       .least = 1e-6,
       .optional = true},
      {.name = "no_intercept", .form = Form::flag, .otherwise = false, .help = "no constant column"},
      {.name = "standardise",
       .form = Form::flag,
       .otherwise = false,
       .help = "y and x to mean 0 and standard deviation 1 first; MGWR always does"},
      {.name = "collinear",
       .otherwise = "ridge",
       .help = "columns that others explain over all places: a ridge at every place and a warning, or an error",
       .choices = {"ridge", "refuse"}},
      {.name = "residual_df",
       .otherwise = "trace",
       .help = "degrees of freedom of the error: n - tr(S), or n - 2 tr(S) + tr(S'S)",
       .choices = {"trace", "both_traces"}},
      {.name = "alpha",
       .form = Form::real,
       .otherwise = 0.05,
       .help = "significance over all places together",
       .least = 1e-9,
       .most = 0.5},
      {.name = "predict",
       .help = "layer of points or zones to predict y at; it needs the columns x",
       .optional = true,
       .layer_kinds = {"points", "zones"}},
      {.name = "interval",
       .form = Form::real,
       .otherwise = 0.9,
       .help = "probability with which a value predicted lies in its interval",
       .least = 0.5,
       .most = 0.9999},
      {.name = "replicas",
       .form = Form::whole,
       .otherwise = 0,
       .help = "times that places are dealt out anew to test whether coefficients differ over space; 0: no test",
       .least = 0,
       .most = 99'999},
      {.name = "seed",
       .form = Form::whole,
       .otherwise = 1,
       .help = "of the replicas",
       .least = 0,
       .most = 4'294'967'295.0},
      {.name = "moran_neighbours",
       .form = Form::whole,
       .otherwise = 8,
       .help = "nearest places that residuals are set against in Moran's I; 0: none",
       .least = 0,
       .most = 1000},
      {.name = "tolerance",
       .form = Form::real,
       .otherwise = 1e-5,
       .help = "MGWR: change of the fit between two rounds at which it ends",
       .least = 1e-14,
       .most = 0.1},
      {.name = "no_inference",
       .form = Form::flag,
       .otherwise = false,
       .help = "MGWR: no standard errors and no AICc, whose work grows with the square of the places"},
      {.name = "replay",
       .otherwise = "rounds",
       .help = "MGWR: errors of the rounds as they were, or as if all had had the last bandwidths (FastGWR)",
       .choices = {"rounds", "last"}},
      {.name = "iterations",
       .form = Form::whole,
       .otherwise = 200,
       .help = "MGWR: rounds at most",
       .least = 1,
       .most = 10'000},
  };
  return list;
}

Question::Question(const job::Parameters& p)
    : layer(p.text("layer")), y(p.text("y")), predict(p.text("predict")), offset(p.text("offset")),
      time(p.text("time")), x(p.texts("x")), intercept(!p.flag("no_intercept")),
      standardise(p.flag("standardise") || p.text("model") == "mgwr"), multiscale(p.text("model") == "mgwr"),
      inference(!p.flag("no_inference")), family(static_cast<Family>(place_in(kFamilies, p.text("family")))),
      distance(static_cast<Distance>(place_in(kDistances, p.text("distance")))), longitude(p.text("longitude")),
      latitude(p.text("latitude")), way{p.text("network"), p.text("mode"), p.real("snap"), p.real("walk_speed")},
      kernel(static_cast<Kernel>(place_in(kKernels, p.text("kernel")))), adaptive(p.text("spread") == "adaptive"),
      bandwidth(real_if_given(p, "bandwidth")), least(real_if_given(p, "bandwidth_min")),
      most(real_if_given(p, "bandwidth_max")), step(real_if_given(p, "bandwidth_step")),
      time_scale(real_if_given(p, "time_scale")),
      criterion(static_cast<Criterion>(place_in(kCriteria, p.text("criterion")))),
      search(static_cast<Search>(place_in(kSearches, p.text("search")))), ridge(p.text("collinear") == "ridge"),
      both_traces(p.text("residual_df") == "both_traces"), alpha(p.real("alpha")), interval(p.real("interval")),
      tolerance(p.real("tolerance")), iterations(static_cast<std::size_t>(p.whole("iterations"))),
      replicas(static_cast<std::size_t>(p.whole("replicas"))), seed(static_cast<std::uint64_t>(p.whole("seed"))),
      moran_neighbours(static_cast<std::size_t>(p.whole("moran_neighbours"))), replay_last(p.text("replay") == "last") {
  Problems bad;
  if (x.empty() && !intercept) bad.add("x: at least one column is needed where there is no intercept");
  if (x.size() + intercept > static_cast<std::size_t>(kMostColumns))
    bad.add("x: {} columns; at most {} with the intercept", x.size(), kMostColumns);
  auto names = x;
  names.push_back(y);
  std::sort(names.begin(), names.end());
  for (auto twice = std::adjacent_find(names.begin(), names.end()); twice != names.end();
       twice = std::adjacent_find(std::upper_bound(twice, names.end(), *twice), names.end()))
    bad.add("x: '{}' is {}", *twice, *twice == y ? "what is to be explained" : "named twice");
  const auto whole = [&](const char* name, const std::optional<double>& v) {
    if (adaptive && v && *v != std::floor(*v))
      bad.add("{}: {} is no number of neighbours; with spread=fixed it is metres", name, *v);
  };
  whole("bandwidth", bandwidth);
  whole("bandwidth_min", least);
  whole("bandwidth_max", most);
  whole("bandwidth_step", step);
  if (least && most && *least > *most) bad.add("bandwidth_min: {} is above bandwidth_max, {}", *least, *most);
  if (bandwidth && (least || most || step))
    bad.add("bandwidth: is given, so there is nothing to search between bandwidth_min and bandwidth_max");
  const bool by_interval = search == Search::interval;
  if (by_interval && !bandwidth && (!least || !most || !step))
    bad.add("search: an interval needs bandwidth_min, bandwidth_max and bandwidth_step");
  if (search == Search::golden && step)
    bad.add("bandwidth_step: is the step of an interval or a curve; give search=interval or search=curve");
  if (by_interval && least && most && step && (*most - *least) / *step > 10'000)
    bad.add("bandwidth_step: {:.0f} bandwidths from {} to {}; at most 10,000, or search=curve",
            (*most - *least) / *step, *least, *most);
  if (multiscale && (kernel != Kernel::bisquare || !adaptive))
    bad.add("model: mgwr takes the adaptive bisquare kernel alone");
  if (multiscale && (search != Search::golden || bandwidth))
    bad.add("model: mgwr searches a bandwidth for each column by golden section; leave bandwidth and search out");
  if (multiscale && criterion != Criterion::aicc) bad.add("criterion: mgwr takes aicc alone");
  if (search == Search::curve && (kernel == Kernel::gaussian || kernel == Kernel::exponential))
    bad.add(
        "search: a curve takes kernels that are powers of the distance, bisquare or tricube; with {} give golden or "
        "interval",
        name_of(kernel));
  if (search == Search::curve && generalised())
    bad.add(
        "search: counts and events are fitted anew at each bandwidth; a curve is of family=gaussian, else give golden "
        "or interval");
  if (time_scale && time.empty()) bad.add("time_scale: belongs to a column given as time");
  if (multiscale && replicas > 0) bad.add("replicas: the test of spatial variability is of model=gwr");
  if (multiscale && !time.empty()) bad.add("time: mgwr knows space alone");
  if (multiscale && generalised()) bad.add("family: mgwr takes gaussian alone");
  if (distance == Distance::travel_time && !time.empty())
    bad.add("time: goes with distance=plane or sphere; over streets places are minutes apart, not metres");
  if (distance == Distance::travel_time && !adaptive)
    bad.add("spread: with distance=travel_time a bandwidth is a number of neighbours");
  if (distance == Distance::travel_time && (kernel == Kernel::gaussian || kernel == Kernel::exponential))
    bad.add("kernel: {} reaches everywhere; distance=travel_time takes bisquare or tricube", name_of(kernel));
  if (distance == Distance::travel_time && replicas > 0)
    bad.add("replicas: the test of spatial variability takes distance=plane or sphere");
  if (!offset.empty() && family != Family::poisson) bad.add("offset: belongs to family=poisson");
  if (offset == y && !offset.empty()) bad.add("offset: '{}' is what is to be explained", offset);
  if (generalised() && criterion == Criterion::cv)
    bad.add("criterion: cv is of family=gaussian; give aicc, aic or bic");
  if (generalised() && both_traces)
    bad.add("residual_df: belongs to family=gaussian; counts and events have no error variance of their own");
  bad.raise_if_any(Exit::usage, "dosi gwr: parameters contradict each other");
}

}  // namespace dosi::gwr
