// The customisable contraction hierarchy of a network (Dibbelt, Strasser, Wagner 2016): an elimination, which depends
// on the streets alone, and times, which are customised in a fraction of a second for a mode and many scenarios.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "host/access/elimination.hpp"
#include "host/device/device.hpp"
#include "kernels/access/access.hpp"
#include "kernels/access/customise.hpp"

namespace dosi::access {

class Hierarchy {
 public:
  explicit Hierarchy(const Arcs& arcs) : Hierarchy(std::make_shared<Elimination>(arcs), arcs) {}
  // `arcs` are those the elimination was made of; their times may be others. `device`: where it is customised. The
  // first metric is of these times; each of `scenarios` adds one: the arcs that have another time in it, ascending,
  // with that.
  Hierarchy(std::shared_ptr<const Elimination> elimination, const Arcs& arcs,
            const Device& device = Device::choose("cpu", 0), std::span<const std::vector<Arc_time>> scenarios = {});

  // Other times for the same arcs, in their order. No engine may use them meanwhile.
  void customise(std::span<const std::uint32_t> times, std::span<const std::vector<Arc_time>> scenarios = {});

  std::uint32_t rank(std::uint32_t node) const { return elimination_->rank[node]; }
  std::span<const std::uint32_t> ranks() const { return elimination_->rank; }
  std::uint64_t arcs() const { return elimination_->up_head.size(); }
  std::uint64_t arcs_up() const;  // those that a shortest path of the first metric may use on its way up
  std::uint32_t depth() const;    // nodes on the longest path of the elimination tree
  Hierarchy_view view() const;    // of the arcs that a shortest path of some metric may use

 private:
  std::vector<Differences> streets_of(std::span<const std::uint32_t> times,
                                      std::span<const std::vector<Arc_time>> scenarios) const;
  void keep(std::span<const std::uint32_t> time_up, std::span<const std::uint32_t> time_down,
            std::span<const Differences> others);

  std::shared_ptr<const Elimination> elimination_;
  int threads_;                       // of the CPU
  std::vector<std::uint32_t> place_;  // by arc: twice its place among the elimination's, and 1 where it leads down
  std::uint32_t metrics_ = 1;
  std::vector<std::uint64_t> up_first_;
  std::vector<std::uint32_t> up_head_, time_up_, time_down_;  // as Hierarchy_view has them
  std::unique_ptr<Customiser> customiser_;
};

}  // namespace dosi::access
