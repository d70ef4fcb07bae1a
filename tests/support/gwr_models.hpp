// Models for tests of `gwr`: random, skewed and hostile.
#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "kernels/core/philox.hpp"
#include "kernels/gwr/gwr.hpp"

namespace dosi::test_support {

struct Gwr_lists {
  std::vector<std::uint64_t> first = {};
  std::vector<std::uint32_t> place = {}, distance = {};
  gwr::Listed view() const { return {first, place, distance, 1.0 / 60'000}; }
};

struct Gwr_model {
  std::string name;
  std::vector<double> x, y, design, response, z = {}, t = {};
  std::size_t columns = 0;
  bool intercept = true;
  double radius = 0;
  Gwr_lists near = {};

  gwr::Model view() const {
    gwr::Model m{x, y, design, columns, response, intercept};
    m.z = z;
    m.radius = radius;
    m.t = t;
    m.near = near.view();
    return m;
  }
  std::size_t size() const { return x.size(); }
};

enum class Layout { even, skewed, line, stacked };

// n places with smooth coefficient surfaces and noise. skewed: most places in a small corner; line: all on one;
// stacked: about three at each of n / 3 points. `columns` with the intercept, where there is one.
inline Gwr_model gwr_model(std::size_t n, std::size_t columns, Layout layout, bool intercept = true,
                           std::uint64_t seed = 1) {
  Gwr_model m;
  m.name = std::to_string(n) + " places, " + std::to_string(columns) + " columns, layout " +
           std::to_string(static_cast<int>(layout));
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
      const double v =
          c == 0 && intercept ? 1 : static_cast<double>(c) * 10 + random.normal() * (1 + static_cast<double>(c));
      m.design.push_back(v);
      response += v * (1 + std::sin(3 * x + static_cast<double>(c)) * std::cos(2 * y));
    }
    m.response.push_back(response + random.normal());
  }
  return m;
}

// The same places on a sphere, as many metres around its north pole, or with `spread` 2 all over it.
inline void put_on_sphere(Gwr_model& m, double radius, double spread = 0) {
  m.radius = radius;
  m.z.clear();
  for (std::size_t i = 0; i < m.size(); ++i) {
    const double around =
        spread > 0 ? 6.28 * (m.x[i] - 200'000) / 10'000 : std::atan2(m.y[i] - 555'000, m.x[i] - 205'000);
    const double down = spread > 0 ? std::acos(1 - spread * (m.y[i] - 550'000) / 10'000)
                                   : std::hypot(m.x[i] - 205'000, m.y[i] - 555'000) / radius;
    m.x[i] = radius * std::sin(down) * std::cos(around);
    m.y[i] = radius * std::sin(down) * std::sin(around);
    m.z.push_back(radius * std::cos(down));
  }
}

// Times of a model on the sphere, up to `metres` apart.
inline void put_in_time(Gwr_model& m, double metres) {
  for (std::size_t i = 0; i < m.size(); ++i) m.t.push_back(metres * Random(17, i).uniform());
}

// Lists of the `most` nearest of `places` for each of `from`, itself with 0 where both are the same, by a distance in
// ms that is longer one way than the other, and that some never reach: as times over streets. Many are equal.
inline Gwr_lists lists_of(const Gwr_model& from, const Gwr_model& places, std::size_t most, bool same) {
  Gwr_lists out{{0}, {}, {}};
  for (std::size_t i = 0; i < from.size(); ++i) {
    std::vector<std::pair<std::uint32_t, std::uint32_t>> near;
    for (std::uint32_t j = 0; j < places.size(); ++j) {
      const double d = std::fabs(from.x[i] - places.x[j]) + 1.3 * std::fabs(from.y[i] - places.y[j]) + (i > j ? 40 : 0);
      if (i % 7 == 3 && d > 3000) continue;
      near.emplace_back(same && i == j ? 0 : static_cast<std::uint32_t>(d / 50) * 2000 + 1000, j);
    }
    std::sort(near.begin(), near.end());
    for (std::size_t e = 0; e < std::min(most, near.size()); ++e) {
      out.distance.push_back(near[e].first);
      out.place.push_back(near[e].second);
    }
    out.first.push_back(out.place.size());
  }
  return out;
}

}  // namespace dosi::test_support
