#include "bench/scan/marked_workload.hpp"

#include <algorithm>
#include <cmath>

#include "kernels/core/philox.hpp"

namespace dosi::bench::scan {

using dosi::scan::Model;

Marked_workload::Marked_workload(Model of, std::uint32_t n, std::uint32_t t, std::uint32_t l, std::uint32_t people,
                                 std::uint32_t r)
    : Scene(n, t, l, r), model(of) {
  const bool classed = model == Model::ordinal || model == Model::multinomial;
  groups = classed ? 4 : 0;
  std::vector<double> here(n, 0);
  for (std::uint32_t i = 0; i < people; ++i) {
    Random random(2, i);
    const std::uint32_t place = random.below(n);
    here[place] += 1;
    cell.push_back(place * t + random.below(t));
    if (classed) group.push_back(i < groups ? i : std::min(groups - 1, random.below(6)));
    else value.push_back(model == Model::exponential ? -std::log(1 - random.uniform()) + 1e-6 : random.normal());
    if (model == Model::exponential) group.push_back(random.below(5) == 0 ? 0 : 1);
  }
  make_discs(here);
  draw(study());
}

}  // namespace dosi::bench::scan
