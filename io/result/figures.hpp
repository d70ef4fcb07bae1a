// A table of a result whose columns are at hand whole, one array each, with its names in both languages.
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "io/result/result.hpp"

namespace dosi::result {

class Figures {
 public:
  Figures(Writer& result, const std::string& name, const std::string& row, std::size_t rows, const std::string& title,
          Table_kind kind = Table_kind::rows)
      : group_(result.create_table(name, kind, row, rows, title)), row_(row) {}
  // More columns of a table that is there.
  Figures(h5::Group group, std::string row) : group_(std::move(group)), row_(std::move(row)) {}

  void texts(const std::string& name, const std::vector<std::string>& values, const std::string& english,
             const std::string& korean) {
    stream::write_strings(group_, name, {row_}, values, {.long_name = english}).set_attribute("long_name_ko", korean);
  }
  // `axis`: the name of a further dimension that the table has, with its values by row.
  void numbers(const std::string& name, const std::vector<double>& values, const std::string& english,
               const std::string& korean, const std::string& units = "", const std::string& axis = "") {
    auto d = stream::write_all<double>(
        group_, name, axis.empty() ? std::vector<std::string>{row_} : std::vector<std::string>{row_, axis}, values,
        {.units = units, .long_name = english});
    d.set_attribute("_FillValue", std::nan(""));
    d.set_attribute("long_name_ko", korean);
  }
  void wholes(const std::string& name, const std::vector<std::uint32_t>& values, const std::string& english,
              const std::string& korean) {
    stream::write_all<std::uint32_t>(group_, name, {row_}, values, {.long_name = english})
        .set_attribute("long_name_ko", korean);
  }
  void flags(const std::string& name, const std::vector<std::uint8_t>& values, const std::string& english,
             const std::string& korean) {
    stream::write_all<std::uint8_t>(group_, name, {row_}, values, {.long_name = english})
        .set_attribute("long_name_ko", korean);
  }
  // Of a table of points, in metres.
  void places(const std::vector<double>& x, const std::vector<double>& y) {
    stream::write_all<double>(group_, "x", {row_}, x, {.units = "m", .long_name = "easting"})
        .set_attribute("standard_name", "projection_x_coordinate");
    stream::write_all<double>(group_, "y", {row_}, y, {.units = "m", .long_name = "northing"})
        .set_attribute("standard_name", "projection_y_coordinate");
  }
  h5::Group& group() { return group_; }

 private:
  h5::Group group_;
  std::string row_;
};

// value(item) of each.
template <class Item, class Value>
std::vector<double> each(const std::vector<Item>& items, const Value& value) {
  std::vector<double> out;
  out.reserve(items.size());
  for (const auto& i : items) out.push_back(value(i));
  return out;
}

}  // namespace dosi::result
