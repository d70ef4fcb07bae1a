// Vertical slices through the flow: what is asked of them, where they lie in a site, and what they show of it.
#pragma once

#include <array>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "host/job/parameter.hpp"
#include "host/wind/flow.hpp"
#include "host/wind/site.hpp"
#include "io/result/result.hpp"

namespace dosi::wind {

// Of `slices`: a line from a point to another, or through a point at a bearing. What a line alone shows to be wrong is
// added to `bad`.
std::vector<Slice_line> read_slices(const job::Json& lines, Problems& bad);

// A slice in a site: columns of cells half a cell apart from its ends, at a cell's distance, by the layers of cells
// from the lowest ground up.
struct Slice {
  std::string name;
  Place_of_site from, to;
  std::vector<double> distance, x, y;  // of the columns, m: along the line; easting and northing
  std::vector<double> height;          // of the layers' middles, m above the terrain's datum

  std::size_t size() const { return distance.size() * height.size(); }
};

class Slices {
 public:
  // UsageError with all lines that leave the box, are too short, or meet no air.
  Slices(const City_site& site, const std::vector<Slice_line>& lines);

  const std::vector<Slice>& all() const { return slices_; }
  // Puts what the slices show into the rows of the runs, one a direction,
  void declare(result::Rows_schema& schema) const;
  void fill(const std::function<std::span<float>(const std::string&)>& values, const Averages& a) const;
  // and takes it out of their table into one of each slice's own.
  void move(result::Writer& result, h5::Group& runs, const std::vector<double>& directions) const;
  void add_panels(result::Json& panels) const;

 private:
  Slice place(const Slice_line& line, Problems& bad) const;
  // [layer][column] of a field of all cells: between the columns of cells around, of which solid ones do not count; NaN
  // where the cell is solid.
  std::vector<float> at(const Slice& s, const std::vector<float>& field) const;
  std::vector<float> standing(const Slice& s) const;
  std::array<double, 2> inside(double x, double y) const;  // in cells from the box's corner, never on a face

  const City_site& site_;
  std::vector<Slice> slices_;
};

}  // namespace dosi::wind
