// Geographically weighted regression (Brunsdon, Fotheringham and Charlton 1996; Fotheringham, Brunsdon and Charlton
// 2002) on a device: at every place a least-squares fit in which near places count more.
//
// Nothing is n x n. Places stand in the order of a k-d tree; a place's moments X'WX, X'Wy are added up over the places
// in reach of its kernel; h_ii = x_i' A^-1 x_i gives the trace of the hat matrix, moments of squared weights that of
// S'S. Sums over places go in a fixed order: an answer has the same bits for any threads and any cut of the rows.
// Backends differ in the order of a place's own sum, so between them answers agree within rounding.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>

namespace dosi::gwr {

inline constexpr int kMostColumns = 32;          // of a design, the intercept among them
inline constexpr double kBeyondKth = 1.0000001;  // an adaptive bandwidth is the distance to its K-th place, times this

enum class Kernel { bisquare, tricube, gaussian, exponential };

// The weight of a place at distance d: with z = d / h, (1 - z^2)^2 and (1 - z^3)^3 for z < 1; exp(-z^2 / 2); exp(-z).
struct Bandwidth {
  Kernel kernel = Kernel::bisquare;
  bool adaptive = true;  // h is the distance to the K-th nearest place, the place itself counted, times kBeyondKth
  double value = 0;      // K, a whole number from 1 to n, or h in metres, above 0; with listed distances K alone
                         // (a list that is shorter counts with its last), and of the kernels those that end
};

// What the response is: a number with an error of its own, a count, or 0 and 1. Counts and events are fitted by
// iteratively reweighted least squares at every place (Nakaya, Fotheringham, Brunsdon and Charlton 2005), with log and
// logit links.
enum class Family { gaussian, poisson, binomial };

// Distances that are given instead of measured, as times over streets: those near each place, itself among them,
// nearest first. What is not listed has no weight. `distance` x `unit` is what bandwidths are told in.
struct Listed {
  std::span<const std::uint64_t> first;  // a list each, and the end
  std::span<const std::uint32_t> place, distance;
  double unit = 1;
};

struct Model {
  std::span<const double> x, y;      // n places, metres
  std::span<const double> design;    // n x columns, by rows
  std::size_t columns = 0;           // 1 to kMostColumns
  std::span<const double> response;  // n
  bool intercept = false;            // column 0 is 1 everywhere
  Family family = Family::gaussian;
  std::span<const double> exposure;  // n, above 0, or empty: poisson, what a count is expected to be proportional to
  std::span<const double> z;         // n, metres, or empty: a third coordinate, as time times a speed
  double radius = 0;  // above 0: x, y, z lie on a sphere of that radius, and distances are arcs of great circles
  std::span<const double>
      t;  // n, metres, or empty: on the sphere, a time times a speed; the root of arc^2 + dt^2 is then the distance
  Listed near;  // where not empty: distances; x and y then say only what to keep together in memory
};

// Of all places together, S being the hat matrix.
struct Sums {
  double rss = 0;     // residual sum of squares
  double trace = 0;   // of S
  double trace2 = 0;  // of S'S; prepare() alone
  double press = 0;   // sum of squared leave-one-out residuals e_i / (1 - h_ii)
  std::size_t singular = 0;
  double deviance = 0;  // of counts and events; they have no trace2 and no press
};

// A row for each place asked for. Empty ones are not filled.
struct Fits {
  std::span<double> coefficient;  // [row][column]
  std::span<double> variance;     // [row][column]; times the variance of the error: that of the coefficient
  std::span<double> fitted;       // [row]; at new places for an exposure of 1
  std::span<double> leverage;     // [row], h_ii; at new places x' (A^-1 X'W^2X A^-1) x, which is the variance of the
                                  // fitted value (poisson, binomial: of its link)
  std::span<double> condition;    // [row], condition number of the local design
  std::span<double> bandwidth;    // [row], h in metres
  std::span<double>
      local_r2;  // [row], poisson, binomial: share of the deviance; NaN where the response is constant around
  std::span<std::uint8_t> singular;  // [row], 1 where columns are collinear around and a ridge was added, 2 where the
                                     // iteration did not settle
};

// Engines of one model that share the work of evaluate() and prepare(): each fits a part of the places, all are told
// all of it, and answers have the same bits as one engine's. Of all engines the same calls, in the same order.
struct Company {
  std::size_t rank = 0, size = 1;
  // Fills in what the others did of `all`, of which this one did `count` from `first` on.
  std::function<void(std::span<double> all, std::size_t first, std::size_t count)> complete;
};

class Engine {
 public:
  virtual ~Engine() = default;
  // One fit everywhere at a bandwidth, for its sums alone.
  virtual Sums evaluate(const Bandwidth& bandwidth) = 0;
  // The same, with the trace of S'S; its residuals are kept for the local R2 that fit() reports.
  virtual Sums prepare(const Bandwidth& bandwidth) = 0;
  // One fit everywhere, for its coefficients alone: [row][column].
  virtual void coefficients(const Bandwidth& bandwidth, std::span<double> out) = 0;
  // All there is to know about some places, by row of the model, at the bandwidth last prepared.
  virtual void fit(std::span<const std::uint32_t> rows, const Fits& fits) = 0;
  // The same for new places with the columns given, at the bandwidth last prepared; no local R2. `z`, `near`, `t` where
  // the model has them; of `near` a list for each new place, of the model's places.
  virtual void predict(std::span<const double> x, std::span<const double> y, std::span<const double> design,
                       const Fits& fits, std::span<const double> z = {}, const Listed& near = {},
                       std::span<const double> t = {}) = 0;
};

}  // namespace dosi::gwr

// `device`: cpu: threads, 0 for all; cuda: ordinal. The model must live until make_engine returns.
// Throws std::invalid_argument where shapes do not fit, std::bad_alloc, std::runtime_error with CUDA's message.
namespace dosi::cpu::gwr {
std::unique_ptr<dosi::gwr::Engine> make_engine(const dosi::gwr::Model& model, int device,
                                               const dosi::gwr::Company& company = {});
}
namespace dosi::cuda::gwr {
std::unique_ptr<dosi::gwr::Engine> make_engine(const dosi::gwr::Model& model, int device,
                                               const dosi::gwr::Company& company = {});
}
