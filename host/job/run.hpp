// Runs one job from a city to a published result. The same call after an interruption continues.
#pragma once

#include <filesystem>

#include "host/job/job.hpp"

namespace dosi::job {

struct Request {
  std::filesystem::path city, out;
  Json parameters;         // of the job, and the common ones
  std::string command;     // as typed, for the provenance
  bool overwrite = false;  // an old result of other inputs or parameters may go
};

// Parameters that every job has: device, threads, tile_rows.
const std::vector<Parameter>& common_parameters();
// A job's own and the common ones.
std::vector<Parameter> all_parameters(const Job_kind& kind);

enum class Outcome { made, was_there };

// Throws Stopped (75) on a signal, UsageError (2) where the result exists and may not be replaced. On several ranks all
// call it, and it comes back when the result is there.
Outcome run(const Job_kind& kind, const Request& request, comm::Ranks& ranks = comm::alone());

}  // namespace dosi::job
