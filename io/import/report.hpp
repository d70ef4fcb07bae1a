// What an import did: rows read and kept, rows rejected by reason and whole, what a join left over, what was
// decided on the user's behalf. Nothing is dropped that is not counted here.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace dosi::imports {

struct Reject {
  std::uint64_t row = 0;  // line of a CSV file, or number of a feature, from 1
  std::string reason;
  std::vector<std::string> cells;  // may be fewer or more than the columns
};

struct Reject_list {
  std::string part;  // "", "nodes", "edges": goes into the file's name
  std::vector<std::string> columns;
  std::vector<Reject> rows;
  void add(std::uint64_t row, std::string reason, std::vector<std::string> cells) {
    rows.push_back({row, std::move(reason), std::move(cells)});
  }
};

struct Join_report {
  std::string file;
  std::uint64_t rows = 0, matched = 0;
  Reject_list rows_unmatched;                // rows of the table without a zone, with the reason
  std::vector<std::string> zones_unmatched;  // keys of zones without a row
};

struct Import_report {
  std::string kind, layer;
  std::vector<std::string> files;
  std::string encoding, source_crs, city_crs;
  std::uint64_t read = 0, kept = 0, repaired = 0;
  std::map<std::string, std::uint64_t> counts;  // more about what was kept, e.g. "arcs for drive"
  std::vector<Reject_list> rejects;
  std::vector<Join_report> joins;  // none or one
  std::vector<std::string> notes;  // defaults assumed, columns found

  std::map<std::string, std::uint64_t> rejected_by_reason() const;
  std::uint64_t rejected() const;
};

// A few lines for a person.
std::string summary(const Import_report& report);
nlohmann::ordered_json as_json(const Import_report& report);

// The files beside the city: <city>.<layer>[.<part>].rejects.csv and <city>.<layer>.unmatched.csv.
std::filesystem::path rejects_path(const std::filesystem::path& city, const std::string& layer,
                                   const std::string& part);
std::filesystem::path unmatched_path(const std::filesystem::path& city, const std::string& layer);
// UTF-8 with the original columns, then row and reason. Fields past the header come in a column `extra`.
void write_rejects(const std::filesystem::path& path, const Reject_list& rejects);

}  // namespace dosi::imports
