// Columns of a table from a list of items.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace dosi::appraise {

// value(item) of each.
template <class Item, class Value>
std::vector<std::uint32_t> counts(const std::vector<Item>& items, const Value& value) {
  std::vector<std::uint32_t> out;
  for (const auto& i : items) out.push_back(static_cast<std::uint32_t>(value(i)));
  return out;
}

template <class Item, class Value>
std::vector<std::string> names(const std::vector<Item>& items, const Value& value) {
  std::vector<std::string> out;
  for (const auto& i : items) out.push_back(value(i));
  return out;
}

}  // namespace dosi::appraise
