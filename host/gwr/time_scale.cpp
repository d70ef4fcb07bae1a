#include "host/gwr/time_scale.hpp"

#include <algorithm>
#include <cmath>

namespace dosi::gwr {

const Time_scale& best_of(const std::vector<Time_scale>& tried) {
  return *std::min_element(tried.begin(), tried.end(), [](const auto& a, const auto& b) { return a.score < b.score; });
}

std::vector<Time_scale> search_time_scale(double unit, const std::function<Time_scale(double)>& at) {
  constexpr int kDoublings = 6;
  constexpr double kFinest = 1.0 / 8;
  std::vector<Time_scale> tried{at(0)};
  for (int e = -kDoublings; e <= kDoublings; ++e) tried.push_back(at(unit * std::exp2(e)));
  for (double step = 0.5; step >= kFinest; step /= 2) {
    const double centre = best_of(tried).metres;
    if (centre == 0) break;
    for (const double e : {-step, step}) tried.push_back(at(centre * std::exp2(e)));
  }
  return tried;
}

}  // namespace dosi::gwr
