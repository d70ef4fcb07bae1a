// One self-contained page of one or more results: maps, distributions, tables, provenance.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace dosi::report {

struct Page_options {
  std::string title;            // empty: made from the results
  std::string language = "en";  // or "ko": what the page shows first; it holds both
};

// Writes `page` (through <page>.partial). Works offline: scripts, styles and data are inside.
// DataError where a result is damaged or not complete, IoError where the page cannot be written.
void write_page(const std::vector<std::filesystem::path>& results, const std::filesystem::path& page,
                const Page_options& options);

}  // namespace dosi::report
