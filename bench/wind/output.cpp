// A run that leaves checkpoints: as the job does, in pieces from where the engine has its state; from a copy of the
// whole state, written beside the run; and not at all.
#include <unistd.h>

#include <filesystem>
#include <future>

#include "bench/wind/workload.hpp"
#include "host/wind/checkpoint.hpp"
#include "io/stream/stream.hpp"

namespace dosi::bench::wind {
namespace {

namespace fs = std::filesystem;
using dosi::wind::Engine;
using dosi::wind::kParts;

// A folder of this process, which goes with its owner.
class Folder {
 public:
  Folder()
      : path_(fs::temp_directory_path() /
              ("dosi-bench-wind-" + std::to_string(getpid()) + "-" + std::to_string(count_++))) {
    fs::create_directories(path_);
  }
  Folder(const Folder&) = delete;
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  fs::path file() const { return path_ / "checkpoint.h5"; }

 private:
  static inline int count_ = 0;
  fs::path path_;
};

class Output : public Implementation {
 public:
  Output(const Workload& w, std::unique_ptr<Engine> engine, Checkpoints how)
      : w_(w), engine_(std::move(engine)), how_(how) {}
  ~Output() override { wait(); }
  void prepare(int sample) override {
    wait();
    if (sample == 0) engine_->start({}, w_.x, w_.y, w_.z);
  }
  // The disk may go on after it: the next checkpoint waits for it, as in the job.
  void run(int) override {
    for (int s = 0; s < w_.steps; s += kSampleEvery) {
      engine_->advance(static_cast<std::uint64_t>(std::min(kSampleEvery, w_.steps - s)));
      engine_->sample();
    }
    if (how_ == Checkpoints::streamed) stream();
    if (how_ == Checkpoints::copied) copy();
  }
  Answer answer() override {
    std::vector<float> x(w_.cells()), y(w_.cells()), z(w_.cells());
    engine_->fields({{}, x, y, z});
    return {{},
            w_.layers([&](std::size_t n) { return double{x[n]} * x[n] + double{y[n]} * y[n] + double{z[n]} * z[n]; })};
  }

 private:
  static constexpr int kSampleEvery = 9;

  void wait() {
    if (saving_.valid()) saving_.get();
  }
  void stream() {
    wait();
    h5::Draft draft(folder_.file());
    {
      auto g = draft.root();  // gone before the file is closed
      dosi::wind::write_engine(g, *engine_);
    }
    saving_ = std::async(std::launch::async, [draft = std::move(draft)]() mutable { draft.publish(); });
  }
  void copy() {
    wait();
    engine_->save();
    std::vector<std::vector<std::byte>> parts;
    for (const auto part : kParts) {
      auto& all = parts.emplace_back();
      all.reserve(engine_->bytes(part));
      engine_->give(part, [&](std::span<const std::byte> piece) { all.insert(all.end(), piece.begin(), piece.end()); });
    }
    saving_ = std::async(std::launch::async, [file = folder_.file(), parts = std::move(parts)] {
      h5::Draft draft(file);
      for (std::size_t p = 0; p < parts.size(); ++p) {
        auto g = draft.root();
        const std::string name = "part_" + std::to_string(p);
        g.create_dimension("n_" + name, parts[p].size());
        stream::write_all<std::uint8_t>(g, name, {"n_" + name},
                                        {reinterpret_cast<const std::uint8_t*>(parts[p].data()), parts[p].size()},
                                        {.deflate = 0});
      }
      draft.publish();
    });
  }

  const Workload& w_;
  Folder folder_;
  std::unique_ptr<Engine> engine_;
  Checkpoints how_;
  std::future<void> saving_;
};

}  // namespace

std::unique_ptr<Implementation> with_output(const Workload& w, std::unique_ptr<Engine> engine, Checkpoints how) {
  return std::make_unique<Output>(w, std::move(engine), how);
}

}  // namespace dosi::bench::wind
