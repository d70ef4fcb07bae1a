// The few directions that the rows of a matrix lie in.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace dosi::gwr {

struct Row_basis {
  std::size_t width = 0, rank = 0;
  std::vector<float> vectors;  // [width][rank], orthonormal columns
};

// Of `rows` [...][width]: as many directions as leave no more than `least`, the root of the sum of squares, of all rows
// together, and then up to a multiple of `step`, with zeros where there are no more. Each next one is that of the row
// of which most is left (Gram and Schmidt with pivots): the same for the same rows. Rank 0 where nothing is there.
Row_basis row_basis(std::span<const float> rows, std::size_t width, double least, std::size_t step);

}  // namespace dosi::gwr
