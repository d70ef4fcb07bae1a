#include "io/import/report.hpp"

#include <algorithm>

#include "io/error.hpp"
#include "io/files.hpp"
#include "io/import/csv.hpp"

namespace dosi::imports {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kListed = 20;

fs::path beside(const fs::path& city, const std::string& tail) {
  const std::string ending = city.extension().string();
  const bool known = ending == ".h5" || ending == ".hdf5" || ending == ".nc";
  return city.parent_path() / ((known ? city.stem() : city.filename()).string() + "." + tail);
}

std::string unused(std::string name, const std::vector<std::string>& taken) {
  while (std::find(taken.begin(), taken.end(), name) != taken.end()) name += "_";
  return name;
}

}  // namespace

std::map<std::string, std::uint64_t> Import_report::rejected_by_reason() const {
  std::map<std::string, std::uint64_t> out;
  for (const auto& list : rejects)
    for (const auto& r : list.rows) ++out[(list.part.empty() ? "" : list.part + ": ") + r.reason];
  return out;
}

std::uint64_t Import_report::rejected() const {
  std::uint64_t n = 0;
  for (const auto& list : rejects) n += list.rows.size();
  return n;
}

std::string summary(const Import_report& r) {
  std::string out = fmt::format("{}:{}  read {}, kept {}, rejected {}", r.kind, r.layer, r.read, r.kept, r.rejected());
  if (r.repaired > 0) out += fmt::format(", repaired {}", r.repaired);
  out += "\n";
  if (!r.encoding.empty()) out += fmt::format("  encoding {}\n", r.encoding);
  out += fmt::format("  {} -> {}\n", r.source_crs, r.city_crs);
  for (const auto& [what, n] : r.counts) out += fmt::format("  {}: {}\n", what, n);
  for (const auto& [reason, n] : r.rejected_by_reason()) out += fmt::format("  rejected {}: {}\n", n, reason);
  for (const auto& j : r.joins) {
    out += fmt::format("  join {}: {} of {} rows matched, {} without a zone; {} zones without a row\n", j.file,
                       j.matched, j.rows, j.rows_unmatched.rows.size(), j.zones_unmatched.size());
    for (std::size_t i = 0; i < std::min(kListed, j.rows_unmatched.rows.size()); ++i) {
      const auto& row = j.rows_unmatched.rows[i];
      out += fmt::format("    row {}: {}\n", row.row, row.reason);
    }
    if (j.rows_unmatched.rows.size() > kListed)
      out += fmt::format("    … and {} rows more\n", j.rows_unmatched.rows.size() - kListed);
    for (std::size_t i = 0; i < std::min(kListed, j.zones_unmatched.size()); ++i)
      out += fmt::format("    zone without a row: {}\n", j.zones_unmatched[i]);
    if (j.zones_unmatched.size() > kListed)
      out += fmt::format("    … and {} zones more\n", j.zones_unmatched.size() - kListed);
  }
  return out;
}

nlohmann::ordered_json as_json(const Import_report& r) {
  nlohmann::ordered_json j;
  j["kind"] = r.kind;
  j["layer"] = r.layer;
  j["files"] = r.files;
  if (!r.encoding.empty()) j["encoding"] = r.encoding;
  j["source_crs"] = r.source_crs;
  j["city_crs"] = r.city_crs;
  j["read"] = r.read;
  j["kept"] = r.kept;
  j["repaired"] = r.repaired;
  j["rejected"] = r.rejected();
  j["rejected_by_reason"] = r.rejected_by_reason();
  j["counts"] = r.counts;
  j["notes"] = r.notes;
  for (const auto& join : r.joins) {
    nlohmann::ordered_json rows = nlohmann::ordered_json::array();
    for (const auto& row : join.rows_unmatched.rows) rows.push_back({{"row", row.row}, {"reason", row.reason}});
    j["join"] = {{"file", join.file},
                 {"rows", join.rows},
                 {"matched", join.matched},
                 {"rows_unmatched", rows},
                 {"zones_unmatched", join.zones_unmatched}};
  }
  return j;
}

fs::path rejects_path(const fs::path& city, const std::string& layer, const std::string& part) {
  return beside(city, layer + (part.empty() ? "" : "." + part) + ".rejects.csv");
}

fs::path unmatched_path(const fs::path& city, const std::string& layer) {
  return beside(city, layer + ".unmatched.csv");
}

void write_rejects(const fs::path& path, const Reject_list& list) {
  const bool extra = std::any_of(list.rows.begin(), list.rows.end(),
                                 [&](const auto& r) { return r.cells.size() > list.columns.size(); });
  auto header = list.columns;
  if (extra) header.push_back(unused("extra", header));
  header.push_back(unused("row", header));
  header.push_back(unused("reason", header));
  std::string text = csv_line(header) + '\n';
  for (const auto& r : list.rows) {
    auto cells = r.cells;
    std::string tail;
    if (cells.size() > list.columns.size()) {
      tail = csv_line(std::span(cells).subspan(list.columns.size()));
      if (tail.empty()) tail = ",";
    }
    cells.resize(list.columns.size());
    if (extra) cells.push_back(tail);
    cells.push_back(fmt::format("{}", r.row));
    cells.push_back(r.reason);
    text += csv_line(cells) + '\n';
  }
  write_file(path, text);
}

}  // namespace dosi::imports
