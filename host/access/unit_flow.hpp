// The least number of edges whose removal separates two sets of nodes of a part of a network.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace dosi::access {

inline constexpr std::uint32_t kNone = 0xFFFFFFFFu;

// A part of the network with its own numbering.
struct Part {
  std::vector<std::uint32_t> node;  // number in the whole
  std::vector<std::uint32_t> first, neighbour;
  std::vector<double> x, y;
  std::uint32_t size() const { return static_cast<std::uint32_t>(node.size()); }
};

// The maximum flow between two sets of nodes on an undirected graph of unit edges, by shortest augmenting paths: nodes
// know how far they are from the sinks, walks go down from the sources and correct what they find wrong (Ahuja, Orlin
// 1991); when they have corrected a good part of what measuring costs, all is measured anew.
class Unit_flow {
 public:
  explicit Unit_flow(const Part& p)
      : p_(p), reverse_(p.neighbour.size()), flow_(p.neighbour.size()), node_(p.size()), nodes_at_(p.size()) {
    std::vector<std::uint32_t> fill(p.first.begin(), p.first.end() - 1);
    // Neighbour lists are symmetric: walking the nodes in order meets the arcs into each node in order of tail,
    // and each list is sorted, so the k-th arc into u is the reverse of u's k-th arc.
    for (std::uint32_t v = 0; v < p.size(); ++v)
      for (auto e = p.first[v]; e < p.first[v + 1]; ++e) reverse_[e] = fill[p.neighbour[e]]++;
  }

  void clear() {
    std::fill(flow_.begin(), flow_.end(), std::int8_t{0});
    std::fill(node_.begin(), node_.end(), Node{});
    queue_.clear();
    total_ = 0;
  }

  // The cut's size, or at least `limit` if it is no smaller. side: 1 source, 2 sink, 0 neither. Goes on from the flow
  // since the last clear(), whose sources and sinks must be among these.
  std::uint32_t run(const std::vector<std::uint8_t>& side, std::span<const std::uint32_t> sources,
                    std::span<const std::uint32_t> sinks, std::uint32_t limit) {
    find_border(source_border_, 1, side, sources);
    find_border(sink_border_, 2, side, sinks);
    for (const auto v : sinks) node_[v].away = 0;
    while (total_ < limit && measure(side)) {
      std::uint32_t away = kNone;
      for (const auto v : source_border_) away = std::min(away, node_[v].away);
      for (corrected_ = 0; away != kNone && may_go_on(limit);) {
        std::uint32_t next = kNone;
        for (const auto v : source_border_) {
          while (node_[v].away == away && may_go_on(limit)) total_ += augment(v, side) ? 1 : 0;
          next = std::min(next, node_[v].away);
        }
        away = next;
      }
    }
    return total_;
  }

  // After a finished run: the nodes that the sources still reach, which with all sources are their side of the cut
  // nearest to them; and those that still reach the sinks.
  void mark_reached_from_sources(std::vector<std::uint8_t>& reached, const std::vector<std::uint8_t>& side) {
    for (std::uint32_t v = 0; v < p_.size(); ++v) reached[v] = side[v] == 1;
    reached_ = source_border_;
    for (std::size_t i = 0; i < reached_.size(); ++i)
      for (auto e = p_.first[reached_[i]]; e < p_.first[reached_[i] + 1]; ++e)
        if (const auto u = p_.neighbour[e]; reached[u] == 0 && flow_[e] < 1) {
          reached[u] = 1;
          reached_.push_back(u);
        }
  }
  void mark_reaching_sinks(std::vector<std::uint8_t>& reached, const std::vector<std::uint8_t>& side) const {
    for (std::uint32_t v = 0; v < p_.size(); ++v) reached[v] = side[v] == 2;
    for (const auto v : queue_) reached[v] = 1;
  }

 private:
  struct Node {
    std::uint32_t away = kNone;  // arcs to the nearest sink, or fewer; kNone: more than any, or no way
    std::uint32_t next = 0;      // of its arcs, the first that may be a step towards it
  };

  bool may_go_on(std::uint32_t limit) const { return total_ < limit && corrected_ <= measured_ / 4; }

  // Those of a set with a neighbour outside.
  void find_border(std::vector<std::uint32_t>& border, std::uint8_t of, const std::vector<std::uint8_t>& side,
                   std::span<const std::uint32_t> set) const {
    border.clear();
    for (const auto v : set)
      for (auto e = p_.first[v]; e < p_.first[v + 1]; ++e)
        if (side[p_.neighbour[e]] != of) {
          border.push_back(v);
          break;
        }
  }

  // How far each node is away, where there is a way. Whether there is one for a source.
  bool measure(const std::vector<std::uint8_t>& side) {
    for (const auto v : queue_)
      if (side[v] != 2) node_[v].away = kNone;
    std::fill(nodes_at_.begin(), nodes_at_.begin() + farthest_ + 1, 0u);
    queue_ = sink_border_;
    measured_ = farthest_ = 0;
    bool reached = false;
    for (std::size_t i = 0; i < queue_.size(); ++i) {
      const auto v = queue_[i];
      if (side[v] == 1) {
        reached = true;
        continue;
      }
      const auto away = node_[v].away + 1;
      measured_ += p_.first[v + 1] - p_.first[v];
      for (auto e = p_.first[v]; e < p_.first[v + 1]; ++e) {
        const auto u = p_.neighbour[e];
        if (node_[u].away != kNone || flow_[e] < 0) continue;
        node_[u] = {away, 0};
        ++nodes_at_[away];
        farthest_ = away;
        queue_.push_back(u);
      }
    }
    return reached;
  }

  // One unit from s to any sink, in steps that are each one arc nearer to it. Where none leads on, the node is farther
  // away than it knew.
  bool augment(std::uint32_t s, const std::vector<std::uint8_t>& side) {
    path_.clear();
    for (std::uint32_t v = s; side[v] != 2;) {
      auto& [away, next] = node_[v];
      const auto first = p_.first[v], last = p_.first[v + 1];
      auto e = first + next, nearest = kNone;
      while (e < last && (flow_[e] > 0 || node_[p_.neighbour[e]].away + 1 != away || side[p_.neighbour[e]] == 1)) ++e;
      next = e - first;
      if (e < last) {
        path_.push_back(e);
        v = p_.neighbour[e];
        continue;
      }
      for (e = first; e < last; ++e)
        if (flow_[e] < 1 && side[p_.neighbour[e]] != 1) nearest = std::min(nearest, node_[p_.neighbour[e]].away);
      corrected_ += last - first;
      // With nobody left as far away as this node was, nobody farther away has a way.
      if (--nodes_at_[away] == 0) {
        corrected_ = measured_ + 1;
        return false;
      }
      next = 0;
      away = nearest < farthest_ ? nearest + 1 : kNone;
      if (away != kNone) ++nodes_at_[away];
      if (path_.empty()) return false;
      v = p_.neighbour[reverse_[path_.back()]];
      path_.pop_back();
    }
    for (const auto e : path_) {
      ++flow_[e];
      --flow_[reverse_[e]];
    }
    return true;
  }

  const Part& p_;
  std::vector<std::uint32_t> reverse_;
  std::vector<std::int8_t> flow_;
  std::vector<Node> node_;
  std::vector<std::uint32_t> nodes_at_, queue_, reached_, source_border_, sink_border_, path_;
  std::uint32_t total_ = 0, farthest_ = 0;
  std::size_t measured_ = 0, corrected_ = 0;  // arcs looked at
};

}  // namespace dosi::access
