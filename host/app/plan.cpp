#include "host/app/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "host/app/jobs.hpp"
#include "host/job/run.hpp"
#include "host/job/toml.hpp"
#include "io/city/city.hpp"
#include "io/error.hpp"
#include "io/nearest_name.hpp"

namespace dosi::app {
namespace fs = std::filesystem;
namespace {

int line_of(const toml::node& node) { return static_cast<int>(node.source().begin.line); }

std::string text_of(const toml::table& t, const char* key, Problems& bad, bool required) {
  const auto* node = t.get(key);
  if (node == nullptr) {
    if (required) bad.add("line {}: {} is missing", line_of(t), key);
    return "";
  }
  if (const auto* s = node->as_string()) return s->get();
  bad.add("line {}: {} must be a text in quotes", line_of(*node), key);
  return "";
}

// Depth first; a job met again while it is still open closes a circle, which is then named.
void order(const std::string& name, const std::map<std::string, const Planned_job*>& by_name,
           std::map<std::string, int>& state, std::vector<std::string>& open, std::vector<const Planned_job*>& out,
           Problems& bad) {
  if (state[name] == 2) return;
  if (state[name] == 1) {
    std::string circle;
    for (auto at = std::find(open.begin(), open.end(), name); at != open.end(); ++at) circle += *at + " needs ";
    bad.add("the needs go in a circle: {}{}", circle, name);
    return;
  }
  state[name] = 1;
  open.push_back(name);
  for (const auto& n : by_name.at(name)->needs)
    if (by_name.contains(n)) order(n, by_name, state, open, out, bad);
  open.pop_back();
  state[name] = 2;
  out.push_back(by_name.at(name));
}

}  // namespace

Plan read_plan(const fs::path& path) {
  const auto root = job::read_toml(path);
  Problems bad;
  Plan plan;
  const auto folder = path.parent_path();
  const auto at = [&](const std::string& p) { return p.empty() ? fs::path() : folder / p; };
  plan.city = at(text_of(root, "city", bad, true));
  const auto results = text_of(root, "results", bad, false);
  plan.results = at(results.empty() ? "results" : results);
  plan.report = at(text_of(root, "report", bad, false));
  if (const auto language = text_of(root, "report_language", bad, false); !language.empty()) {
    plan.report_language = language;
    if (language != "en" && language != "ko") bad.add("report_language: '{}' is neither en nor ko", language);
  }
  static const std::vector<std::string> known{"city", "results", "report", "report_language", "job"};
  for (const auto& [key, node] : root) {
    const std::string name(key.str());
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    const auto near = nearest_name(name, known);
    bad.add("line {}: unknown key '{}'{}", line_of(node), name, near.empty() ? "" : "; did you mean " + near + "?");
  }

  const auto* list = root.get("job") ? root.get("job")->as_array() : nullptr;
  if (list == nullptr || list->empty()) bad.add("has no [[job]]");
  std::vector<Planned_job> jobs;
  std::set<std::string> names;
  for (std::size_t i = 0; list != nullptr && i < list->size(); ++i) {
    const auto* t = list->get(i)->as_table();
    if (t == nullptr) {
      bad.add("line {}: job must be written [[job]]", line_of(*list->get(i)));
      continue;
    }
    Planned_job j;
    j.line = line_of(*t);
    j.name = text_of(*t, "name", bad, true);
    j.job = text_of(*t, "job", bad, true);
    if (!j.name.empty()) {
      try {
        city::check_layer_name(j.name);
      } catch (const UsageError&) {
        bad.add("line {}: '{}' cannot name a result: use letters, digits, '-', '_' and '.'", j.line, j.name);
      }
      if (!names.insert(j.name).second) bad.add("line {}: a job '{}' is there already", j.line, j.name);
    }
    if (const auto* n = t->get("needs")) {
      const auto* needs = n->as_array();
      if (needs == nullptr || !std::all_of(needs->begin(), needs->end(), [](const auto& e) { return e.is_string(); }))
        bad.add("line {}: needs must be a list of names", line_of(*n));
      else
        for (const auto& e : *needs) j.needs.push_back(e.as_string()->get());
    }
    j.parameters = job::Json::object();
    for (const auto& [key, node] : *t)
      if (key.str() != "name" && key.str() != "job" && key.str() != "needs")
        j.parameters[std::string(key.str())] = job::to_json(node);
    if (const auto* kind = find_job(j.job)) {
      try {
        job::Parameters(job::all_parameters(*kind), j.parameters, fmt::format("line {}: job '{}'", j.line, j.name));
      } catch (const Error& e) {
        bad.add("{}", e.what());
      }
    } else if (!j.job.empty()) {
      std::vector<std::string> kinds;
      for (const auto& k : app::jobs()) kinds.push_back(k.name);
      const auto near = nearest_name(j.job, kinds);
      bad.add("line {}: no job is called '{}'; {}", j.line, j.job,
              near.empty() ? fmt::format("there are: {}", fmt::join(kinds, ", ")) : "did you mean " + near + "?");
    }
    jobs.push_back(std::move(j));
  }
  std::map<std::string, const Planned_job*> by_name;
  for (const auto& j : jobs) by_name.emplace(j.name, &j);
  for (const auto& j : jobs)
    for (const auto& n : j.needs)
      if (!by_name.contains(n)) bad.add("line {}: job '{}' needs '{}', which is not in the plan", j.line, j.name, n);
  std::map<std::string, int> state;
  std::vector<std::string> open;
  std::vector<const Planned_job*> ordered;
  for (const auto& j : jobs) order(j.name, by_name, state, open, ordered, bad);
  bad.raise_if_any(Exit::usage, path.string() + ": the plan is wrong");
  for (const auto* j : ordered) plan.jobs.push_back(*j);
  return plan;
}

}  // namespace dosi::app
