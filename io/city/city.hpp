// A city: one HDF5 file of layers, /<kind>/<name>. Reading checks everything once, here, and reports all that is
// wrong with a layer together; past this edge layers are trusted. Writing makes <path>.partial and gives it its
// final name when it is whole, so a reader never sees half a city.
#pragma once

#include <filesystem>
#include <memory>

#include "io/city/layers.hpp"
#include "io/h5/h5.hpp"
#include "io/stream/stream.hpp"

namespace dosi::city {

inline constexpr int kSchema = 1;
inline constexpr const char* kKinds[] = {"network", "zones", "points", "raster", "series", "texts", "trips"};

struct Crs {
  std::string name;  // e.g. "EPSG:5186"
  std::string wkt;
};

struct Layer {
  std::string kind, name;
  std::size_t rows = 0;  // points, zones, nodes, raster cells, records
  std::string path() const { return kind + "/" + name; }
};

struct Layer_note {
  std::string source;   // file names, or "make-city"
  std::string history;  // the command that made it
};

class City {
 public:
  static City open(const std::filesystem::path& path);  // DataError if it is not a city

  const Crs& crs() const { return crs_; }
  std::string title() const { return root().string_attribute("title"); }
  const std::vector<Layer>& layers() const { return layers_; }
  // A layer by name, or "kind:name". `kinds` lists what the caller can use. UsageError names what there is.
  const Layer& find(const std::string& reference, const std::vector<std::string>& kinds) const;

  Points read_points(const std::string& name) const;
  Zones read_zones(const std::string& name) const;
  Network read_network(const std::string& name) const;
  Raster read_raster(const std::string& name) const;
  Series read_series(const std::string& name) const;
  // Rows, without the geometry; `columns` empty: all of them.
  Table read_attributes(const Layer& layer, const std::vector<std::string>& columns = {}) const;
  std::vector<std::string> column_names(const Layer& layer) const;

  h5::Group root() const { return file_.root(); }
  h5::Group group(const Layer& layer) const { return root().group(layer.path()); }
  const std::string& file_name() const { return file_.name(); }

 private:
  explicit City(h5::File file) : file_(std::move(file)) {}
  void check_rows(const h5::Group& layer, std::size_t rows) const;
  h5::File file_;
  Crs crs_;
  std::vector<Layer> layers_;
};

class City_writer {
 public:
  // A new city; `path` itself appears at publish().
  City_writer(const std::filesystem::path& path, const Crs& crs, const std::string& title = "");
  // The layers of `path` as they are (chunks are copied, not recoded), except those named; then more can be added.
  static City_writer update(const std::filesystem::path& path, const std::vector<std::string>& without = {});

  void add(const std::string& name, const Points& points, const Layer_note& note);
  void add(const std::string& name, const Zones& zones, const Layer_note& note);
  void add(const std::string& name, const Network& network, const Layer_note& note);
  void add(const std::string& name, const Raster& raster, const Layer_note& note);
  void add(const std::string& name, const Series& series, const Layer_note& note);

  h5::Group root() { return draft_.root(); }
  h5::Group create_layer(const std::string& kind, const std::string& name, const Layer_note& note);
  const Crs& crs() const { return crs_; }
  void publish() { draft_.publish(); }

 private:
  h5::Draft draft_;
  Crs crs_;
};

// A points layer whose length is not known before: append blocks with the columns of the first.
class Points_writer {
 public:
  // `text_bytes`: room for each text column's longest value, by column name; longer text is a DataError.
  Points_writer(City_writer& city, const std::string& name, const Layer_note& note,
                std::map<std::string, std::size_t> text_bytes = {});
  void append(const Points& block);
  void finish();

 private:
  h5::Group group_;
  std::map<std::string, std::size_t> text_bytes_;
  std::vector<std::string> names_;
  std::vector<stream::Writer> writers_;
  std::size_t rows_ = 0;
};

// A plane of its own, in metres, for data whose place on the earth is not told.
Crs local_crs();

// Building blocks shared with results.
void write_crs(h5::Group& group, const Crs& crs);
Crs read_crs(const h5::Group& group);
// A column's name as a variable: '/' would be a path, and names of the geometry (x, y, point, ...) are taken.
std::string stored_name(std::string column);
void write_table(h5::Group& group, const std::string& dimension, const Table& table);
Table read_table(const h5::Group& group, const std::string& dimension, const std::vector<std::string>& columns = {});
void write_polygons(h5::Group& group, const std::string& dimension, const Polygons& polygons);
Polygons read_polygons(const h5::Group& group);
// A layer name: letters of any script, digits, '-', '_', '.'; not empty. Throws UsageError.
void check_layer_name(const std::string& name);

}  // namespace dosi::city
