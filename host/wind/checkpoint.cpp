// A run as it stands, in an HDF5 file beside the tiles: written whole or not at all.
#include <spdlog/spdlog.h>

#include "host/wind/checkpoint.hpp"
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

const char* name_of(Part part) {
  return part == Part::populations ? "populations" : part == Part::species ? "species" : "statistics";
}

void put_part(h5::Group& g, const Engine& engine, Part part) {
  const std::string name = name_of(part);
  g.create_dimension("n_" + name, engine.bytes(part));
  stream::Writer writer(g.create_variable(name, h5::type_of<std::uint8_t>(), {"n_" + name}, {.deflate = 0}),
                        {.level = 0});
  engine.give(part, [&](std::span<const std::byte> piece) { writer.append_bytes(piece); });
  writer.finish();
}

void read_part(const h5::Group& g, Engine& engine, Part part) {
  auto d = g.dataset(name_of(part));
  if (d.type() != h5::type_of<std::uint8_t>() || d.rows() * d.row_bytes() != engine.bytes(part))
    throw DataError("{}: {}: holds {} bytes, not {}", g.file(), d.path(), d.rows() * d.row_bytes(), engine.bytes(part));
  d.require_values();
  stream::Reader reader(std::move(d));
  engine.fill(part, [&](std::span<std::byte> piece) {
    while (!piece.empty()) {
      const auto read = reader.read_bytes(piece.data(), piece.size());
      if (read == 0) throw DataError("{}: {}: ends early", g.file(), name_of(part));
      piece = piece.subspan(read);
    }
  });
}

}  // namespace

void write_engine(h5::Group& g, const Engine& engine) {
  const Checkpoint c = engine.save();
  put(g, "engine_clock", std::vector<std::uint64_t>{c.step, c.samples});
  put(g, "outlet_velocities", c.outlet_velocities);
  put(g, "velocities", std::span(reinterpret_cast<const float*>(c.velocities.data()), 3 * c.velocities.size()));
  put(g, "emitted", c.emitted);
  put(g, "left", c.left);
  put(g, "speeds", c.speeds);
  for (const Part part : kParts) put_part(g, engine, part);
}

void read_engine(const h5::Group& g, Storage storage, Engine& engine) {
  const auto clock = stream::read_all<std::uint64_t>(g, "engine_clock");
  const auto velocities = stream::read_all<float>(g, "velocities");
  if (clock.size() != 2 || velocities.size() % 3 != 0) throw DataError("{}: is of another run", g.file());
  Checkpoint c{.step = clock[0],
               .storage = storage,
               .outlet_velocities = stream::read_all<float>(g, "outlet_velocities"),
               .velocities = std::vector<Velocity>(velocities.size() / 3),
               .emitted = stream::read_all<double>(g, "emitted"),
               .left = stream::read_all<double>(g, "left"),
               .samples = clock[1],
               .speeds = stream::read_all<std::uint32_t>(g, "speeds")};
  for (std::size_t i = 0; i < c.velocities.size(); ++i)
    c.velocities[i] = {velocities[3 * i], velocities[3 * i + 1], velocities[3 * i + 2]};
  engine.restore(c);
  for (const Part part : kParts) read_part(g, engine, part);
}

// What is written goes to the system's cache from where the engine has it: as long as a copy would take, and no second
// run in memory. Only its way to the disk is awaited beside the run. Nothing else of this program reads or writes HDF5
// while a direction runs, so that one thread may.
void Simulation::save() {
  const auto begun = std::chrono::steady_clock::now();
  wait_for_save();
  std::vector<double> windows{flow_.spin_up};
  for (const auto& w : flow_.windows)
    windows.insert(windows.end(), {w.end, w.street_speed, w.error, w.averaged ? 1.0 : 0.0});
  h5::Draft draft(file_);
  {
    auto g = draft.root();
    write_engine(g, *engine_);
    put(g, "before", before_);
    put(g, "batch", batch_);
    put(g, "batch_squares", batch_squares_);
    put(g, "clock",
        std::vector<std::uint64_t>{begun_, average_from_, batches_, samples_, samples_before_, averaging_ ? 1u : 0u,
                                   flow_.settled ? 1u : 0u});
    put(g, "windows", windows);
  }
  saving_ = std::async(std::launch::async,
                       [draft = std::move(draft), direction = direction_, step = engine_->step()]() mutable {
                         draft.publish();
                         spdlog::info("wind: {:g} degrees: checkpoint of step {}", direction, step);
                       });
  saved_ = std::chrono::steady_clock::now();
  save_seconds_ = std::chrono::duration<double>(saved_ - begun).count();
}

void Simulation::wait_for_save() {
  if (saving_.valid()) saving_.get();
}

void Simulation::begin_anew(const char* why) {
  spdlog::warn("wind: {:g} degrees: begins anew, its checkpoint cannot be used: {}", direction_, why);
  engine_ = make_engine();
}

// Whether there was one of this run; a damaged one is said and left alone.
bool Simulation::load() {
  if (!std::filesystem::exists(file_)) return false;
  try {
    const auto file = h5::File::open(file_);
    const auto g = file.root();
    const auto clock = stream::read_all<std::uint64_t>(g, "clock");
    const auto windows = stream::read_all<double>(g, "windows");
    auto before = stream::read_all<double>(g, "before"), batch = stream::read_all<double>(g, "batch"),
         batch_squares = stream::read_all<double>(g, "batch_squares");
    if (clock.size() != 7 || windows.size() % 4 != 1 || before.size() != before_.size() ||
        batch.size() != before.size() || batch_squares.size() != before.size())
      throw DataError("{}: is of another run", file_.string());
    read_engine(g, case_.storage, *engine_);
    begun_ = clock[0];
    average_from_ = clock[1];
    batches_ = clock[2];
    samples_ = clock[3];
    samples_before_ = clock[4];
    averaging_ = clock[5] != 0;
    flow_.settled = clock[6] != 0;
    flow_.spin_up = windows[0];
    for (std::size_t i = 1; i < windows.size(); i += 4)
      flow_.windows.push_back({windows[i], windows[i + 1], windows[i + 2], windows[i + 3] != 0});
    before_ = std::move(before);
    batch_ = std::move(batch);
    batch_squares_ = std::move(batch_squares);
    return true;
  } catch (const Error& e) {
    begin_anew(e.what());
  } catch (const std::invalid_argument& e) {
    begin_anew(e.what());
  }
  return false;
}

}  // namespace dosi::wind
