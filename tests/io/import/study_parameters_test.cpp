// What a parameter file asks of `dosi scan`, and what of it is told to be ignored.
#include "io/import/study_parameters.hpp"

#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/program.hpp"

namespace dosi::imports {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

Study_import read(const std::filesystem::path& file) {
  Study_import study;
  Study_request request{.parameters = file};
  apply_parameters(Study_parameters(file), request, study);
  return study;
}

Study_import read_text(const std::string& text) {
  const test_support::Temp_folder folder;
  return read(folder.write("s.prm", "[Input]\nCaseFile=c\nCoordinatesFile=g\n" + text));
}

std::string asked(const Study_import& study) {
  std::string words;
  for (const auto& [name, value] : study.scan)
    words += (words.empty() ? "" : " ") + name + (value.empty() ? "" : "=" + value);
  return words;
}

constexpr const char* kSpatial = "[Analysis]\nAnalysisType=1\nModelType=1\n";

TEST(Study_parameters, sample_files_ask_for_nothing_that_there_is_not) {
  DOSI_NEEDS_DATA(data);
  for (const char* name : {"nm", "NHumberside", "NYCfever", "NewMexicoSpaceTimePoisson", "NHumbersideSpatialBernoulli",
                           "NYCSpaceTimePermutation"})
    EXPECT_THAT(read(data / fmt::format("satscan/{}.prm", name)).ignored, IsEmpty()) << name;
}

TEST(Study_parameters, what_is_ignored_is_told_with_its_section) {
  const auto study =
      read_text(std::string(kSpatial) +
                "[Output]\nResultsFile=/tmp/anything.txt\nOutputShapefiles=y\nOutputGoogleMaps=N\n[Spatial "
                "Window]\nIncludePurelyTemporal=y\n"
                "[Cluster "
                "Restrictions]\nRiskLimitHighClusters=y\nRiskThresholdHighClusters=1.5\nRiskLimitLowClusters="
                "n\nRiskThresholdLowClusters=0.5\n"
                "MinimumCasesInLowRateClusters=0.0\n[Inference]\nProspectiveStartDate=2020/1/1\n[Spatial "
                "Output]\nReportHierarchicalClusters=n\n[Line List]\nLineListFile=x\nOther=\n");
  EXPECT_THAT(study.ignored,
              UnorderedElementsAre("OutputShapefiles=y in [Output]", "IncludePurelyTemporal=y in [Spatial Window]",
                                   "RiskLimitHighClusters=y in [Cluster Restrictions]",
                                   "RiskThresholdHighClusters=1.5 in [Cluster Restrictions]",
                                   "ReportHierarchicalClusters=n in [Spatial Output]",
                                   "LineListFile=x in [Line List], a key that is not known"));
}

TEST(Study_parameters, trends_are_asked_for) {
  const auto with = [](const std::string& text) {
    return read_text("[Analysis]\nAnalysisType=3\nModelType=0\nStartDate=2000/1/1\nEndDate=2009/12/31\n[Time]\n" +
                     text);
  };
  const std::string before =
                        "model=poisson analysis=space_time rates=high start=2000-01-01 end=2009-12-31 step_unit=day "
                        "step=1 max_time=50 min_steps=1 ",
                    after = "max_population=50 min_cases=2 replicas=999";
  EXPECT_EQ(asked(with("TimeTrendAdjustmentType=0\nTimeTrendPercentage=3\n")), before + after);
  EXPECT_EQ(asked(with("TimeTrendAdjustmentType=1\n")), before + "trend=by_step " + after);
  EXPECT_EQ(asked(with("TimeTrendAdjustmentType=2\nTimeTrendPercentage=-3.5\n")),
            before + "trend=given trend_percent=-3.5 " + after);
  EXPECT_EQ(asked(with("TimeTrendAdjustmentType=3\n")), before + "trend=log_linear " + after);
  EXPECT_EQ(asked(with("TimeTrendAdjustmentType=4\n")), before + "trend=by_step " + after);
  EXPECT_EQ(asked(with("TimeTrendAdjustmentType=5\n")), before + "trend=log_quadratic " + after);
  for (const auto* type : {"0", "2", "5"})
    EXPECT_THAT(
        with(std::string("TimeTrendAdjustmentType=") + type + "\nTimeTrendPercentage=0\nTimeTrendType=0\n").ignored,
        IsEmpty())
        << type;
}

TEST(Study_parameters, clusters_and_replicas_are_asked_for) {
  const auto with = [](const char* text) { return asked(read_text(std::string(kSpatial) + text)); };
  const std::string before = "model=bernoulli analysis=spatial rates=high max_population=50 min_cases=2 ";
  EXPECT_EQ(with(""), before + "replicas=999");
  EXPECT_EQ(with("IterativeScan=y\nIterativeScanMaxIterations=7\nIterativeScanMaxPValue=0.1\n"),
            before + "clusters=iterative most_clusters=7 alpha=0.1 replicas=999");
  EXPECT_EQ(with("ReportGiniClusters=y\nSpatialMaxima=1,5,50\n"),
            before + "clusters=gini gini_sizes=1,5,50 alpha=0.05 replicas=999");
  EXPECT_EQ(with("CriteriaForReportingSecondaryClusters=3\n"), before + "overlap=no_centre_in_worse replicas=999");
  EXPECT_EQ(with("PValueReportType=2\nEarlyTerminationThreshold=40\n"), before + "replicas=999 stop_after=40");
  EXPECT_EQ(with("SpatialWindowShapeType=1\nEllipseShapes=2,4\nNonCompactnessPenalty=2\n"),
            before + "ellipses=2,4 compactness=1 replicas=999");
}

TEST(Study_parameters, one_choice_leaves_out_the_other) {
  const auto of = [](const char* text) { return read_text(std::string(kSpatial) + "[S]\n" + text).ignored; };
  EXPECT_THAT(of("IterativeScan=y\nReportGiniClusters=y\nCriteriaForReportingSecondaryClusters=1\n"),
              UnorderedElementsAre("ReportGiniClusters=y in [S]", "CriteriaForReportingSecondaryClusters=1 in [S]"));
  EXPECT_THAT(of("SpatialWindowShapeType=1\nEllipseShapes=2,4\nEllipseAngles=6,12\n"), IsEmpty());
  EXPECT_THAT(of("SpatialWindowShapeType=1\nEllipseShapes=2,4\nEllipseAngles=6,90\n"),
              ElementsAre("EllipseAngles=6,90 in [S]"));
  EXPECT_THAT(of("EllipseAngles=6,90\n"), IsEmpty());
}

TEST(Study_parameters, analyses_by_their_numbers) {
  const auto with = [](const char* type) {
    return asked(
        read_text(std::string("ModelType=2\nStartDate=2020/1/1\nEndDate=2020/2/1\nAnalysisType=") + type + "\n"));
  };
  EXPECT_TRUE(with("6").starts_with("model=permutation analysis=temporal prospective rates=high"));
  EXPECT_TRUE(with("4").starts_with("model=permutation analysis=space_time prospective rates=high"));
  EXPECT_THROW(with("7"), Error) << "seasonal";
}

}  // namespace
}  // namespace dosi::imports
