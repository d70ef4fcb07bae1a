// Backfitting and its inference on one device. See multiscale.hpp.
#include "kernels/gwr/multiscale.hpp"

#include <algorithm>
#include <map>
#include <numeric>

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
        moments_(ctx_, terrain_.tree.clusters.size() * kPolynomials), places_(m.x.size()) {
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

  std::size_t columns_at_once() const override {
    const std::size_t of_one = (k_ + 2) * terrain_.stride * sizeof(double), budget = std::min<std::size_t>(ctx_.free_memory() / 4, kBlockBytes);
    return std::max<std::size_t>(1, budget / of_one / kWide) * kWide;
  }

  void infer(double start, std::span<const Round> rounds, std::size_t first, std::size_t count, const Inference& out) override {
    const std::size_t chunks = (count + kWide - 1) / kWide, part = chunks * n_ * kWide;
    par::Buffer<double> parts(ctx_, k_ * part), rest(ctx_, part), u(ctx_, chunks * terrain_.stride * kWide), square(ctx_, chunks * n_), diagonal(ctx_, n_), moments;
    par::for_each_team(ctx_, n_, kTeam, 0, Start_columns<Bisquare>{terrain_.ground, bandwidths(start), first, chunks, parts.view(), rest.view()});
    for (std::size_t r = 0; r < rounds.size(); ++r)
      for (std::size_t j = 0; j < k_; ++j) {
        const bool last = r + 1 == rounds.size();
        const View<double> mine = parts.view().part(j * part, part);
        if (last) diagonal.fill(0);
        par::for_each(ctx_, u.size(), Target{column(j), mine, rest.view(), u.view(), n_, terrain_.stride});
        const bool wide = rounds[r][j] >= kWideFrom && clusters_.size() > 0;
        const auto& clusters = clusters_;
        if (wide) {
          if (moments.size() == 0) moments = par::Buffer<double>(ctx_, chunks * clusters_.size() * kPolynomials * kWide);
          par::for_each_team(ctx_, chunks * clusters_.size(), kTeam, 0, Wide_clusters{terrain_.ground.forest, clusters.view(), u.view(), terrain_.stride, moments.view()});
        }
        const Smooth_columns smooth{terrain_.ground.forest, n_, terrain_.stride, first, column(j), bandwidths(rounds[r][j]), known(j, rounds[r][j]).xx(), u.view(),
                                    wide ? moments.view() : View<double>{}, clusters_.size(), mine, rest.view(), last ? square.view() : View<double>{}, diagonal.view()};
        par::for_each_team(ctx_, chunks * ((n_ + kRows - 1) / kRows), kTeam, Team::shared_bytes<double>(kRows * kLanes), smooth);
        ctx_.synchronize();
        if (last) add(j, chunks, square.to_host(), diagonal.to_host(), out);
      }
  }

 private:
  static constexpr std::size_t kBlockBytes = Team::serial ? std::size_t{64} << 20 : std::size_t{8} << 30;

  static constexpr double kWideFrom = 600;  // neighbours from which nodes' moments are worth making

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
};

std::unique_ptr<Multiscale_engine> make_multiscale_engine(const Model& model, int device) { return std::make_unique<Device_backfitting>(model, device); }

}  // namespace dosi::DOSI_BACKEND::gwr
