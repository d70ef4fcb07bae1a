// What an analysis is to the engine: declared parameters, a table cut into tiles of rows, and the tables it adds
// when all tiles are there. A tile depends on the city, the parameters and its rows alone.
//
// On several ranks each makes its own job and prepares it; there they may meet. Tiles are dealt out, so that in run()
// they may not. finish() is the first rank's.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "host/comm/ranks.hpp"
#include "host/device/device.hpp"
#include "host/job/parameter.hpp"
#include "io/city/city.hpp"
#include "io/result/result.hpp"

namespace dosi::job {

struct Setting {
  const city::City& city;
  const Parameters& parameters;
  const Device& device;
  comm::Ranks& ranks;
};

class Job {
 public:
  virtual ~Job() = default;
  virtual const result::Rows_schema& schema() const = 0;
  virtual result::Table_kind table_kind() const { return result::Table_kind::rows; }
  virtual result::Json title() const = 0;  // result::words()
  // Rows of a tile where the user has no say: at least a second of work, and bytes that fit a memory budget.
  virtual std::size_t rows_a_tile() const;
  // Before the first tile: long work that all tiles need. What is put into `folder` outlives an interruption, and goes
  // when the result is published or another question is asked. Of several ranks the first alone writes there.
  virtual void prepare(const std::filesystem::path& /*folder*/) {}
  virtual void run(result::Tile& tile) = 0;
  // The tiled table is in the result and can be read back; adds what else there is.
  virtual void finish(result::Writer& result) = 0;
  // How the answer depends on the device: "exact", or a stated tolerance.
  virtual std::string level() const { return "exact"; }
  // What the run that finishes has counted of its own work, for the provenance: it may differ between devices, and does
  // not know of tiles that were there before. Asked before finish.
  virtual Json work() const { return Json::object(); }
};

// One line in the table of jobs (host/app/jobs.cpp).
struct Job_kind {
  std::string name;
  std::string summary;
  std::vector<Parameter> parameters;
  std::function<std::unique_ptr<Job>(const Setting&)> make;
};

}  // namespace dosi::job
