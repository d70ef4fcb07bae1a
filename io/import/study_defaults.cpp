#include "io/import/study_defaults.hpp"

#include <algorithm>
#include <cctype>
#include <map>
#include <vector>

#include "io/import/text.hpp"

namespace dosi::imports {
namespace {

struct Usual {
  std::string value;                  // kAny: whatever it is, it changes no answer
  std::vector<std::string> switches;  // of those that it belongs to one must be on
};

const std::string kAny = "*";

// Of SaTScan 9 and 10.
const std::map<std::string, Usual>& usual() {
  static const std::map<std::string, Usual> keys = [] {
    std::map<std::string, Usual> k;
    const auto add = [&](const std::string& value, std::initializer_list<const char*> names,
                         std::vector<std::string> switches = {}) {
      for (const char* name : names) k[name] = {value, switches};
    };
    // Read where the analysis has use for them.
    add(kAny, {"StartDate",
               "EndDate",
               "TimeAggregationUnits",
               "TimeAggregationLength",
               "MaxTemporalSizeInterpretation",
               "MaxTemporalSize",
               "MinimumTemporalClusterSize",
               "MaxSpatialSizeInPopulationAtRisk",
               "MaxSpatialSizeInDistanceFromCenter",
               "EllipseShapes",
               "NonCompactnessPenalty",
               "EarlyTerminationThreshold",
               "IterativeScanMaxIterations",
               "IterativeScanMaxPValue",
               "SpatialMaxima",
               "GiniIndexClustersPValueCutOff",
               "CaseFile",
               "ControlFile",
               "PopulationFile",
               "CoordinatesFile",
               "CoordinatesType"});
    // Every result has them, or they are about the run and its files.
    add(kAny, {"ReportGumbel", "CriticalValue", "ReportClusterRank", "ReportGiniIndexCoefficents", "ResultsFile",
               "ResultsTitle", "PrintAsciiColumnHeaders", "LaunchMapViewer", "NumberParallelProcesses",
               "SuppressWarnings", "LogRunToHistoryFile", "ExecutionType", "Version"});
    add("n", {"UseGridFile",
              "UseLocationsNetworkFile",
              "UseNeighborsFile",
              "UseMetaLocationsFile",
              "UseMaxCirclePopulationFileOption",
              "IncludePurelyTemporal",
              "IncludePurelySpatial",
              "UseDistanceFromCenterOption",
              "IterativeScan",
              "ReportGiniClusters",
              "RiskLimitHighClusters",
              "RiskLimitLowClusters",
              "AdjustForWeeklyTrends",
              "UseAdjustmentsByRRFile",
              "AdjustForEarlierAnalyses",
              "PerformStandardDrilldown",
              "PerformBernoulliDrilldown",
              "CalculateOliveira",
              "PerformPowerEvaluation",
              "UseReportOnlySmallerClusters",
              "UseMaxCirclePopulationFileOption_Reported",
              "UseDistanceFromCenterOption_Reported",
              "PrintSimulatedDataToFile",
              "PValues2PrespecifiedLLRs",
              "OutputGoogleEarthKML",
              "OutputShapefiles",
              "OutputCartesianGraph",
              "OutputGoogleMaps",
              "OutputTemporalGraphHTML",
              "SaveSimLLRsASCII",
              "SaveSimLLRsDBase",
              "MostLikelyClusterEachCentroidASCII",
              "MostLikelyClusterEachCentroidDBase",
              "MostLikelyClusterCaseInfoEachCentroidASCII",
              "MostLikelyClusterCaseInfoEachCentroidDBase",
              "CensusAreasReportedClustersASCII",
              "CensusAreasReportedClustersDBase",
              "IncludeRelativeRisksCensusAreasASCII",
              "IncludeRelativeRisksCensusAreasDBase"});
    add("y", {"ReportHierarchicalClusters"});
    add("0", {"TimeTrendType", "SpatialWindowShapeType", "CriteriaForReportingSecondaryClusters",
              "MultipleDataSetsPurposeType", "StudyPeriodCheckType", "GeographicalCoordinatesCheckType",
              "MultipleCoordinatesType", "IsotonicScan", "IncludeClusters", "MinimumCasesInLowRateClusters",
              "TimeTrendAdjustmentType", "SpatialAdjustmentType", "SimulatedDataMethodType"});
    add("4,6,9,12,15", {"EllipseAngles"}, {"SpatialWindowShapeType"});
    add("", {"GridFile"}, {"UseGridFile"});
    add("", {"LocationsNetworkFilename", "PurposeLocationsNetworkFile"}, {"UseLocationsNetworkFile"});
    add("", {"NeighborsFilename"}, {"UseNeighborsFile"});
    add("", {"MetaLocationsFilename"}, {"UseMetaLocationsFile"});
    add("", {"MaxSpatialSizeInMaxCirclePopulationFile", "MaxCirclePopulationFile"},
        {"UseMaxCirclePopulationFileOption"});
    add("", {"IntervalStartRange", "IntervalEndRange"}, {"IncludeClusters"});
    add("", {"RiskThresholdHighClusters"}, {"RiskLimitHighClusters"});
    add("", {"RiskThresholdLowClusters"}, {"RiskLimitLowClusters"});
    add(kAny, {"TimeTrendPercentage"});  // read where the trend is given
    add("", {"AdjustmentsByKnownRelativeRisksFilename"}, {"UseAdjustmentsByRRFile"});
    add("", {"ProspectiveStartDate"}, {"AdjustForEarlierAnalyses"});
    add("", {"DrilldownMinimumClusterLocations", "DrilldownMinimumClusterCases", "DrilldownClusterPvalueCutoff"},
        {"PerformStandardDrilldown", "PerformBernoulliDrilldown"});
    add("n", {"DrilldownAdjustForWeeklyTrends"}, {"PerformBernoulliDrilldown"});
    add("", {"NumBootstrapReplications", "OliveiraPvalueCutoff"}, {"CalculateOliveira"});
    add("",
        {"PowerEvaluationsMethod", "PowerEvaluationTotalCases", "CriticalValueType", "CriticalValue05",
         "CriticalValue01", "CriticalValue001", "PowerEstimationType", "NumberPowerReplications",
         "AlternativeHypothesisFilename", "PowerEvaluationsSimulationMethod",
         "PowerEvaluationsSimulationSourceFilename", "ReportPowerEvaluationSimulationData",
         "PowerEvaluationsSimulationOutputFilename"},
        {"PerformPowerEvaluation"});
    add("", {"CompressKMLtoKMZ", "IncludeClusterLocationsKML", "ThresholdLocationsSeparateKML"},
        {"OutputGoogleEarthKML"});
    add("0", {"GiniIndexClusterReportingType"}, {"ReportGiniClusters"});
    add("", {"MaxSpatialSizeInPopulationAtRisk_Reported"}, {"UseReportOnlySmallerClusters"});
    add("", {"MaxSizeInMaxCirclePopulationFile_Reported"}, {"UseMaxCirclePopulationFileOption_Reported"});
    add("", {"MaxSpatialSizeInDistanceFromCenter_Reported"}, {"UseDistanceFromCenterOption_Reported"});
    add("", {"TemporalGraphReportType", "TemporalGraphMostMLC", "TemporalGraphSignificanceCutoff"},
        {"OutputTemporalGraphHTML"});
    add("", {"SimulatedDataInputFilename"}, {"SimulatedDataMethodType"});
    add("", {"SimulatedDataOutputFilename"}, {"PrintSimulatedDataToFile"});
    add("", {"LLR1", "LLR2"}, {"PValues2PrespecifiedLLRs"});
    return k;
  }();
  return keys;
}

bool same(const std::string& a, const std::string& b) {
  const auto x = number_in(a), y = number_in(b);
  if (x && y) return *x == *y;
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](unsigned char p, unsigned char q) { return std::tolower(p) == std::tolower(q); });
}

}  // namespace

Asks what_asks(const std::string& key, const std::string& value,
               const std::function<std::string(const std::string&)>& value_of) {
  if (value.empty()) return Asks::nothing;
  const auto it = usual().find(key);
  if (it == usual().end()) return Asks::unknown;
  const auto& [otherwise, switches] = it->second;
  if (otherwise == kAny || same(value, otherwise)) return Asks::nothing;
  const auto on = [&](const std::string& name) {
    const auto of = usual().find(name);
    const auto now = value_of(name);
    return !now.empty() && !same(now, of == usual().end() ? "n" : of->second.value);
  };
  return switches.empty() || std::any_of(switches.begin(), switches.end(), on) ? Asks::something : Asks::nothing;
}

}  // namespace dosi::imports
