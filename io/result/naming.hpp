// Which column names the rows of a table, for pages and exports.
#pragma once

#include <string>
#include <vector>

#include "io/result/result.hpp"

namespace dosi::result {

// The column of text that is called as names are (label, name, 이름, 사업장명, …), else the first that most rows have a
// value in; nullptr where there is none.
const city::Column* naming_column(const city::Table& table);
// The name of each row of a table of the result; empty where the table is not there or has no text.
std::vector<std::string> place_names(const Result& result, const std::string& table);

}  // namespace dosi::result
