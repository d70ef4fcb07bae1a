// A study of `gwr` on real data, through import and the job, and its figures.
#pragma once

#include <gtest/gtest.h>

#include <sstream>

#include "host/gwr/gwr_job.hpp"
#include "host/job/run.hpp"
#include "tests/support/program.hpp"

namespace dosi::test_support {

using job::Json;

class Study {
 public:
  Study(const std::filesystem::path& file, const std::string& x, const std::string& y, const std::string& crs) {
    const auto done = run_dosi({"import", "points", "--city", folder_ / "city.h5", "--name", "places", "--file", file,
                                "--x", x, "--y", y, "--crs", crs, "--city-crs", crs});
    EXPECT_EQ(done.code, 0) << done.err;
  }
  result::Result run(Json parameters) {
    parameters["layer"] = "places";
    parameters["device"] = "cpu";
    const auto out = folder_ / (std::to_string(count_++) + ".h5");
    job::run(gwr::gwr_kind(), {folder_ / "city.h5", out, parameters, "test"});
    return result::Result::open(out);
  }

 private:
  Temp_folder folder_;
  int count_ = 0;
};

inline double figure(const result::Result& r, const char* name) {
  return stream::read_all<double>(r.root().group("model"), name).at(1);
}
inline double bandwidth(const result::Result& r) {
  return stream::read_all<double>(r.root().group("terms"), "bandwidth").at(0);
}
inline std::vector<double> column(const result::Result& r, const char* name) {
  return stream::read_all<double>(r.root().group("places"), name);
}

// GWR4's table of places: number, key, x, y; est, se and t of each term; y, yhat, and diagnostics.
inline std::vector<std::vector<double>> listwise(const std::filesystem::path& file) {
  std::istringstream text(read_text(file));
  std::vector<std::vector<double>> rows;
  std::string line, cell;
  std::getline(text, line);
  while (std::getline(text, line)) {
    std::istringstream cells(line);
    auto& row = rows.emplace_back();
    while (std::getline(cells, cell, ',')) row.push_back(std::stod(cell));
  }
  return rows;
}

inline Json with(Json a, const Json& b) {
  a.update(b);
  return a;
}

}  // namespace dosi::test_support
