// Models for tests of `gwr`: random, skewed and hostile.
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "kernels/core/philox.hpp"
#include "kernels/gwr/gwr.hpp"

namespace dosi::test_support {

struct Gwr_model {
  std::string name;
  std::vector<double> x, y, design, response, z = {};
  std::size_t columns = 0;
  bool intercept = true;

  gwr::Model view() const {
    gwr::Model m{x, y, design, columns, response, intercept};
    m.z = z;
    return m;
  }
  std::size_t size() const { return x.size(); }
};

enum class Layout { even, skewed, line, stacked };

// n places with smooth coefficient surfaces and noise. skewed: most places in a small corner; line: all on one; stacked:
// about three at each of n / 3 points. `columns` with the intercept, where there is one.
inline Gwr_model gwr_model(std::size_t n, std::size_t columns, Layout layout, bool intercept = true, std::uint64_t seed = 1) {
  Gwr_model m;
  m.name = std::to_string(n) + " places, " + std::to_string(columns) + " columns, layout " + std::to_string(static_cast<int>(layout));
  m.columns = columns;
  m.intercept = intercept;
  for (std::size_t i = 0; i < n; ++i) {
    Random at(seed, layout == Layout::stacked ? i / 3 : i), random(seed + 1000, i);
    double x = at.uniform(), y = at.uniform();
    if (layout == Layout::skewed && i % 8 != 0) {
      x = x * x * x * 0.01;
      y = y * y * y * 0.01;
    }
    if (layout == Layout::line) y = 0.5;
    m.x.push_back(200'000 + 10'000 * x);
    m.y.push_back(550'000 + 10'000 * y);
    double response = 0;
    for (std::size_t c = 0; c < columns; ++c) {
      const double v = c == 0 && intercept ? 1 : static_cast<double>(c) * 10 + random.normal() * (1 + static_cast<double>(c));
      m.design.push_back(v);
      response += v * (1 + std::sin(3 * x + static_cast<double>(c)) * std::cos(2 * y));
    }
    m.response.push_back(response + random.normal());
  }
  return m;
}

}  // namespace dosi::test_support
