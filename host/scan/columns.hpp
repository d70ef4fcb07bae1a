// Columns of a result's tables, with their labels in both languages.
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "io/result/result.hpp"

namespace dosi::scan {

template <class T>
void write_column(h5::Group& table, const std::string& name, const std::vector<std::string>& dimensions,
                  const std::vector<T>& values, const std::string& units, const std::string& english,
                  const std::string& korean) {
  auto d = stream::write_all<T>(table, name, dimensions, values, {.units = units, .long_name = english});
  d.set_attribute("long_name_ko", korean);
  if constexpr (std::is_same_v<T, double>) d.set_attribute("_FillValue", std::nan(""));
}

inline void write_column(h5::Group& table, const std::string& name, const std::string& rows,
                         const std::vector<std::string>& values, const std::string& english,
                         const std::string& korean) {
  stream::write_strings(table, name, {rows}, values, {.long_name = english}).set_attribute("long_name_ko", korean);
}

}  // namespace dosi::scan
