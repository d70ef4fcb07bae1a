// What a customised hierarchy must say, from its definition: triangle by triangle, then against true distances.
#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "kernels/access/customise.hpp"
#include "tests/reference/shortest_paths.hpp"

namespace dosi::reference {

struct Customised {
  std::vector<std::uint32_t> up, down;
};

// `up`, `down`: of streets, as Customiser takes them. An arc stays where its best way through lower nodes is as short
// as the shortest way there is at all.
inline Customised customised(const access::Elimination_view& el, const std::vector<std::uint32_t>& up,
                             const std::vector<std::uint32_t>& down) {
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> time;  // of each arc in its direction
  std::vector<Arc> streets;
  for (std::uint32_t v = 0; v < el.nodes; ++v)
    for (auto e = el.up_first[v]; e < el.up_first[v + 1]; ++e) {
      time[{v, el.up_head[e]}] = up[e];
      time[{el.up_head[e], v}] = down[e];
      if (up[e] < access::kFar) streets.push_back({v, el.up_head[e], up[e]});
      if (down[e] < access::kFar) streets.push_back({el.up_head[e], v, down[e]});
    }
  for (std::uint32_t v = 0; v < el.nodes; ++v)
    for (auto i = el.up_first[v]; i < el.up_first[v + 1]; ++i)
      for (auto j = el.up_first[v]; j < el.up_first[v + 1]; ++j) {
        const auto x = el.up_head[i], y = el.up_head[j];
        if (x == y || time[{x, v}] >= access::kFar || time[{v, y}] >= access::kFar) continue;
        auto& t = time[{x, y}];
        t = std::min(t, time[{x, v}] + time[{v, y}]);
      }
  const Graph graph(el.nodes, streets);
  Customised out{up, down};
  for (std::uint32_t v = 0; v < el.nodes; ++v) {
    const auto from = graph.from(v);
    for (std::uint32_t w = 0; w < el.nodes; ++w)
      for (auto e = el.up_first[w]; e < el.up_first[w + 1]; ++e) {
        if (w == v)
          out.up[e] = time[{v, el.up_head[e]}] == from[el.up_head[e]] ? time[{v, el.up_head[e]}] : access::kFar;
        if (el.up_head[e] == v) out.down[e] = time[{v, w}] == from[w] ? time[{v, w}] : access::kFar;
      }
  }
  return out;
}

}  // namespace dosi::reference
