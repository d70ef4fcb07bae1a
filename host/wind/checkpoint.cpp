// A run as it stands, in an HDF5 file beside the tiles: written whole or not at all.
#include <spdlog/spdlog.h>

#include "host/wind/flow.hpp"
#include "io/h5/h5.hpp"
#include "io/stream/stream.hpp"

namespace dosi::wind {
namespace {

template <class T>
void put(h5::Group& g, const std::string& name, std::span<const T> values) {
  g.create_dimension("n_" + name, values.size());
  stream::write_all<T>(g, name, {"n_" + name}, values, {.deflate = 0});
}

template <class T>
void put(h5::Group& g, const std::string& name, const std::vector<T>& values) {
  put(g, name, std::span<const T>(values));
}

}  // namespace

void Run::save() const {
  h5::Draft draft(file_);
  auto g = draft.root();
  const auto c = engine_->save();
  const auto k = statistics_.kept();
  put(g, "populations", std::span(reinterpret_cast<const std::uint8_t*>(c.populations.data()), c.populations.size()));
  put(g, "outlet_velocities", c.outlet_velocities);
  put(g, "mean_x", k.mean[0]);
  put(g, "mean_y", k.mean[1]);
  put(g, "mean_z", k.mean[2]);
  put(g, "squares", k.squares);
  put(g, "speed", k.speed);
  put(g, "counts", k.counts);
  put(g, "before", before_);
  put(g, "batch", batch_);
  put(g, "batch_squares", batch_squares_);
  put(g, "clock", std::vector<std::uint64_t>{c.step, begun_, average_from_, batches_, k.samples, samples_before_, averaging_ ? 1u : 0u, flow_.settled ? 1u : 0u});
  std::vector<double> windows{flow_.spin_up};
  for (const auto& w : flow_.windows) windows.insert(windows.end(), {w.end, w.street_speed, w.error, w.averaged ? 1.0 : 0.0});
  put(g, "windows", windows);
  draft.publish();
  spdlog::info("wind: {:g} degrees: checkpoint at step {}", direction_, c.step);
}

// Whether there was one of this run; a damaged one is said and left alone.
bool Run::load() {
  if (!std::filesystem::exists(file_)) return false;
  try {
    const auto file = h5::File::open(file_);
    const auto g = file.root();
    const auto clock = stream::read_all<std::uint64_t>(g, "clock");
    const auto windows = stream::read_all<double>(g, "windows");
    const auto populations = stream::read_all<std::uint8_t>(g, "populations");
    auto before = stream::read_all<double>(g, "before"), batch = stream::read_all<double>(g, "batch"), batch_squares = stream::read_all<double>(g, "batch_squares");
    if (clock.size() != 8 || windows.size() % 4 != 1 || before.size() != before_.size() || batch.size() != before.size() || batch_squares.size() != before.size())
      throw DataError("{}: is of another run", file_.string());
    Statistics::Kept k{.samples = clock[4],
                       .mean = {stream::read_all<float>(g, "mean_x"), stream::read_all<float>(g, "mean_y"), stream::read_all<float>(g, "mean_z")},
                       .squares = stream::read_all<float>(g, "squares"),
                       .speed = stream::read_all<double>(g, "speed"),
                       .counts = stream::read_all<std::uint32_t>(g, "counts")};
    const auto* bytes = reinterpret_cast<const std::byte*>(populations.data());
    const Checkpoint c{.step = clock[0], .storage = case_.storage, .populations = {bytes, bytes + populations.size()}, .outlet_velocities = stream::read_all<float>(g, "outlet_velocities")};
    if (!statistics_.restore(std::move(k))) throw DataError("{}: is of another run", file_.string());
    engine_->restore(c);
    begun_ = clock[1];
    average_from_ = clock[2];
    batches_ = clock[3];
    samples_before_ = clock[5];
    averaging_ = clock[6] != 0;
    flow_.settled = clock[7] != 0;
    flow_.spin_up = windows[0];
    for (std::size_t i = 1; i < windows.size(); i += 4) flow_.windows.push_back({windows[i], windows[i + 1], windows[i + 2], windows[i + 3] != 0});
    before_ = std::move(before);
    batch_ = std::move(batch);
    batch_squares_ = std::move(batch_squares);
    return true;
  } catch (const Error& e) {
    spdlog::warn("wind: {:g} degrees: begins anew, its checkpoint cannot be used: {}", direction_, e.what());
  } catch (const std::invalid_argument& e) {
    spdlog::warn("wind: {:g} degrees: begins anew, its checkpoint cannot be used: {}", direction_, e.what());
  }
  statistics_.clear();
  return false;
}

}  // namespace dosi::wind
