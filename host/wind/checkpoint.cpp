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

std::span<const std::uint8_t> as_numbers(const std::vector<std::byte>& bytes) { return {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}; }

std::vector<std::byte> read_bytes(const h5::Group& g, const std::string& name) {
  const auto numbers = stream::read_all<std::uint8_t>(g, name);
  const auto* bytes = reinterpret_cast<const std::byte*>(numbers.data());
  return {bytes, bytes + numbers.size()};
}

void put_engine(h5::Group& g, const Checkpoint& c) {
  put(g, "populations", as_numbers(c.populations));
  put(g, "outlet_velocities", c.outlet_velocities);
  put(g, "velocities", std::span(reinterpret_cast<const float*>(c.velocities.data()), 3 * c.velocities.size()));
  put(g, "species", as_numbers(c.species));
  put(g, "emitted", c.emitted);
  put(g, "left", c.left);
  put(g, "statistics", c.statistics);
  put(g, "speeds", c.speeds);
  put(g, "engine_clock", std::vector<std::uint64_t>{c.step, c.samples});
}

Checkpoint read_engine(const h5::Group& g, Storage storage) {
  const auto clock = stream::read_all<std::uint64_t>(g, "engine_clock");
  const auto velocities = stream::read_all<float>(g, "velocities");
  if (clock.size() != 2 || velocities.size() % 3 != 0) throw DataError("{}: is of another run", g.file());
  Checkpoint c{.step = clock[0], .storage = storage, .populations = read_bytes(g, "populations"), .outlet_velocities = stream::read_all<float>(g, "outlet_velocities"),
               .velocities = std::vector<Velocity>(velocities.size() / 3), .species = read_bytes(g, "species"), .emitted = stream::read_all<double>(g, "emitted"),
               .left = stream::read_all<double>(g, "left"), .samples = clock[1], .statistics = stream::read_all<float>(g, "statistics"), .speeds = stream::read_all<std::uint32_t>(g, "speeds")};
  for (std::size_t i = 0; i < c.velocities.size(); ++i) c.velocities[i] = {velocities[3 * i], velocities[3 * i + 1], velocities[3 * i + 2]};
  return c;
}

}  // namespace

// Nothing else of this program reads or writes HDF5 while a direction runs, so that one thread may.
void Simulation::save() {
  wait_for_save();
  std::vector<std::uint64_t> clock{begun_, average_from_, batches_, samples_, samples_before_, averaging_ ? 1u : 0u, flow_.settled ? 1u : 0u};
  std::vector<double> windows{flow_.spin_up};
  for (const auto& w : flow_.windows) windows.insert(windows.end(), {w.end, w.street_speed, w.error, w.averaged ? 1.0 : 0.0});
  auto write = [file = file_, direction = direction_, engine = engine_->save(), before = before_, batch = batch_, squares = batch_squares_, clock = std::move(clock), windows = std::move(windows)] {
    h5::Draft draft(file);
    auto g = draft.root();
    put_engine(g, engine);
    put(g, "before", before);
    put(g, "batch", batch);
    put(g, "batch_squares", squares);
    put(g, "clock", clock);
    put(g, "windows", windows);
    draft.publish();
    spdlog::info("wind: {:g} degrees: checkpoint of step {}", direction, engine.step);
  };
  saving_ = std::async(std::launch::async, std::move(write));
}

void Simulation::wait_for_save() {
  if (saving_.valid()) saving_.get();
}

// Whether there was one of this run; a damaged one is said and left alone.
bool Simulation::load() {
  if (!std::filesystem::exists(file_)) return false;
  try {
    const auto file = h5::File::open(file_);
    const auto g = file.root();
    const auto clock = stream::read_all<std::uint64_t>(g, "clock");
    const auto windows = stream::read_all<double>(g, "windows");
    auto before = stream::read_all<double>(g, "before"), batch = stream::read_all<double>(g, "batch"), batch_squares = stream::read_all<double>(g, "batch_squares");
    if (clock.size() != 7 || windows.size() % 4 != 1 || before.size() != before_.size() || batch.size() != before.size() || batch_squares.size() != before.size())
      throw DataError("{}: is of another run", file_.string());
    engine_->restore(read_engine(g, case_.storage));
    begun_ = clock[0];
    average_from_ = clock[1];
    batches_ = clock[2];
    samples_ = clock[3];
    samples_before_ = clock[4];
    averaging_ = clock[5] != 0;
    flow_.settled = clock[6] != 0;
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
  return false;
}

}  // namespace dosi::wind
