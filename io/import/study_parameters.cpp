#include "io/import/study_parameters.hpp"

#include <algorithm>
#include <fstream>
#include <functional>
#include <sstream>

#include "io/dates.hpp"
#include "io/error.hpp"
#include "io/import/study_defaults.hpp"
#include "io/import/text.hpp"

namespace dosi::imports {

Study_parameters::Study_parameters(const std::filesystem::path& file) {
  std::ifstream in(file);
  if (!in) throw IoError("{}: cannot be opened", file.string());
  Problems bad;
  std::string line, section;
  for (std::size_t number = 1; std::getline(in, line); ++number) {
    if (number == 1 && line.starts_with("\xEF\xBB\xBF")) line.erase(0, 3);
    const std::string text(trimmed(line));
    if (text.empty() || text[0] == ';') continue;
    if (text[0] == '[') {
      section = text.substr(1, text.find(']') - 1);
      continue;
    }
    const auto equals = text.find('=');
    if (equals == std::string::npos) bad.add("line {}: '{}' is no key with a value", number, text.substr(0, 60));
    else
      entries_[std::string(trimmed(text.substr(0, equals)))] = {std::string(trimmed(text.substr(equals + 1))), section};
  }
  bad.raise_if_any(Exit::bad_data, file.string() + ": is not a parameter file");
}

std::string Study_parameters::of(const std::string& key, const std::string& otherwise) const {
  read_.insert(key);
  return peek(key, otherwise);
}

std::string Study_parameters::peek(const std::string& key, const std::string& otherwise) const {
  const auto it = entries_.find(key);
  return it == entries_.end() ? otherwise : it->second.value;
}

std::vector<std::string> Study_parameters::ignored() const {
  std::vector<std::string> list;
  for (const auto& [key, entry] : entries_) {
    if (read_.contains(key)) continue;
    const auto asks = what_asks(key, entry.value, [&](const std::string& other) { return peek(other); });
    if (asks != Asks::nothing)
      list.push_back(fmt::format("{}={} in [{}]{}", key, entry.value, entry.section,
                                 asks == Asks::unknown ? ", a key that is not known" : ""));
  }
  return list;
}

namespace {

// The numbers of directions that dosi scan gives to ellipses of these shapes, as SaTScan does unless told otherwise.
std::string directions_of(const std::string& shapes) {
  std::string out, shape;
  for (std::istringstream list(shapes); std::getline(list, shape, ',');)
    out += fmt::format("{}{}", out.empty() ? "" : ",",
                       std::max(4, static_cast<int>(3 * number_in(std::string(trimmed(shape))).value_or(0))));
  return out;
}

// How clusters are chosen, drawn and how many replicas it takes.
void apply_inference(
    const Study_parameters& keys, const std::string& analysis,
    const std::function<void(const char*, const std::string&)>& add,
    const std::function<std::string(const char*, const std::string&, const std::vector<const char*>&)>& choose) {
  if (analysis != "temporal" && choose("SpatialWindowShapeType", "0", {"circles", "ellipses"}) == "ellipses") {
    const auto shapes = keys.of("EllipseShapes", "1.5,2,3,4,5");
    add("ellipses", shapes);
    if (keys.peek("EllipseAngles") == directions_of(shapes)) keys.of("EllipseAngles");
    add("compactness", choose("NonCompactnessPenalty", "1", {"0", "0.5", "1"}));
  }
  if (keys.yes("IterativeScan")) {
    add("clusters", "iterative");
    add("most_clusters", keys.of("IterativeScanMaxIterations", "10"));
    add("alpha", keys.of("IterativeScanMaxPValue", "0.05"));
  } else if (analysis != "temporal" && keys.yes("ReportGiniClusters")) {
    add("clusters", "gini");
    add("gini_sizes", keys.of("SpatialMaxima", "1,2,3,4,5,6,8,10,12,15,20,25,30,40,50"));
    add("alpha", keys.of("GiniIndexClustersPValueCutOff", "0.05"));
  } else if (const auto rule = choose("CriteriaForReportingSecondaryClusters", "0",
                                      {"none", "no_centre_in_other", "no_centre_in_better", "no_centre_in_worse",
                                       "no_centres_in_each_other", "any"});
             rule != "none") {
    add("overlap", rule);
  }
  add("replicas", keys.of("MonteCarloReps", "999"));
  if (keys.of("PValueReportType") == "2") add("stop_after", keys.of("EarlyTerminationThreshold", "50"));
}

}  // namespace

std::vector<Mark> marks_of(const std::string& model) {
  if (model == "normal") return {{"mark", true}};
  if (model == "exponential") return {{"mark", true}, {"censored", true, true}};
  if (model == "ordinal") return {{"mark", true}};
  if (model == "multinomial") return {{"mark", false}};
  return {};
}

void apply_parameters(const Study_parameters& keys, Study_request& q, Study_import& study) {
  const auto folder = q.parameters.parent_path();
  const auto file = [&](const char* key, std::filesystem::path& path) {
    if (path.empty() && !keys.of(key).empty()) path = folder / keys.of(key);
  };
  file("CoordinatesFile", q.coordinates);
  file("CaseFile", q.cases);
  file("ControlFile", q.controls);
  file("PopulationFile", q.population);
  Problems bad;
  const auto choose = [&](const char* key, const std::string& otherwise,
                          const std::vector<const char*>& names) -> std::string {
    const auto value = whole_in(keys.of(key, otherwise));
    if (value && *value >= 0 && static_cast<std::size_t>(*value) < names.size() &&
        *names[static_cast<std::size_t>(*value)] != '\0')
      return names[static_cast<std::size_t>(*value)];
    std::string good;
    for (std::size_t i = 0; i < names.size(); ++i)
      if (*names[i] != '\0') good += fmt::format("{}{} ({})", good.empty() ? "" : ", ", i, names[i]);
    bad.add("{}={}: dosi has no such; it has {}", key, keys.of(key), good);
    return "";
  };
  if (q.coordinate_system.empty()) q.coordinate_system = choose("CoordinatesType", "0", {"cartesian", "degrees"});
  const std::string precision = choose("PrecisionCaseTimes", "0", {"none", "year", "month", "day"});
  if (q.time.empty()) q.time = precision;
  // 1 spatial, 2 temporal, 3 retrospective and 4 prospective space-time, 6 prospective temporal.
  const std::string analysis =
      choose("AnalysisType", "1", {"", "spatial", "temporal", "space_time", "space_time", "", "temporal"});
  const bool prospective = keys.of("AnalysisType") == "4" || keys.of("AnalysisType") == "6";
  const std::string model = choose(
      "ModelType", "0", {"poisson", "bernoulli", "permutation", "ordinal", "exponential", "normal", "", "multinomial"});
  const auto add = [&](const char* name, const std::string& value) { study.scan.emplace_back(name, value); };
  add("model", model);
  add("analysis", analysis);
  if (prospective) add("prospective", "");
  if (const auto marks = marks_of(model); !marks.empty()) add("mark", marks.front().name);
  if (model != "multinomial") add("rates", choose("ScanAreas", "1", {"", "high", "low", "both"}));
  if (analysis != "spatial") {
    for (const auto& [key, name] : {std::pair{"StartDate", "start"}, std::pair{"EndDate", "end"}}) {
      const auto date = date_in(keys.of(key));
      if (!date) bad.add("{}={}: is no date", key, keys.of(key));
      else add(name, date_text(date->day));
    }
    add("step_unit", choose("TimeAggregationUnits", "3", {"", "year", "month", "day"}));
    add("step", keys.of("TimeAggregationLength", "1"));
    add(keys.of("MaxTemporalSizeInterpretation", "0") == "0" ? "max_time" : "max_steps",
        keys.of("MaxTemporalSize", "50"));
    add("min_steps", keys.of("MinimumTemporalClusterSize", "1"));
    if (model == "poisson") {
      const auto trend = choose("TimeTrendAdjustmentType", "0",
                                {"none", "by_step", "given", "log_linear", "by_step", "log_quadratic"});
      if (trend != "none") add("trend", trend);
      if (trend == "given") add("trend_percent", keys.of("TimeTrendPercentage", "0"));
    }
  } else if (model == "poisson") {
    add("start", date_text(date_in(keys.of("StartDate")).value_or(Date{}).day));
    add("end", date_text(date_in(keys.of("EndDate")).value_or(Date{}).day));
  }
  if (analysis != "temporal") {
    add("max_population", keys.of("MaxSpatialSizeInPopulationAtRisk", "50"));
    if (keys.yes("UseDistanceFromCenterOption")) {
      const auto distance = number_in(keys.of("MaxSpatialSizeInDistanceFromCenter")).value_or(0);
      add("max_distance", fmt::format("{:g}", q.coordinate_system == "degrees" ? distance * 1000 : distance));
    }
  }
  add("min_cases", keys.of("MinimumCasesInHighRateClusters", "2"));
  apply_inference(keys, analysis, add, choose);
  study.ignored = keys.ignored();
  bad.raise_if_any(Exit::bad_data, q.parameters.string() + ": asks for what there is not");
}

}  // namespace dosi::imports
