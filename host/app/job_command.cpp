// One command for each job of the table; its options come from the job's declared parameters.
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "host/app/commands.hpp"
#include "host/app/jobs.hpp"
#include "host/job/run.hpp"
#include "host/job/toml.hpp"

namespace dosi::app {
namespace {

std::string& command_line() {
  static std::string text;
  return text;
}

std::string option_name(std::string parameter) {
  std::replace(parameter.begin(), parameter.end(), '_', '-');
  return "--" + parameter;
}

std::string help_of(const job::Parameter& p) {
  std::string text = p.otherwise.is_null() && !p.optional ? "(required) " + p.help : p.help;
  if (!p.unit.empty()) text += " [" + p.unit + "]";
  if (!p.choices.empty()) {
    text += " {";
    for (const auto& c : p.choices) text += (&c == &p.choices[0] ? "" : "|") + c;
    text += "}";
  }
  if (!p.otherwise.is_null() && !(p.otherwise.is_array() && p.otherwise.empty())) {
    std::string value = p.otherwise.is_string() ? p.otherwise.get<std::string>() : p.otherwise.dump();
    std::erase_if(value, [](char c) { return c == '[' || c == ']' || c == '"'; });
    text += " (default " + value + ")";
  }
  return text;
}

const char* type_of(job::Form form) {
  switch (form) {
    case job::Form::whole:
    case job::Form::real: return "NUMBER";
    case job::Form::reals: return "NUMBER,...";
    case job::Form::texts: return "TEXT,...";
    default: return "TEXT";
  }
}

struct Given {
  std::string city, out;
  bool overwrite = false;
  std::vector<std::pair<std::string, std::string>> texts;  // parameter, value as typed
  std::vector<std::pair<std::string, std::string>> files;  // parameter, file of its tables
  std::vector<std::string> flags;
};

}  // namespace

const std::string& typed_command() { return command_line(); }

void set_typed_command(int argc, char** argv) {
  command_line() = "dosi";
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const bool plain = !word.empty() && word.find_first_of(" \t\n'\"\\$&|;<>()*?") == std::string::npos;
    std::string quoted = "'";
    for (const char c : word) quoted += c == '\'' ? "'\\''" : std::string(1, c);
    command_line() += " " + (plain ? word : quoted + "'");
  }
}

void add_jobs(CLI::App& app, comm::Ranks& ranks) {
  for (const auto& kind : jobs()) {
    auto* command = app.add_subcommand(kind.name, kind.summary);
    auto given = std::make_shared<Given>();
    command->add_option("--city", given->city, "the city")->required();
    command->add_option("--out", given->out, "the result")->required();
    command->add_flag("--overwrite", given->overwrite,
                      "replace a result of another city, other parameters or another version");
    for (const auto& p : job::all_parameters(kind)) {
      const auto name = p.name;
      if (p.form == job::Form::flag)
        command->add_flag_callback(
            option_name(name), [given, name] { given->flags.push_back(name); }, help_of(p));
      else if (p.form == job::Form::tables)
        command
            ->add_option_function<std::string>(
                option_name(name), [given, name](const std::string& v) { given->files.emplace_back(name, v); },
                help_of(p) + "; a TOML file of [[" + name + "]]")
            ->type_name("FILE");
      else
        command
            ->add_option_function<std::string>(
                option_name(name), [given, name](const std::string& v) { given->texts.emplace_back(name, v); },
                help_of(p))
            ->type_name(type_of(p.form));
    }
    command->callback([given, &kind, &ranks] {
      const auto parameters = ranks.together([&] {
        job::Json p = job::Json::object();
        for (const auto& [name, value] : given->texts) p[name] = value;
        for (const auto& [name, file] : given->files) p[name] = job::tables_of_file(file, name);
        for (const auto& name : given->flags) p[name] = true;
        return p;
      });
      job::run(kind, {given->city, given->out, parameters, typed_command(), given->overwrite}, ranks);
      fmt::print("{}\n", given->out);
    });
  }
}

}  // namespace dosi::app
