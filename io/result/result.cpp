#include "io/result/result.hpp"

#include <fcntl.h>
#include <libdeflate.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <fstream>

namespace dosi::result {
namespace fs = std::filesystem;
namespace {

const char* name_of(Table_kind kind) {
  switch (kind) {
    case Table_kind::rows: return "rows";
    case Table_kind::points: return "points";
    case Table_kind::zones: return "zones";
    case Table_kind::grid: return "grid";
    case Table_kind::slice: return "slice";
  }
  return "rows";
}

// File names and labels may hold bytes that are no UTF-8; a result is not lost over them.
std::string text_of(const Json& j) { return j.dump(-1, ' ', false, Json::error_handler_t::replace); }

h5::Dataset create_row_variable(h5::Group& g, const std::string& dimension, const Row_variable& v) {
  std::vector<std::string> dims{dimension};
  dims.insert(dims.end(), v.axes.begin(), v.axes.end());
  auto d = g.create_variable(v.name, v.type, dims, {.units = v.units, .long_name = v.long_name});
  if (!v.fill.empty()) d.set_attribute("_FillValue", v.type, v.fill.data());
  if (!v.long_name_ko.empty()) d.set_attribute("long_name_ko", v.long_name_ko);
  return d;
}

}  // namespace

std::size_t Rows_schema::elements_a_row(const Row_variable& v) const {
  std::size_t n = 1;
  for (const auto& a : v.axes) {
    const auto it = std::find_if(axes.begin(), axes.end(), [&](const auto& x) { return x.name == a; });
    if (it == axes.end()) throw Error(Exit::internal, fmt::format("{}: axis {} is not declared", v.name, a));
    n *= it->length;
  }
  return n;
}

std::size_t Rows_schema::bytes_a_row() const {
  std::size_t n = 0;
  for (const auto& v : variables) n += elements_a_row(v) * v.type.size;
  return n;
}

Tile::Tile(const Rows_schema& schema, std::size_t first, std::size_t count)
    : schema_(schema), first_(first), count_(count) {
  for (const auto& v : schema.variables) bytes_.emplace_back(count * schema.elements_a_row(v) * v.type.size);
}

std::vector<std::byte>& Tile::bytes_of(const std::string& variable, h5::Type type) {
  for (std::size_t i = 0; i < schema_.variables.size(); ++i)
    if (schema_.variables[i].name == variable) {
      if (schema_.variables[i].type != type)
        throw Error(Exit::internal, fmt::format("{} is {}, not {}", variable, h5::name_of(schema_.variables[i].type),
                                                h5::name_of(type)));
      return bytes_[i];
    }
  throw Error(Exit::internal, fmt::format("tile has no variable {}", variable));
}

void create_axis(h5::Group& g, const Axis& a) {
  if (g.has(a.name)) return;
  const h5::VariableOptions o{.units = a.units, .long_name = a.long_name};
  if (!a.numbers.empty()) {
    g.create_coordinate<double>(a.name, a.numbers, o);
  } else {
    g.create_dimension(a.name, a.length);
    if (!a.texts.empty()) stream::write_strings(g, a.name + "_name", {a.name}, a.texts, o);
  }
}

void write_shard(const fs::path& path, const Rows_schema& schema, const Tile& tile) {
  const fs::path partial = path.string() + ".partial";
  auto file = h5::File::create(partial);
  {
    auto g = file.root();
    g.set_attribute("first_row", static_cast<std::int64_t>(tile.first()));
    g.set_attribute("rows", static_cast<std::int64_t>(tile.count()));
    g.create_dimension(schema.dimension, tile.count());
    for (const auto& a : schema.axes) g.create_dimension(a.name, a.length);
    for (std::size_t i = 0; i < schema.variables.size(); ++i) {
      create_row_variable(g, schema.dimension, schema.variables[i]);
      stream::Writer w(g.dataset(schema.variables[i].name));
      w.append_bytes(tile.bytes(i));
      w.finish();
    }
  }
  file.close();
  h5::publish(partial, path);
}

std::string checksum_of_file(const fs::path& path) {
  const int fd = ::open(path.c_str(), O_RDONLY);
  if (fd < 0) throw IoError("{}: {}", path.string(), std::strerror(errno));
  std::vector<std::byte> block(std::size_t{4} << 20);
  std::uint32_t crc = 0;
  for (;;) {
    const auto n = ::read(fd, block.data(), block.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      const int saved = errno;
      ::close(fd);
      throw IoError("{}: {}", path.string(), std::strerror(saved));
    }
    if (n == 0) break;
    crc = libdeflate_crc32(crc, block.data(), static_cast<std::size_t>(n));
  }
  ::close(fd);
  return fmt::format("{:08x}", crc);
}

// ---- writer ----

Writer::Writer(const fs::path& path, const city::Crs& crs, const std::string& job, const Json& title,
               const Json& provenance)
    : draft_(path), crs_(crs) {
  auto root = draft_.root();
  root.set_attribute("Conventions", "CF-1.10");
  root.set_attribute("dosi_kind", "result");
  root.set_attribute("dosi_schema", kSchema);
  root.set_attribute("complete", 0);
  root.set_attribute("job", job);
  root.set_attribute("title", title.at("en").get<std::string>());
  root.set_attribute("title_ko", title.at("ko").get<std::string>());
  root.set_attribute("provenance", text_of(provenance));
  root.set_attribute("history", provenance.value("started", "") + " " + provenance.value("command", ""));
  city::write_crs(root, crs);
}

h5::Group Writer::create_table(const std::string& name, Table_kind kind, const std::string& dimension, std::size_t rows,
                               const std::string& title) {
  auto g = draft_.root().create_group(name);
  g.set_attribute("dosi_table", name_of(kind));
  g.set_attribute("rows", static_cast<std::int64_t>(rows));
  g.set_attribute("row_dimension", dimension);
  if (!title.empty()) g.set_attribute("title", title);
  if (kind != Table_kind::rows) city::write_crs(g, crs_);
  g.create_dimension(dimension, rows);
  return g;
}

void Writer::add_shards(const Rows_schema& schema, Table_kind kind, const std::vector<fs::path>& shards) {
  auto g = create_table(schema.table, kind, schema.dimension, schema.rows, draft_.root().string_attribute("title"));
  for (const auto& a : schema.axes) create_axis(g, a);
  for (const auto& v : schema.variables) {
    auto out = create_row_variable(g, schema.dimension, v);
    stream::Writer writer(g.dataset(v.name));
    const std::size_t row = schema.elements_a_row(v) * v.type.size;
    const std::size_t rows_a_block = std::max<std::size_t>(1, (std::size_t{4} << 20) / std::max<std::size_t>(1, row));
    std::vector<std::byte> block;
    std::size_t next = 0;
    for (const auto& path : shards) {
      const auto shard = h5::File::open(path);
      const auto root = shard.root();
      if (root.number_attribute("first_row").value_or(-1) != static_cast<double>(next))
        throw DataError("{}: does not start at row {}", path.string(), next);
      auto d = root.dataset(v.name);
      if (d.type() != v.type || d.row_bytes() != row)
        throw DataError("{}: {}: has another shape than its result", path.string(), v.name);
      const std::size_t rows = d.rows();
      stream::Reader reader(std::move(d));
      for (std::size_t done = 0; done < rows;) {
        const std::size_t n = std::min(rows_a_block, rows - done);
        block.resize(n * row);
        reader.read_bytes(block.data(), n);
        writer.append_bytes(block);
        done += n;
      }
      next += rows;
    }
    if (next != schema.rows)
      throw DataError("{}: shards hold {} of {} rows", draft_.final_name().string(), next, schema.rows);
    writer.finish();
  }
}

void Writer::set_panels(const Json& panels) { draft_.root().set_attribute("panels", text_of(panels)); }
void Writer::set_summary(const Json& summary) { draft_.root().set_attribute("summary", text_of(summary)); }

void Writer::publish() {
  draft_.root().set_attribute("complete", 1);
  draft_.publish();
}

// ---- reader ----

Result Result::open(const fs::path& path) {
  Result r(h5::File::open(path));
  const auto root = r.root();
  const auto kind = root.string_attribute("dosi_kind");
  if (kind == "city") throw DataError("{}: is a city, a result is needed", path.string());
  if (kind != "result") throw DataError("{}: is HDF5 but not a result (no dosi_kind = \"result\")", path.string());
  if (const auto s = root.number_attribute("dosi_schema").value_or(0); s != kSchema)
    throw DataError("{}: result schema {} is not the schema {} that this program reads", path.string(), s, kSchema);
  if (root.number_attribute("complete").value_or(0) != 1) throw DataError("{}: is not complete", path.string());
  return r;
}

Json Result::json_attribute(const std::string& name) const {
  const auto text = root().string_attribute(name);
  if (text.empty()) return Json::object();
  try {
    return Json::parse(text);
  } catch (const Json::exception& e) {
    throw DataError("{}: attribute {} is not JSON: {}", file_.name(), name, e.what());
  }
}

std::vector<std::string> Result::tables() const {
  std::vector<std::string> out;
  const auto r = root();
  for (const auto& n : r.groups())
    if (r.group(n).has_attribute("dosi_table")) out.push_back(n);
  return out;
}

Table_kind Result::kind(const std::string& table) const {
  const auto k = root().group(table).string_attribute("dosi_table");
  for (const auto kind : {Table_kind::rows, Table_kind::points, Table_kind::zones, Table_kind::grid, Table_kind::slice})
    if (k == name_of(kind)) return kind;
  throw DataError("{}: {}: is no kind of table this program knows: '{}'", file_.name(), table, k);
}

namespace {

// How a step of an axis is called: "10 min" for 600 s, "hospital", "2".
std::vector<std::string> step_names(const h5::Group& g, const std::string& axis, std::size_t length) {
  std::vector<std::string> out;
  if (g.has(axis + "_name")) return stream::read_strings(g, axis + "_name");
  const auto d = g.dataset(axis);
  if (d.string_attribute("NAME").rfind("This is a netCDF dimension", 0) == 0) {
    for (std::size_t i = 1; i <= length; ++i) out.push_back(std::to_string(i));
    return out;
  }
  const auto units = d.string_attribute("units");
  for (const double v : stream::read_as_double(g, axis)) {
    if (units == "s" && v >= 60 && std::fmod(v, 60) == 0) out.push_back(fmt::format("{:g} min", v / 60));
    else out.push_back(units.empty() || units == "1" ? fmt::format("{:g}", v) : fmt::format("{:g} {}", v, units));
  }
  return out;
}

}  // namespace

std::string flat_name(const std::string& variable, const std::vector<std::string>& steps) {
  std::string suffix;
  for (const auto& s : steps) suffix += "_" + s;
  std::replace(suffix.begin(), suffix.end(), ' ', '_');
  return variable + suffix;
}

city::Table Result::flat_table(const std::string& table, std::size_t widest, std::vector<std::string>* left_out) const {
  const auto g = root().group(table);
  const auto dimension = g.string_attribute("row_dimension");
  city::Table t;
  t.rows = g.dimension_length(dimension);
  for (const auto& name : g.variables()) {
    const auto d = g.dataset(name);
    const auto dims = d.dimension_names();
    if (dims.empty() || dims[0] != dimension) continue;
    if (d.row_elements() <= widest) add_flat(t, g, name);
    else if (left_out != nullptr) left_out->push_back(name);
  }
  return t;
}

city::Table Result::flat_columns(const std::string& table, const std::vector<std::string>& columns) const {
  const auto g = root().group(table);
  const auto dimension = g.string_attribute("row_dimension");
  city::Table t;
  t.rows = g.dimension_length(dimension);
  for (const auto& name : g.variables()) {
    const auto dims = g.dataset(name).dimension_names();
    if (dims.empty() || dims[0] != dimension) continue;
    const bool asked = std::any_of(columns.begin(), columns.end(), [&](const std::string& c) {
      return dims.size() == 1 ? c == name : c.starts_with(name + "_");
    });
    if (asked) add_flat(t, g, name);
  }
  return t;
}

void Result::add_flat(city::Table& t, const h5::Group& g, const std::string& name) const {
  const auto d = g.dataset(name);
  const auto dims = d.dimension_names();
  const std::size_t width = d.row_elements();
  if (d.rows() != t.rows)
    throw DataError("{}: {}: has {} rows, its table has {}", file_.name(), d.path(), d.rows(), t.rows);
  const auto units = d.string_attribute("units"), long_name = d.string_attribute("long_name", name);
  if (d.type().kind == h5::Kind::string) {
    if (width == 1) t.add(name, stream::read_strings(g, name), long_name);
    return;
  }
  auto values = stream::read_as_double(g, name);
  if (const auto fill = d.number_attribute("_FillValue"); fill && !std::isnan(*fill))
    std::replace(values.begin(), values.end(), *fill, std::nan(""));
  if (dims.size() == 1) {
    t.add(name, std::move(values), units, long_name);
    return;
  }
  std::vector<std::vector<std::string>> steps;
  for (std::size_t i = 1; i < dims.size(); ++i) {
    steps.push_back(step_names(g, dims[i], d.shape()[i]));
    if (steps.back().size() != d.shape()[i])
      throw DataError("{}: {}: has {} steps along {}, which names {}", file_.name(), d.path(), d.shape()[i], dims[i],
                      steps.back().size());
  }
  for (std::size_t w = 0; w < width; ++w) {
    std::vector<std::string> of(steps.size());
    std::size_t rest = w;
    for (std::size_t i = dims.size(); i-- > 1;) {
      of[i - 1] = steps[i - 1][rest % d.shape()[i]];
      rest /= d.shape()[i];
    }
    std::vector<double> column(t.rows);
    for (std::size_t r = 0; r < t.rows; ++r) column[r] = values[r * width + w];
    t.add(flat_name(name, of), std::move(column), units, fmt::format("{} ({})", long_name, fmt::join(of, ", ")));
  }
}

}  // namespace dosi::result
