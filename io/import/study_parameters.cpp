#include "io/import/study_parameters.hpp"

#include <algorithm>
#include <fstream>
#include <set>

#include "io/dates.hpp"
#include "io/error.hpp"
#include "io/import/text.hpp"

namespace dosi::imports {
namespace {

using Keys = std::map<std::string, std::string>;

std::string of(const Keys& keys, const std::string& key, const std::string& otherwise = "") {
  const auto it = keys.find(key);
  return it == keys.end() ? otherwise : it->second;
}

// Keys that apply_parameters reads; another is ignored, and named where its value is not the one that does nothing.
const std::set<std::string>& known() {
  static const std::set<std::string> keys{
      "CaseFile", "ControlFile", "PopulationFile", "CoordinatesFile", "PrecisionCaseTimes", "CoordinatesType", "StartDate", "EndDate",
      "AnalysisType", "ModelType", "ScanAreas", "TimeAggregationUnits", "TimeAggregationLength", "MaxSpatialSizeInPopulationAtRisk",
      "UseDistanceFromCenterOption", "MaxSpatialSizeInDistanceFromCenter", "MaxTemporalSizeInterpretation", "MaxTemporalSize",
      "MinimumTemporalClusterSize", "MinimumCasesInHighRateClusters", "MonteCarloReps"};
  return keys;
}

// Values that ask for something beyond what is read; other keys change files and layouts only.
const std::map<std::string, std::string>& plain() {
  static const std::map<std::string, std::string> values{
      {"UseGridFile", "n"}, {"MultipleDataSetsPurposeType", "0"}, {"UseLocationsNetworkFile", "n"}, {"UseNeighborsFile", "n"}, {"UseMetaLocationsFile", "n"},
      {"UseMaxCirclePopulationFileOption", "n"}, {"IncludePurelyTemporal", "n"}, {"SpatialWindowShapeType", "0"}, {"IsotonicScan", "0"},
      {"IncludePurelySpatial", "n"}, {"IncludeClusters", "0"}, {"RiskLimitHighClusters", "n"}, {"RiskLimitLowClusters", "n"}, {"MinimumCasesInLowRateClusters", "0"},
      {"TimeTrendAdjustmentType", "0"}, {"AdjustForWeeklyTrends", "n"}, {"SpatialAdjustmentType", "0"}, {"UseAdjustmentsByRRFile", "n"},
      {"AdjustForEarlierAnalyses", "n"}, {"IterativeScan", "n"}, {"PerformStandardDrilldown", "n"}, {"PerformBernoulliDrilldown", "n"},
      {"CalculateOliveira", "n"}, {"PerformPowerEvaluation", "n"}, {"CriteriaForReportingSecondaryClusters", "0"}, {"ReportGiniClusters", "n"},
      {"UseReportOnlySmallerClusters", "n"}, {"PValueReportType", "0"}};
  return values;
}

}  // namespace

std::vector<Mark> marks_of(const std::string& model) {
  if (model == "normal") return {{"mark", true}};
  if (model == "exponential") return {{"mark", true}, {"censored", true, true}};
  if (model == "ordinal") return {{"mark", true}};
  if (model == "multinomial") return {{"mark", false}};
  return {};
}

Keys read_parameters(const std::filesystem::path& file) {
  std::ifstream in(file);
  if (!in) throw IoError("{}: cannot be opened", file.string());
  Keys keys;
  Problems bad;
  std::string line;
  for (std::size_t number = 1; std::getline(in, line); ++number) {
    const std::string text(trimmed(line));
    if (text.empty() || text[0] == ';' || text[0] == '[' || text.starts_with("\xEF\xBB\xBF[")) continue;
    const auto equals = text.find('=');
    if (equals == std::string::npos) bad.add("line {}: '{}' is no key with a value", number, text.substr(0, 60));
    else keys[std::string(trimmed(text.substr(0, equals)))] = std::string(trimmed(text.substr(equals + 1)));
  }
  bad.raise_if_any(Exit::bad_data, file.string() + ": is not a parameter file");
  return keys;
}

void apply_parameters(const Keys& keys, Study_request& q, Study_import& study) {
  const auto folder = q.parameters.parent_path();
  const auto file = [&](const char* key, std::filesystem::path& path) {
    if (path.empty() && !of(keys, key).empty()) path = folder / of(keys, key);
  };
  file("CoordinatesFile", q.coordinates);
  file("CaseFile", q.cases);
  file("ControlFile", q.controls);
  file("PopulationFile", q.population);
  Problems bad;
  const auto choose = [&](const char* key, const std::string& otherwise, const std::vector<const char*>& names) -> std::string {
    const auto value = whole_in(of(keys, key, otherwise));
    if (value && *value >= 0 && static_cast<std::size_t>(*value) < names.size() && *names[static_cast<std::size_t>(*value)] != '\0') return names[static_cast<std::size_t>(*value)];
    std::string good;
    for (std::size_t i = 0; i < names.size(); ++i)
      if (*names[i] != '\0') good += fmt::format("{}{} ({})", good.empty() ? "" : ", ", i, names[i]);
    bad.add("{}={}: dosi has no such; it has {}", key, of(keys, key), good);
    return "";
  };
  if (q.coordinate_system.empty()) q.coordinate_system = choose("CoordinatesType", "0", {"cartesian", "degrees"});
  const std::string precision = choose("PrecisionCaseTimes", "0", {"none", "year", "month", "day"});
  if (q.time.empty()) q.time = precision;
  // 1 spatial, 2 temporal, 3 retrospective and 4 prospective space-time, 7 prospective temporal.
  const std::string analysis = choose("AnalysisType", "1", {"", "spatial", "temporal", "space_time", "space_time", "", "", "temporal"});
  const bool prospective = of(keys, "AnalysisType") == "4" || of(keys, "AnalysisType") == "7";
  const std::string model = choose("ModelType", "0", {"poisson", "bernoulli", "permutation", "ordinal", "exponential", "normal", "", "multinomial"});
  const auto add = [&](const char* name, const std::string& value) { study.scan.emplace_back(name, value); };
  add("model", model);
  add("analysis", analysis);
  if (prospective) add("prospective", "");
  if (const auto marks = marks_of(model); !marks.empty()) add("mark", marks.front().name);
  if (model != "multinomial") add("rates", choose("ScanAreas", "1", {"", "high", "low", "both"}));
  if (analysis != "spatial") {
    for (const auto& [key, name] : {std::pair{"StartDate", "start"}, std::pair{"EndDate", "end"}}) {
      const auto date = date_in(of(keys, key));
      if (!date) bad.add("{}={}: is no date", key, of(keys, key));
      else add(name, date_text(date->day));
    }
    add("step_unit", choose("TimeAggregationUnits", "3", {"", "year", "month", "day"}));
    add("step", of(keys, "TimeAggregationLength", "1"));
    add(of(keys, "MaxTemporalSizeInterpretation", "0") == "0" ? "max_time" : "max_steps", of(keys, "MaxTemporalSize", "50"));
    add("min_steps", of(keys, "MinimumTemporalClusterSize", "1"));
  } else if (model == "poisson") {
    add("start", date_text(date_in(of(keys, "StartDate")).value_or(Date{}).day));
    add("end", date_text(date_in(of(keys, "EndDate")).value_or(Date{}).day));
  }
  if (analysis != "temporal") {
    add("max_population", of(keys, "MaxSpatialSizeInPopulationAtRisk", "50"));
    if (of(keys, "UseDistanceFromCenterOption", "n") == "y") {
      const auto distance = number_in(of(keys, "MaxSpatialSizeInDistanceFromCenter")).value_or(0);
      add("max_distance", fmt::format("{:g}", q.coordinate_system == "degrees" ? distance * 1000 : distance));
    }
  }
  add("min_cases", of(keys, "MinimumCasesInHighRateClusters", "2"));
  add("replicas", of(keys, "MonteCarloReps", "999"));
  for (const auto& [key, value] : keys) {
    const auto it = plain().find(key);
    if (!known().contains(key) && it != plain().end() && !value.empty() && value != it->second) study.ignored.push_back(key + "=" + value);
  }
  bad.raise_if_any(Exit::bad_data, q.parameters.string() + ": asks for what there is not");
}

}  // namespace dosi::imports
