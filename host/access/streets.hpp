// The streets in every metric of a run, as they are and as scenarios make them, ready to be asked.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "host/access/catchments.hpp"
#include "host/access/fixed.hpp"
#include "host/access/hierarchy.hpp"
#include "host/access/metrics.hpp"
#include "host/access/origins.hpp"
#include "host/access/places.hpp"
#include "host/access/question.hpp"
#include "host/device/device.hpp"
#include "kernels/access/access.hpp"

namespace dosi::access {

// Where the figures of rows go, each row so many values after the one before. Empty: not asked for.
template <class T>
struct Column {
  T* first = nullptr;
  std::size_t step = 0;
  T* row(std::size_t r) const { return first + r * step; }
};

// Where the answers for some origins in one metric go.
struct Answer {
  int nearest = 1;
  Column<std::uint32_t> nearest_time, nearest_place;  // [row][k]
  Column<double> within;                              // [row][cutoff][opportunity]
  Column<double> gravity;                             // [row][opportunity]
  Column<double> supply;                              // [row]
};

class Streets {
 public:
  // `from`, `to`: origins and destinations on the streets as they are. `hierarchy`: customised for all metrics. All but
  // `device` must outlive this.
  Streets(const Question& q, const Origins& origins, const Destinations& destinations, Snapped from, Snapped to,
          const Hierarchy& hierarchy, const Metrics& metrics, const Device& device);

  // For origins first .. first + count, in every metric. `matrix`: [row][destination] on the streets as they are, where
  // it is asked for.
  void answer(std::size_t first, std::size_t count, std::span<const Answer> answers,
              std::span<std::uint32_t> matrix) const;
  // What a row takes in memory meanwhile: its places, as leaves too, and what is found for them.
  std::size_t bytes_a_row() const {
    return std::min(kMetricsAtOnce, metrics_.size()) *
           (3 * sizeof(Place) + 24 + 16 * (sums_.size() + static_cast<std::size_t>(q_.nearest)));
  }

  // One sweep serves many roots; the side with fewer is cheaper to root at. The matrix has its rows at origins.
  bool rooted_at_destinations() const { return by_leaf_; }
  // How the engine answers for so many of the origins.
  Method method(std::size_t count) const;
  const Snapped& origins() const { return origins_; }
  const Snapped& destinations() const { return destinations_; }
  Engine& engine() const { return *engine_; }
  // 2SFCA on the streets as they are: what each destination offers a person; empty without.
  std::vector<double> supply_ratio() const {
    return catchments_.empty() ? std::vector<double>{} : catchments_[0].ratio();
  }

 private:
  // So many fill a CPU's lanes however few places a metric has, and their rows stay small.
  static constexpr std::size_t kMetricsAtOnce = 8;
  // What is found for rows.
  struct Found {
    std::vector<std::uint64_t> sums;         // [row][sum]
    std::vector<std::uint32_t> time, place;  // [row][k]
    void resize(std::size_t rows, std::size_t n, std::size_t k) {
      sums.resize(rows * n);
      time.resize(rows * k);
      place.resize(rows * k);
    }
  };

  // The rows of a metric from `begin` on, of origins first .. first + count; its first destination is `first_place`
  // there.
  void write(const Found& found, std::size_t begin, std::uint32_t first_place, std::size_t metric, std::size_t first,
             std::size_t count, const Answer& to) const;
  void prepare_sums(const Destinations& d);
  void add_column(const std::vector<Fixed>& of_metrics);

  const Question& q_;
  const Metrics& metrics_;
  Snapped origins_, destinations_;
  std::unique_ptr<Engine> engine_;
  bool by_leaf_ = false;
  std::vector<Place> to_;               // the destinations, [metric][place]
  std::unique_ptr<Leaves> leaves_;      // of them, where origins are the roots
  std::vector<Catchments> catchments_;  // by metric
  // In the order: each cut-off x opportunity, gravity of each opportunity, rings of the catchment.
  std::vector<Sum> sums_;
  std::vector<std::vector<Fixed>> scale_;            // [column], of one metric or of all; without the values
  std::vector<std::vector<std::uint64_t>> columns_;  // [column][metric][destination]
  std::vector<std::vector<std::uint32_t>> decays_;
  std::vector<std::span<const std::uint64_t>> column_spans_;
  std::vector<std::span<const std::uint32_t>> decay_spans_;
};

}  // namespace dosi::access
