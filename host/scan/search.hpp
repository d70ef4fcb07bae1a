// A study's windows on a device: searched for the data once, and for replicas.
#pragma once

#include <memory>
#include <vector>

#include "host/device/device.hpp"
#include "host/scan/neighbours.hpp"
#include "kernels/scan/scan.hpp"

namespace dosi::scan {

class Search {
 public:
  // `study` and `q` must outlive it. UsageError where no window is left.
  Search(const Study_data& study, Neighbours neighbours, const Question& q, const Device& device);

  const Study_data& study() const { return study_; }
  const Neighbours& neighbours() const { return neighbours_; }
  // The best window of each centroid in the data.
  const std::vector<Window>& best(std::size_t scan) const { return best_[scan]; }
  // The same among discs of at most `share` of the whole.
  std::vector<Window> best_within(std::size_t scan, double share);
  // The largest statistic of each of the replicas first .. first + count - 1 of a stream.
  std::vector<double> maxima(std::size_t scan, std::uint32_t stream, std::size_t first, std::size_t count);
  // Windows of a scan in one data set.
  double windows(std::size_t scan) const { return windows_[scan]; }
  double windows() const;
  const Work& work() const { return engine_->work(); }

 private:
  Study of(std::size_t scan, std::span<const std::uint32_t> reach) const;

  const Study_data& study_;
  const Question& q_;
  Neighbours neighbours_;
  std::unique_ptr<Engine> engine_;
  std::vector<std::unique_ptr<Prepared>> prepared_;
  std::vector<std::vector<Window>> best_;
  std::vector<double> windows_;
};

// Replicas of so many windows each that are some seconds of a core.
std::size_t replicas_at_once(double windows);

// Whether any disc is left to a scan.
bool has_discs(const Neighbours& neighbours, std::size_t scan);

}  // namespace dosi::scan
