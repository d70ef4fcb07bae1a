// The air of one direction: from rest until its means are certain.
//
// The run is cut into windows of a quarter of the time that the wind needs through the box. It has spun up when, after
// one such time, the street's mean speeds of the last three windows are within the tolerance of each other; what came
// before is dropped. It ends when the standard error of the street's mean speeds, from the spread of the windows' own
// means (batch means: Law and Kelton, Simulation Modeling and Analysis), is within the tolerance; or when its time is
// up, and the result says so.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <future>
#include <memory>
#include <vector>

#include "host/device/device.hpp"
#include "host/wind/faces.hpp"

namespace dosi::wind {

struct Window {
  double end = 0;           // s since the start
  double street_speed = 0;  // m/s, mean over the street's cells
  double error = 0;         // standard error of the street's means, share of the reference speed; NaN: not known yet
  bool averaged = false;
};

struct Flow {
  Scales scales;
  double through = 0;                // s
  double spin_up = 0, averaged = 0;  // s
  std::uint64_t steps = 0;
  bool settled = false, certain = false;
  std::vector<Window> windows;
  Budget budget;  // g; of the species, where there is one
};

// What the samples of a run say, in metres and seconds.
struct Averages {
  std::uint64_t samples = 0;
  std::vector<float> x, y, z;        // mean velocity of each cell
  std::vector<float> energy;         // turbulent kinetic energy that the grid resolves
  std::vector<float> concentration;  // micrograms a cubic metre; empty where nothing is emitted
  std::vector<float> speed, gust;    // of the street's cells: mean speed, and what 95 % of the samples stay below
  std::vector<std::vector<float>> percentile;  // the same for each of the case's percentiles
};

// Where a run stops cleanly: it has left a checkpoint, and the same call goes on from it, bit by bit.
class Interrupted {};

class Simulation {
 public:
  // `street`: cells of air at street level. `checkpoint`: the file that outlives an interruption.
  Simulation(const City_site& site, const Case& c, double direction, const Device& device,
             std::vector<std::uint32_t> street, std::filesystem::path checkpoint);
  // Throws Interrupted where `stop` says so, DataError where the flow becomes unstable.
  Flow complete(const std::function<bool()>& stop);
  Averages averages() const;

 private:
  void advance(std::uint64_t steps, const std::function<bool()>& stop);
  void end_window();
  void begin_averaging(bool settled);
  bool is_settled() const;
  double time() const { return static_cast<double>(engine_->step()) * scales_.step; }
  double error_of_means() const;
  std::vector<double> speed_sums() const;  // of the street's cells over the samples, cells a step
  std::unique_ptr<Engine> make_engine() const;
  // The way to the disk goes on beside the run; what fails on it is thrown by the next call.
  void save();
  void wait_for_save();
  bool load();
  void begin_anew(const char* why);

  const City_site& site_;
  const Case& case_;
  double direction_;
  Device device_;
  Profile profile_;
  Scales scales_;
  std::filesystem::path file_;
  std::vector<std::uint32_t> street_;
  double speed_top_ = 0;  // of the histogram, cells a step
  std::unique_ptr<Engine> engine_;
  std::uint64_t samples_ = 0;  // of the window while it spins up, then of all that is averaged
  Flow flow_;
  std::uint64_t window_steps_ = 0, begun_ = 0;  // steps of a window; the step at which this one began
  std::uint64_t average_from_ = 0, batches_ = 0;
  bool averaging_ = false;
  // By street cell: the sum of speeds, and the samples, when the window began; sums of the windows' means and squares.
  std::vector<double> before_, batch_, batch_squares_;
  std::uint64_t samples_before_ = 0;
  std::future<void> saving_;
  std::chrono::steady_clock::time_point saved_ = std::chrono::steady_clock::now();
  double save_seconds_ = 0;  // that the run waited for the last one
};

}  // namespace dosi::wind
