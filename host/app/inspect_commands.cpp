// describe, devices, info and check: what there is, for people and (--json) for programs.
#include <fmt/format.h>

#include <cmath>
#include <memory>

#include "host/app/commands.hpp"
#include "host/app/jobs.hpp"
#include "host/device/device.hpp"
#include "host/job/run.hpp"
#include "io/city/city.hpp"
#include "io/error.hpp"
#include "io/result/result.hpp"
#include "kernels/core/devices.hpp"

namespace dosi::app {
namespace {

using job::Json;

std::string value_text(const Json& v) {
  if (v.is_null()) return "";
  std::string s = v.is_string() ? v.get<std::string>() : v.dump();
  std::erase_if(s, [](char c) { return c == '[' || c == ']' || c == '"'; });
  return s;
}

// " [min], 0 to 600": the unit and the range, as far as they are declared.
std::string limits_of(const job::Parameter& p) {
  std::string s = p.unit.empty() ? "" : " [" + p.unit + "]";
  if (p.least && p.most) s += fmt::format(", {} to {}", *p.least, *p.most);
  else if (p.least) s += fmt::format(", at least {}", *p.least);
  else if (p.most) s += fmt::format(", at most {}", *p.most);
  return s;
}

// A figure as a person reads it: whole numbers whole, others to two decimals, small ones to three digits.
std::string figure_text(const Json& value, const std::string& unit) {
  if (value.is_null()) return unit == "min" ? "not reached" : "none";
  const double v = value.is_number() ? value.get<double>() : std::nan("");
  std::string s = !value.is_number()   ? value.dump()
                  : v == std::floor(v) ? fmt::format("{:.0f}", v)
                  : std::abs(v) < 10   ? fmt::format("{:.3g}", v)
                                       : fmt::format("{:.2f}", v);
  return unit.empty() ? s : s + " " + unit;
}

Json describe_job(const job::Job_kind& k) {
  return {{"name", k.name}, {"summary", k.summary}, {"parameters", job::describe(job::all_parameters(k))}};
}

void describe(const std::string& name, bool json) {
  std::vector<const job::Job_kind*> chosen;
  if (name.empty()) {
    for (const auto& k : jobs()) chosen.push_back(&k);
  } else {
    const auto* k = find_job(name);
    std::vector<std::string> names;
    for (const auto& j : jobs()) names.push_back(j.name);
    if (k == nullptr) throw UsageError("no job is called '{}'; there are: {}", name, fmt::join(names, ", "));
    chosen.push_back(k);
  }
  if (json) {
    Json list = Json::array();
    for (const auto* k : chosen) list.push_back(describe_job(*k));
    fmt::print("{}\n", Json{{"jobs", list}}.dump(2));
    return;
  }
  for (const auto* k : chosen) {
    fmt::print("{}: {}\n\n", k->name, k->summary);
    for (const auto& p : job::all_parameters(*k)) {
      const auto otherwise = p.otherwise.is_null() ? (p.optional ? "" : "required") : value_text(p.otherwise);
      fmt::print("  {:<18} {:<16} {:<12} {}{}\n", p.name, job::name_of(p.form), otherwise, p.help, limits_of(p));
      if (!p.choices.empty()) fmt::print("  {:<48} one of: {}\n", "", fmt::join(p.choices, ", "));
    }
    fmt::print("\n");
  }
}

void devices(bool json) {
  const auto lines = describe_devices();
  if (!json) {
    fmt::print("{}\n", fmt::join(lines, "\n"));
    return;
  }
  std::string why;
  Json gpus = Json::array();
  for (const auto& g : cuda_devices(&why))
    gpus.push_back({{"device", fmt::format("cuda:{}", g.ordinal)},
                    {"name", g.name},
                    {"memory", g.memory},
                    {"compute_capability", fmt::format("{}.{}", g.major, g.minor)}});
  const auto dotted = [](int version) { return fmt::format("{}.{}", version / 1000, version % 1000 / 10); };
  const auto versions = cuda_versions();
  Json j{{"cpu", lines[0].substr(lines[0].find_first_not_of(' ', 3))},
         {"cuda", gpus},
         {"cuda_driver", dotted(versions.driver)},
         {"cuda_runtime", dotted(versions.runtime)}};
  if (gpus.empty()) j["why_no_cuda"] = why;
  fmt::print("{}\n", j.dump(2));
}

// "city" or "result"; DataError for anything else.
std::string kind_of(const std::string& path) {
  const auto kind = h5::File::open(path).root().string_attribute("dosi_kind");
  if (kind != "city" && kind != "result") throw DataError("{}: is HDF5, but neither a city nor a result", path);
  return kind;
}

Json info_of_city(const std::string& path) {
  const auto city = city::City::open(path);
  Json layers = Json::array();
  for (const auto& l : city.layers()) {
    Json columns = Json::array();
    if (l.kind == "points" || l.kind == "zones" || l.kind == "series") columns = city.column_names(l);
    layers.push_back({{"kind", l.kind},
                      {"name", l.name},
                      {"rows", l.rows},
                      {"source", city.group(l).string_attribute("source")},
                      {"columns", columns}});
  }
  return {{"kind", "city"}, {"title", city.title()}, {"crs", city.crs().name}, {"layers", layers}};
}

Json info_of_result(const std::string& path) {
  const auto r = result::Result::open(path);
  Json tables = Json::array();
  for (const auto& t : r.tables()) {
    const auto g = r.root().group(t);
    tables.push_back({{"name", t},
                      {"rows", static_cast<std::int64_t>(g.number_attribute("rows").value_or(0))},
                      {"variables", g.variables()}});
  }
  return {{"kind", "result"}, {"job", r.job()},         {"title", r.title()},
          {"tables", tables}, {"summary", r.summary()}, {"provenance", r.provenance()}};
}

void show(const std::string& path, bool json) {
  const Json j = kind_of(path) == "city" ? info_of_city(path) : info_of_result(path);
  if (json) {
    fmt::print("{}\n", j.dump(2, ' ', false, Json::error_handler_t::replace));
    return;
  }
  fmt::print("{}: {} “{}”\n", path, j["kind"].get<std::string>(), j["title"].get<std::string>());
  if (j["kind"] == "city") {
    fmt::print("  crs: {}\n", j["crs"].get<std::string>());
    for (const auto& l : j["layers"]) {
      std::vector<std::string> columns = l["columns"];
      fmt::print("  {:<8} {:<16} {:>10} rows  {}\n", l["kind"].get<std::string>(), l["name"].get<std::string>(),
                 l["rows"].get<std::size_t>(), fmt::join(columns, ", "));
    }
    return;
  }
  const auto& p = j["provenance"];
  fmt::print("  job: {}, {} ({}), on {}, {}\n  command: {}\n", j["job"].get<std::string>(), p.value("program", ""),
             p.value("commit", ""), p.value("device", ""), p.value("started", ""), p.value("command", ""));
  for (const auto& t : j["tables"]) {
    std::vector<std::string> variables = t["variables"];
    fmt::print("  {:<14} {:>10} rows  {}\n", t["name"].get<std::string>(), t["rows"].get<std::int64_t>(),
               fmt::join(variables, ", "));
  }
  for (const auto& s : j["summary"])
    if (s.contains("value"))
      fmt::print("  {}: {}\n", s["label"]["en"].get<std::string>(),
                 figure_text(s["value"], s["unit"].get<std::string>()));
}

void info(const std::string& path, bool json) {
  try {
    show(path, json);
  } catch (const Json::exception& e) {
    throw DataError("{}: provenance or summary are not as dosi writes them: {}", path, e.what());
  }
}

// Reads everything once: every chunk is decoded, every layer passes its checks.
void check(const std::string& path) {
  std::size_t objects = 0;
  if (kind_of(path) == "city") {
    const auto city = city::City::open(path);
    Problems bad;
    for (const auto& l : city.layers()) {
      ++objects;
      try {
        if (l.kind == "points") city.read_points(l.name);
        else if (l.kind == "zones") city.read_zones(l.name);
        else if (l.kind == "network") city.read_network(l.name);
        else if (l.kind == "raster") city.read_raster(l.name);
        else if (l.kind == "series") city.read_series(l.name);
      } catch (const Error& e) {
        bad.add("{}", e.what());
      }
    }
    bad.raise_if_any(Exit::bad_data, path + ": is damaged");
  } else {
    const auto r = result::Result::open(path);
    std::vector<std::byte> block;
    for (const auto& t : r.tables()) {
      const auto g = r.root().group(t);
      for (const auto& v : g.variables()) {
        ++objects;
        auto d = g.dataset(v);
        const std::size_t row = std::max<std::size_t>(1, d.row_bytes()),
                          rows = std::max<std::size_t>(1, (std::size_t{4} << 20) / row);
        block.resize(rows * row);
        stream::Reader reader(std::move(d));
        while (reader.read_bytes(block.data(), rows) > 0) {}
      }
    }
  }
  fmt::print("{}: whole and readable, {} {} checked\n", path, objects, objects == 1 ? "object" : "objects");
}

}  // namespace

void add_describe(CLI::App& app) {
  auto* command = app.add_subcommand("describe", "the jobs and their parameters");
  auto name = std::make_shared<std::string>();
  auto json = std::make_shared<bool>(false);
  command->add_option("job", *name, "one job; all of them otherwise");
  command->add_flag("--json", *json, "for programs");
  command->callback([name, json] { describe(*name, *json); });
}

void add_devices(CLI::App& app) {
  auto* command = app.add_subcommand("devices", "where jobs can run on this machine");
  auto json = std::make_shared<bool>(false);
  command->add_flag("--json", *json, "for programs");
  command->callback([json] { devices(*json); });
}

void add_info(CLI::App& app) {
  auto* command = app.add_subcommand("info", "what a city or a result holds");
  auto path = std::make_shared<std::string>();
  auto json = std::make_shared<bool>(false);
  command->add_option("file", *path)->required();
  command->add_flag("--json", *json, "for programs");
  command->callback([path, json] { info(*path, *json); });
}

void add_check(CLI::App& app) {
  auto* command = app.add_subcommand("check", "read all of a city or a result, and say what is wrong with it");
  auto path = std::make_shared<std::string>();
  command->add_option("file", *path)->required();
  command->callback([path] { check(*path); });
}

}  // namespace dosi::app
