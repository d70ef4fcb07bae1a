// Matching a table to zones by name or code.
#include <algorithm>
#include <map>
#include <unordered_map>

#include "io/import/columns.hpp"
#include "io/import/zones.hpp"
#include "io/import/text.hpp"

namespace dosi::imports {
namespace {

using Index = std::unordered_map<std::string, std::vector<std::size_t>>;  // key -> zones

std::string named(const std::vector<std::size_t>& zones, const std::vector<std::string>& keys) {
  std::string out;
  for (std::size_t i = 0; i < std::min<std::size_t>(3, zones.size()); ++i) out += (i == 0 ? "" : ", ") + keys[zones[i]];
  return out + (zones.size() > 3 ? ", …" : "");
}

}  // namespace

Join_result match(const std::vector<std::string>& zone_keys, const Frame& table,
                  const std::vector<std::string>& table_key) {
  constexpr auto npos = static_cast<std::size_t>(-1);
  const auto fields = fields_named(table, table_key);
  Index whole, endings;
  for (std::size_t z = 0; z < zone_keys.size(); ++z) {
    const std::string key = comparable(zone_keys[z]);
    if (key.empty()) continue;
    whole[key].push_back(z);
    for (std::size_t at = key.find(' '); at != std::string::npos; at = key.find(' ', at + 1))
      endings[key.substr(at + 1)].push_back(z);
  }

  Join_result out;
  out.row_of_zone.assign(zone_keys.size(), npos);
  out.report.file = table.file;
  out.report.rows = table.read();
  auto& left = out.report.rows_unmatched;
  left = table.faults;
  Problems twice;
  std::string many;  // the first row that matches several zones
  std::string example;
  for (std::size_t r = 0; r < table.rows(); ++r) {
    std::string shown;
    for (const auto f : fields) shown += (shown.empty() ? "" : " ") + std::string(trimmed(table.cell(r, f)));
    if (example.empty()) example = shown;
    const std::string key = comparable(shown);
    const std::vector<std::size_t>* found = nullptr;
    if (const auto w = whole.find(key); w != whole.end()) found = &w->second;
    else if (const auto e = endings.find(key); e != endings.end()) found = &e->second;
    if (key.empty() || found == nullptr) {
      left.add(table.numbers[r], key.empty() ? "the key is empty" : fmt::format("no zone '{}'", shown), table.cells(r));
      continue;
    }
    if (found->size() > 1) {
      const auto why = fmt::format("'{}' matches {} zones: {}", shown, found->size(), named(*found, zone_keys));
      if (many.empty()) many = why;
      left.add(table.numbers[r], why, table.cells(r));
      continue;
    }
    auto& slot = out.row_of_zone[found->front()];
    if (slot != npos)
      twice.add("rows {} and {} both match the zone '{}'", table.numbers[slot], table.numbers[r],
                zone_keys[found->front()]);
    else slot = r, ++out.report.matched;
  }
  twice.raise_if_any(Exit::bad_data, fmt::format("{}: a zone can take one row", table.file));
  for (std::size_t z = 0; z < zone_keys.size(); ++z)
    if (out.row_of_zone[z] == npos) out.report.zones_unmatched.push_back(zone_keys[z]);
  if (out.report.matched == 0 && !many.empty())
    throw DataError(
        "{}: no row matches one zone alone; {}; --join-on and --zone-key need columns that tell every zone apart",
        table.file, many);
  if (out.report.matched == 0)
    throw DataError("{}: no row matches a zone; a key of the table is '{}', one of the zones '{}'", table.file, example,
                    zone_keys.empty() ? "" : zone_keys.front());
  return out;
}

}  // namespace dosi::imports
