// Whether two results hold the same answer: every variable of every table, and the summary.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <vector>

#include "io/result/result.hpp"
#include "io/stream/stream.hpp"

namespace dosi::test_support {

struct Comparison {
  std::size_t variables = 0;
  double deviation = 0;  // the largest |a - b| / max(|a|, |b|); infinite where text or missing values differ
  std::vector<std::string> differing;  // "origins/nearest_time"; in any bit
};

inline std::vector<std::byte> bytes_of(const h5::Group& group, const std::string& name) {
  const auto d = group.dataset(name);
  std::vector<std::byte> bytes(d.rows() * d.row_bytes());
  if (!bytes.empty()) d.read_rows(0, d.rows(), bytes.data());
  return bytes;
}

inline double deviation(double a, double b) {
  if (a == b || (std::isnan(a) && std::isnan(b))) return 0;
  const double share = std::abs(a - b) / std::max(std::abs(a), std::abs(b));
  return std::isnan(share) ? std::numeric_limits<double>::infinity() : share;
}

inline double deviation(const h5::Group& a, const h5::Group& b, const std::string& name) {
  const auto type = a.dataset(name).type();
  double most = std::numeric_limits<double>::infinity();
  if (type.kind == h5::Kind::string || type != b.dataset(name).type()) return most;
  const auto left = stream::read_as_double(a, name), right = stream::read_as_double(b, name);
  if (left.size() != right.size()) return most;
  most = std::numeric_limits<double>::denorm_min();  // the bits differ
  for (std::size_t i = 0; i < left.size(); ++i) most = std::max(most, deviation(left[i], right[i]));
  return most;
}

inline Comparison compare(const result::Result& a, const result::Result& b) {
  Comparison c;
  const auto differ = [&](const std::string& what, double by) {
    c.differing.push_back(what);
    c.deviation = std::max(c.deviation, by);
  };
  constexpr double kEntirely = std::numeric_limits<double>::infinity();
  if (a.tables() != b.tables()) differ("the list of tables", kEntirely);
  if (a.summary() != b.summary()) differ("the summary", kEntirely);
  for (const auto& table : a.tables()) {
    if (!b.root().has(table)) continue;
    const auto left = a.root().group(table), right = b.root().group(table);
    if (left.variables() != right.variables()) differ(table + ": the list of variables", kEntirely);
    for (const auto& name : left.variables()) {
      if (!right.has(name)) continue;
      ++c.variables;
      if (bytes_of(left, name) != bytes_of(right, name)) differ(table + "/" + name, deviation(left, right, name));
    }
  }
  return c;
}

}  // namespace dosi::test_support
