// The streets in one state, as they are or as a scenario makes them, ready to be asked.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "host/access/catchments.hpp"
#include "host/access/fixed.hpp"
#include "host/access/hierarchy.hpp"
#include "host/access/origins.hpp"
#include "host/access/places.hpp"
#include "host/access/question.hpp"
#include "host/device/device.hpp"
#include "kernels/access/access.hpp"

namespace dosi::access {

// Where the answers for some origins go, a row each; what is empty is not asked for.
struct Answer {
  std::span<std::uint32_t> nearest_time, nearest_place;   // [row][k]
  std::span<double> within;                               // [row][cutoff][opportunity]
  std::span<double> gravity;                              // [row][opportunity]
  std::span<double> supply;                               // [row]
  std::span<std::uint32_t> time;                          // [row][destination]
};

class Streets {
 public:
  // `from`, `to`: origins and destinations on the streets. `hierarchy`: customised for the state; it may be customised
  // otherwise when this returns. The others but `device` must outlive this.
  Streets(const Question& q, const Origins& origins, const Destinations& destinations, Snapped from, Snapped to,
          const Hierarchy& hierarchy, const Device& device);

  // For origins first .. first + count.
  void answer(std::size_t first, std::size_t count, const Answer& answer) const;

  // One sweep serves many roots; the side with fewer is cheaper to root at. The matrix has its rows at origins.
  bool rooted_at_destinations() const { return by_leaf_; }
  // How the engine answers for so many of the origins.
  Method method(std::size_t count) const;
  const Snapped& origins() const { return origins_; }
  const Snapped& destinations() const { return destinations_; }
  Engine& engine() const { return *engine_; }
  // 2SFCA: what each destination offers a person; empty without.
  std::vector<double> supply_ratio() const { return catchments_ ? catchments_->ratio() : std::vector<double>{}; }

 private:
  void prepare_sums(const Destinations& d);
  void add_column(Fixed column) { columns_.push_back(std::move(column)); }

  const Question& q_;
  Snapped origins_, destinations_;
  std::unique_ptr<Engine> engine_;
  bool by_leaf_ = false;
  std::unique_ptr<Leaves> leaves_;              // of the destinations, where origins are the roots
  std::optional<Catchments> catchments_;
  // In the order: each cut-off x opportunity, gravity of each opportunity, rings of the catchment.
  std::vector<Sum> sums_;
  std::vector<Fixed> columns_;
  std::vector<std::vector<std::uint32_t>> decays_;
  std::vector<std::span<const std::uint64_t>> column_spans_;
  std::vector<std::span<const std::uint32_t>> decay_spans_;
};

}  // namespace dosi::access
