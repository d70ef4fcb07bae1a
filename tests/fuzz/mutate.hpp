// Changes to files: of any bytes, of text by its lines and numbers, and of HDF5 by its objects.
#pragma once

#include <filesystem>
#include <random>
#include <string>
#include <vector>

namespace dosi::fuzz {

using Random = std::mt19937_64;

// A few changes to `bytes`: flipped, repeated, cut, joined to a part of `other`; in text also words of the formats and
// numbers at the edge of their range.
std::string mutated(std::string bytes, const std::string& other, bool text, Random& random);

// Changes values, attributes, shapes or links of an HDF5 file through the library. What the library refuses is let be.
void damage(const std::filesystem::path& file, Random& random);

}  // namespace dosi::fuzz
