// Inequality by its definitions: every pair of people compared; people counted one by one.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

namespace dosi::reference {

inline double gini(const std::vector<double>& access, const std::vector<double>& people) {
  double difference = 0, everybody = 0, everything = 0;
  for (std::size_t i = 0; i < access.size(); ++i) {
    for (std::size_t j = 0; j < access.size(); ++j)
      difference += people[i] * people[j] * std::fabs(access[i] - access[j]);
    everybody += people[i];
    everything += people[i] * access[i];
  }
  return difference / (2 * everybody * everything);
}

// For whole numbers of people, of whom ten times as many stand in a row, so that tenths are whole.
inline double palma(const std::vector<double>& access, const std::vector<double>& people) {
  std::vector<double> row;
  for (std::size_t i = 0; i < access.size(); ++i)
    row.insert(row.end(), static_cast<std::size_t>(10 * people[i]), access[i]);
  std::sort(row.begin(), row.end());
  const std::size_t tenth = row.size() / 10;
  double worst = 0, best = 0;
  for (std::size_t i = 0; i < 4 * tenth; ++i) worst += row[i];
  for (std::size_t i = 9 * tenth; i < row.size(); ++i) best += row[i];
  return best / worst;
}

}  // namespace dosi::reference
