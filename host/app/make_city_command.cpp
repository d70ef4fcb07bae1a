// dosi make-city: reads the options, makes the city, prints what was made.
#include <fmt/format.h>

#include <memory>

#include "host/app/commands.hpp"
#include "host/make_city/make_city.hpp"

namespace dosi::app {
namespace {

void print(const make_city::Summary& s, const make_city::Options& o) {
  fmt::print("{}: {} people on {:.1f} x {:.1f} km, seed {}\n", o.out.string(), o.people, s.extent_km, s.extent_km,
             o.seed);
  for (const auto& l : s.layers)
    fmt::print("  {:<8} {:<12} {:>12}{}{}\n", l.kind, l.name, l.rows, l.note.empty() ? "" : "  ", l.note);
  fmt::print("  {:.1f} MB in {:.1f} s; what was planted is in the group truth\n", static_cast<double>(s.bytes) / 1e6,
             s.seconds);
}

}  // namespace

void add_make_city(CLI::App& app) {
  auto options = std::make_shared<make_city::Options>();
  auto* command = app.add_subcommand("make-city", "Make a city for tests, demonstrations and benchmarks");
  command->add_option("--people", options->people, "residents, 20000 to 20000000")->capture_default_str();
  command->add_option("--seed", options->seed, "the same seed makes the same city on any machine")
      ->capture_default_str();
  command->add_option("--out", options->out, "the city file to write")->required();
  command->add_option("--extent", options->extent_km, "side of the square, in km (default: 1 km2 for 2200 people)");
  command->add_flag("--overwrite", options->overwrite, "replace the file if it exists");
  command->callback([options] { print(make_city::make(*options), *options); });
}

}  // namespace dosi::app
