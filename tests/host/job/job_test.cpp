// Parameters, ledger and run loop, on a job small enough to see through.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <numeric>

#include "host/job/ledger.hpp"
#include "host/job/parameter.hpp"
#include "host/job/progress.hpp"
#include "host/job/run.hpp"
#include "io/error.hpp"
#include "tests/support/program.hpp"

namespace dosi::job {
namespace {

using test_support::Temp_folder;
using testing::HasSubstr;

const std::vector<Parameter> kDeclared{
    {.name = "rows", .form = Form::whole, .otherwise = 10, .help = "rows", .least = 1, .most = 1000},
    {.name = "fail_at", .form = Form::whole, .otherwise = -1, .help = "row at which it breaks off"},
    {.name = "factor", .form = Form::real, .otherwise = 2.5, .help = "factor", .unit = "m"},
    {.name = "names", .form = Form::texts, .otherwise = Json::array(), .help = "names"},
    {.name = "kind", .otherwise = "a", .help = "kind", .choices = {"a", "b"}},
    {.name = "note", .help = "a note", .optional = true},
};

int tiles_run = 0;

class Counting_job final : public Job {
 public:
  explicit Counting_job(const Setting& s)
      : factor_(s.parameters.real("factor")), fail_at_(s.parameters.whole("fail_at")) {
    schema_ = {
        .table = "numbers",
        .dimension = "row",
        .rows = static_cast<std::size_t>(s.parameters.whole("rows")),
        .axes = {{.name = "twice", .length = 2}},
        .variables = {
            {.name = "value", .type = h5::type_of<double>(), .axes = {"twice"}, .units = "m", .long_name = "value"}}};
  }
  const result::Rows_schema& schema() const override { return schema_; }
  result::Json title() const override { return result::words("Numbers", "수"); }
  void run(result::Tile& tile) override {
    ++tiles_run;
    const auto v = tile.values<double>("value");
    for (std::size_t r = 0; r < tile.count(); ++r) {
      if (static_cast<std::int64_t>(tile.first() + r) == fail_at_) throw DataError("row {} breaks off", fail_at_);
      v[2 * r] = static_cast<double>(tile.first() + r) * factor_;
      v[2 * r + 1] = -v[2 * r];
    }
  }
  void finish(result::Writer& w) override { w.set_summary(Json::array()); }

 private:
  double factor_;
  std::int64_t fail_at_;
  result::Rows_schema schema_;
};

Job_kind kind() {
  return {"numbers", "counts", kDeclared,
          [](const Setting& s) -> std::unique_ptr<Job> { return std::make_unique<Counting_job>(s); }};
}

struct Run : testing::Test {
  Run() {
    city::City_writer w(folder / "c.h5", {"none", "none"});
    w.publish();
    tiles_run = 0;
  }
  Outcome go(Json parameters, bool overwrite = false) {
    parameters["tile_rows"] = 16;
    return run(kind(), {folder / "c.h5", folder / "r.h5", parameters, "test", overwrite});
  }
  std::vector<double> values() {
    return stream::read_all<double>(result::Result::open(folder / "r.h5").root().group("numbers"), "value");
  }
  Temp_folder folder;
};

TEST_F(Run, MakesAResultWithProvenance) {
  EXPECT_EQ(go({{"rows", 100}}), Outcome::made);
  const auto v = values();
  ASSERT_EQ(v.size(), 200u);
  EXPECT_EQ(v[199], -99 * 2.5);
  const auto p = result::Result::open(folder / "r.h5").provenance();
  EXPECT_EQ(p["parameters"]["factor"]["unit"], "m");
  EXPECT_EQ(p["parameters"]["rows"]["value"], 100);
  EXPECT_EQ(p["inputs"][0]["crc32"], result::checksum_of_file(folder / "c.h5"));
  EXPECT_FALSE(std::filesystem::exists(folder / "r.h5.work"));
  EXPECT_FALSE(std::filesystem::exists(folder / "r.h5.partial"));
}

TEST_F(Run, TheSameQuestionIsAnsweredOnce) {
  go({{"rows", 100}});
  tiles_run = 0;
  EXPECT_EQ(go({{"rows", 100}}), Outcome::was_there);
  EXPECT_EQ(tiles_run, 0);
  EXPECT_THROW(go({{"rows", 50}}), UsageError);
  EXPECT_EQ(go({{"rows", 50}}, true), Outcome::made);
}

TEST_F(Run, ContinuesAfterAFailureWithWhatWasDone) {
  EXPECT_THROW(go({{"rows", 100}, {"fail_at", 50}}), DataError);
  EXPECT_EQ(tiles_run, 4);
  EXPECT_FALSE(std::filesystem::exists(folder / "r.h5"));
  tiles_run = 0;
  EXPECT_THROW(go({{"rows", 100}, {"fail_at", 50}}), DataError);
  EXPECT_EQ(tiles_run, 1);
  tiles_run = 0;
  EXPECT_EQ(go({{"rows", 100}}), Outcome::made);  // another question: from the beginning
  EXPECT_EQ(tiles_run, 7);
}

TEST_F(Run, AnAlteredShardIsMadeAgain) {
  EXPECT_THROW(go({{"rows", 100}, {"fail_at", 50}}), DataError);
  std::filesystem::resize_file(folder / "r.h5.work/tile-000001.h5", 100);
  tiles_run = 0;
  EXPECT_THROW(go({{"rows", 100}, {"fail_at", 50}}), DataError);
  EXPECT_EQ(tiles_run, 2);
}

TEST_F(Run, ALedgerCutShortLosesOnlyItsLastLine) {
  EXPECT_THROW(go({{"rows", 100}, {"fail_at", 50}}), DataError);
  const auto ledger = folder / "r.h5.work/ledger.jsonl";
  std::filesystem::resize_file(ledger, std::filesystem::file_size(ledger) - 5);
  tiles_run = 0;
  EXPECT_THROW(go({{"rows", 100}, {"fail_at", 50}}), DataError);
  EXPECT_EQ(tiles_run, 2);
}

TEST(Parameters, FillInDefaultsAndReadText) {
  const Parameters p(kDeclared, {{"rows", "20"}, {"names", "a, b ,c"}}, "test");
  EXPECT_EQ(p.whole("rows"), 20);
  EXPECT_EQ(p.real("factor"), 2.5);
  EXPECT_EQ(p.texts("names"), (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_FALSE(p.has("note"));
}

TEST(Parameters, AllThatIsWrongIsSaidTogether) {
  try {
    Parameters(kDeclared, {{"row", 3}, {"rows", 0}, {"factor", "wide"}, {"kind", "c"}, {"names", 5}}, "test");
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), Exit::usage);
    EXPECT_THAT(e.what(), HasSubstr("did you mean rows"));
    EXPECT_THAT(e.what(), HasSubstr("at least 1"));
    EXPECT_THAT(e.what(), HasSubstr("'wide' is not a number"));
    EXPECT_THAT(e.what(), HasSubstr("not one of: a, b"));
    EXPECT_THAT(e.what(), HasSubstr("names: 5"));
  }
}

// On several ranks what the others have done is guessed: it may come out above all there is.
TEST(Progress, EndsAtTheEnd) {
  Progress progress("job", 10, 0);
  for (int i = 0; i < 4; ++i) progress.advance(3);
  EXPECT_EQ(progress.done(), 10u);
}

TEST(Ledger, OnlyOneProcessWorksOnAResult) {
  const Temp_folder folder;
  const Ledger first(folder / "r.h5", "f", 100, 10);
  EXPECT_THROW(Ledger(folder / "r.h5", "f", 100, 10), Stopped);
}

TEST(Ledger, KeepsItsFirstCut) {
  const Temp_folder folder;
  { Ledger(folder / "r.h5", "f", 100, 10); }
  EXPECT_EQ(Ledger(folder / "r.h5", "f", 100, 30).rows_a_tile(), 10u);
  EXPECT_EQ(Ledger(folder / "r.h5", "g", 100, 30).rows_a_tile(), 30u);
}

}  // namespace
}  // namespace dosi::job
