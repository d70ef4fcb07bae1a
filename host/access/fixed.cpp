#include "host/access/fixed.hpp"

#include <algorithm>

namespace dosi::access {

Fixed fixed(const std::vector<double>& amounts, bool weighted) {
  Fixed f;
  double total = 0;
  bool whole = true;
  for (const double a : amounts) {
    total += a;
    whole = whole && a == std::floor(a);
  }
  const int room = (weighted ? 33 : 63) - 1 - std::ilogb(std::max(total, 1e-30)) - 1;
  f.bits = whole && room >= 0 ? 0 : std::min(room, 60);
  f.values.reserve(amounts.size());
  for (const double a : amounts) f.values.push_back(static_cast<std::uint64_t>(std::llround(std::ldexp(a, f.bits))));
  return f;
}

}  // namespace dosi::access
