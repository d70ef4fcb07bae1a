// dosi-bench JOB [options]: measures a job against the other implementations of the same answer.
// Exit codes: 0 measured, 1 answers differ or a failure, 2 usage.
#include <CLI/CLI.hpp>
#include <exception>
#include <iostream>
#include <string_view>

namespace dosi::bench {

int bench_par(int argc, char** argv);
int bench_stream(int argc, char** argv);

namespace {

struct Bench {
  std::string_view name;
  int (*run)(int argc, char** argv);  // argv[0] is the name
  std::string_view help;
};

// One line a benchmark.
constexpr Bench kBenches[] = {
    {"par", bench_par, "the primitives: reduce, scan, select, sort, ..."},
    {"stream", bench_stream, "rows through compressed HDF5 chunks"},
};

int run(int argc, char** argv) {
  const std::string_view wanted = argc > 1 ? argv[1] : "";
  for (const Bench& bench : kBenches) {
    if (bench.name == wanted) return bench.run(argc - 1, argv + 1);
  }
  const bool help = wanted == "--help" || wanted == "-h";
  std::ostream& out = help ? std::cout : std::cerr;
  if (!help && !wanted.empty()) out << "no benchmark '" << wanted << "'\n";
  out << "dosi-bench BENCHMARK [--size N] [--threads T] [--device cpu|cuda[:N]] [--json FILE]\n";
  for (const Bench& bench : kBenches) out << "  " << bench.name << "  " << bench.help << "\n";
  return help ? 0 : 2;
}

}  // namespace
}  // namespace dosi::bench

int main(int argc, char** argv) {
  try {
    return dosi::bench::run(argc, argv);
  } catch (const CLI::Error& error) {
    std::cerr << "dosi-bench: " << error.what() << "\n";
    return 2;
  } catch (const std::exception& error) {
    std::cerr << "dosi-bench: " << error.what() << "\n";
    return 1;
  }
}
