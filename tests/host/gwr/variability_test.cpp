// The Monte Carlo test of spatial variability: its replicas are those of the dense reference, it tells a surface that
// bends from one that does not, and what was interrupted goes on to the same answer.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <numeric>

#include "host/gwr/variability.hpp"
#include "host/job/parameter.hpp"
#include "io/files.hpp"
#include "io/result/result.hpp"
#include "tests/reference/gwr.hpp"
#include "tests/support/gwr_models.hpp"
#include "tests/support/gwr_points.hpp"

namespace dosi::gwr {
namespace {

using job::Json;

Question question(std::size_t replicas) {
  return Question(
      job::Parameters(declared_parameters(),
                      Json{{"layer", "p"}, {"y", "y"}, {"x", {"a", "b"}}, {"replicas", replicas}, {"seed", 9}}, "gwr"));
}

Places places_of(const test_support::Gwr_model& m) {
  Places p;
  p.x = m.x;
  p.y = m.y;
  p.design = m.design;
  p.response = m.response;
  p.terms.assign(m.columns, "term");
  return p;
}

std::vector<double> dense_variances(const Model& m, const Bandwidth& b) {
  const auto fit = reference::gwr_fit(m, b);
  std::vector<double> out;
  for (std::size_t c = 0; c < m.columns; ++c) {
    double mean = 0, square = 0;
    for (const auto& at : fit.places) mean += at.coefficient[c] / static_cast<double>(m.x.size());
    for (const auto& at : fit.places)
      square += (at.coefficient[c] - mean) * (at.coefficient[c] - mean) / static_cast<double>(m.x.size());
    out.push_back(square);
  }
  return out;
}

TEST(Gwr_variability, replicas_are_those_of_the_dense_reference) {
  const auto m = test_support::gwr_model(120, 3, test_support::Layout::even);
  const Bandwidth b{Kernel::bisquare, true, 60};
  const test_support::Temp_folder folder;
  const auto device = Device::choose("cpu", 2);
  const auto found = test_variability(device, question(3), places_of(m), b, folder / "replicas.jsonl");
  const auto observed = dense_variances(m.view(), b);
  std::vector<double> expected(3, 0), larger(3, 0);
  for (std::uint32_t r = 1; r <= 3; ++r) {
    auto dealt = m;
    std::vector<std::size_t> order(120);
    std::iota(order.begin(), order.end(), 0u);
    Random random(9, 0, r);
    for (std::uint32_t i = 119; i > 0; --i) std::swap(order[i], order[random.below(i + 1)]);
    for (std::size_t i = 0; i < 120; ++i) {
      dealt.x[i] = m.x[order[i]];
      dealt.y[i] = m.y[order[i]];
    }
    const auto v = dense_variances(dealt.view(), b);
    for (std::size_t c = 0; c < 3; ++c) {
      expected[c] += v[c] / 3;
      larger[c] += v[c] >= observed[c];
    }
  }
  for (std::size_t c = 0; c < 3; ++c) {
    EXPECT_NEAR(found[c].observed, observed[c], 1e-7 * observed[c]);
    EXPECT_NEAR(found[c].expected, expected[c], 1e-7 * expected[c]);
    EXPECT_NEAR(found[c].p, (1 + larger[c]) / 4, 1e-12);
  }
  // The first replica alone is in the file, and half of the second: the rest is made again, with the same answer.
  const auto whole = read_file(folder / "replicas.jsonl");
  const auto first = whole.find('\n') + 1;
  write_file(folder / "replicas.jsonl", whole.substr(0, first + 9));
  const auto again = test_variability(device, question(3), places_of(m), b, folder / "replicas.jsonl");
  EXPECT_EQ(read_file(folder / "replicas.jsonl"), whole);
  for (std::size_t c = 0; c < 3; ++c) EXPECT_EQ(again[c].expected, found[c].expected);
}

// `bends` counts for more in the east, `flat` for the same everywhere.
TEST(Gwr_variability, tells_what_differs_over_space) {
  std::string text = "x,y,price,bends,flat\n";
  for (std::size_t i = 0; i < 600; ++i) {
    Random r(41, i);
    const double x = 8000 * r.uniform(), a = r.normal(), b = r.normal();
    text += fmt::format("{:.3f},{:.3f},{:.5f},{:.5f},{:.5f}\n", 200000 + x, 550000 + 8000 * r.uniform(),
                        a * (1 + 3 * x / 8000) + 2 * b + r.normal(), a, b);
  }
  const test_support::Table_of_points t(text);
  const auto done = t.gwr({"--y", "price", "--x", "bends,flat", "--bandwidth", "150", "--replicas", "99"});
  ASSERT_EQ(done.code, 0) << done.err;
  const auto p = stream::read_all<double>(result::Result::open(t.folder / "r.h5").root().group("variability"), "p");
  EXPECT_DOUBLE_EQ(p[1], 0.01);
  EXPECT_GT(p[2], 0.05);
  const auto bad = t.gwr({"--y", "price", "--x", "flat", "--model", "mgwr", "--replicas", "9"});
  EXPECT_EQ(bad.code, 2);
  EXPECT_THAT(bad.err, testing::HasSubstr("is of model=gwr"));
}

}  // namespace
}  // namespace dosi::gwr
