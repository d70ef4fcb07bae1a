// The program on a disk that fails (tests/faults/faulty_files.cpp), at calls from the first to the last of a run. Half
// a transfer or a signal in between is no error: the answer is the same. Otherwise the run ends with code 74, names the
// file and the system's reason, and what stood under the final names stands there still; or it ends well all the same
// with the whole answer, where nothing that mattered failed. The same command without faults then does what it would
// have done.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <hdf5.h>

#include <algorithm>
#include <cstring>
#include <set>
#include <sstream>

#include "tests/support/contents.hpp"
#include "tests/support/forked.hpp"

extern "C" void dosi_faults_as_the_environment_says();

namespace dosi {
namespace {

namespace fs = std::filesystem;
using test_support::Contents;
using test_support::contents_of;
using test_support::difference;
using test_support::Finished;
using test_support::read_text;
using test_support::run_forked;
using test_support::Temp_folder;
using testing::HasSubstr;

constexpr int kIo = 74;

struct Command {
  std::string name;
  std::string line;                  // '@' at the start of a word stands for the folder
  std::vector<std::string> outputs;  // there from an earlier run of something else, except where `is_first`
  bool is_first = false;
  std::string without;  // kinds left out that another command covers: "read" or "write"
};

void PrintTo(const Command& c, std::ostream* out) { *out << c.name; }

const std::vector<Command>& commands() {
  static const std::vector<Command> list{
      {"make_city", "make-city --people 20000 --seed 2 --out @new.h5", {"new.h5"}, true, "read"},
      {"import",
       "import points --replace --city @city.h5 --name places --file @points.csv",
       {"city.h5", "city.places.rejects.csv"}},
      {"import_features",
       "import zones --replace --city @city.h5 --name zones --file @zones.geojson",
       {"city.h5"},
       false,
       "write"},
      {"import_raster",
       "import raster --replace --city @city.h5 --name heights --file @heights.asc --crs EPSG:5186",
       {"city.h5"},
       false,
       "write"},
      {"wind",
       "wind --overwrite --city @city.h5 --out @result.h5 --terrain heights --size 20 --fetch 8 --top 40 --spin-up 1 "
       "--average 2 --checkpoint-minutes 0",
       {"result.h5"}},
      {"access",
       "access --overwrite --city @city.h5 --out @result.h5 --origins places --destinations zones --tile-rows 300",
       {"result.h5"}},
      {"run", "run @plan.toml", {"results/places.h5", "page.html"}},
      {"report", "report @result.h5 --out @page.html", {"page.html"}},
      {"export_gpkg", "export @result.h5 --table zones --overwrite --out @export.gpkg", {"export.gpkg"}, false, "read"},
      {"export_geojson",
       "export @result.h5 --table zones --overwrite --out @export.geojson",
       {"export.geojson"},
       false,
       "read"},
      {"export_csv", "export @result.h5 --table origins --overwrite --out @export.csv", {"export.csv"}, false, "read"},
      {"export_tif", "export @city.h5 --layer heights --overwrite --out @export.tif", {"export.tif"}, false, "read"},
  };
  return list;
}

struct Fault {
  const char* kind;
  std::string of;
  // One of them is said (SQLite, in a GeoPackage, has words of its own); none: the run is to succeed.
  std::vector<std::string> reasons;
};
const std::vector<Fault>& faults() {
  static const std::vector<Fault> list{
      {"short-read", "read", {}},
      {"short-write", "write", {}},
      {"interrupted", "both", {"Interrupted"}},  // again, or an error
      {"full", "write", {"No space left"}},
      {"broken", "write", {"Input/output error"}},
      {"broken-once", "write", {"Input/output error"}},
      {"unreadable", "read", {"Input/output error"}},
      {"unreadable-once", "read", {"Input/output error"}},
  };
  return list;
}

// About `most` calls of `calls`: the first two, the last four, and some between.
std::set<std::uint64_t> points(std::uint64_t calls, std::uint64_t most) {
  std::set<std::uint64_t> out;
  for (const std::uint64_t from_end : {0, 1, 2, 3})
    if (from_end < calls) out.insert(calls - from_end);
  for (std::uint64_t i = 1; i <= std::min<std::uint64_t>(2, calls); ++i) out.insert(i);
  for (std::uint64_t i = 0; i < most - 6 && calls > 0; ++i)
    out.insert(1 + (2 * i + 1) * (calls - 1) / (2 * (most - 6)));
  return out;
}

struct Faults : testing::TestWithParam<Command> {
  // A folder with a city, a result, and files of earlier runs where the outputs go.
  static void SetUpTestSuite() {
    H5dont_atexit();  // as the program has it: the copies of this process end as it does
    origin_ = new Temp_folder;
    const auto& o = *origin_;
    const auto done = [](const std::vector<std::string>& words) {
      const auto f = run_forked(words, [] {});
      ASSERT_EQ(f.code, 0) << f.err;
    };
    const std::string seeds = DOSI_SOURCE_DIR "/tests/fuzz/corpus/";
    std::string rows = "name,lon,lat\n";
    for (int i = 0; i < 800; ++i)
      rows += "place " + std::to_string(i) + ",127.00" + std::to_string(1000 + 10 * i) + ",37.50" +
              std::to_string(9000 - 10 * i) + "\n";
    o.write("places.csv", rows);
    o.write("points.csv", rows + "more,127.005,37.505\nnowhere,1,2\n");
    fs::copy_file(seeds + "geojson/seed.geojson", o / "zones.geojson");
    done({"import", "network", "--city", o / "city.h5", "--name", "streets", "--nodes", seeds + "nodes/seed.csv",
          "--edges", seeds + "edges/seed.csv", "--both-ways"});
    done({"import", "zones", "--city", o / "city.h5", "--name", "zones", "--file", o / "zones.geojson"});
    done({"import", "points", "--city", o / "city.h5", "--name", "places", "--file", o / "places.csv"});
    std::string heights = "ncols 60\nnrows 60\nxllcorner 200000\nyllcorner 545000\ncellsize 2\nNODATA_value -9999\n";
    for (int i = 0; i < 3600; ++i) heights += std::to_string(20 + i % 7) + (i % 60 == 59 ? "\n" : " ");
    o.write("heights.asc", heights);
    done({"import", "raster", "--city", o / "city.h5", "--name", "heights", "--file", o / "heights.asc", "--crs",
          "EPSG:5186"});
    done({"access", "--city", o / "city.h5", "--out", o / "result.h5", "--origins", "zones", "--destinations", "places",
          "--groups", "people"});
    fs::create_directories(o / "results");
    fs::copy_file(o / "result.h5", o / "results/places.h5");
    for (const char* name :
         {"page.html", "export.gpkg", "export.geojson", "export.csv", "export.tif", "city.places.rejects.csv"})
      o.write(name, "from an earlier run\n");
    o.write("plan.toml",
            "city = \"city.h5\"\nreport = \"page.html\"\n[[job]]\nname = \"places\"\njob = \"access\"\norigins = "
            "\"places\"\n"
            "destinations = \"zones\"\ntile_rows = 300\n");
  }
  static void TearDownTestSuite() {
    delete origin_;
    origin_ = nullptr;
  }

  void SetUp() override {
    restore();
    expect_done(run());
    for (const auto& name : GetParam().outputs) answer_[name] = contents_of(there(name));
  }

  fs::path there(const std::string& name) const { return folder_ / "d" / name; }

  void restore() const {
    fs::remove_all(folder_ / "d");
    fs::copy(origin_->path(), folder_ / "d", fs::copy_options::recursive);
    if (GetParam().is_first)
      for (const auto& name : GetParam().outputs) fs::remove(there(name));
  }

  // With a fault at call `at` of its kind; 0 for none.
  Finished run(const std::string& kind = "", std::uint64_t at = 0) {
    std::vector<std::string> words;
    std::istringstream line(GetParam().line);
    for (std::string w; line >> w;) words.push_back(w[0] == '@' ? there(w.substr(1)).string() : w);
    return run_forked(words, [&] {
      if (kind.empty()) return;
      fs::remove(tally());
      const auto say = [](const char* name, const std::string& value) { ::setenv(name, value.c_str(), 1); };
      say("DOSI_FAULT_KIND", kind);
      say("DOSI_FAULT_AT", std::to_string(at));
      say("DOSI_FAULT_UNDER", (folder_ / "d").string());
      say("DOSI_FAULT_TALLY", tally().string());
      dosi_faults_as_the_environment_says();
    });
  }
  fs::path tally() const { return folder_ / "tally"; }
  std::pair<std::uint64_t, std::uint64_t> counted() const {
    std::uint64_t n[2] = {0, 0};
    const auto bytes = read_text(tally());
    EXPECT_EQ(bytes.size(), sizeof n) << "the faulty files were not loaded";
    std::memcpy(n, bytes.data(), std::min(bytes.size(), sizeof n));
    return {n[0], n[1]};
  }

  void expect_done(const Finished& f) const { ASSERT_EQ(f.code, 0) << f.err; }
  void expect_answer() {
    for (const auto& name : GetParam().outputs)
      EXPECT_EQ(difference(contents_of(there(name)), answer_[name]), "") << name;
  }

  // Old, or new and whole.
  void expect_nothing_half(const Finished& f) {
    for (const auto& name : GetParam().outputs) {
      if (fs::exists(origin_->path() / name) && fs::exists(there(name)) &&
          read_text(there(name)) == read_text(origin_->path() / name))
        continue;
      if (!fs::exists(there(name)) && (GetParam().is_first || name.ends_with("rejects.csv"))) continue;
      EXPECT_EQ(difference(contents_of(there(name)), answer_[name]), "")
          << name << " is neither the old nor the new file";
      const bool is_last = name == GetParam().outputs.back();
      if (is_last && GetParam().outputs.size() == 1) {
        EXPECT_THAT(f.err, HasSubstr(name + ": is whole and in its place"));
      }
    }
    for (const auto& e : fs::recursive_directory_iterator(folder_ / "d"))
      if (e.path().string().find(".work/") == std::string::npos) {
        EXPECT_EQ(e.path().string().find(".partial"), std::string::npos) << e.path();
      }
  }

  Temp_folder folder_;
  std::map<std::string, Contents> answer_;
  static Temp_folder* origin_;
};
Temp_folder* Faults::origin_ = nullptr;

TEST_P(Faults, AreSurvivedOrReported) {
  std::map<std::string, std::uint64_t> calls_of;
  for (const auto& fault : faults()) {
    if (fault.of == GetParam().without) continue;
    auto& calls = calls_of[fault.of];
    if (calls == 0) {
      restore();
      expect_done(run(fault.kind));
      calls = counted().first;
    }
    ASSERT_GT(calls, 0u) << fault.kind;
    std::uint64_t nth = 0;
    for (const auto at : points(calls, GetParam().is_first || fault.reasons.empty() ? 7 : 10)) {
      SCOPED_TRACE(std::string(fault.kind) + " at call " + std::to_string(at) + " of " + std::to_string(calls));
      restore();
      const auto f = run(fault.kind, at);
      if (counted().second == 0) continue;  // by times in its text a run is a little longer or shorter than another
      SCOPED_TRACE(f.err);
      if (f.code == 0) {
        expect_answer();
        continue;
      }
      EXPECT_EQ(f.code, kIo);
      const bool has_reason = std::any_of(fault.reasons.begin(), fault.reasons.end(),
                                          [&](const auto& r) { return f.err.find(r) != std::string::npos; });
      EXPECT_TRUE(has_reason || (GetParam().name == "export_gpkg" &&
                                 f.err.find("export.gpkg: cannot be written: ") != std::string::npos))
          << "no reason";
      EXPECT_THAT(f.err, HasSubstr((folder_ / "d").string())) << "no file is named";
      expect_nothing_half(f);
      if (nth++ % 4 != 0 || f.err.find("is whole and in its place") != std::string::npos) continue;
      const auto again = run();
      EXPECT_EQ(again.code, 0) << again.err;
      expect_answer();
      for (const auto& name : GetParam().outputs) EXPECT_FALSE(fs::exists(there(name).string() + ".work"));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Disk, Faults, testing::ValuesIn(commands()), [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace dosi
