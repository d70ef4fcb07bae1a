// Backfitting and its inference on one device. See multiscale.hpp.
#include "kernels/gwr/multiscale.hpp"

#include <algorithm>
#include <map>
#include <numeric>

#include "kernels/gwr/many_columns.hpp"
#include "kernels/gwr/smooth.hpp"
#include "kernels/gwr/terrain.hpp"

namespace dosi::DOSI_BACKEND::gwr {

using dosi::gwr::Inference;
using dosi::gwr::Multiscale_engine;
using dosi::gwr::Round;
using dosi::gwr::Sums;

struct Product {
  View<const double> a, b;
  View<double> out;
  DOSI_HD void operator()(std::size_t i) const { out[i] = a[i] * b[i]; }
};
struct Copy {
  View<const double> from;
  View<double> to;
  DOSI_HD void operator()(std::size_t i) const { to[i] = from[i]; }
};
struct Times_target {  // x (f_j + e)
  View<const double> x, part, rest;
  View<double> out;
  DOSI_HD void operator()(std::size_t i) const { out[i] = x[i] * (part[i] + rest[i]); }
};
struct Own_share {  // of the hat matrix of a smooth, its diagonal
  View<const double> x, xx;
  DOSI_HD double operator()(std::size_t i) const { return xx[i] > 0 ? x[i] * x[i] / xx[i] : 0; }
};
struct Left {
  Smoothed s;
  DOSI_HD double operator()(std::size_t i) const { return s.left(i) * s.left(i); }
};
struct Change {
  Smoothed s;
  DOSI_HD double operator()(std::size_t i) const {
    const double d = s.x[i] * s.coefficient(i) - s.part[i];
    return d * d;
  }
};
struct Keep_smooth {
  Smoothed s;
  View<double> part, rest, coefficient;
  DOSI_HD void operator()(std::size_t i) const {
    const double left = s.left(i);
    coefficient[i] = s.coefficient(i);
    part[i] = s.x[i] * coefficient[i];
    rest[i] = left;
  }
};
struct Fitted_square {
  View<const double> y, rest;
  DOSI_HD double operator()(std::size_t i) const { return (y[i] - rest[i]) * (y[i] - rest[i]); }
};

class Device_backfitting final : public Multiscale_engine {
 public:
  Device_backfitting(const Model& m, int device)
      : ctx_(workers(device, m.x.size())), terrain_(ctx_, m, false), n_(terrain_.places), k_(m.columns), first_(dosi::DOSI_BACKEND::gwr::make_engine(m, device)),
        rest_(ctx_, n_), product_(ctx_, terrain_.stride), xt_(ctx_, n_), clusters_(upload(ctx_, terrain_.tree.clusters)),
        moments_(ctx_, terrain_.tree.clusters.size() * kPolynomials), places_(m.x.size()), fine_(ctx_, terrain_.tree, m) {
    product_.fill(0);
    std::iota(places_.begin(), places_.end(), 0u);
    for (std::size_t j = 0; j < k_; ++j) {
      part_.emplace_back(ctx_, n_);
      coefficient_.emplace_back(ctx_, n_);
    }
  }

  double start(double neighbours) override {
    first_->prepare({Kernel::bisquare, true, neighbours});
    std::vector<double> b(n_ * k_), fitted(n_), part(n_), rest(n_), of_column(n_);
    first_->fit(places_, {.coefficient = b, .fitted = fitted});
    const auto& order = terrain_.tree.order;
    const auto columns = host_columns();
    for (std::size_t i = 0; i < n_; ++i) rest[i] = columns[k_ * terrain_.stride + i];
    for (std::size_t j = 0; j < k_; ++j) {
      for (std::size_t i = 0; i < n_; ++i) {
        of_column[i] = b[order[i] * k_ + j];
        part[i] = of_column[i] * columns[j * terrain_.stride + i];
        rest[i] -= part[i];
      }
      part_[j].upload(part);
      coefficient_[j].upload(of_column);
    }
    rest_.upload(rest);
    return rss();
  }

  Sums attempt(std::size_t j, double neighbours) override {
    const Smoothed s = smoothed(j, neighbours);
    return {.rss = par::reduce(ctx_, n_, Left{s}, 0.0), .trace = known(j, neighbours).trace};
  }

  double smooth(std::size_t j, double neighbours) override {
    const Smoothed s = smoothed(j, neighbours);
    const double change = par::reduce(ctx_, n_, Change{s}, 0.0);
    par::for_each(ctx_, n_, Keep_smooth{s, part_[j].view(), rest_.view(), coefficient_[j].view()});
    ctx_.synchronize();
    return change;
  }

  double sum_of_fitted_squares() override {
    const auto& rest = rest_;
    return par::reduce(ctx_, n_, Fitted_square{column(k_), rest.view()}, 0.0);
  }
  double rss() override {
    const auto& rest = rest_;
    return par::reduce(ctx_, n_, Square{rest.view()}, 0.0);
  }

  void fit(std::span<double> coefficient, std::span<double> fitted) override {
    const auto rest = rest_.to_host();
    const auto columns = host_columns();
    const auto& order = terrain_.tree.order;
    for (std::size_t i = 0; i < n_; ++i) fitted[order[i]] = columns[k_ * terrain_.stride + i] - rest[i];
    for (std::size_t j = 0; j < k_; ++j) {
      const auto b = coefficient_[j].to_host();
      for (std::size_t i = 0; i < n_; ++i) coefficient[order[i] * k_ + j] = b[i];
    }
  }

  void predict(std::span<const double> x, std::span<const double> y, const Round& bandwidths, std::span<double> coefficient) override {
    if (x.empty()) return;
    const par::Buffer<double> d_x(ctx_, x), d_y(ctx_, y);
    par::Buffer<double> out(ctx_, coefficient.size()), squares(ctx_, terrain_.stride);
    squares.fill(0);
    const auto &rest = rest_, &product = product_;
    for (std::size_t j = 0; j < k_; ++j) {
      const auto& part = part_[j];
      par::for_each(ctx_, n_, Product{column(j), column(j), squares.view()});
      par::for_each(ctx_, n_, Times_target{column(j), part.view(), rest.view(), product_.view()});
      launch(ctx_, Smooth_at{terrain_.ground, d_x.view(), d_y.view(), product.view(), std::as_const(squares).view(), bandwidths[j], k_, j, out.view()}, x.size());
    }
    const auto host = out.to_host();
    std::copy(host.begin(), host.end(), coefficient.begin());
  }

  std::vector<double> state() override {
    std::vector<double> all;
    for (const auto* array : arrays()) {
      const auto values = array->to_host();
      all.insert(all.end(), values.begin(), values.end());
    }
    return all;
  }

  void restore(std::span<const double> state) override {
    for (std::size_t at = 0; auto* array : arrays()) {
      array->upload(state.subspan(at, n_));
      at += n_;
    }
  }

  // A CPU's threads take a chunk each, or as many as a cache holds; a GPU takes many.
  std::size_t columns_at_once() const override {
    const std::size_t of_one = ((k_ + 2) * n_ + fine_.tree.clusters.size() * kPolynomials) * sizeof(double);
#if DOSI_ON_CUDA
    const std::size_t teams = 1, budget = std::min<std::size_t>(ctx_.free_memory() / 4, std::size_t{8} << 30);
#else
    const auto teams = static_cast<std::size_t>(ctx_.threads());
    const std::size_t budget = std::size_t{8} << 20;
#endif
    return std::max<std::size_t>(1, budget / of_one / kWide) * kWide * teams;
  }

  void infer(double start, std::span<const Round> rounds, std::size_t first, std::size_t count, const Inference& out) override {
    const std::size_t chunks = (count + kWide - 1) / kWide, part = chunks * n_ * kWide, tiles = (n_ + kRows - 1) / kRows;
    if (state_.v.size() != part) state_ = State(ctx_, k_, part, chunks * fine_.tree.clusters.size() * kPolynomials * kWide, chunks * n_, n_);
    auto& [parts, v, after, moments, square, diagonal] = state_;
    par::for_each_team(ctx_, n_, kTeam, 0, Start_columns<Bisquare>{terrain_.ground, bandwidths(start), first, count, chunks, parts.view(), v.view()});
    for (std::size_t r = 0; r < rounds.size(); ++r)
      for (std::size_t j = 0; j < k_; ++j) {
        const bool last = r + 1 == rounds.size();
        if (last) diagonal.fill(0);
        const Matrix& matrix = matrix_of(j, rounds[r][j]);
        if (matrix.far) make_moments(column(j), std::as_const(v).view(), chunks, moments.view());
        par::for_each_team(ctx_, (tiles + kTilesATeam - 1) / kTilesATeam * chunks, kTeam, 0,
                           Smooth_columns{matrix.view(), n_, chunks, first, column(j), std::as_const(v).view(), std::as_const(moments).view(), parts.view().part(j * part, part),
                                          parts.view().part((j + 1) % k_ * part, part), after.view(), last ? square.view() : View<double>{}, diagonal.view()});
        std::swap(v, after);
        if (last) add(j, chunks, square.to_host(), diagonal.to_host(), out);
      }
    ctx_.synchronize();
  }

 private:
  // Each of n_: f_j, b_j, e.
  std::vector<par::Buffer<double>*> arrays() {
    std::vector<par::Buffer<double>*> all;
    for (auto& p : part_) all.push_back(&p);
    for (auto& c : coefficient_) all.push_back(&c);
    all.push_back(&rest_);
    return all;
  }

  struct Fine {
    Fine(par::Context& ctx, const Tree& t, const Model& m) : tree(dosi::gwr::refine(t, m.x, m.y)), nodes(upload(ctx, tree.nodes)), clusters(upload(ctx, tree.clusters)) {}
    dosi::gwr::Fine_tree tree;
    par::Buffer<Node> nodes;
    par::Buffer<Cluster> clusters;
  };

  struct State {  // of the columns of the identity that are under way
    State() = default;
    State(par::Context& ctx, std::size_t columns, std::size_t part, std::size_t of_moments, std::size_t rows, std::size_t places)
        : parts(ctx, columns * part), v(ctx, part), after(ctx, part), moments(ctx, of_moments), square(ctx, rows), diagonal(ctx, places) {}
    par::Buffer<double> parts, v, after, moments, square, diagonal;
  };

  struct Matrix {
    par::Buffer<std::uint64_t> first, middle;
    par::Buffer<std::uint32_t> source;
    par::Buffer<double> factor;
    bool far = false;  // it has moments
    Smooth_matrix view() const { return {first.view(), middle.view(), source.view(), factor.view()}; }
    std::size_t bytes() const { return source.size() * sizeof(std::uint32_t) + factor.size() * sizeof(double); }
  };

  Forest fine_forest() const { return {fine_.nodes.view(), terrain_.ground.forest.x, terrain_.ground.forest.y}; }

  const Matrix& matrix_of(std::size_t j, double neighbours) {
    const auto key = std::pair(j, neighbours);
    if (const auto found = matrix_.find(key); found != matrix_.end()) return found->second;
    const std::size_t tiles = (n_ + kRows - 1) / kRows;
    const Tile_walk walk{fine_forest(), n_, bandwidths(neighbours)};
    par::Buffer<std::uint64_t> of_places(ctx_, tiles), of_moments(ctx_, tiles);
    par::for_each_team(ctx_, tiles, kTeam, 0, Count_steps{walk, of_places.view(), of_moments.view()});
    const auto near = of_places.to_host(), far = of_moments.to_host();
    std::vector<std::uint64_t> first(tiles + 1, 0), middle(tiles);
    for (std::size_t t = 0; t < tiles; ++t) {
      middle[t] = first[t] + near[t];
      first[t + 1] = middle[t] + far[t];
    }
    const std::size_t steps = first.back(), bytes = steps * (sizeof(std::uint32_t) + kRows * sizeof(double));
    if (matrix_bytes_ + bytes > kMatrixBytes) {
      matrix_.clear();
      matrix_bytes_ = 0;
    }
    Matrix m{upload(ctx_, first), upload(ctx_, middle), {ctx_, steps}, {ctx_, steps * kRows}, std::any_of(far.begin(), far.end(), [](auto f) { return f > 0; })};
    par::for_each_team(ctx_, tiles, kTeam, 0, Write_steps{walk, column(j), known(j, neighbours).xx(), std::as_const(m.first).view(), std::as_const(m.middle).view(), m.source.view(), m.factor.view()});
    matrix_bytes_ += bytes;
    return matrix_.emplace(key, std::move(m)).first->second;
  }

  // Level by level, the last few clusters of a chunk by one team.
  void make_moments(View<const double> x, View<const double> v, std::size_t chunks, View<double> moments) {
    constexpr std::size_t kFew = 16;
    const auto& levels = fine_.tree.levels;
    const std::size_t all = fine_.tree.clusters.size();
    for (std::size_t l = 0; l + 1 < levels.size();) {
      const bool few = all - levels[l] <= kFew;
      const std::size_t begin = levels[l], end = few ? all : levels[l + 1], a_team = few ? all : kClustersATeam;
      par::for_each_team(ctx_, (end - begin + a_team - 1) / a_team * chunks, kTeam, 0,
                         Column_moments{fine_forest(), std::as_const(fine_.clusters).view(), x, v, n_, chunks, begin, end, a_team, moments});
      l = few ? levels.size() : l + 1;
    }
  }

  static constexpr std::size_t kMatrixBytes = std::size_t{1} << 30, kClustersATeam = Team::serial ? 8 : 1;

  // What is known of a column at a bandwidth, whatever the target.
  struct Known {
    par::Buffer<double> sums;  // of x^2
    double trace = 0;
    View<const double> xx() const { return sums.view(); }
  };

  View<const double> column(std::size_t c) const { return terrain_.ground.z.values.part(c * terrain_.stride, terrain_.stride); }

  std::vector<double> host_columns() {
    std::vector<double> host;
    for (std::size_t c = 0; c <= k_; ++c) {
      par::for_each(ctx_, terrain_.stride, Copy{column(c), product_.view()});
      const auto values = product_.to_host();
      host.insert(host.end(), values.begin(), values.end());
    }
    return host;
  }

  View<const double> bandwidths(double neighbours) {
    auto found = bandwidth_.find(neighbours);
    if (found == bandwidth_.end()) {
      par::Buffer<double> h(ctx_, n_);
      launch(ctx_, Find_bandwidths{terrain_.ground, neighbours, h.view()}, n_);
      found = bandwidth_.emplace(neighbours, std::move(h)).first;
    }
    const auto& h = found->second;
    return h.view();
  }

  const Known& known(std::size_t j, double neighbours) {
    const auto key = std::pair(j, neighbours);
    auto found = known_.find(key);
    if (found == known_.end()) {
      Known k{par::Buffer<double>(ctx_, n_)};
      par::for_each(ctx_, terrain_.stride, Product{column(j), column(j), product_.view()});
      weighted_sums(neighbours, k.sums.view());
      k.trace = par::reduce(ctx_, n_, Own_share{column(j), std::as_const(k).xx()}, 0.0);
      found = known_.emplace(key, std::move(k)).first;
    }
    return found->second;
  }

  // Of product_, whose places behind the last are 0.
  void weighted_sums(double neighbours, View<double> out) {
    const auto &product = product_, &moments = moments_;
    const auto& clusters = clusters_;
    const auto h = bandwidths(neighbours);
    par::for_each_team(ctx_, clusters_.size(), kTeam, 0, Cluster_sums{terrain_.ground.forest, clusters.view(), product.view(), moments_.view()});
    launch(ctx_, Weighted_sums{terrain_.ground, h, product.view(), moments.view(), out}, n_);
  }

  Smoothed smoothed(std::size_t j, double neighbours) {
    const auto& of_column = known(j, neighbours);
    const auto &part = part_[j], &rest = rest_, &xt = xt_;
    par::for_each(ctx_, n_, Times_target{column(j), part.view(), rest.view(), product_.view()});
    weighted_sums(neighbours, xt_.view());
    return {column(j), part.view(), rest.view(), of_column.xx(), xt.view()};
  }

  void add(std::size_t j, std::size_t chunks, const std::vector<double>& square, const std::vector<double>& diagonal, const Inference& out) const {
    const auto& order = terrain_.tree.order;
    for (std::size_t i = 0; i < n_; ++i) {
      for (std::size_t c = 0; c < chunks; ++c) out.variance[order[i] * k_ + j] += square[c * n_ + i];
      out.leverage[order[i]] += diagonal[i];
      out.parameters[j] += diagonal[i];
    }
  }

  par::Context ctx_;
  Terrain terrain_;
  std::size_t n_, k_;
  std::unique_ptr<dosi::gwr::Engine> first_;
  std::vector<par::Buffer<double>> part_, coefficient_;
  par::Buffer<double> rest_, product_, xt_;
  par::Buffer<std::uint32_t> clusters_;
  par::Buffer<double> moments_;
  std::vector<std::uint32_t> places_;
  std::map<double, par::Buffer<double>> bandwidth_;
  std::map<std::pair<std::size_t, double>, Known> known_;
  Fine fine_;
  std::map<std::pair<std::size_t, double>, Matrix> matrix_;
  std::size_t matrix_bytes_ = 0;
  State state_;
};

std::unique_ptr<Multiscale_engine> make_multiscale_engine(const Model& model, int device) { return std::make_unique<Device_backfitting>(model, device); }

}  // namespace dosi::DOSI_BACKEND::gwr
