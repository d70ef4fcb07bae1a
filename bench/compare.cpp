// dosi-bench compare A.json B.json: what became faster or slower from A to B, beyond what both scatter.
#include "bench/compare.hpp"

#include <fmt/format.h>

#include <cmath>
#include <iostream>
#include <stdexcept>

#include "bench/report.hpp"
#include "bench/saved.hpp"

namespace dosi::bench {

// The difference of two means is known within about twice their joint standard deviation (95 %). Machines drift by
// more than a run scatters, so less than 3 % is the same whatever the deviations say.
Change change(double before, double after, double spread_before, double spread_after) {
  const double difference = std::log(after / before);
  const double doubt = 2 * std::hypot(spread_before, spread_after);
  constexpr double least = 0.03;
  if (std::fabs(difference) + doubt <= least) return Change::same;
  if (difference - doubt > least) return Change::faster;
  if (difference + doubt < -least) return Change::slower;
  return Change::ambiguous;
}

int compare(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "dosi-bench compare A.json B.json\n";
    return 2;
  }
  const Saved a = read_saved(argv[1]), b = read_saved(argv[2]);
  if (a.processor != b.processor || a.gpus != b.gpus || a.flags != b.flags)
    std::cout << fmt::format("not the same machine or flags:\n  {}: {}, {}\n  {}: {}, {}\n", a.file, a.processor,
                             a.flags, b.file, b.processor, b.flags);
  static constexpr const char* kNames[] = {"same", "faster", "slower", "ambiguous"};
  std::size_t met = 0;
  for (const Row& before : a.rows)
    for (const Row& after : b.rows) {
      if (before.job != after.job || before.size != after.size || before.device != after.device ||
          before.threads != after.threads)
        continue;
      ++met;
      std::cout << fmt::format("{:<26} {:>9} {:<6} x{:<3} {:>18} -> {:>18}  {:+.1f} %  {}\n", before.job, before.size,
                               before.device, before.threads, with_unit(before.rate, before.unit),
                               with_unit(after.rate, after.unit), 100 * (after.rate / before.rate - 1),
                               kNames[static_cast<int>(change(before.rate, after.rate, before.spread, after.spread))]);
    }
  std::cout << fmt::format("{} rows in both; {} only in {}, {} only in {}\n", met, a.rows.size() - met, a.file,
                           b.rows.size() - met, b.file);
  if (met == 0) throw std::runtime_error("no row is in both files");
  return 0;
}

}  // namespace dosi::bench
