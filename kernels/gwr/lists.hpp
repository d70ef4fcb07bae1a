// Listed distances on a device, and the lines that are made of them.
#pragma once

#include <numeric>

#include "kernels/gwr/terrain.hpp"

namespace dosi::DOSI_BACKEND::gwr {

using dosi::gwr::Listed;

class Device_lists {
 public:
  Device_lists() = default;
  // `row`: of `near`, for each list on the device in turn; `rank`: of each of the model's places, in the tree's order.
  // `sorted`: entries by place are wanted too.
  Device_lists(par::Context& ctx, const Listed& near, const std::vector<std::uint32_t>& row,
               const std::vector<std::uint32_t>& rank, bool sorted = false)
      : unit_(near.unit) {
    std::vector<std::uint64_t> first{0};
    std::vector<std::uint32_t> place, distance;
    place.reserve(near.place.size());
    distance.reserve(near.place.size());
    for (const auto r : row) {
      for (auto e = near.first[r]; e < near.first[r + 1]; ++e) {
        place.push_back(rank[near.place[e]]);
        distance.push_back(near.distance[e]);
      }
      first.push_back(place.size());
      longest_ = std::max<std::size_t>(longest_, first.back() - first[first.size() - 2]);
    }
    first_ = upload(ctx, first);
    place_ = upload(ctx, place);
    distance_ = upload(ctx, distance);
    if (!sorted) return;
    std::vector<std::uint32_t> entry(place.size());
    for (std::size_t r = 0; r + 1 < first.size(); ++r) {
      const auto begin = entry.begin() + static_cast<std::ptrdiff_t>(first[r]),
                 end = entry.begin() + static_cast<std::ptrdiff_t>(first[r + 1]);
      std::iota(begin, end, 0u);
      std::sort(begin, end, [&, base = first[r]](auto a, auto b) { return place[base + a] < place[base + b]; });
    }
    by_place_ = upload(ctx, entry);
  }

  Lists view() const { return {first_.view(), place_.view(), distance_.view(), unit_, by_place_.view()}; }
  std::size_t longest() const { return longest_; }

 private:
  par::Buffer<std::uint64_t> first_;
  par::Buffer<std::uint32_t> place_, distance_, by_place_;
  double unit_ = 1;
  std::size_t longest_ = 0;
};

// Room for a line of each team, grown to what is asked for.
class Device_lines {
 public:
  Lines of(par::Context& ctx, std::size_t longest, std::size_t columns) {
    const std::size_t length = (longest + dosi::gwr::kBlock - 1) / dosi::gwr::kBlock * dosi::gwr::kBlock,
                      arrays = columns + Lines::kBeside;
    const auto teams = static_cast<std::size_t>(ctx.teams_at_once(kTeam, kSelectScratch));
    if (length > length_ || node_.size() == 0) {
      length_ = std::max<std::size_t>(length, dosi::gwr::kBlock);
      node_ = par::Buffer<Node>(ctx, teams);
      values_ = par::Buffer<double>(ctx, teams * arrays * length_);
      zeros_ = par::Buffer<double>(ctx, length_);
      zeros_.fill(0);
    }
    const auto& zeros = zeros_;
    return {node_.view(), values_.view(), zeros.view(), length_, arrays};
  }

 private:
  std::size_t length_ = 0;
  par::Buffer<Node> node_;
  par::Buffer<double> values_, zeros_;
};

}  // namespace dosi::DOSI_BACKEND::gwr
