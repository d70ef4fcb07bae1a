// What `access` must answer, the obvious way: places become nodes that cut their edge in pieces, Dijkstra runs from
// every origin over the cut-up graph, and the reductions are loops over all destinations.
#pragma once

#include <algorithm>
#include <map>
#include <span>
#include <vector>

#include "host/access/places.hpp"
#include "tests/reference/shortest_paths.hpp"

namespace dosi::reference {

// times[i][j] in ms from places[sources[i]] to places[j], kNoWay where there is none. `edges` are those that
// Place::edge counts; nodes keep their own numbers.
inline std::vector<std::vector<std::uint32_t>> times_from(std::uint32_t nodes, std::span<const Arc> arcs,
                                                          std::span<const access::Edge> edges,
                                                          std::span<const access::Place> places,
                                                          std::span<const std::uint32_t> sources) {
  std::vector<Arc> all(arcs.begin(), arcs.end());
  std::map<std::uint32_t, std::vector<std::uint32_t>> on_edge;
  for (std::uint32_t i = 0; i < places.size(); ++i)
    if (places[i].a != access::kNoNode) on_edge[places[i].edge].push_back(i);
  for (auto& [e, list] : on_edge) {
    std::stable_sort(list.begin(), list.end(), [&](auto p, auto q) { return places[p].position < places[q].position; });
    const auto& edge = edges[e];
    // Times are measured from a along a -> b and from b along b -> a; neighbours on the chain differ by their parts.
    std::uint32_t before = edge.a, ab = 0, ba = edge.time_ba;
    const auto link = [&](std::uint32_t node, std::uint32_t next_ab, std::uint32_t next_ba) {
      if (edge.time_ab != kNoWay) all.push_back({before, node, next_ab - ab});
      if (edge.time_ba != kNoWay) all.push_back({node, before, ba - next_ba});
      before = node;
      ab = next_ab;
      ba = next_ba;
    };
    for (std::size_t i = 0; i < list.size(); ++i) {
      link(nodes + list[i], places[list[i]].along_ab, places[list[i]].along_ba);
      // One position is one place, on a one-way street too.
      if (i > 0 && places[list[i]].position == places[list[i - 1]].position) {
        all.push_back({nodes + list[i - 1], nodes + list[i], 0});
        all.push_back({nodes + list[i], nodes + list[i - 1], 0});
      }
    }
    link(edge.b, edge.time_ab, 0);
  }
  const Graph graph(nodes + static_cast<std::uint32_t>(places.size()), all);
  std::vector<std::vector<std::uint32_t>> times(sources.size(), std::vector<std::uint32_t>(places.size(), kNoWay));
  for (std::size_t i = 0; i < sources.size(); ++i) {
    const auto& source = places[sources[i]];
    if (source.a == access::kNoNode) continue;
    const auto from = graph.from(nodes + sources[i]);
    for (std::uint32_t j = 0; j < places.size(); ++j)
      if (places[j].a != access::kNoNode && from[nodes + j] != kUnreached)
        times[i][j] = static_cast<std::uint32_t>(source.walk + from[nodes + j] + places[j].walk);
  }
  return times;
}

}  // namespace dosi::reference
