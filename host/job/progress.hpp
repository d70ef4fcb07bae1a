// How far a run is: a bar on a terminal, one plain line an interval elsewhere.
#pragma once

#include <chrono>
#include <string>

namespace dosi::job {

class Progress {
 public:
  // `done` of `total` units were there before; they do not count for the speed.
  Progress(std::string what, std::size_t total, std::size_t done, std::string unit = "tiles");
  ~Progress();
  void advance(std::size_t units = 1);  // to the total at most
  std::size_t done() const { return done_; }

 private:
  using Clock = std::chrono::steady_clock;
  void show(bool last);
  std::string what_, unit_;
  std::size_t total_, before_, done_;
  Clock::time_point start_, shown_;
  bool terminal_, drawn_ = false;
};

std::string duration(double seconds);  // "42 s", "3 min 10 s", "2 h 5 min"

}  // namespace dosi::job
