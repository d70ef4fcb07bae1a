#include "tests/fuzz/formats.hpp"

#include <algorithm>

#include "host/app/program.hpp"

namespace dosi::fuzz {
namespace fs = std::filesystem;
namespace {

const fs::path kCorpus = DOSI_SOURCE_DIR "/tests/fuzz/corpus";

int run_command(const std::vector<std::string>& words, const fs::path& folder) {
  std::vector<std::string> all{"dosi", "-q"};
  for (const auto& w : words) all.push_back(!w.empty() && w[0] == '@' ? (folder / w.substr(1)).string() : w);
  std::vector<char*> argv;
  for (auto& w : all) argv.push_back(w.data());
  argv.push_back(nullptr);
  return app::run_program(static_cast<int>(all.size()), argv.data());
}

void remove_made(const fs::path& folder) {
  std::error_code ignored;
  for (const auto& e : fs::directory_iterator(folder, ignored))
    if (e.path().filename().string().rfind("made", 0) == 0) fs::remove_all(e.path(), ignored);
}

}  // namespace

const std::vector<Format>& formats() {
  const std::vector<std::string> points{"import", "points", "--city", "@made.h5", "--name", "a", "--file"};
  const std::vector<std::string> zones{"import", "zones", "--city", "@made.h5", "--name", "b", "--file"};
  const auto with = [](std::vector<std::string> words, std::initializer_list<const char*> more) {
    words.insert(words.end(), more.begin(), more.end());
    return words;
  };
  static const std::vector<Format> list{
      {"plan", "plan.toml", false, {{"run", "@plan.toml"}}},  // its city is not there: it is read and judged, not run
      {"points",
       "points.csv",
       false,
       {with(points, {"@points.csv"}),
        with(points, {"@points.csv", "--replace", "--repair-swapped", "--encoding", "CP949", "--crs", "EPSG:4326"})}},
      {"wkt",
       "wkt.csv",
       false,
       {with(zones, {"@wkt.csv", "--crs", "EPSG:5186"}),
        with(zones, {"@wkt.csv", "--crs", "EPSG:5186", "--replace", "--repair"})}},
      {"join",
       "join.csv",
       false,
       {with(zones, {"@zones.geojson", "--join", "@join.csv", "--join-on", "name", "--zone-key", "name"})}},
      {"nodes",
       "nodes.csv",
       false,
       {{"import", "network", "--city", "@made.h5", "--name", "c", "--nodes", "@nodes.csv", "--edges",
         "@good-edges.csv"}}},
      {"edges",
       "edges.csv",
       false,
       {{"import", "network", "--city", "@made.h5", "--name", "c", "--nodes", "@good-nodes.csv", "--edges",
         "@edges.csv", "--both-ways"}}},
      {"osm",
       "streets.osm",
       false,
       {{"import", "network", "--city", "@made.h5", "--name", "c", "--osm", "@streets.osm"}}},
      {"geojson",
       "shapes.geojson",
       false,
       {with(zones, {"@shapes.geojson"}), with(zones, {"@shapes.geojson", "--replace", "--repair"}),
        with(points, {"@shapes.geojson"})}},
      {"study", "study.prm", false, {{"import", "study", "--city", "@made.h5", "--prm", "@study.prm"}}},
      {"cases",
       "study.cas",
       false,
       {{"import", "study", "--city", "@made.h5", "--geo", "@good.geo", "--cas", "@study.cas", "--pop", "@good.pop",
         "--time", "day"},
        {"scan", "--city", "@made.h5", "--out", "@made-result.h5", "--cases", "cases", "--population", "population",
         "--replicas", "9", "--threads", "1"}}},
      {"population",
       "study.pop",
       false,
       {{"import", "study", "--city", "@made.h5", "--geo", "@good.geo", "--cas", "@good.cas", "--pop", "@study.pop",
         "--time", "day"},
        {"scan", "--city", "@made.h5", "--out", "@made-result.h5", "--cases", "cases", "--population", "population",
         "--replicas", "9", "--threads", "1"}}},
      {"city",
       "city.h5",
       true,
       {{"info", "@city.h5"},
        {"check", "@city.h5"},
        {"access", "--city", "@city.h5", "--out", "@made-result.h5", "--origins", "zones", "--destinations", "points",
         "--groups", "people", "--matrix", "--isochrones", "destinations", "--threads", "1"},
        {"export", "@city.h5", "--out", "@made.gpkg"},
        {"import", "points", "--city", "@city.h5", "--name", "more", "--file", "@good-points.csv"}}},
      {"result",
       "result.h5",
       true,
       {{"info", "@result.h5"},
        {"info", "--json", "@result.h5"},
        {"check", "@result.h5"},
        {"report", "@result.h5", "--out", "@made.html"},
        {"export", "@result.h5", "--out", "@made.gpkg"},
        {"export", "@result.h5", "--table", "zones", "--out", "@made.geojson"}}},
  };
  return list;
}

bool prepare(const fs::path& folder) {
  fs::copy_file(kCorpus / "nodes/seed.csv", folder / "good-nodes.csv");
  fs::copy_file(kCorpus / "edges/seed.csv", folder / "good-edges.csv");
  fs::copy_file(kCorpus / "points/seed.csv", folder / "good-points.csv");
  fs::copy_file(kCorpus / "geojson/seed.geojson", folder / "zones.geojson");
  fs::copy_file(kCorpus / "cases/seed.cas", folder / "good.cas");
  fs::copy_file(kCorpus / "population/seed.pop", folder / "good.pop");
  fs::copy_file(kCorpus / "places/seed.geo", folder / "good.geo");
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
           {"import", "network", "--city", "@seed-city.h5", "--name", "streets", "--nodes", "@good-nodes.csv",
            "--edges", "@good-edges.csv", "--both-ways"},
           {"import", "zones", "--city", "@seed-city.h5", "--name", "zones", "--file", "@zones.geojson"},
           {"import", "points", "--city", "@seed-city.h5", "--name", "points", "--file", "@good-points.csv"},
           {"access", "--city", "@seed-city.h5", "--out", "@seed-result.h5", "--origins", "zones", "--destinations",
            "points", "--groups", "people", "--cutoffs", "1,5", "--matrix", "--isochrones", "destinations"}})
    if (run_command(words, folder) != 0) return false;
  return true;
}

std::vector<fs::path> seeds(const Format& format, const fs::path& folder) {
  std::vector<fs::path> out;
  std::error_code none;
  for (const auto& e : fs::directory_iterator(kCorpus / format.name, none)) out.push_back(e.path());
  if (format.hdf5) out.push_back(folder / ("seed-" + format.file));
  std::sort(out.begin(), out.end());
  return out;
}

std::vector<int> run(const Format& format, const fs::path& folder) {
  std::vector<int> codes;
  for (const auto& c : format.commands) codes.push_back(run_command(c, folder));
  remove_made(folder);
  return codes;
}

bool may_end_so(int code) { return code == 0 || code == 2 || code == 65 || code == 74; }

}  // namespace dosi::fuzz
