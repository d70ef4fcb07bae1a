// What is kept of an elimination is found again; what is damaged, or lies, is not believed.
#include "host/access/elimination.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "host/access/hierarchy.hpp"
#include "io/h5/h5.hpp"
#include "tests/support/networks.hpp"
#include "tests/support/temp_folder.hpp"

namespace dosi::access {
namespace {

namespace fs = std::filesystem;

fs::path only_file(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) files.push_back(entry.path());
  EXPECT_EQ(files.size(), 1u);
  return files.at(0);
}

void expect_same(const Elimination& a, const Elimination& b) {
  EXPECT_EQ(a.rank, b.rank);
  EXPECT_EQ(a.up_first, b.up_first);
  EXPECT_EQ(a.up_head, b.up_head);
  EXPECT_EQ(a.parent, b.parent);
}

TEST(Elimination, IsFoundAgainForTheSameStreetsOnly) {
  const test_support::Temp_folder folder;
  for (const auto& n : networks::pathological_networks()) {
    const Elimination made(n.arcs());
    made.keep(folder / n.name, n.arcs());
    const auto found = Elimination::find(folder / n.name, n.arcs());
    ASSERT_TRUE(found.has_value()) << n.name;
    expect_same(*found, made);
  }
  const auto grid = networks::grid_network(20, 1), other = networks::grid_network(21, 1);
  Elimination(grid.arcs()).keep(folder / "orders", grid.arcs());
  EXPECT_TRUE(Elimination::find(folder / "orders", grid.arcs()).has_value());
  EXPECT_FALSE(Elimination::find(folder / "orders", other.arcs()).has_value());
  EXPECT_FALSE(Elimination::find(folder / "nowhere", grid.arcs()).has_value());
}

TEST(Elimination, OtherTimesShareIt) {
  const test_support::Temp_folder folder;
  auto n = networks::grid_network(20, 1);
  Elimination(n.arcs()).keep(folder / "orders", n.arcs());
  for (auto& t : n.time) t = t / 2 + 1;
  EXPECT_TRUE(Elimination::find(folder / "orders", n.arcs()).has_value());
}

TEST(Elimination, ADamagedFileIsMadeAgain) {
  const test_support::Temp_folder folder;
  const auto n = networks::grid_network(40, 1);
  const Elimination made(n.arcs());
  made.keep(folder / "orders", n.arcs());
  const auto path = only_file(folder / "orders");
  const auto size = fs::file_size(path);
  for (const double at : {0.0, 0.2, 0.5, 0.8}) {
    {
      std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
      file.seekp(static_cast<std::streamoff>(at * static_cast<double>(size)));
      file << "damaged, damaged, damaged, damaged";
    }
    expect_same(*elimination_of(n.arcs(), folder / "orders"), made);
    EXPECT_TRUE(Elimination::find(folder / "orders", n.arcs()).has_value());
  }
  fs::resize_file(path, size / 2);
  expect_same(*elimination_of(n.arcs(), folder / "orders"), made);
}

// keep() itself writes the lie, so that its digest is right.
TEST(Elimination, AFileThatLiesIsNotBelieved) {
  const test_support::Temp_folder folder;
  const auto n = networks::grid_network(12, 1);
  const Elimination made(n.arcs());
  const auto refused = [&](const char* what, const auto& change) {
    Elimination lie = made;
    change(lie);
    lie.keep(folder / what, n.arcs());
    EXPECT_FALSE(Elimination::find(folder / what, n.arcs()).has_value()) << what;
  };
  refused("rank twice", [](Elimination& e) { e.rank[0] = e.rank[1]; });
  refused("rank beyond", [](Elimination& e) { e.rank[0] = 1'000'000; });
  refused("ranks swapped", [](Elimination& e) { std::swap(e.rank[0], e.rank[e.rank.size() / 2]); });
  refused("head beyond", [](Elimination& e) { e.up_head[0] = 1'000'000; });
  refused("head below", [](Elimination& e) { e.up_head.back() = 0; });
  refused("first beyond", [](Elimination& e) { e.up_first[1] = std::uint64_t{1} << 60; });
  refused("first falls", [](Elimination& e) {
    e.up_first[5] = 0;
    e.up_first[4] = 3;
  });
  refused("parent", [](Elimination& e) { e.parent[0] = e.nodes() - 1; });
  refused("too few", [](Elimination& e) { e.parent.pop_back(); });
  refused("an arc of the fill missing", [](Elimination& e) {
    for (std::uint32_t v = 0; v < e.nodes(); ++v)
      if (e.up_first[v + 1] - e.up_first[v] >= 4) {
        e.up_head.erase(e.up_head.begin() + static_cast<std::ptrdiff_t>(e.up_first[v] + 2));
        for (std::uint32_t u = v; u < e.nodes(); ++u) --e.up_first[u + 1];
        return;
      }
  });
  EXPECT_TRUE([&] {
    made.keep(folder / "truth", n.arcs());
    return Elimination::find(folder / "truth", n.arcs()).has_value();
  }());
}

TEST(Elimination, ARunGoesOnWhereItCannotBeKept) {
  const test_support::Temp_folder folder;
  const auto n = networks::grid_network(10, 1);
  const auto file = folder.write("not a folder", "");
  expect_same(*elimination_of(n.arcs(), file), Elimination(n.arcs()));
}

}  // namespace
}  // namespace dosi::access
