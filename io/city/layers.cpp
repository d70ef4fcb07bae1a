#include "io/city/layers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "io/error.hpp"

namespace dosi::city {

std::vector<double> Column::as_numbers() const {
  if (const auto* d = std::get_if<std::vector<double>>(&values)) return *d;
  if (const auto* w = std::get_if<std::vector<std::int64_t>>(&values)) {
    std::vector<double> out(w->size());
    std::transform(w->begin(), w->end(), out.begin(),
                   [](auto v) { return v == kMissingWhole ? std::nan("") : static_cast<double>(v); });
    return out;
  }
  throw DataError("column '{}' holds text; numbers are needed", name);
}

std::vector<std::string> Column::as_text() const {
  if (const auto* t = std::get_if<std::vector<std::string>>(&values)) return *t;
  std::vector<std::string> out;
  out.reserve(size());
  if (const auto* d = std::get_if<std::vector<double>>(&values))
    for (const double v : *d) out.push_back(std::isnan(v) ? "" : fmt::format("{}", v));
  else
    for (const auto v : std::get<std::vector<std::int64_t>>(values))
      out.push_back(v == kMissingWhole ? "" : fmt::format("{}", v));
  return out;
}

const Column* Table::find(const std::string& name) const {
  const auto it = std::find_if(columns.begin(), columns.end(), [&](const auto& c) { return c.name == name; });
  return it == columns.end() ? nullptr : &*it;
}

Column& Table::add(std::string name, std::vector<double> v, std::string units, std::string long_name) {
  return columns.emplace_back(Column{std::move(name), std::move(units), std::move(long_name), std::move(v)});
}
Column& Table::add(std::string name, std::vector<std::int64_t> v, std::string units, std::string long_name) {
  return columns.emplace_back(Column{std::move(name), std::move(units), std::move(long_name), std::move(v)});
}
Column& Table::add(std::string name, std::vector<std::string> v, std::string long_name) {
  return columns.emplace_back(Column{std::move(name), "", std::move(long_name), std::move(v)});
}

void Network::sort_arcs() {
  std::vector<std::uint32_t> order(arcs());
  std::iota(order.begin(), order.end(), 0u);
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) {
    return std::tie(arc_tail[a], arc_head[a], arc_length[a]) < std::tie(arc_tail[b], arc_head[b], arc_length[b]);
  });
  const auto permute = [&](auto& v) {
    auto out = v;
    for (std::size_t i = 0; i < order.size(); ++i) out[i] = v[order[i]];
    v = std::move(out);
  };
  permute(arc_tail);
  permute(arc_head);
  permute(arc_length);
  permute(arc_class);
  for (auto& [mode, t] : times) permute(t);
}

}  // namespace dosi::city
