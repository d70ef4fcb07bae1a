// The directions that the rows of a matrix lie in.
#include "kernels/gwr/row_basis.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "kernels/core/philox.hpp"

namespace dosi::gwr {
namespace {

// `count` rows that are sums of `strength.size()` directions of `width` numbers, each of about its strength.
std::vector<float> rows_of(std::size_t count, std::size_t width, const std::vector<double>& strength) {
  Random random(7, 1);
  std::vector<double> direction;
  for (std::size_t i = 0; i < strength.size() * width; ++i)
    direction.push_back(random.normal() / std::sqrt(static_cast<double>(width)));
  std::vector<float> rows;
  for (std::size_t i = 0; i < count; ++i) {
    std::vector<double> row(width, 0);
    for (std::size_t d = 0; d < strength.size(); ++d) {
      const double times = strength[d] * random.normal();
      for (std::size_t c = 0; c < width; ++c) row[c] += times * direction[d * width + c];
    }
    rows.insert(rows.end(), row.begin(), row.end());
  }
  return rows;
}

// The root of the sum of squares of what the directions leave of the rows.
double left_of(const std::vector<float>& rows, const Row_basis& basis) {
  double all = 0;
  for (std::size_t i = 0; i < rows.size() / basis.width; ++i) {
    std::vector<double> left(&rows[i * basis.width], &rows[i * basis.width] + basis.width);
    const std::vector<double> row = left;
    for (std::size_t r = 0; r < basis.rank; ++r) {
      double times = 0;
      for (std::size_t c = 0; c < basis.width; ++c) times += row[c] * basis.vectors[c * basis.rank + r];
      for (std::size_t c = 0; c < basis.width; ++c) left[c] -= times * basis.vectors[c * basis.rank + r];
    }
    for (const double v : left) all += v * v;
  }
  return std::sqrt(all);
}

TEST(Gwr_row_basis, leaves_no_more_than_asked_in_as_few_directions_as_there_are) {
  const auto rows = rows_of(60, 32, {10, 1, 0.1, 1e-3, 1e-5});
  for (const auto& [least, most] : {std::pair{20.0, 1}, {0.1, 3}, {1e-3, 5}, {1e-5, 8}}) {
    const auto basis = row_basis(rows, 32, least, 1);
    EXPECT_LE(basis.rank, static_cast<std::size_t>(most)) << least;
    EXPECT_LE(left_of(rows, basis), 1.01 * least + 1e-5) << least;
    if (basis.rank > 1) {
      EXPECT_GT(left_of(rows, row_basis(rows, 32, 10 * least + 1, 1)), least) << "fewer would have done";
    }
  }
}

TEST(Gwr_row_basis, directions_are_orthonormal_and_filled_up_to_a_multiple) {
  const auto rows = rows_of(60, 48, {1, 0.5, 0.1, 1e-2, 1e-3, 1e-4});
  const auto basis = row_basis(rows, 48, 1e-2, 16);
  ASSERT_EQ(basis.rank, 16u);
  for (std::size_t a = 0; a < basis.rank; ++a)
    for (std::size_t b = 0; b <= a; ++b) {
      double product = 0;
      for (std::size_t c = 0; c < 48; ++c)
        product += static_cast<double>(basis.vectors[c * basis.rank + a]) * basis.vectors[c * basis.rank + b];
      EXPECT_NEAR(product, a == b ? 1 : 0, 1e-6) << a << " and " << b;
    }
}

// Where all is spanned, what rounding leaves is no direction: it would be one of those before, once more.
TEST(Gwr_row_basis, columns_of_zeros_add_no_directions) {
  auto rows = rows_of(60, 32, std::vector<double>(32, 1));
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (i % 32 >= 20) rows[i] = 0;
  const auto basis = row_basis(rows, 32, 0, 32);
  EXPECT_LE(left_of(rows, basis), 1e-5);
  for (std::size_t c = 0; c < 32; ++c)
    for (std::size_t r = 20; r < 32; ++r) EXPECT_EQ(basis.vectors[c * 32 + r], 0.0f);
}

TEST(Gwr_row_basis, fewer_rows_than_a_multiple_leave_zeros_and_nothing_leaves_nothing) {
  const auto rows = rows_of(3, 32, {1, 1, 1});
  const auto basis = row_basis(rows, 32, 0, 16);
  ASSERT_EQ(basis.rank, 16u);
  EXPECT_LE(left_of(rows, basis), 1e-5);
  for (std::size_t c = 0; c < 32; ++c)
    for (std::size_t r = 3; r < 16; ++r) EXPECT_EQ(basis.vectors[c * 16 + r], 0.0f);
  EXPECT_EQ(row_basis(std::vector<float>(96, 0), 32, 1e-9, 16).rank, 0u);
}

}  // namespace
}  // namespace dosi::gwr
