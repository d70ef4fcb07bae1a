#include "host/comm/ranks.hpp"

#include <algorithm>

#include "io/error.hpp"

namespace dosi::comm {

Share share_of(std::size_t n, std::size_t rank, std::size_t ranks) {
  const std::size_t each = n / ranks, more = n % ranks;
  return {rank * each + std::min(rank, more), each + (rank < more ? 1 : 0)};
}

std::vector<std::optional<std::string>> Ranks::gather(std::optional<std::string_view> mine) {
  std::vector<std::optional<std::string>> all(1);
  if (mine) all[0] = std::string(*mine);
  return all;
}

std::vector<std::string> Ranks::exchange(std::string_view mine) {
  auto all = gather(mine);
  if (std::any_of(all.begin(), all.end(), [](const auto& said) { return !said; })) hear_failure({});
  std::vector<std::string> out;
  for (auto& said : all) out.push_back(std::move(*said));
  return out;
}

std::string Ranks::from_first(std::string_view said) { return exchange(first() ? said : std::string_view())[0]; }

bool Ranks::any(bool mine) {
  const auto all = exchange(mine ? "1" : "");
  return std::any_of(all.begin(), all.end(), [](const auto& said) { return !said.empty(); });
}

void Ranks::tell_failure() {
  const Error e = error_in_hand();
  gather(std::nullopt);
  hear_failure(static_cast<char>(e.code()) + std::string(e.what()));
}

void Ranks::say_unequal() { throw Error(Exit::internal, "ranks do not agree on how much there is to do"); }

// After the meeting at which one had failed: what it was. A failure counts for more than a stop.
void Ranks::hear_failure(std::string_view own) {
  const auto all = gather(own);
  std::size_t worst = all.size(), failed = 0;
  const auto code_of = [&](std::size_t r) { return static_cast<Exit>((*all[r])[0]); };
  for (std::size_t r = 0; r < all.size(); ++r) {
    if (!all[r] || all[r]->empty()) continue;
    ++failed;
    if (worst == all.size() || (code_of(worst) == Exit::stopped && code_of(r) != Exit::stopped)) worst = r;
  }
  agreed_ = true;
  if (worst == all.size()) throw Error(Exit::internal, "a rank failed and did not say of what");
  const std::string message = all[worst]->substr(1);
  if (code_of(worst) == Exit::stopped) throw Stopped(message);
  throw Error(code_of(worst), failed == all.size() ? message : fmt::format("rank {}: {}", worst, message));
}

Ranks& alone() {
  static Ranks one;
  return one;
}

}  // namespace dosi::comm
