// Backfitting on one device; its inference is in replay.hpp. See multiscale.hpp.
#include "kernels/gwr/multiscale.hpp"

#include <algorithm>
#include <numeric>

#include "kernels/gwr/replay.hpp"
#include "kernels/gwr/smooths.hpp"

namespace dosi::DOSI_BACKEND::gwr {

using dosi::gwr::Elsewhere;
using dosi::gwr::Multiscale_engine;
using dosi::gwr::Round;
using dosi::gwr::Sums;

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
      : ctx_(workers(device, m.x.size())), terrain_(ctx_, m, false), smooths_(ctx_, terrain_, m), n_(terrain_.places),
        k_(m.columns), first_(dosi::DOSI_BACKEND::gwr::make_engine(m, device)), rest_(ctx_, n_),
        product_(ctx_, terrain_.stride), xt_(ctx_, n_), places_(m.x.size()) {
    product_.fill(0);
    std::iota(places_.begin(), places_.end(), 0u);
    ctx_.synchronize();
    replay_ = std::make_unique<Replay>(ctx_, device, terrain_, smooths_, k_);
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
    return {.rss = par::reduce(smooths_.short_work(), n_, Left{s}, 0.0), .trace = smooths_.known(j, neighbours).trace};
  }

  double smooth(std::size_t j, double neighbours) override {
    const Smoothed s = smoothed(j, neighbours);
    const double change = par::reduce(smooths_.short_work(), n_, Change{s}, 0.0);
    par::for_each(smooths_.short_work(), n_, Keep_smooth{s, part_[j].view(), rest_.view(), coefficient_[j].view()});
    ctx_.synchronize();
    return change;
  }

  double sum_of_fitted_squares() override {
    const auto& rest = rest_;
    return par::reduce(smooths_.short_work(), n_, Fitted_square{smooths_.column(k_), rest.view()}, 0.0);
  }
  double rss() override {
    const auto& rest = rest_;
    return par::reduce(smooths_.short_work(), n_, Square{rest.view()}, 0.0);
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

  void predict(const Elsewhere& elsewhere, const Round& bandwidths, std::span<double> coefficient) override {
    const std::size_t n = elsewhere.x.size();
    if (n == 0) return;
    const New_places there(ctx_, terrain_, elsewhere);
    par::Buffer<double> xt(ctx_, n);
    for (std::size_t j = 0; j < k_; ++j) {
      const auto at = smooths_.bandwidths_at(there.points(), bandwidths[j]);
      target(j);
      smooths_.weighted_sums(there.points(), at.view(), std::as_const(product_).view(), xt.view());
      const auto sums = xt.to_host(), squares = smooths_.squares_at(there.points(), at.view(), j).to_host();
      for (std::size_t i = 0; i < n; ++i) coefficient[i * k_ + j] = squares[i] > 0 ? sums[i] / squares[i] : 0;
    }
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

  std::size_t columns_at_once() override { return replay_->columns_at_once(); }

  void infer(double start, std::span<const Round> rounds, std::size_t first, std::size_t count,
             const Inference& out) override {
    replay_->infer(start, rounds, first, count, out);
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

  std::vector<double> host_columns() {
    std::vector<double> host;
    for (std::size_t c = 0; c <= k_; ++c) {
      par::for_each(ctx_, terrain_.stride, Copy{smooths_.column(c), product_.view()});
      const auto values = product_.to_host();
      host.insert(host.end(), values.begin(), values.end());
    }
    return host;
  }

  // x (f_j + e) into product_.
  void target(std::size_t j) {
    par::for_each(
        smooths_.short_work(), n_,
        Times_target{smooths_.column(j), std::as_const(part_[j]).view(), std::as_const(rest_).view(), product_.view()});
  }

  Smoothed smoothed(std::size_t j, double neighbours) {
    const auto &part = part_[j], &rest = rest_, &xt = xt_;
    const auto& of_column = smooths_.known(j, neighbours);
    target(j);
    smooths_.weighted_sums(smooths_.places(), smooths_.bandwidths(neighbours), std::as_const(product_).view(),
                           xt_.view());
    return {smooths_.column(j), part.view(), rest.view(), of_column.xx(), xt.view()};
  }

  par::Context ctx_;
  Terrain terrain_;
  Smooths smooths_;
  std::size_t n_, k_;
  std::unique_ptr<dosi::gwr::Engine> first_;
  std::vector<par::Buffer<double>> part_, coefficient_;
  par::Buffer<double> rest_, product_, xt_;
  std::vector<std::uint32_t> places_;
  std::unique_ptr<Replay> replay_;
};

std::unique_ptr<Multiscale_engine> make_multiscale_engine(const Model& model, int device) {
  return std::make_unique<Device_backfitting>(model, device);
}

}  // namespace dosi::DOSI_BACKEND::gwr
