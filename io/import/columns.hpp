// Columns of a layer out of text cells: which columns hold the coordinates, what type a column has.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "io/city/layers.hpp"
#include "io/import/frame.hpp"

namespace dosi::imports {

// The first field whose name (compared without case, blanks and '_') is one of `names`.
std::optional<std::size_t> find_field(const Frame& frame, std::span<const char* const> names);
// `given` if not empty (UsageError if there is no such column), else found by name.
std::optional<std::size_t> find_field(const Frame& frame, const std::string& given, std::span<const char* const> names);

struct Coordinate_fields {
  std::size_t x, y;
};
// Columns named as x/y, lon/lat, 경도/위도 and the like, unless given. UsageError if none are found.
// `notes` gets a line that says which.
Coordinate_fields find_coordinates(const Frame& frame, const std::string& x, const std::string& y,
                                   std::vector<std::string>& notes);

bool has_coordinates(const Frame& frame);
// All of `names`, or a UsageError with all that are not there.
std::vector<std::size_t> fields_named(const Frame& frame, const std::vector<std::string>& names);

// One field of the rows chosen. Inferred from all of them: whole numbers if all are, else numbers with blanks as
// missing, else text; codes with leading zeros stay text. `notes` hears of a column that is nearly all numbers,
// and of one that the city keeps under another name.
city::Column make_column(const Frame& frame, std::size_t field, std::span<const std::size_t> rows,
                         std::vector<std::string>& notes);

// The fields to keep: `wanted` if not empty, else all but `without`.
std::vector<std::size_t> kept_fields(const Frame& frame, const std::vector<std::string>& wanted,
                                     const std::vector<std::size_t>& without);

}  // namespace dosi::imports
