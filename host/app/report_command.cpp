// dosi report: the page of one or more results.
#include <fmt/format.h>

#include <memory>

#include "host/app/commands.hpp"
#include "io/report/report.hpp"

namespace dosi::app {

void add_report(CLI::App& app) {
  struct Given {
    std::vector<std::string> results;
    std::string page;
    report::Page_options options;
  };
  auto given = std::make_shared<Given>();
  auto* command = app.add_subcommand("report", "one self-contained page of one or more results");
  command->add_option("results", given->results, "results")->required();
  command->add_option("--out", given->page, "the page, .html")->required();
  command->add_option("--title", given->options.title, "title of the page");
  command->add_option("--lang", given->options.language, "language shown first: en or ko")
      ->check(CLI::IsMember({"en", "ko"}));
  command->callback([given] {
    report::write_page({given->results.begin(), given->results.end()}, given->page, given->options);
    fmt::print("{}\n", given->page);
  });
}

}  // namespace dosi::app
