#include "io/import/frame.hpp"

#include <algorithm>
#include <set>

#include "io/error.hpp"
#include "io/import/columns.hpp"
#include "io/import/csv.hpp"

namespace dosi::imports {
namespace fs = std::filesystem;
namespace {

constexpr const char* kShapeColumn = "geometry";

// OGR reads the shape of a bad row into words that users know.
OGRGeometryUniquePtr shape_of(const std::string& wkt) {
  OGRGeometry* g = nullptr;
  CPLPushErrorHandler(CPLQuietErrorHandler);
  const bool ok = OGRGeometryFactory::createFromWkt(wkt.c_str(), nullptr, &g) == OGRERR_NONE;
  CPLPopErrorHandler();
  OGRGeometryUniquePtr shape(g);
  if (!ok) shape.reset();
  return shape;
}

bool names_wkt(const std::string& name) {
  const std::string n = comparable(name);
  return n == "wkt" || n == "geometry" || n == "geom" || n == "the_geom" || n == "_wkt";
}

}  // namespace

void name_fields(std::vector<Field>& fields) {
  std::set<std::string> used;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    std::string base(trimmed(fields[i].name));
    std::replace(base.begin(), base.end(), '\n', ' ');
    if (base.empty()) base = fmt::format("column_{}", i + 1);
    std::string name = base;
    for (int k = 2; !used.insert(name).second; ++k) name = fmt::format("{}_{}", base, k);
    fields[i].name = name;
  }
}

std::vector<std::string> Frame::cells(std::size_t row) const {
  std::vector<std::string> out;
  for (std::size_t f = 0; f < fields.size(); ++f) out.emplace_back(cell(row, f));
  if (shapes.empty()) return out;
  out.emplace_back();
  if (shapes[row] != nullptr) out.back() = shapes[row]->exportToWkt();
  return out;
}

std::vector<std::string> Frame::column_names() const {
  std::vector<std::string> out;
  for (const auto& f : fields) out.push_back(f.name);
  if (!shapes.empty()) out.push_back(kShapeColumn);
  return out;
}

std::size_t Frame::field(const std::string& name) const {
  for (std::size_t f = 0; f < fields.size(); ++f)
    if (fields[f].name == name) return f;
  for (std::size_t f = 0; f < fields.size(); ++f)
    if (comparable(fields[f].name) == comparable(name)) return f;
  std::string known;
  for (const auto& f : fields) known += (known.empty() ? "" : ", ") + f.name;
  throw UsageError("{}: has no column '{}'; its columns are: {}", file, name, known);
}

void Frame::append(std::uint64_t number, const std::vector<std::string>& cells) {
  for (const auto& c : cells) {
    bytes_ += c;
    ends_.push_back(bytes_.size());
  }
  numbers.push_back(number);
}

bool is_table_name(const fs::path& file) {
  const std::string e = comparable(file.extension().string());
  return e == ".csv" || e == ".tsv" || e == ".txt";
}

Frame read_table(const fs::path& file, const std::string& encoding, Shapes shapes) {
  Csv_reader reader(file, encoding);
  Frame frame;
  frame.file = file.string();
  frame.encoding = name_of(reader.encoding());
  Record record;
  if (!reader.next(record)) throw DataError("{}: is empty; a header line is needed", frame.file);
  if (!record.fault.empty())
    throw DataError("{}: line {}: the header cannot be read: {}", frame.file, record.line, record.fault);
  std::size_t wkt = record.cells.size();
  for (std::size_t i = 0; i < record.cells.size(); ++i) {
    frame.fields.push_back({record.cells[i], Field_kind::infer});
    if (shapes != Shapes::none && wkt == record.cells.size() && names_wkt(record.cells[i])) wkt = i;
  }
  if (shapes == Shapes::without_coordinates && has_coordinates(frame)) wkt = record.cells.size();
  const std::size_t width = frame.fields.size();
  const bool shaped = wkt < width;
  if (shaped) frame.fields.erase(frame.fields.begin() + static_cast<std::ptrdiff_t>(wkt));
  name_fields(frame.fields);
  const auto turned = [&](std::vector<std::string> cells) {  // the shape last, as Frame::cells() has it
    if (shaped && wkt < cells.size()) {
      const auto at = cells.begin() + static_cast<std::ptrdiff_t>(wkt);
      std::string text = std::move(*at);
      cells.erase(at);
      cells.insert(cells.begin() + static_cast<std::ptrdiff_t>(std::min(width - 1, cells.size())), std::move(text));
    }
    return cells;
  };
  while (reader.next(record)) {
    if (record.fault.empty() && record.cells.size() != width)
      record.fault = record.cells.size() < width ? "fewer fields than the header" : "more fields than the header";
    auto cells = turned(std::move(record.cells));
    if (record.fault.empty() && shaped) {
      auto shape = shape_of(cells.back());
      if (shape == nullptr && !trimmed(cells.back()).empty()) {
        record.fault = "geometry is not WKT";
      } else {
        frame.shapes.push_back(std::move(shape));
        cells.pop_back();
      }
    }
    if (record.fault.empty()) frame.append(record.line, cells);
    else frame.faults.add(record.line, record.fault, std::move(cells));
  }
  frame.faults.columns = frame.column_names();
  if (shaped && frame.shapes.empty()) frame.faults.columns.push_back(kShapeColumn);
  if (frame.read() == 0) throw DataError("{}: has a header line and no rows", frame.file);
  return frame;
}

Frame read_frame(const fs::path& file, const std::string& layer, const std::string& encoding, Shapes shapes) {
  return is_table_name(file) ? read_table(file, encoding, shapes) : read_features(file, layer, encoding);
}

}  // namespace dosi::imports
