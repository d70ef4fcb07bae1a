// What a mistyped name was to be.
#pragma once

#include <string>
#include <vector>

namespace dosi {

// The nearest of `known` by Levenshtein's distance, or "" if none is near.
std::string nearest_name(const std::string& name, const std::vector<std::string>& known);

}  // namespace dosi
