#include "kernels/gwr/row_basis.hpp"

#include <algorithm>
#include <cmath>

namespace dosi::gwr {
namespace {

double product(const double* a, const double* b, std::size_t n) {
  double sum = 0;
#pragma omp simd reduction(+ : sum)
  for (std::size_t i = 0; i < n; ++i) sum += a[i] * b[i];
  return sum;
}

void take_off(double* from, const double* what, double times, std::size_t n) {
#pragma omp simd
  for (std::size_t i = 0; i < n; ++i) from[i] -= times * what[i];
}

}  // namespace

Row_basis row_basis(std::span<const float> rows, std::size_t width, double least, std::size_t step) {
  const std::size_t count = width > 0 ? rows.size() / width : 0, most = std::min(width, count);
  std::vector<double> left(rows.begin(), rows.end()), found, squares(count);
  for (std::size_t i = 0; i < count; ++i) squares[i] = product(&left[i * width], &left[i * width], width);
  constexpr double kRounding = 1e-20;  // of the squares of all rows: what is left then is no direction any more
  double at_first = 0;
  for (const double s : squares) at_first += s;
  std::size_t rank = 0;
  for (; rank < most; ++rank) {
    double all = 0;
    for (const double s : squares) all += s;
    if ((all <= least * least && rank % step == 0) || !(all > kRounding * at_first)) break;
    const auto largest = static_cast<std::size_t>(std::max_element(squares.begin(), squares.end()) - squares.begin());
    std::vector<double> next(&left[largest * width], &left[largest * width] + width);
    for (int twice = 0; twice < 2; ++twice) {  // what rounding left of those before
      for (std::size_t r = 0; r < rank; ++r)
        take_off(next.data(), &found[r * width], product(next.data(), &found[r * width], width), width);
      const double length = std::sqrt(product(next.data(), next.data(), width));
      for (double& v : next) v /= length;
    }
    for (std::size_t i = 0; i < count; ++i) {
      take_off(&left[i * width], next.data(), product(&left[i * width], next.data(), width), width);
      squares[i] = i == largest ? 0 : product(&left[i * width], &left[i * width], width);
    }
    found.insert(found.end(), next.begin(), next.end());
  }
  Row_basis basis{width, (rank + step - 1) / step * step, {}};
  basis.vectors.assign(width * basis.rank, 0);
  for (std::size_t r = 0; r < rank; ++r)
    for (std::size_t c = 0; c < width; ++c)
      basis.vectors[c * basis.rank + r] = static_cast<float>(found[r * width + c]);
  return basis;
}

}  // namespace dosi::gwr
