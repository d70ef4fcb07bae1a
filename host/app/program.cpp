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

#include "host/app/commands.hpp"
#include "host/app/jobs.hpp"
#include "host/app/log.hpp"
#include "host/job/parameter.hpp"
#include "host/version.hpp"
#include "io/error.hpp"

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
    const auto near = job::nearest_name(word, names);
    throw UsageError("'{}' is not a command{}", word, near.empty() ? fmt::format("; there are: {}", fmt::join(names, ", ")) : "; did you mean " + near + "?");
  }
  return {};
}

// A standard stream that is closed would give its number to the next file that is opened, and what is printed would
// go into it. Writing to standard output then fails, as it should; standard error is lost.
void hold_standard_streams() {
  for (const int fd : {0, 1, 2})
    if (::fcntl(fd, F_GETFD) < 0) ::open("/dev/null", fd == 2 ? O_WRONLY : O_RDONLY);
}

void flush_output() {
  std::cout.flush();
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0 || !std::cout) throw IoError("standard output: {}", std::strerror(errno));
}

}  // namespace

int run_program(int argc, char** argv, comm::Ranks& ranks) {
  hold_standard_streams();
  set_typed_command(argc, argv);
  start_log(false);
  if (!ranks.first()) be_silent();
  std::signal(SIGXFSZ, SIG_IGN);  // a limit on the size of files is then an error of the write, which is reported

  CLI::App program("dosi: the batch compute engine of a city");
  program.set_version_flag("--version", "dosi " + version() + " (" + commit() + ")");
  program.require_subcommand(1);
  program.fallthrough();
  program.add_flag_callback("--log-json", [] { start_log(true); }, "log as one JSON object a line")->trigger_on_parse();
  program.add_flag_callback("-q,--quiet", [] { spdlog::set_level(spdlog::level::warn); }, "log warnings and errors only")->trigger_on_parse();
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
    program.parse(argc, argv);
    flush_output();
  } catch (const CLI::ParseError& e) {
    if (program.exit(e, std::cout, ranks.first() ? std::cerr : std::cout) != 0) return static_cast<int>(Exit::usage);
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
