#include "kernels/scan/marks.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>
#include <string>

namespace dosi::scan {
namespace {

// The power of two that brings the magnitudes' sum below 2^52.
int scale_of(const std::vector<double>& values) {
  double sum = 0;
  for (const double v : values) sum += std::abs(v);
  int exponent = 0;
  std::frexp(sum, &exponent);
  return 52 - exponent;
}

void require(bool ok, const std::string& what) {
  if (!ok) throw std::invalid_argument("scan: " + what);
}

}  // namespace

Dealt_marks dealt_marks(const Study& s) {
  const auto& m = s.marks;
  Dealt_marks d;
  d.given.resize(m.cell.size());
  std::iota(d.given.begin(), d.given.end(), 0u);
  d.dealt = static_cast<std::uint32_t>(m.cell.size());
  if (has_groups(s.model)) {
    const auto ratio = group_ratio_of(s);
    const auto largest =
        static_cast<std::uint32_t>(std::max_element(ratio.total, ratio.total + m.groups) - ratio.total);
    std::stable_partition(d.given.begin(), d.given.end(), [&](auto i) { return m.group[i] != largest; });
    d.dealt -= ratio.total[largest];
    d.rows = m.groups - 1;
    for (std::uint32_t k = 0; k < m.groups; ++k)
      if (k != largest) d.group_of_row.push_back(k);
    d.group_of_row.push_back(largest);
    for (const auto i : d.given)
      d.row.push_back(m.group[i] == largest ? kNoRow : m.group[i] - (m.group[i] > largest ? 1 : 0));
  } else {
    std::vector<double> values(m.value.begin(), m.value.end());
    const double mean = s.model == Model::normal
                            ? std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size())
                            : 0;
    for (auto& v : values) v -= mean;
    const int scale = scale_of(values);
    for (const double v : values)
      d.value.push_back(s.model == Model::exponential ? std::max(1.0, std::round(std::ldexp(v, scale)))
                                                      : std::round(std::ldexp(v, scale)));
    if (s.model == Model::exponential) {
      d.rows = 1;
      for (const auto g : m.group) d.row.push_back(g != 0 ? 0 : kNoRow);
    }
  }
  for (const auto i : d.given) d.cell.push_back(m.cell[i]);
  return d;
}

std::vector<std::uint32_t> individuals_of(const Windows& w, const Marks& m) {
  std::vector<std::uint32_t> n(std::size_t{w.places} * w.steps, 0);
  for (const auto c : m.cell) ++n[c];
  return n;
}

Moments moments_of(const std::vector<double>& values) {
  Moments m;
  for (const double v : values) m.sum += v;
  const double mean = m.sum / static_cast<double>(values.size());
  for (const double v : values) m.squares += (v - mean) * (v - mean);
  return m;
}

Group_ratio group_ratio_of(const Study& s) {
  Group_ratio r{.model = s.model,
                .high = s.rates != Rates::low,
                .low = s.rates != Rates::high,
                .groups = s.marks.groups,
                .all = static_cast<std::uint32_t>(s.marks.cell.size())};
  for (const auto g : s.marks.group) ++r.total[g];
  for (std::uint32_t k = 0; k < r.groups; ++k) r.one_share[k] = static_cast<double>(r.all) / r.total[k];
  return r;
}

void check_marks(const Windows& w, const Study& s) {
  const auto& m = s.marks;
  const std::size_t n = m.cell.size(), cells = std::size_t{w.places} * w.steps;
  require(n >= 2 && n < kMostMarks, std::to_string(n) + " individuals, must be 2 to 2^24 - 1");
  require(std::all_of(m.cell.begin(), m.cell.end(), [&](auto c) { return c < cells; }), "an individual is in no cell");
  require(s.null == Null::marks, "models of marks deal marks");
  require(m.value.size() == (has_groups(s.model) ? 0 : n), "values must be [individual]");
  require(m.group.size() == (s.model == Model::normal ? 0 : n), "groups must be [individual]");
  require(std::all_of(m.value.begin(), m.value.end(), [](double v) { return std::abs(v) <= kMostValue; }),
          "a value is not finite, or beyond 1e100");
  if (s.model == Model::normal) {
    require(std::any_of(m.value.begin(), m.value.end(), [&](double v) { return v != m.value[0]; }),
            "all values are the same");
  } else if (s.model == Model::exponential) {
    require(std::all_of(m.value.begin(), m.value.end(), [](double v) { return v > 0; }), "a time is not more than 0");
    require(std::all_of(m.group.begin(), m.group.end(), [](auto g) { return g <= 1; }),
            "an individual is neither event nor censored");
    require(std::any_of(m.group.begin(), m.group.end(), [](auto g) { return g == 1; }), "there is no event");
  } else {
    require(m.groups >= 2 && m.groups <= kMostGroups,
            std::to_string(m.groups) + " groups, must be 2 to " + std::to_string(kMostGroups));
    require(std::all_of(m.group.begin(), m.group.end(), [&](auto g) { return g < m.groups; }),
            "an individual is in no group");
    const auto ratio = group_ratio_of(s);
    require(std::all_of(ratio.total, ratio.total + m.groups, [](auto t) { return t > 0; }), "a group has nobody");
  }
}

}  // namespace dosi::scan
