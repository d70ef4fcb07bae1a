// dosi run PLAN: the jobs of a plan in order. What is done is not done again; a job that fails stops those that
// need it, and no others.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <set>

#include "host/app/commands.hpp"
#include "host/app/jobs.hpp"
#include "host/app/plan.hpp"
#include "host/job/run.hpp"
#include "io/city/city.hpp"
#include "io/error.hpp"
#include "io/report/report.hpp"

namespace dosi::app {
namespace {

namespace fs = std::filesystem;

// Whether the page is older than one of its results: an earlier run made them and was stopped before the page.
bool is_stale(const fs::path& page, const std::vector<fs::path>& results) {
  std::error_code none;
  const auto made = fs::last_write_time(page, none);
  return none ||
         std::any_of(results.begin(), results.end(), [&](const auto& r) { return fs::last_write_time(r) >= made; });
}

Plan prepare_plan(const std::string& path) {
  auto plan = read_plan(path);
  if (!fs::exists(plan.city)) throw IoError("{}: no such city (named in {})", plan.city.string(), path);
  // Before the first job, which may take hours.
  const auto city = city::City::open(plan.city);
  Problems bad;
  for (const auto& j : plan.jobs) {
    const auto declared = job::all_parameters(*find_job(j.job));
    job::check_layers(declared, job::Parameters(declared, j.parameters, j.name), city,
                      fmt::format("line {}: job '{}': ", j.line, j.name), bad);
  }
  bad.raise_if_any(Exit::usage, path + ": the plan names layers that the city does not have");
  std::error_code ec;
  fs::create_directories(plan.results, ec);
  if (ec) throw IoError("{}: {}", plan.results.string(), ec.message());
  return plan;
}

void run_plan(const std::string& path, const std::string& device, comm::Ranks& ranks) {
  const Plan plan = ranks.together([&] { return prepare_plan(path); });
  std::set<std::string> failed;
  std::optional<Error> first;
  std::vector<fs::path> results;
  bool any_made = false;
  for (const auto& j : plan.jobs) {
    const auto out = plan.results / (j.name + ".h5");
    for (const auto& n : j.needs)
      if (failed.contains(n)) {
        spdlog::error("{}: not run, because '{}' failed", j.name, n);
        failed.insert(j.name);
        break;
      }
    if (failed.contains(j.name)) continue;
    auto parameters = j.parameters;
    if (!device.empty()) parameters["device"] = device;
    spdlog::info("plan: {} ({})", j.name, j.job);
    try {
      any_made |=
          job::run(*find_job(j.job), {plan.city, out, parameters, typed_command(), true}, ranks) == job::Outcome::made;
      results.push_back(out);
    } catch (const Stopped&) {
      throw;
    } catch (const Error& e) {
      spdlog::error("{}: {}", j.name, e.what());
      failed.insert(j.name);
      if (!first) first = e;
    }
  }
  if (first)
    throw Error(first->code(), fmt::format("{}: {} of {} jobs did not finish; mend and run the same command again",
                                           path, failed.size(), plan.jobs.size()));
  for (const auto& r : results) fmt::print("{}\n", r.string());
  if (plan.report.empty() || !ranks.first()) return;
  if (any_made || is_stale(plan.report, results))
    report::write_page(results, plan.report, {.language = plan.report_language});
  fmt::print("{}\n", plan.report.string());
}

}  // namespace

void add_run(CLI::App& app, comm::Ranks& ranks) {
  auto* command = app.add_subcommand("run", "run the jobs of a plan; the same command again continues");
  auto path = std::make_shared<std::string>(), device = std::make_shared<std::string>();
  command->add_option("plan", *path, "the plan, a TOML file")->required();
  command->add_option("--device", *device, "where to run all jobs: auto, cpu, cuda, cuda:N");
  command->callback([path, device, &ranks] { run_plan(*path, *device, ranks); });
}

}  // namespace dosi::app
