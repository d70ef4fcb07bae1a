// The command line. What a command does lives elsewhere; here its exit code and its error get their last form.
#include <fmt/ranges.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <system_error>

#include "dosi_version.hpp"
#include "host/app/commands.hpp"
#include "host/app/log.hpp"
#include "host/job/parameter.hpp"
#include "io/error.hpp"

#if defined(__SANITIZE_ADDRESS__)
// HDF5 1.10 loses a few bytes of its own where it meets damaged metadata.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() { return "leak:libhdf5"; }
#endif

namespace {

// CLI11 only says that a subcommand is missing where one is misspelt.
void check_command(const CLI::App& program, int argc, char** argv) {
  std::vector<std::string> names;
  for (const auto* c : program.get_subcommands([](const CLI::App*) { return true; })) names.push_back(c->get_name());
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word.empty() || word[0] == '-') continue;
    if (std::find(names.begin(), names.end(), word) != names.end()) return;
    const auto near = dosi::job::nearest_name(word, names);
    throw dosi::UsageError("'{}' is not a command{}", word, near.empty() ? fmt::format("; there are: {}", fmt::join(names, ", ")) : "; did you mean " + near + "?");
  }
}

}  // namespace

int main(int argc, char** argv) {
  using namespace dosi;
  app::set_typed_command(argc, argv);
  app::start_log(false);
  std::signal(SIGXFSZ, SIG_IGN);  // a limit on the size of files is then an error of the write, which is reported

  CLI::App program("dosi: the batch compute engine of a city");
  program.set_version_flag("--version", std::string("dosi ") + DOSI_VERSION + " (" + DOSI_COMMIT + ")");
  program.require_subcommand(1);
  program.fallthrough();
  program.add_flag_callback("--log-json", [] { app::start_log(true); }, "log as one JSON object a line")->trigger_on_parse();
  program.add_flag_callback("-q,--quiet", [] { spdlog::set_level(spdlog::level::warn); }, "log warnings and errors only")->trigger_on_parse();
  app::add_make_city(program);
#if DOSI_WITH_GDAL
  app::add_import(program);
#endif
  app::add_jobs(program);
  app::add_run(program);
  app::add_report(program);
#if DOSI_WITH_GDAL
  app::add_export(program);
#endif
  app::add_describe(program);
  app::add_devices(program);
  app::add_info(program);
  app::add_check(program);
  try {
    check_command(program, argc, argv);
    program.parse(argc, argv);
    if (std::fflush(stdout) != 0) throw IoError("standard output: {}", std::strerror(errno));
  } catch (const CLI::ParseError& e) {
    const int code = program.exit(e);
    return code == 0 ? 0 : static_cast<int>(Exit::usage);
  } catch (const Error& e) {
    if (e.code() == Exit::stopped) spdlog::warn("{}", e.what());
    else spdlog::error("{}", e.what());
    return static_cast<int>(e.code());
  } catch (const std::system_error& e) {  // the file system's, or fmt::print's where standard output is full
    spdlog::error("{}", e.what());
    return static_cast<int>(Exit::io);
  } catch (const std::bad_alloc& e) {
    spdlog::error("out of memory: {}", e.what());
    return static_cast<int>(Exit::internal);
  } catch (const std::exception& e) {
    spdlog::error("internal error: {}", e.what());
    return static_cast<int>(Exit::internal);
  }
  return 0;
}
