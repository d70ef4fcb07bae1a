#include "io/import/points.hpp"

#include <cmath>

#include "io/import/columns.hpp"
#include "io/import/place.hpp"
#include "io/import/text.hpp"

namespace dosi::imports {

Points_import import_points(const Points_request& q, const Target& target) {
  Points_import out;
  auto& report = out.report;
  const Frame frame = read_frame(q.file, q.layer, q.encoding, q.x.empty() ? Shapes::without_coordinates : Shapes::none);
  const auto numbers = fields_named(frame, q.numbers);
  fields_named(frame, q.columns);

  auto places = place(
      frame,
      {.x = q.x, .y = q.y, .crs = q.crs, .extent = q.extent, .margin = q.margin, .repair_swapped = q.repair_swapped},
      target, report.notes);
  report.kind = "points";
  report.files = {frame.file};
  report.encoding = frame.encoding;
  report.source_crs = places.source.name;
  report.city_crs = places.city.name;
  report.read = frame.read();
  Reject_list rejects = frame.faults;
  std::vector<std::size_t> rows;
  for (std::size_t r = 0; r < frame.rows(); ++r) {
    std::string reason = places.reason[r];
    for (std::size_t k = 0; reason.empty() && k < numbers.size(); ++k) {
      const auto cell = frame.cell(r, numbers[k]);
      const auto v = number_in(cell);
      if (!is_missing(cell) && (!v || !std::isfinite(*v)))
        reason = fmt::format("not a number: {}", frame.fields[numbers[k]].name);
    }
    if (reason.empty()) rows.push_back(r);
    else rejects.add(frame.numbers[r], std::move(reason), frame.cells(r));
  }
  report.kept = rows.size();
  report.repaired = places.repaired;
  report.rejects.push_back(std::move(rejects));
  if (rows.empty()) {
    Problems none;
    for (const auto& [reason, n] : report.rejected_by_reason()) none.add("{} rows: {}", n, reason);
    none.raise_if_any(Exit::bad_data, fmt::format("{}: no point is left; read as {}", frame.file, places.source.name));
  }

  if (report.rejected() > report.kept)
    report.notes.push_back(fmt::format("{}: more rows were rejected than kept; is {} the right CRS for it?", frame.file,
                                       places.source.name));

  out.crs = places.city;
  out.points.x.reserve(rows.size());
  out.points.y.reserve(rows.size());
  for (const auto r : rows) {
    out.points.x.push_back(places.x[r]);
    out.points.y.push_back(places.y[r]);
  }
  out.points.attributes.rows = rows.size();
  for (const auto f : kept_fields(frame, q.columns, places.fields))
    out.points.attributes.columns.push_back(make_column(frame, f, rows, report.notes));
  return out;
}

}  // namespace dosi::imports
