// A plan: many jobs over one city, what each needs from others, and the report at the end.
//
//   city = "seoul.h5"
//   results = "results"          # folder, made if missing
//   report = "report.html"       # optional
//
//   [[job]]
//   name = "hospital"            # result: results/hospital.h5
//   job = "access"
//   needs = ["other"]            # optional: jobs that must be done before
//   origins = "dong"             # every other key is a parameter of the job
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "host/job/parameter.hpp"

namespace dosi::app {

struct Planned_job {
  std::string name, job;
  std::vector<std::string> needs;
  job::Json parameters;
  int line = 0;
};

struct Plan {
  std::filesystem::path city, results, report;  // relative paths count from the plan's folder
  std::string report_language = "en";
  std::vector<Planned_job> jobs;  // in an order that respects the needs
};

// Reads and checks a whole plan: syntax, unknown keys, jobs and parameters, needs that are missing or go in a
// circle. All that is wrong is reported together as one UsageError.
Plan read_plan(const std::filesystem::path& path);

}  // namespace dosi::app
