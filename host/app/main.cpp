// The command line. What a command does lives elsewhere; here its exit code and its error get their last form.
#include <spdlog/spdlog.h>

#include "dosi_version.hpp"
#include "host/app/commands.hpp"
#include "host/app/log.hpp"
#include "host/job/signals.hpp"
#include "io/error.hpp"

int main(int argc, char** argv) {
  using namespace dosi;
  app::set_typed_command(argc, argv);
  app::start_log(false);
  job::catch_signals();

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
    program.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    const int code = program.exit(e);
    return code == 0 ? 0 : static_cast<int>(Exit::usage);
  } catch (const Error& e) {
    if (e.code() == Exit::stopped) spdlog::warn("{}", e.what());
    else spdlog::error("{}", e.what());
    return static_cast<int>(e.code());
  } catch (const std::bad_alloc& e) {
    spdlog::error("out of memory: {}", e.what());
    return static_cast<int>(Exit::internal);
  } catch (const std::exception& e) {
    spdlog::error("internal error: {}", e.what());
    return static_cast<int>(Exit::internal);
  }
  return 0;
}
