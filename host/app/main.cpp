// The command line. What a command does lives elsewhere; here its exit code and its error get their last form.
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include "dosi_version.hpp"
#include "host/app/commands.hpp"
#include "io/error.hpp"

int main(int argc, char** argv) {
  using namespace dosi;
  spdlog::set_default_logger(spdlog::stderr_color_mt("dosi"));
  spdlog::set_pattern("%^%l%$ %v");

  CLI::App app("dosi: the batch compute engine of a city");
  app.set_version_flag("--version", std::string("dosi ") + DOSI_VERSION + " (" + DOSI_COMMIT + ")");
  app.require_subcommand(1);
  app::add_import(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    const int code = app.exit(e);
    return code == 0 ? 0 : static_cast<int>(Exit::usage);
  } catch (const Error& e) {
    spdlog::error("{}", e.what());
    return static_cast<int>(e.code());
  } catch (const std::exception& e) {
    spdlog::error("internal error: {}", e.what());
    return static_cast<int>(Exit::internal);
  }
  return 0;
}
