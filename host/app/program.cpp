#include "host/app/program.hpp"

#include <fmt/ranges.h>
#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <map>

#include "host/app/commands.hpp"
#include "host/app/jobs.hpp"
#include "host/app/log.hpp"
#include "host/version.hpp"
#include "io/error.hpp"
#include "io/nearest_name.hpp"

namespace dosi::app {
namespace {

// The command given. CLI11 only says that one is missing where it is misspelt.
std::string check_command(const CLI::App& program, int argc, char** argv) {
  std::vector<std::string> names;
  for (const auto* c : program.get_subcommands([](const CLI::App*) { return true; })) names.push_back(c->get_name());
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word.empty() || word[0] == '-') continue;
    if (std::find(names.begin(), names.end(), word) != names.end()) return word;
    const auto near = nearest_name(word, names);
    throw UsageError(
        "'{}' is not a command{}", word,
        near.empty() ? fmt::format("; there are: {}", fmt::join(names, ", ")) : "; did you mean " + near + "?");
  }
  return {};
}

// How errors are told is settled before the first one, wherever the option stands.
void choose_log(const int argc, char** argv) {
  for (int i = 1; i < argc; ++i)
    if (std::strcmp(argv[i], "--log-json") == 0) start_log(true);
}

// Options that no command on the way to the one given has, and those that are given twice: all of them together, where
// CLI11 names the first, and the values that stood beside it.
void check_options(const CLI::App& program, const int argc, char** argv) {
  std::vector<const CLI::App*> way{&program};
  std::map<const CLI::Option*, int> given;
  Problems bad;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--") break;
    if (word.starts_with("--")) {
      const auto name = word.substr(2, word.find('=') - 2);
      const CLI::Option* option = nullptr;
      std::vector<std::string> names;
      for (const auto* app : way)
        for (const auto* o : app->get_options())
          for (const auto& n : o->get_lnames()) {
            names.push_back(n);
            if (n == name) option = o;
          }
      if (option == nullptr) {
        const auto near = nearest_name(name, names);
        bad.add("--{}: is no option of '{}'{}", name, way.back()->get_name().empty() ? "dosi" : way.back()->get_name(),
                near.empty() ? "; --help lists them" : "; did you mean --" + near + "?");
        if (word.find('=') == std::string::npos && i + 1 < argc && argv[i + 1][0] != '-') ++i;
        continue;
      }
      const bool takes_one = option->get_items_expected_max() == 1;
      if (takes_one && ++given[option] == 2) bad.add("--{}: is given more than once", name);
      if (takes_one && word.find('=') == std::string::npos) ++i;
    } else {
      for (const auto* c : way.back()->get_subcommands([&](const CLI::App* c) { return c->get_name() == word; }))
        way.push_back(c);
    }
  }
  bad.raise_if_any(Exit::usage, "the command line is wrong");
}

// A standard stream that is closed would give its number to the next file that is opened, and what is printed would
// go into it. Writing to standard output then fails, as it should; standard error is lost.
void hold_standard_streams() {
  for (const int fd : {0, 1, 2})
    if (::fcntl(fd, F_GETFD) < 0) ::open("/dev/null", fd == 2 ? O_WRONLY : O_RDONLY);
}

void flush_output() {
  std::cout.flush();
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0 || !std::cout)
    throw IoError("standard output: {}", std::strerror(errno));
}

}  // namespace

int run_program(int argc, char** argv, comm::Ranks& ranks) {
  hold_standard_streams();
  set_typed_command(argc, argv);
  start_log(false);
  choose_log(argc, argv);
  if (!ranks.first()) be_silent();
  std::signal(SIGXFSZ, SIG_IGN);  // a limit on the size of files is then an error of the write, which is reported

  CLI::App program("dosi: the batch compute engine of a city");
  program.set_version_flag("--version", "dosi " + version() + " (" + commit() + ")");
  program.require_subcommand(1);
  program.fallthrough();
  program.add_flag_callback(
      "--log-json", [] {}, "log as one JSON object a line");
  program
      .add_flag_callback(
          "-q,--quiet", [] { spdlog::set_level(spdlog::level::warn); }, "log warnings and errors only")
      ->trigger_on_parse();
  add_make_city(program);
  add_import(program);
  add_jobs(program, ranks);
  add_run(program, ranks);
  add_report(program);
  add_export(program);
  add_describe(program);
  add_devices(program);
  add_info(program);
  add_check(program);
  try {
    const auto command = check_command(program, argc, argv);
    if (!ranks.first() && command != "run" && find_job(command) == nullptr) return 0;
    if (command == "import" || command == "export") complete_gis_command(*program.get_subcommand(command));
    check_options(program, argc, argv);
    program.parse(argc, argv);
    flush_output();
  } catch (const CLI::ParseError& e) {
    if (e.get_exit_code() != 0) {
      spdlog::error("{}; --help says what there is", e.what());
      return static_cast<int>(Exit::usage);
    }
    program.exit(e, std::cout, std::cout);
    try {
      flush_output();
    } catch (const IoError& full) {
      spdlog::error("{}", full.what());
      return static_cast<int>(Exit::io);
    }
  } catch (const Error& e) {
    if (e.code() == Exit::stopped) spdlog::warn("{}", e.what());
    else spdlog::error("{}", e.what());
    return static_cast<int>(e.code());
  } catch (...) {
    const Error e = error_in_hand();
    spdlog::error("{}{}", e.code() == Exit::io && std::ferror(stdout) != 0 ? "standard output: " : "", e.what());
    return static_cast<int>(e.code());
  }
  return 0;
}

}  // namespace dosi::app
