// The engine of a curve of bandwidths on one device. See curve.hpp.
#include "kernels/gwr/curve_walk.hpp"
#include "kernels/gwr/lists.hpp"

namespace dosi::DOSI_BACKEND::gwr {

using dosi::gwr::Bandwidths;
using dosi::gwr::Curve_engine;
using dosi::gwr::Family;
using dosi::gwr::kCurveFigures;
using dosi::gwr::kCurveParts;

struct Widened {
  View<const std::uint32_t> value;
  DOSI_HD std::uint64_t operator()(std::size_t i) const { return value[i]; }
};

class Device_curve final : public Curve_engine {
 public:
  Device_curve(const Model& m, const Bandwidths& b, int device)
      : ctx_(workers(device, m.x.size())), terrain_(ctx_, m, true), ground_(terrain_.ground),
        k_(static_cast<int>(m.columns)), power_(b.kernel == Kernel::bisquare ? 2 : 3),
        groups_((terrain_.places + kCurvePlaces - 1) / kCurvePlaces), bandwidths_(b.value.size()) {
    check(m, b);
    if (!m.near.first.empty()) {
      lists_ = Device_lists(ctx_, m.near, terrain_.tree.order, terrain_.rank);
      ground_.near = lists_.view();
    }
    measure({b.kernel, b.adaptive, b.value.back()});
    set_steps(b);
    stride_ = (static_cast<std::size_t>(products_of(k_ + 1)) + kLanes - 1) / kLanes * kLanes;
    products_ = par::Buffer<double>(ctx_, terrain_.places * stride_);
    par::for_each(ctx_, terrain_.places, Make_products{ground_.z, stride_, products_.view()});
    make_room();
  }

  std::uint64_t neighbours() const override { return neighbours_; }
  std::size_t parts_at_once() const override {
    return std::clamp<std::size_t>(teams_ * kCurveParts / std::max<std::size_t>(groups_, 1), 1, kCurveParts);
  }

  void sums(std::size_t first, std::size_t count, std::span<double> out) override {
    const std::size_t width = kCurveFigures * step_.count, end = first_of(first + count);
    par::Buffer<double> parts(ctx_, count * width);
    parts.fill(0);
    for (std::size_t group = first_of(first); group < end; group += teams_) {
      const std::size_t teams = std::min(teams_, end - group);
      run(group, teams);
      const auto& found = sums_;
      for (std::size_t p = first; p < first + count; ++p) {
        const std::size_t from = std::max(first_of(p), group), to = std::min(first_of(p + 1), group + teams);
        if (from < to)
          par::for_each(ctx_, width,
                        Add_teams{found.view().part((from - group) * width, (to - from) * width), to - from,
                                  parts.view().part((p - first) * width, width)});
      }
      ctx_.synchronize();
    }
    const auto all = parts.to_host();
    for (std::size_t row = 0; row < count * kCurveFigures; ++row)
      std::copy_n(all.begin() + static_cast<std::ptrdiff_t>(row * step_.count), bandwidths_,
                  out.begin() + static_cast<std::ptrdiff_t>(row * bandwidths_));
  }

 private:
  static void check(const Model& m, const Bandwidths& b) {
    const double n = static_cast<double>(m.x.size());
    if (b.kernel != Kernel::bisquare && b.kernel != Kernel::tricube)
      throw std::invalid_argument("a curve takes kernels whose weights are powers of distances");
    if (m.family != Family::gaussian) throw std::invalid_argument("a curve is of least squares");
    if (!m.near.first.empty() && !b.adaptive) throw std::invalid_argument("listed distances take adaptive bandwidths");
    if (b.value.empty() || !std::is_sorted(b.value.begin(), b.value.end()) ||
        !(b.adaptive ? b.value.front() >= 1 && b.value.back() <= n : b.value.front() > 0))
      throw std::invalid_argument("bandwidths of a curve ascend, and are numbers of places or above 0");
  }

  void measure(const Bandwidth& widest) {
    const std::size_t n = terrain_.places;
    reach2_ = par::Buffer<double>(ctx_, n);
    if (lists_.longest() > 0) {
      longest_ = lists_.longest();
      neighbours_ = ground_.near.place.size;
    } else if (widest.adaptive && widest.value == static_cast<double>(n)) {
      reach2_.fill(1e300);  // all, and not what is infinitely far behind the last
      longest_ = n;
      neighbours_ = n * n;
    } else {
      par::Buffer<std::uint32_t> counts(ctx_, n);
      launch(ctx_, Measure{ground_, widest, reach2_.view(), counts.view()}, n);
      const auto& all = counts;
      longest_ = par::reduce(ctx_, n, par::Load<std::uint32_t>{all.view()}, std::uint32_t{0}, par::Maximum{});
      neighbours_ = par::reduce(ctx_, n, Widened{all.view()}, std::uint64_t{0});
    }
  }
  void set_steps(const Bandwidths& b) {
    std::vector<std::uint32_t> rank;
    std::vector<double> level;
    for (std::size_t i = 0; i < (bandwidths_ + kLanes - 1) / kLanes * kLanes; ++i) {
      const double v = b.value[std::min(i, bandwidths_ - 1)];
      if (b.adaptive) rank.push_back(static_cast<std::uint32_t>(v));
      else level.push_back(raised(power_, v));
    }
    rank_ = upload(ctx_, rank);
    level_ = upload(ctx_, level);
    const auto& r = rank_;
    const auto& l = level_;
    step_ = {b.adaptive, r.view(), l.view(), std::max(rank.size(), level.size())};
  }

  // For as many teams as go at the same time and fit half of what memory is left; on a CPU some for each thread, so
  // that none waits long.
  void make_room() {
    const std::size_t length = longest_ + kLanes, width = kCurveFigures * step_.count;
    const std::size_t bytes = 2 * length * (sizeof(std::uint64_t) + sizeof(std::uint32_t)) +
                              (kLanes * (stride_ + 1) + width) * sizeof(double);
    const auto at_once = static_cast<std::size_t>(ctx_.teams_at_once(kTeam, kSortScratch)) * (Team::serial ? 16 : 1);
    teams_ = std::clamp<std::size_t>(ctx_.free_memory() / 2 / bytes, 1, std::min(at_once, groups_));
    key_ = par::Buffer<std::uint64_t>(ctx_, teams_ * 2 * length);
    place_ = par::Buffer<std::uint32_t>(ctx_, teams_ * 2 * length);
    moments_ = par::Buffer<double>(ctx_, teams_ * kLanes * stride_);
    height_ = par::Buffer<double>(ctx_, teams_ * kLanes);
    sums_ = par::Buffer<double>(ctx_, teams_ * width);
    room_ = {key_.view(), place_.view(), moments_.view(), height_.view(), sums_.view(), length};
  }

  std::size_t first_of(std::size_t part) const { return groups_ * part / kCurveParts; }

  void run(std::size_t group, std::size_t teams) {
    if (power_ == 2) by_columns<2>(group, teams);
    else by_columns<3>(group, teams);
  }
  template <int kPower>
  void by_columns(std::size_t group, std::size_t teams) {
    switch (k_) {
      case 2: return run<2, kPower>(group, teams);
      case 3: return run<3, kPower>(group, teams);
      case 4: return run<4, kPower>(group, teams);
      case 5: return run<5, kPower>(group, teams);
      case 6: return run<6, kPower>(group, teams);
      case 7: return run<7, kPower>(group, teams);
      default: return run<0, kPower>(group, teams);
    }
  }
  template <int K, int kPower>
  void run(std::size_t group, std::size_t teams) {
    const auto &products = products_, &reach2 = reach2_;
    par::for_each_team(ctx_, teams, kTeam, kSortScratch,
                       Walk<K, kPower>{ground_, step_, products.view(), reach2.view(), room_, group});
  }

  par::Context ctx_;
  Terrain terrain_;
  Ground ground_;
  int k_, power_;
  std::size_t groups_, bandwidths_, stride_ = 0, longest_ = 0, teams_ = 1;
  std::uint64_t neighbours_ = 0;
  par::Buffer<double> reach2_, products_, level_, moments_, height_, sums_;
  par::Buffer<std::uint32_t> rank_, place_;
  par::Buffer<std::uint64_t> key_;
  Steps step_;
  Device_lists lists_;  // where distances are listed
  Curve_room room_;
};

std::unique_ptr<Curve_engine> make_curve_engine(const Model& model, const Bandwidths& bandwidths, int device) {
  return std::make_unique<Device_curve>(model, bandwidths, device);
}

}  // namespace dosi::DOSI_BACKEND::gwr
