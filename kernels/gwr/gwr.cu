// The engine of `gwr` on one device. See gwr.hpp.
#include "kernels/gwr/gwr.hpp"

#include <algorithm>
#include <numeric>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "kernels/gwr/generalised.hpp"
#include "kernels/gwr/lists.hpp"

namespace dosi::DOSI_BACKEND::gwr {

using dosi::gwr::Company;
using dosi::gwr::Engine;
using dosi::gwr::Fits;
using dosi::gwr::Sums;

struct Left_out {
  View<const double> residual, leverage;
  DOSI_HD double operator()(std::size_t i) const {
    const double e = residual[i] / fmax(1 - leverage[i], 1e-12);
    return e * e;
  }
};
struct Flag {
  View<const std::uint8_t> value;
  DOSI_HD std::uint64_t operator()(std::size_t i) const { return value[i] != 0; }
};

class Device_engine final : public Engine {
 public:
  Device_engine(const Model& m, int device, const Company& company)
      : company_(company), ctx_(workers(device, m.x.size())), terrain_(ctx_, m, true), ground_(terrain_.ground),
        n_(terrain_.places), k_(m.columns), residual_(ctx_, terrain_.stride), leverage_(ctx_, n_), reach2_(ctx_, n_),
        singular_(ctx_, n_) {
    residual_.fill(0);
    reach2_.fill(0);
    if (!m.near.first.empty()) {
      lists_ = Device_lists(ctx_, m.near, terrain_.tree.order, terrain_.rank);
      ground_.near = lists_.view();
      ground_.lines = lines_.of(ctx_, lists_.longest(), k_ + 1);
    }
    if (m.family != Family::gaussian) make_working(m);
  }

  Sums evaluate(const Bandwidth& b) override { return evaluated(b, nullptr); }

  void coefficients(const Bandwidth& b, std::span<double> out) override {
    par::Buffer<double> coefficient(ctx_, n_ * k_), fitted(ctx_, n_);
    told_ = {.coefficient = coefficient.view(), .fitted = fitted.view()};
    const Company with = std::exchange(company_, {});  // this is each engine's own affair
    evaluated(b, nullptr);
    company_ = with;
    told_ = {};
    scatter(coefficient, terrain_.tree.order, k_, out);
  }

  Sums prepare(const Bandwidth& b) override {
    par::Buffer<double> spread(ctx_, n_);
    Sums sums = evaluated(b, &spread);
    const auto& kept = spread;
    if (family_ == Family::gaussian) sums.trace2 = par::reduce(ctx_, n_, par::Load<double>{kept.view()}, 0.0);
    prepared_ = b;
    return sums;
  }

  void fit(std::span<const std::uint32_t> rows, const Fits& fits) override {
    std::vector<std::uint32_t> slot(rows.size()), place;
    std::iota(slot.begin(), slot.end(), 0u);
    std::sort(slot.begin(), slot.end(),
              [&](auto a, auto b) { return terrain_.rank[rows[a]] < terrain_.rank[rows[b]]; });
    for (const auto s : slot) place.push_back(terrain_.rank[rows[s]]);
    const auto d_place = upload(ctx_, place);
    fit_places(slot, fits, {.place = d_place.view(), .count = rows.size()});
  }

  void predict(std::span<const double> x, std::span<const double> y, std::span<const double> design, const Fits& fits,
               std::span<const double> z, const Listed& near, std::span<const double> t) override {
    std::vector<std::uint32_t> slot(x.size());
    std::iota(slot.begin(), slot.end(), 0u);
    std::vector<double> own(design.size());
    for (std::size_t i = 0; i < own.size(); ++i) own[i] = (design[i] - terrain_.centre[i % k_]) / terrain_.size[i % k_];
    const par::Buffer<double> d_x(ctx_, x), d_y(ctx_, y), d_z(ctx_, z), d_t(ctx_, t);
    const auto d_own = upload(ctx_, own);
    const Device_lists lists = near.first.empty() ? Device_lists() : Device_lists(ctx_, near, slot, terrain_.rank);
    if (lists_.longest() > 0) ground_.lines = lines_.of(ctx_, std::max(lists.longest(), lists_.longest()), k_ + 1);
    fit_places(slot, fits,
               {.x = d_x.view(),
                .y = d_y.view(),
                .z = d_z.view(),
                .own = d_own.view(),
                .near = lists.view(),
                .t = d_t.view(),
                .count = x.size()});
  }

 private:
  void check(const Bandwidth& b) const {
    if (listed() && (!b.adaptive || (b.kernel != Kernel::bisquare && b.kernel != Kernel::tricube)))
      throw std::invalid_argument("listed distances take adaptive bandwidths and kernels that end");
    if (b.adaptive ? !(b.value >= 1 && b.value <= static_cast<double>(n_)) : !(b.value > 0))
      throw std::invalid_argument("a bandwidth of " + std::to_string(b.value) + " for " + std::to_string(n_) +
                                  " places");
  }

  Reach reach(const Bandwidth& b) {
    check(b);
    const Reach r{b, reach2_.view(), neighbours_ > 0 ? b.value / neighbours_ : 0};
    if (b.adaptive) neighbours_ = b.value;
    return r;
  }

  // What iterations need of counts and events: where to begin, and what the deviance around a place is made of.
  void make_working(const Model& m) {
    const double mean = std::accumulate(m.response.begin(), m.response.end(), 0.0) / static_cast<double>(n_);
    std::vector<double> exposure(n_, 1), log_exposure(n_), start(n_), y_log_y(n_, 0);
    for (std::size_t i = 0; i < n_; ++i) {
      const double y = m.response[i], first = m.family == Family::poisson ? (y + mean) / 2 : (y + 0.5) / 2;
      if (!m.exposure.empty()) exposure[i] = m.exposure[i];
      log_exposure[i] = std::log(exposure[i]);
      start[i] = m.family == Family::poisson ? std::log(first) - log_exposure[i] : std::log(first / (1 - first));
      if (y > 0) y_log_y[i] = y * std::log(y / exposure[i]);
    }
    const auto on_device = [&](const std::vector<double>& values) {
      return upload(ctx_, terrain_.in_order(values, 0));
    };
    exposure_ = on_device(exposure);
    log_exposure_ = on_device(log_exposure);
    start_ = on_device(start);
    y_log_y_ = on_device(y_log_y);
    deviance_ = par::Buffer<double>(ctx_, terrain_.stride);
    deviance_.fill(0);
    family_ = m.family;
  }

  int columns() const { return static_cast<int>(k_); }
  bool listed() const { return !ground_.near.first.empty(); }

  Working working() const { return {family_, log_exposure_.view(), start_.view()}; }

  Sums evaluated_generalised(const Reach& r, const Bandwidth& b) {
    with_weight(b, [&]<class Weight>() {
      with_room(columns(), [&]<int kRoom>() {
        launch_own(Evaluate_generalised<Weight, kRoom>{ground_, r, working(), residual_.view(), leverage_.view(),
                                                       deviance_.view(), singular_.view(), told_});
      });
    });
    tell({&residual_, &leverage_, &deviance_});
    const auto &e = residual_, &h = leverage_, &d = deviance_;
    const auto& s = singular_;
    return {.rss = par::reduce(ctx_, n_, Square{e.view()}, 0.0),
            .trace = par::reduce(ctx_, n_, par::Load<double>{h.view()}, 0.0),
            .singular = par::reduce(ctx_, n_, Flag{s.view()}, std::uint64_t{0}),
            .deviance = par::reduce(ctx_, n_, par::Load<double>{d.view()}, 0.0)};
  }

  // `spread`, where there is one: the row's sum of squares of S.
  Sums evaluated(const Bandwidth& b, par::Buffer<double>* spread) {
    if (family_ != Family::gaussian) return evaluated_generalised(reach(b), b);
    const Evaluated out{residual_.view(), leverage_.view(), spread ? spread->view() : View<double>{}, singular_.view(),
                        told_};
    const Reach r = reach(b);
    with_weight(b, [&]<class Weight>() {
      if constexpr (Weight::polynomial) make_clusters();
      evaluate_with<Weight>(r, out);
    });
    std::vector<par::Buffer<double>*> found{&residual_, &leverage_};
    if (spread) found.push_back(spread);
    tell(found);
    const auto &e = residual_, &h = leverage_;
    const auto& s = singular_;
    return {.rss = par::reduce(ctx_, n_, Square{e.view()}, 0.0),
            .trace = par::reduce(ctx_, n_, par::Load<double>{h.view()}, 0.0),
            .press = par::reduce(ctx_, n_, Left_out{e.view(), h.view()}, 0.0),
            .singular = par::reduce(ctx_, n_, Flag{s.view()}, std::uint64_t{0})};
  }

  template <class F>
  void with_weight(const Bandwidth& b, const F& f) {
    if (listed()) f.template operator()<Listed_kernel>();
    else if (b.kernel == Kernel::bisquare && ground_.radius == 0) f.template operator()<Bisquare>();
    else f.template operator()<Any_kernel>();
  }

  template <class Weight>
  void evaluate_with(const Reach& r, const Evaluated& out) {
    if constexpr (Weight::listed)
      return with_room(columns(), [&]<int kRoom>() { launch_own(Evaluate<0, Weight, kRoom>{ground_, r, out}); });
    else switch (k_) {
        case 2: return launch_own(Evaluate<2, Weight>{ground_, r, out});
        case 3: return launch_own(Evaluate<3, Weight>{ground_, r, out});
        case 4: return launch_own(Evaluate<4, Weight>{ground_, r, out});
        case 5: return launch_own(Evaluate<5, Weight>{ground_, r, out});
        case 6: return launch_own(Evaluate<6, Weight>{ground_, r, out});
        case 7: return launch_own(Evaluate<7, Weight>{ground_, r, out});
        default:
          return with_room(columns(), [&]<int kRoom>() { launch_own(Evaluate<0, Weight, kRoom>{ground_, r, out}); });
      }
  }

  void make_clusters() {
    if (!ground_.forest.z.empty()) return;  // moments are of the plane
    if (ground_.clusters.products > 0 || terrain_.tree.clusters.empty()) return;
    switch (k_) {
      case 2: return clusters_of<3>();
      case 3: return clusters_of<4>();
      case 4: return clusters_of<5>();
      case 5: return clusters_of<6>();
      case 6: return clusters_of<7>();
      case 7: return clusters_of<8>();
      default: return;
    }
  }

  template <int kColumns>
  void clusters_of() {
    const std::size_t products = (static_cast<std::size_t>(products_of(kColumns)) + kLanes - 1) / kLanes * kLanes;
    const auto d_nodes = upload(ctx_, terrain_.tree.clusters);
    moments_ = par::Buffer<double>(ctx_, terrain_.tree.clusters.size() * kPolynomials * products);
    par::for_each_team(ctx_, terrain_.tree.clusters.size(), kTeam, 0,
                       Make_clusters<kColumns>{ground_.forest, ground_.z, d_nodes.view(), products, moments_.view()});
    ctx_.synchronize();
    ground_.clusters = {moments_.view(), products};
  }

  void fit_places(const std::vector<std::uint32_t>& slot, const Fits& fits, const Wanted& wanted) {
    const std::size_t n = slot.size();
    if (n == 0) return;
    const Reach r{prepared_, company_.size == 1 && neighbours_ == prepared_.value ? reach2_.view() : View<double>{}, 1};
    par::Buffer<double> coefficient(ctx_, n * k_), variance(ctx_, n * k_), fitted(ctx_, n), leverage(ctx_, n),
        condition(ctx_, n), bandwidth(ctx_, n), local_r2(ctx_, n);
    par::Buffer<std::uint8_t> singular(ctx_, n);
    const Fit_views out{coefficient.view(), variance.view(),  fitted.view(),   leverage.view(),
                        condition.view(),   bandwidth.view(), local_r2.view(), singular.view()};
    const auto &e = residual_, &d = deviance_, &t = exposure_, &l = y_log_y_;
    with_weight(prepared_, [&]<class Weight>() {
      with_room(columns(), [&]<int kRoom>() {
        if (family_ != Family::gaussian)
          launch(ctx_, Fit_generalised<Weight, kRoom>{ground_, r, working(), wanted, d.view(), t.view(), l.view(), out},
                 n);
        else launch(ctx_, Fit_places<Weight, kRoom>{ground_, r, wanted, e.view(), out}, n);
      });
    });
    scatter(coefficient, slot, k_, fits.coefficient);
    scatter(variance, slot, k_, fits.variance);
    scatter(fitted, slot, 1, fits.fitted);
    scatter(leverage, slot, 1, fits.leverage);
    scatter(condition, slot, 1, fits.condition);
    scatter(bandwidth, slot, 1, fits.bandwidth);
    if (wanted.ours()) scatter(local_r2, slot, 1, fits.local_r2);
    scatter(singular, slot, 1, fits.singular);
  }

  // Row r of the device is row slot[r] of the answer.
  template <class T>
  static void scatter(const par::Buffer<T>& from, const std::vector<std::uint32_t>& slot, std::size_t width,
                      std::span<T> to) {
    if (to.empty()) return;
    const auto host = from.to_host();
    for (std::size_t r = 0; r < slot.size(); ++r)
      std::copy_n(host.begin() + static_cast<std::ptrdiff_t>(r * width), width,
                  to.begin() + static_cast<std::ptrdiff_t>(slot[r] * width));
  }

  // This one's part of the places, whole groups.
  template <class F>
  void launch_own(const F& f) {
    launch(ctx_, f, own_first(company_.rank), own_first(company_.rank + 1) - own_first(company_.rank));
  }
  std::size_t own_first(std::size_t rank) const {
    const std::size_t groups = (n_ + kPlacesATeam - 1) / kPlacesATeam;
    return std::min(n_, groups * rank / company_.size * kPlacesATeam);
  }

  // What the others found, and whether it was singular there.
  void tell(const std::vector<par::Buffer<double>*>& found) {
    if (company_.size == 1) return;
    const std::size_t width = found.size() + 1;
    std::vector<double> all(n_ * width), column(n_);
    for (std::size_t c = 0; c + 1 < width; ++c) {
      found[c]->download(column);
      for (std::size_t i = 0; i < n_; ++i) all[i * width + c] = column[i];
    }
    auto singular = singular_.to_host();
    for (std::size_t i = 0; i < n_; ++i) all[i * width + width - 1] = singular[i];
    const std::size_t first = own_first(company_.rank), end = own_first(company_.rank + 1);
    company_.complete(all, first * width, (end - first) * width);
    for (std::size_t c = 0; c + 1 < width; ++c) {
      for (std::size_t i = 0; i < n_; ++i) column[i] = all[i * width + c];
      found[c]->upload(column);
    }
    for (std::size_t i = 0; i < n_; ++i) singular[i] = static_cast<std::uint8_t>(all[i * width + width - 1]);
    singular_.upload(singular);
  }

  Company company_;
  par::Context ctx_;
  Terrain terrain_;
  Ground ground_;
  std::size_t n_, k_;
  par::Buffer<double> residual_, leverage_, reach2_, moments_;
  par::Buffer<std::uint8_t> singular_;
  Family family_ = Family::gaussian;
  par::Buffer<double> exposure_, log_exposure_, start_, y_log_y_, deviance_;  // of counts and events
  Fit_views told_;         // what coefficients() wants of an evaluation
  double neighbours_ = 0;  // the K that reach2_ is of, 0: none
  Bandwidth prepared_;
  Device_lists lists_;  // where distances are listed
  Device_lines lines_;
};

std::unique_ptr<Engine> make_engine(const Model& model, int device, const Company& company) {
  return std::make_unique<Device_engine>(model, device, company);
}

}  // namespace dosi::DOSI_BACKEND::gwr
