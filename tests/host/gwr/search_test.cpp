// The parts around the engine: golden section, distances, Student's t, ordinary least squares.
#include <gtest/gtest.h>

#include <cmath>

#include "host/gwr/least_squares.hpp"
#include "host/gwr/search.hpp"
#include "kernels/gwr/tree.hpp"
#include "tests/reference/gwr.hpp"
#include "tests/support/gwr_models.hpp"

namespace dosi::gwr {
namespace {

using test_support::gwr_model;
using test_support::Layout;

TEST(Gwr_search, golden_section_finds_the_least) {
  int calls = 0;
  // Among whole numbers it may end beside the least, as mgwr's does.
  EXPECT_NEAR(golden_section(42, 500, true,
                             [&](double b) {
                               ++calls;
                               return (b - 123.3) * (b - 123.3);
                             }),
              123, 1);
  EXPECT_LT(calls, 60);
  // Bandwidths too narrow for the model have an infinite score.
  EXPECT_NEAR(golden_section(1, 1000, true, [](double b) { return b < 800 ? INFINITY : (b - 850.3) * (b - 850.3); }),
              850, 1);
  EXPECT_NEAR(golden_section(0.5, 9e5, false, [](double b) { return std::pow(std::log(b / 1234.5), 2); }), 1234.5,
              0.01 * 1234.5);
  EXPECT_EQ(golden_section(10, 10, true, [](double) { return 1.0; }), 10);
}

TEST(Gwr_search, distances_equal_all_pairs) {
  for (const auto layout : {Layout::even, Layout::skewed, Layout::line, Layout::stacked})
    for (const std::size_t n : {2, 3, 57, 400}) {
      const auto m = gwr_model(n, 1, layout);
      double least = INFINITY, most = 0;
      for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j < i; ++j) {
          const double d = std::hypot(m.x[i] - m.x[j], m.y[i] - m.y[j]);
          most = std::max(most, d);
          if (d > 0) least = std::min(least, d);
        }
      EXPECT_EQ(smallest_distance(m.x, m.y), std::isfinite(least) ? least : 0) << m.name;
      EXPECT_EQ(largest_distance(m.x, m.y), most) << m.name;
    }
}

TEST(Gwr_search, tree_holds_every_place_once_in_its_boxes) {
  for (const auto layout : {Layout::even, Layout::skewed, Layout::line, Layout::stacked})
    for (const std::size_t n : {1, 31, 32, 33, 64, 65, 1000}) {
      const auto m = gwr_model(n, 1, layout);
      const auto tree = make_tree(m.x, m.y);
      auto order = tree.order;
      std::sort(order.begin(), order.end());
      for (std::uint32_t i = 0; i < n; ++i) ASSERT_EQ(order[i], i);
      for (std::size_t u = 0; u < tree.nodes.size(); ++u) {
        const auto& node = tree.nodes[u];
        ASSERT_EQ(node.first % kBlock, 0u);
        ASSERT_EQ(node.cluster != kNoCluster, node.last - node.first >= kCluster);
        ASSERT_TRUE(node.skip > u + 1 || node.last - node.first <= kBlock);
        for (auto i = node.first; i < node.last; ++i) {
          const auto p = tree.order[i];
          ASSERT_TRUE(m.x[p] >= node.x0 && m.x[p] <= node.x1 && m.y[p] >= node.y0 && m.y[p] <= node.y1);
        }
      }
    }
}

// From printed tables of the distribution.
TEST(Gwr_search, student_t) {
  EXPECT_NEAR(t_critical(0.05, 10), 2.228139, 1e-6);
  EXPECT_NEAR(t_critical(0.01, 1), 63.656741, 1e-5);
  EXPECT_NEAR(t_critical(0.05, 1e7), 1.959964, 1e-6);
  EXPECT_NEAR(t_critical(0.001, 30), 3.645959, 1e-6);
  EXPECT_NEAR(t_two_sided(2.228139, 10), 0.05, 1e-7);
}

// A local fit with equal weights everywhere is the global one.
TEST(Gwr_search, least_squares_equal_one_wide_fit) {
  for (const bool intercept : {true, false}) {
    const auto m = gwr_model(200, 4, Layout::even, intercept);
    const auto global = least_squares(m.view());
    const auto wide = reference::gwr_fit(m.view(), {Kernel::gaussian, false, 1e12});
    EXPECT_NEAR(global.rss, wide.sums.rss, 1e-9 * global.rss);
    EXPECT_NEAR(global.press, wide.sums.press, 1e-9 * global.press);
    for (std::size_t c = 0; c < 4; ++c) {
      EXPECT_NEAR(global.coefficient[c], wide.places[0].coefficient[c], 1e-8 * (1 + std::fabs(global.coefficient[c])));
      EXPECT_NEAR(global.standard_error[c], std::sqrt(wide.places[0].variance[c] * global.rss / 196),
                  1e-8 * global.standard_error[c]);
    }
    EXPECT_TRUE(collinear_columns(m.view()).empty());
  }
  auto m = gwr_model(200, 4, Layout::even);
  for (std::size_t i = 0; i < 200; ++i) m.design[i * 4 + 3] = 3 * m.design[i * 4 + 1] - 7;
  const auto found = collinear_columns(m.view());
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].first, 3u);
  EXPECT_EQ(found[0].second, std::vector<std::size_t>{1});
  EXPECT_TRUE(std::isnan(least_squares(m.view()).coefficient[3]));
}

}  // namespace
}  // namespace dosi::gwr
