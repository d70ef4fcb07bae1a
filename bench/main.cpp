// dosi-bench JOB [options]: measures a job against the other implementations of the same answer.
// Exit codes: 0 measured, 1 answers differ or a failure, 2 usage.
#include <CLI/CLI.hpp>
#include <exception>
#include <iostream>
#include <string_view>

#include "bench/compare.hpp"

namespace dosi::bench {

int bench_access(int argc, char** argv);
int bench_appraise(int argc, char** argv);
int bench_gwr(int argc, char** argv);
int bench_kriging(int argc, char** argv);
int bench_par(int argc, char** argv);
int bench_scan(int argc, char** argv);
int bench_stream(int argc, char** argv);
int bench_wind(int argc, char** argv);
int bench_wind_fetch(int argc, char** argv);

namespace {

struct Bench {
  std::string_view name;
  int (*run)(int argc, char** argv);  // argv[0] is the name
  bool on_cuda;
  std::string_view help;
};

// One line a benchmark.
constexpr Bench kBenches[] = {
    {"access", bench_access, true, "travel times: trees, tables, reductions, the hierarchy"},
    {"appraise", bench_appraise, true, "the bootstrap of a ratio study"},
    {"gwr", bench_gwr, true, "geographically weighted regression: fits, the search for a bandwidth"},
    {"kriging", bench_kriging, true, "ordinary kriging from the nearest samples"},
    {"par", bench_par, true, "the primitives: reduce, scan, select, sort, ..."},
    {"scan", bench_scan, true, "scan statistics: windows searched"},
    {"stream", bench_stream, false, "rows through compressed HDF5 chunks"},
    {"wind", bench_wind, true, "air through a box of cells: lattice-Boltzmann updates; checkpoints"},
};

void print_help(std::ostream& out) {
  out << "dosi-bench BENCHMARK [--size N] [--threads T] [--device auto|cpu|cuda[:N]] [--only CASE] [--quick] [--json "
         "FILE]\n";
  for (const Bench& bench : kBenches) out << "  " << bench.name << "  " << bench.help << "\n";
  out << "dosi-bench --list [--cuda]         the benchmarks by name; those that run on CUDA\n"
         "dosi-bench compare A.json B.json   what became faster or slower\n"
         "dosi-bench wind-fetch [...]        how well open ground keeps the wind that comes in\n"
         "dosi-bench page FOLDER FILE        the page of all results in a folder; --check: whether it is current\n";
}

int run(int argc, char** argv) {
  const std::string_view wanted = argc > 1 ? argv[1] : "";
  if (wanted == "wind-fetch") return bench_wind_fetch(argc - 1, argv + 1);
  for (const Bench& bench : kBenches) {
    if (bench.name == wanted) return bench.run(argc - 1, argv + 1);
  }
  if (wanted == "compare") return compare(argc - 1, argv + 1);
  if (wanted == "page") return page(argc - 1, argv + 1);
  if (wanted == "--list") {
    const bool on_cuda = argc > 2 && std::string_view(argv[2]) == "--cuda";
    for (const Bench& bench : kBenches)
      if (!on_cuda || bench.on_cuda) std::cout << bench.name << "\n";
    return 0;
  }
  const bool help = wanted == "--help" || wanted == "-h";
  if (!help && !wanted.empty()) std::cerr << "no benchmark '" << wanted << "'\n";
  print_help(help ? std::cout : std::cerr);
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
