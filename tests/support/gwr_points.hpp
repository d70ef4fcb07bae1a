// A city of one layer `p` of points, from a table as text, and dosi gwr asked of it as a program.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "tests/support/program.hpp"

namespace dosi::test_support {

struct Table_of_points {
  explicit Table_of_points(const std::string& text) {
    std::ofstream(folder / "p.csv") << text;
    const auto done = run_dosi({"import", "points", "--city", city, "--name", "p", "--file", folder / "p.csv", "--x",
                                "x", "--y", "y", "--crs", "EPSG:5186", "--city-crs", "EPSG:5186"});
    EXPECT_EQ(done.code, 0) << done.err;
  }
  Finished gwr(std::vector<std::string> words) const {
    std::vector<std::string> all{"gwr",         "--city",  city, "--out",    folder / "r.h5",
                                 "--overwrite", "--layer", "p",  "--device", "cpu"};
    all.insert(all.end(), words.begin(), words.end());
    return run_dosi(all);
  }
  Temp_folder folder;
  std::string city = folder / "c.h5";
};

}  // namespace dosi::test_support
