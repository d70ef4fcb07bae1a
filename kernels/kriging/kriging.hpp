// Ordinary kriging (Matheron 1963; Cressie 1993) from the nearest samples, on a device: at each place a small dense
// system of its own. And the empirical variogram that a model is fitted to.
//
// The place's covariances, a row of ones and the samples' values are eliminated together with the covariance matrix
// (Cholesky's factor with three more rows): what is left of these rows is all that the mean, the weights' sum and the
// variance take, so nothing is solved backwards. Each element is worked on in one order: with a spherical variogram,
// whose covariances are polynomials, an answer has the same bits on any device; else backends agree within rounding of
// exp.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "kernels/core/backend.hpp"

namespace dosi::kriging {

inline constexpr std::size_t kMostNeighbours = 160;

enum class Shape { spherical, exponential, gaussian };

// gamma(h) = nugget + sill (1 - rho(h / range)) for h > 0, and 0 at 0. rho(u) = 1 - 1.5 u + 0.5 u^3 up to 1; exp(-u);
// exp(-u^2).
struct Variogram {
  Shape shape = Shape::spherical;
  double nugget = 0, sill = 1, range = 1;  // sill: the part above the nugget; range: the parameter, in metres

  DOSI_HD static double spherical(double u) { return u < 1 ? 1 - u * (1.5 - 0.5 * u * u) : 0; }
  DOSI_HD double rho(double h) const {
    const double u = h / range;
    switch (shape) {
      case Shape::spherical: return spherical(u);
      case Shape::exponential: return std::exp(-u);
      default: return std::exp(-u * u);
    }
  }
  DOSI_HD double gamma(double h) const { return h > 0 ? nugget + sill * (1 - rho(h)) : 0; }
};

// Samples at one place are told apart by the nugget, which belongs to each observation: what is predicted is a new one.
struct Samples {
  std::span<const double> x, y, value;  // metres; finite
};

struct Kriged {
  std::span<double> mean, variance;  // of a new observation: nugget and all
  std::span<std::uint8_t> singular;  // 1 where a sample said what others had said already, and was not used
};

class Engine {
 public:
  virtual ~Engine() = default;
  // At new places.
  virtual void predict(std::span<const double> x, std::span<const double> y, const Kriged& out) = 0;
  // At the samples, each from the others.
  virtual void leave_one_out(const Kriged& out) = 0;
};

// Classes of distance of the same width up to a cut-off; a pair at a distance in (width b, width (b + 1)] counts in
// class b. Pairs at one place stand apart: they show the nugget alone.
struct Empirical {
  std::vector<std::uint64_t> pairs;
  std::vector<double> distance, gamma;  // means: of the distance, of half the squared difference
  std::uint64_t pairs_at_one_place = 0;
  double gamma_at_one_place = 0;
};

}  // namespace dosi::kriging

// `neighbours`: nearest samples that count, 1 to kMostNeighbours; of equally near ones at the end, those first in the
// tree. The samples must live until make_engine returns. `device`: cpu: threads, 0 for all; cuda: ordinal. Throws
// std::invalid_argument for what does not fit.
namespace dosi::cpu::kriging {
std::unique_ptr<dosi::kriging::Engine> make_engine(const dosi::kriging::Samples& samples,
                                                   const dosi::kriging::Variogram& variogram, std::size_t neighbours,
                                                   int device);
dosi::kriging::Empirical empirical(const dosi::kriging::Samples& samples, double cutoff, std::size_t classes,
                                   int device);
}  // namespace dosi::cpu::kriging
namespace dosi::cuda::kriging {
std::unique_ptr<dosi::kriging::Engine> make_engine(const dosi::kriging::Samples& samples,
                                                   const dosi::kriging::Variogram& variogram, std::size_t neighbours,
                                                   int device);
dosi::kriging::Empirical empirical(const dosi::kriging::Samples& samples, double cutoff, std::size_t classes,
                                   int device);
}  // namespace dosi::cuda::kriging
