#include "io/import/target.hpp"

#include <algorithm>
#include <cmath>

#include "io/files.hpp"

namespace dosi::imports {
namespace fs = std::filesystem;
namespace {

void widen(std::optional<Box>& box, const std::vector<double>& x, const std::vector<double>& y) {
  if (x.empty()) return;
  const auto [x0, x1] = std::minmax_element(x.begin(), x.end());
  const auto [y0, y1] = std::minmax_element(y.begin(), y.end());
  if (!box) box = Box{*x0, *y0, *x1, *y1};
  *box = {std::min(box->x0, *x0), std::min(box->y0, *y0), std::max(box->x1, *x1), std::max(box->y1, *y1)};
}

// Files written under a temporary name, then under their own; where the import fails after all, they go.
class Side_files {
 public:
  ~Side_files() {
    std::error_code ignored;
    for (const auto& f : files_) fs::remove(partial(f), ignored);
    for (const auto& f : published_) fs::remove(f, ignored);
  }
  void write(const fs::path& path, const Reject_list& list) {
    files_.push_back(path);
    write_rejects(partial(path), list);
  }
  void publish() {
    for (const auto& f : files_) {
      published_.push_back(f);
      h5::publish(partial(f), f);
    }
    files_.clear();
  }
  void keep() { published_.clear(); }

 private:
  static fs::path partial(const fs::path& f) { return f.string() + ".partial"; }
  std::vector<fs::path> files_, published_;
};

template <class L>
void store_layer(const Destination& to, const city::Crs& crs, const L& layer, const Import_report& report) {
  Side_files side;
  std::vector<fs::path> stale;
  for (const char* part : {"", "nodes", "edges"}) {
    const auto path = rejects_path(to.city, to.layer, part);
    const auto it = std::find_if(report.rejects.begin(), report.rejects.end(),
                                 [&](const auto& l) { return l.part == part && !l.rows.empty(); });
    if (it == report.rejects.end()) stale.push_back(path);
    else side.write(path, *it);
  }
  const auto unmatched = unmatched_path(to.city, to.layer);
  if (!report.joins.empty() && !report.joins[0].rows_unmatched.rows.empty())
    side.write(unmatched, report.joins[0].rows_unmatched);
  else stale.push_back(unmatched);

  auto writer = fs::exists(to.city) ? city::City_writer::update(to.city, {to.kind + "/" + to.layer})
                                    : city::City_writer(to.city, crs);
  std::string source;
  for (const auto& f : report.files) source += (source.empty() ? "" : ", ") + f;
  writer.add(to.layer, layer, {source, to.history});
  // The city comes last: once it has the layer, the same command would be refused.
  side.publish();
  writer.publish();
  side.keep();
  std::error_code ignored;
  for (const auto& s : stale) fs::remove(s, ignored);
}

}  // namespace

Target look_at(const Destination& to) {
  city::check_layer_name(to.layer);
  Target target;
  if (!to.city_crs.empty()) target.crs = crs_named(to.city_crs, "--city-crs");
  check_folder(to.city);
  if (!fs::exists(to.city)) return target;
  const auto city = city::City::open(to.city);
  if (target.crs && target.crs->wkt != city.crs().wkt && target.crs->name != city.crs().name)
    throw UsageError("--city-crs {}: {} is in {}; leave the option out", target.crs->name, to.city.string(),
                     city.crs().name);
  target.crs = city.crs();
  const auto counts = [&](const city::Layer& l, const char* kind) {
    return l.kind == kind && !(l.kind == to.kind && l.name == to.layer);
  };
  for (const auto& l : city.layers())
    if (l.kind == to.kind && l.name == to.layer && !to.replace)
      throw UsageError("{}: has a layer {}:{} already; --replace puts the new one in its place", to.city.string(),
                       l.kind, l.name);
  for (const char* kind : {"zones", "network", "points"}) {
    for (const auto& l : city.layers()) {
      if (!counts(l, kind)) continue;
      const auto g = city.group(l);
      widen(target.extent, stream::read_all<double>(g, "x"), stream::read_all<double>(g, "y"));
      target.extent_of += (target.extent_of.empty() ? "" : ", ") + l.kind + ":" + l.name;
    }
    if (target.extent) break;
  }
  if (target.extent &&
      !(std::isfinite(target.extent->x0 + target.extent->x1) && std::isfinite(target.extent->y0 + target.extent->y1)))
    throw DataError("{}: {}: has coordinates that are not finite", to.city.string(), target.extent_of);
  return target;
}

city::Crs settled_crs(const Target& target, const std::string& source, double longitude, double latitude,
                      std::vector<std::string>& notes) {
  if (!std::isfinite(longitude) || !std::isfinite(latitude) || std::abs(latitude) > 90 || std::abs(longitude) > 180)
    throw DataError(
        "{}: its middle ({}, {}) is no longitude and latitude; is the CRS of the input right, or are x and "
        "y exchanged?",
        source, longitude, latitude);
  if (!target.crs) {
    auto crs = crs_for(longitude, latitude);
    notes.push_back(fmt::format("city CRS {}, for the data's middle at {:.4f}, {:.4f}", crs.name, longitude, latitude));
    return crs;
  }
  check_city_crs(*target.crs, longitude, latitude);
  return *target.crs;
}

Box extent_in(const std::vector<double>& n, const city::Crs& city) {
  if (n.size() != 4 || !(n[0] < n[2]) || !(n[1] < n[3]))
    throw UsageError("--extent: needs xmin,ymin,xmax,ymax with xmin < xmax and ymin < ymax");
  const Box box{n[0], n[1], n[2], n[3]};
  const bool degrees = std::abs(n[0]) <= 180 && std::abs(n[2]) <= 180 && std::abs(n[1]) <= 90 && std::abs(n[3]) <= 90;
  if (!degrees) return box;
  const auto projected = Projection(crs_named("EPSG:4326", "--extent"), city).apply(box);
  if (!projected) throw UsageError("--extent: lies outside of what {} covers", city.name);
  return *projected;
}

void store(const Destination& to, const city::Crs& crs, const city::Points& l, const Import_report& r) {
  store_layer(to, crs, l, r);
}
void store(const Destination& to, const city::Crs& crs, const city::Zones& l, const Import_report& r) {
  store_layer(to, crs, l, r);
}
void store(const Destination& to, const city::Crs& crs, const city::Network& l, const Import_report& r) {
  store_layer(to, crs, l, r);
}
void store(const Destination& to, const city::Crs& crs, const city::Raster& l, const Import_report& r) {
  store_layer(to, crs, l, r);
}

}  // namespace dosi::imports
