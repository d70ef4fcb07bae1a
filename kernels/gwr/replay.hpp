// Inference of MGWR on one device: the rounds replayed on columns of the identity, in groups that neither the number of
// threads nor that of ranks changes.
#pragma once

#include <exception>

#include "kernels/gwr/early_rounds.hpp"

namespace dosi::DOSI_BACKEND::gwr {

// A CPU's threads take a group each through all rounds, and never wait for one another; a GPU takes one at a time.
class Replay {
 public:
  // `ctx`: where the smooths are. All must outlive this.
  Replay(par::Context& ctx, int device, const Terrain& terrain, Smooths& smooths, std::size_t columns)
      : terrain_(terrain), matrices_(ctx, smooths), device_(device), columns_(columns), group_(group_of(ctx)) {
    const std::size_t groups = (terrain.places + group_ - 1) / group_;
    lines_ = DOSI_ON_CUDA ? 1 : static_cast<std::size_t>(workers(device, groups * 1024));  // no more than groups
    add_lines(lines_);
  }

  std::size_t columns_at_once() const { return group_ * lines_; }

  void infer(double start, std::span<const Round> rounds, std::size_t first, std::size_t count, const Inference& out) {
    if (new_.count != out.elsewhere.x.size()) find_new(rounds.back(), out);
    // New places want the whole of the last round.
    const std::size_t early = new_.count > 0 ? rounds.size() : Late_rounds::after(rounds, columns_);
    if (first == 0 || !prepared_) prepare(rounds, early);
    prepared_ = true;
    const auto at = matrices_.bandwidths(start);
    const std::size_t lines = (count + group_ - 1) / group_;
    add_lines(lines);
    std::vector<std::exception_ptr> failed(lines);
    std::vector<Inferred> found(lines);
#if !DOSI_ON_CUDA
#pragma omp parallel for schedule(dynamic, 1) num_threads(int(std::min(lines, lines_))) if (lines > 1)
#endif
    for (std::size_t l = 0; l < lines; ++l) {
      try {
        found[l] = run(*line_[l], start, at, rounds, early, first + l * group_, std::min(group_, count - l * group_));
      } catch (...) {
        failed[l] = std::current_exception();
      }
    }
    for (const auto& f : failed)
      if (f) std::rethrow_exception(f);
    for (const auto& f : found) add(f, out);
  }

 private:
  struct Line {
    par::Context ctx;
    Early_rounds early;
    Late_rounds late;
    Line(int device, const Terrain& terrain, Smooth_matrices& matrices, std::size_t columns)
        : ctx(device), early(ctx, terrain, matrices, columns), late(ctx, terrain, matrices, columns) {}
  };

  // Columns of the identity that share directions: the more, the fewer for each, and the more memory.
  std::size_t group_of([[maybe_unused]] par::Context& ctx) const {
    constexpr std::size_t kColumns = DOSI_ON_CUDA ? 512 : 256, kMostNumbers = std::size_t{1} << 27;
    std::size_t most = std::min(kColumns, kMostNumbers / (terrain_.places * columns_));
#if DOSI_ON_CUDA
    const std::size_t of_one =
        ((5 * columns_ + 3) * terrain_.places + matrices_.smooths().clusters().size * kPolynomials * 2) *
        sizeof(double);
    most = std::min(most, ctx.free_memory() / 4 / of_one);
#endif
    return std::max<std::size_t>(1, most / kWide) * kWide;
  }

  Inferred run(Line& line, double start, const Reaches& at, std::span<const Round> rounds, std::size_t early,
               std::size_t first, std::size_t count) {
    const std::size_t places = terrain_.places, chunks = (count + kWide - 1) / kWide;
    Inferred out{std::vector<double>(columns_ * places, 0), std::vector<double>(columns_ * places, 0),
                 std::vector<double>(new_.count, 0)};
    const bool later = early < rounds.size();
    if (later) line.late.make_room(chunks);
    const std::size_t a_time = DOSI_ON_CUDA ? chunks : 4;  // so that a fit at a place serves more than one chunk
    for (std::size_t c = 0; c < chunks; c += a_time) {
      const std::size_t from = c * kWide;
      line.early.run(start, at, rounds.first(early), first + from, std::min(a_time * kWide, count - from), new_,
                     later ? &line.late : nullptr, c);
      line.early.add_to(out);
    }
    if (later) line.late.run(rounds.back(), early, rounds.size(), first, count, out);
    return out;
  }

  void add(const Inferred& found, const Inference& out) const {
    const auto& order = terrain_.tree.order;
    for (std::size_t j = 0; j < columns_; ++j)
      for (std::size_t i = 0; i < terrain_.places; ++i) {
        out.variance[order[i] * columns_ + j] += found.square[j * terrain_.places + i];
        const double own = found.diagonal[j * terrain_.places + i];
        out.leverage[order[i]] += own;
        out.parameters[j] += own;
      }
    for (std::size_t p = 0; p < found.predicted.size(); ++p) out.predicted[p] += found.predicted[p];
  }

  void add_lines(std::size_t lines) {
    while (line_.size() < lines)
      line_.push_back(std::make_unique<Line>(DOSI_ON_CUDA ? device_ : 1, terrain_, matrices_, columns_));
  }

  // Makes matrices with all threads, before each goes its own way.
  void prepare(std::span<const Round> rounds, std::size_t early) {
    for (std::size_t r = 0; r < rounds.size(); ++r)
      for (std::size_t j = 0; j < columns_; ++j) {
        if (r >= early || Early_rounds::changes(rounds.first(early), r, j)) matrices_.of<float>(j, rounds[r][j]);
        else matrices_.of<double>(j, rounds[r][j]);
      }
  }

  void find_new(const Round& round, const Inference& out) {
    auto& ctx = line_[0]->ctx;
    new_ = {
        New_places(ctx, terrain_, out.elsewhere), par::Buffer<double>(ctx, out.new_design), {}, out.elsewhere.x.size()};
    for (std::size_t j = 0; j < columns_ && new_.count > 0; ++j)
      new_.matrix.push_back(matrices_.at(new_.places.points(), j, round[j]));
  }

  const Terrain& terrain_;
  Smooth_matrices matrices_;
  int device_;
  std::size_t columns_, group_, lines_ = 1;
  bool prepared_ = false;
  std::vector<std::unique_ptr<Line>> line_;
  New_points new_;
};

}  // namespace dosi::DOSI_BACKEND::gwr
