// Dijkstra, as in a textbook. The oracle of every travel time.
#pragma once

#include <cstdint>
#include <queue>
#include <span>
#include <vector>

namespace dosi::reference {

inline constexpr std::uint64_t kUnreached = ~std::uint64_t{0};
inline constexpr std::uint32_t kNoWay = 0xFFFFFFFFu;

struct Arc {
  std::uint32_t tail, head, time;
};

class Graph {
 public:
  Graph(std::uint32_t nodes, std::span<const Arc> arcs) : out_(nodes) {
    for (const Arc& a : arcs)
      if (a.time != kNoWay) out_[a.tail].push_back(a);
  }
  // Time from `source` to every node.
  std::vector<std::uint64_t> from(std::uint32_t source) const {
    std::vector<std::uint64_t> time(out_.size(), kUnreached);
    using Entry = std::pair<std::uint64_t, std::uint32_t>;
    std::priority_queue<Entry, std::vector<Entry>, std::greater<>> queue;
    time[source] = 0;
    queue.push({0, source});
    while (!queue.empty()) {
      const auto [t, v] = queue.top();
      queue.pop();
      if (t > time[v]) continue;
      for (const Arc& a : out_[v])
        if (t + a.time < time[a.head]) {
          time[a.head] = t + a.time;
          queue.push({time[a.head], a.head});
        }
    }
    return time;
  }

 private:
  std::vector<std::vector<Arc>> out_;
};

}  // namespace dosi::reference
