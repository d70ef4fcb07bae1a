// A curve of bandwidths on a device: one fit everywhere at every bandwidth of a list, from one visit of each place's
// neighbours in the order of their distance.
//
// With u = d^2 and H = h^2 a bisquare weight is (H - u)^2 / H^2 for u < H, with cubes a tricube one is (H - u)^3 / H^3.
// Let M_q be the sum of (H - u)^q xx' over the places with u < H. From H to H + s it becomes the binomial sum of
// s^(q-r) M_r, and then places between are added: X'WX at any bandwidth follows from that at the one before. No weight,
// power or step is negative, so nothing cancels: an answer is as good as one whose places were added up anew.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "kernels/gwr/gwr.hpp"

namespace dosi::gwr {

struct Bandwidths {
  Kernel kernel = Kernel::bisquare;  // or tricube
  bool adaptive = true;
  std::span<const double> value;  // ascending; each as of Bandwidth
};

inline constexpr std::size_t kCurveParts = 256;  // that places are dealt into, however many work at them
inline constexpr std::size_t kCurveFigures = 4;  // rss, trace, press, singular, as of Sums

class Curve_engine {
 public:
  virtual ~Curve_engine() = default;
  // Over all places: those that have a weight at the widest bandwidth.
  virtual std::uint64_t neighbours() const = 0;
  // Parts that keep the device busy.
  virtual std::size_t parts_at_once() const = 0;
  // Sums over the places of `count` parts from `first` on: out[part][figure][bandwidth]. Those of all parts, added in
  // their order, are those of all places; they have the same bits for any threads and any order of calls.
  virtual void sums(std::size_t first, std::size_t count, std::span<double> out) = 0;
};

}  // namespace dosi::gwr

// As make_engine of gwr.hpp; family gaussian. The model and the bandwidths must live until it returns.
namespace dosi::cpu::gwr {
std::unique_ptr<dosi::gwr::Curve_engine> make_curve_engine(const dosi::gwr::Model& model,
                                                           const dosi::gwr::Bandwidths& bandwidths, int device);
}
namespace dosi::cuda::gwr {
std::unique_ptr<dosi::gwr::Curve_engine> make_curve_engine(const dosi::gwr::Model& model,
                                                           const dosi::gwr::Bandwidths& bandwidths, int device);
}
