#include "host/wind/flow.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cmath>

#include "host/wind/engine.hpp"
#include "io/error.hpp"
#include "kernels/wind/wind.hpp"

namespace dosi::wind {
namespace {

constexpr double kWindowsAThrough = 4;
constexpr std::size_t kSettledWindows = 3, kLeastBatches = 4;
constexpr double kMostSpeed = 0.5;  // cells a step: beyond, the method has left its ground
constexpr std::uint32_t kBins = 128;
constexpr double kGust = 0.95;
constexpr double kRunForSave = 20;  // a run goes on at least as many times as long as its last checkpoint took

// Where, in bins, `wanted` of what they count is below; each bin's share is spread evenly over it.
double quantile(std::span<const std::uint32_t> bins, double wanted) {
  double below = 0;
  std::size_t b = 0;
  while (b + 1 < bins.size() && below + bins[b] < wanted) below += bins[b++];
  return static_cast<double>(b) + (wanted - below) / std::max<double>(1, bins[b]);
}

Scales scales_for(const City_site& site, const Case& c, const Profile& profile) {
  return scales_of(c, fastest_inflow(site, profile));
}

}  // namespace

Simulation::Simulation(const City_site& site, const Case& c, double direction, const Device& device,
                       std::vector<std::uint32_t> street, std::filesystem::path checkpoint)
    : site_(site), case_(c), direction_(direction), device_(device), profile_(c),
      scales_(scales_for(site, c, profile_)), file_(std::move(checkpoint)), street_(std::move(street)),
      speed_top_(2 * scales_.speed_in(fastest_inflow(site, profile_))), engine_(make_engine()), before_(street_.size()),
      batch_(street_.size()), batch_squares_(street_.size()) {
  const auto heading = heading_of(direction);
  const Box& b = site.box();
  const double length = (std::fabs(heading.east) * b.nx + std::fabs(heading.north) * b.ny) * b.cell;
  flow_.scales = scales_;
  flow_.through = length / profile_.speed(std::max(c.reference_height, site.mean_height()));
  const auto every = static_cast<double>(c.sample_every);
  window_steps_ = static_cast<std::uint64_t>(
      every * std::max(1.0, std::ceil(flow_.through / kWindowsAThrough / scales_.step / every)));
}

std::unique_ptr<Engine> Simulation::make_engine() const {
  return engine_of(site_, case_, profile_, direction_, scales_, device_, {street_, kBins, speed_top_});
}

Flow Simulation::complete(const std::function<bool()>& stop) {
  if (load()) spdlog::info("wind: {:g} degrees: goes on from step {}, {:.4g} s", direction_, engine_->step(), time());
  saved_ = std::chrono::steady_clock::now();
  const double most = case_.most_throughs * flow_.through;
  for (;;) {
    const auto steps_of = [&](double seconds) { return static_cast<std::uint64_t>(std::ceil(seconds / scales_.step)); };
    if (!averaging_) {
      const bool settled = is_settled();
      const bool up = case_.spin_up ? engine_->step() >= steps_of(*case_.spin_up) : settled || time() >= most / 2;
      if (up && engine_->step() == begun_) begin_averaging(case_.spin_up || settled);
    }
    const double averaged = static_cast<double>(engine_->step() - average_from_) * scales_.step;
    if (averaging_ && engine_->step() == begun_ && batches_ > 0) {
      const double error = error_of_means();
      flow_.certain = batches_ >= kLeastBatches && error <= case_.tolerance;
      if (case_.average ? averaged >= *case_.average : flow_.certain || (time() >= most && batches_ >= kLeastBatches))
        break;
    }
    std::uint64_t end = begun_ + window_steps_;
    if (!averaging_ && case_.spin_up) end = std::min(end, std::max(begun_ + 1, steps_of(*case_.spin_up)));
    if (averaging_ && case_.average)
      end = std::min(end, std::max(begun_ + 1, average_from_ + steps_of(*case_.average)));
    advance(end, stop);
    end_window();
  }
  wait_for_save();
  flow_.averaged = static_cast<double>(engine_->step() - average_from_) * scales_.step;
  flow_.steps = engine_->step();
  if (!site_.emissions().empty()) flow_.budget = engine_->budget();
  return flow_;
}

// To step `end`, with samples on the way and at its end.
void Simulation::advance(std::uint64_t end, const std::function<bool()>& stop) {
  const auto every = static_cast<std::uint64_t>(case_.sample_every);
  while (engine_->step() < end) {
    engine_->advance(std::min(every, end - engine_->step()));
    engine_->sample();
    ++samples_;
    const bool stopping = stop();
    const std::chrono::duration<double> since = std::chrono::steady_clock::now() - saved_;
    if (!stopping && since.count() < std::max(60 * case_.checkpoint_minutes, kRunForSave * save_seconds_)) continue;
    save();
    if (!stopping) continue;
    wait_for_save();
    throw Interrupted();
  }
}

void Simulation::end_window() {
  const auto n = before_.size();
  const double samples = static_cast<double>(samples_ - samples_before_);
  const auto sums = speed_sums();
  const auto totals = engine_->totals();
  Window w{.end = time(), .error = std::nan(""), .averaged = averaging_};
  batches_ += averaging_ ? 1 : 0;
  for (std::size_t i = 0; i < n; ++i) {
    const double mean = scales_.speed_out((sums[i] - before_[i]) / samples);
    w.street_speed += mean / static_cast<double>(n);
    before_[i] = averaging_ ? sums[i] : 0;
    if (!averaging_) continue;
    batch_[i] += mean;
    batch_squares_[i] += mean * mean;
  }
  if (!std::isfinite(totals.kinetic_energy) || !(totals.largest_speed < kMostSpeed))
    throw DataError(
        "wind: {:g} degrees: the flow became unstable within {:.3g} s; give a time_step below {:.3g} s, or a larger "
        "smagorinsky or viscosity",
        direction_, time(), scales_.step);
  if (averaging_) {
    samples_before_ = samples_;
    w.error = error_of_means();
  } else {
    engine_->reset_statistics();
    samples_ = 0;
    samples_before_ = 0;
  }
  begun_ = engine_->step();
  flow_.windows.push_back(w);
  spdlog::info("wind: {:g} degrees: {:.4g} s ({:.2f} times through), {}, mean speed at street level {:.3f} m/s{}",
               direction_, w.end, w.end / flow_.through, w.averaged ? "averaging" : "spinning up", w.street_speed,
               std::isnan(w.error) ? std::string() : fmt::format(", standard error {:.2f} %", 100 * w.error));
}

bool Simulation::is_settled() const {
  const auto& w = flow_.windows;
  if (w.size() < std::max<std::size_t>(kSettledWindows, static_cast<std::size_t>(kWindowsAThrough))) return false;
  double least = INFINITY, most = -INFINITY;
  for (auto i = w.size() - kSettledWindows; i < w.size(); ++i) {
    least = std::min(least, w[i].street_speed);
    most = std::max(most, w[i].street_speed);
  }
  return most - least <= case_.tolerance * case_.speed;
}

void Simulation::begin_averaging(bool settled) {
  averaging_ = true;
  flow_.settled = settled;
  flow_.spin_up = time();
  average_from_ = engine_->step();
  engine_->reset_statistics();
  samples_ = 0;
  samples_before_ = 0;
  std::fill(before_.begin(), before_.end(), 0.0);
}

// Root mean square over the street of the standard error of a cell's mean speed, as a share of the reference speed.
double Simulation::error_of_means() const {
  if (batches_ < 2) return std::nan("");
  const double k = static_cast<double>(batches_);
  double sum = 0;
  for (std::size_t i = 0; i < batch_.size(); ++i)
    sum += std::max(0.0, batch_squares_[i] - batch_[i] * batch_[i] / k) / (k - 1) / k;
  return batch_.empty() ? 0 : std::sqrt(sum / static_cast<double>(batch_.size())) / case_.speed;
}

std::vector<double> Simulation::speed_sums() const {
  const auto counts = engine_->speeds();
  std::vector<double> out(street_.size());
  for (std::size_t i = 0; i < out.size(); ++i)
    for (std::size_t b = 0; b < kBins; ++b)
      out[i] += counts[i * kBins + b] * (static_cast<double>(b) + 0.5) * speed_top_ / kBins;
  return out;
}

Averages Simulation::averages() const {
  const auto cells = site_.box().cells();
  Averages out;
  for (auto* v : {&out.x, &out.y, &out.z, &out.energy}) v->resize(cells);
  if (!site_.emissions().empty()) out.concentration.resize(cells);
  out.samples =
      engine_->statistics({.x = out.x, .y = out.y, .z = out.z, .xx = out.energy, .concentration = out.concentration});
  {
    std::vector<float> other(cells);
    const auto add = [&](const Statistics& one) {
      engine_->statistics(one);
#pragma omp parallel for schedule(static)
      for (std::size_t n = 0; n < cells; ++n) out.energy[n] += other[n];
    };
    add({.yy = other});
    add({.zz = other});
  }
  const auto speed = static_cast<float>(scales_.speed_out(1));
  const auto micrograms = static_cast<float>(1e6 / (case_.cell * case_.cell * case_.cell));
#pragma omp parallel for schedule(static)
  for (std::size_t n = 0; n < cells; ++n) {
    out.energy[n] = 0.5f * out.energy[n] * speed * speed;
    for (auto* v : {&out.x, &out.y, &out.z}) (*v)[n] *= speed;
    if (!out.concentration.empty()) out.concentration[n] *= micrograms;
  }
  const auto counts = engine_->speeds();
  const auto sums = speed_sums();
  const double samples = static_cast<double>(std::max<std::uint64_t>(1, out.samples));
  const std::span bins(counts);
  out.percentile.resize(case_.percentiles.size());
  for (std::size_t i = 0; i < street_.size(); ++i) {
    const auto n = street_[i];
    // The middle of the lowest bin is too much for still air; the mean's own speed bounds it from below.
    const double of_mean = std::hypot(out.x[n], out.y[n], out.z[n]);
    const bool still = counts[i * kBins] > samples / 2;
    out.speed.push_back(static_cast<float>(still ? of_mean : std::max(of_mean, scales_.speed_out(sums[i] / samples))));
    const auto speed_of = [&](double share) {
      return static_cast<float>(
          scales_.speed_out(quantile(bins.subspan(i * kBins, kBins), share * samples) * speed_top_ / kBins));
    };
    out.gust.push_back(speed_of(kGust));
    for (std::size_t p = 0; p < out.percentile.size(); ++p)
      out.percentile[p].push_back(speed_of(case_.percentiles[p] / 100));
  }
  return out;
}

}  // namespace dosi::wind
