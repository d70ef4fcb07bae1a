// Multiscale GWR (Fotheringham, Yang and Kang 2017) on a device: every column has a bandwidth of its own. The model is
// additive, y = f_1 + ... + f_k + e with f_j = b_j x_j, and is fitted by backfitting: f_j + e is smoothed on column j
// alone.
//
// Such a smooth is two weighted sums a place, of x_j^2 and of x_j times the target. The first, and with it the trace,
// depends on the column and the bandwidth alone; it is kept. Inference (Yu et al. 2020) replays the rounds on the
// columns of the identity, some at a time (Li and Fotheringham 2020), so that no n x n matrix stands in memory. Where a
// bandwidth stays, a round changes R_j by what the others have changed since, put through the same smooth: changes are
// small and are taken in single precision, which a processor does twice as fast. Once all bandwidths stay, rounds go on
// with the few directions that changes of neighbouring columns of the identity still lie in; see late_rounds.hpp.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "kernels/gwr/gwr.hpp"

namespace dosi::gwr {

// The bandwidths of one round, in neighbours, by column.
using Round = std::vector<double>;

// New places to predict at, may be none: as Engine::predict takes them.
struct Elsewhere {
  std::span<const double> x = {}, y = {}, z = {};
  Listed near = {};
};

// Of the hat matrices R_j, the maps from y to f_j, and S, their sum. C_j is the map from y to b_j.
struct Inference {
  // New places with their columns by rows, and for each the squared length of the row that maps y to what the last
  // round predicts there; times the variance of the error: that of the prediction.
  Elsewhere elsewhere;
  std::span<const double> new_design;
  std::span<double> predicted;
  std::span<double> parameters;  // [column], tr(R_j)
  std::span<double>
      variance;  // [row][column], the squared length of C_j's row; times the variance of the error: that of b_j
  std::span<double> leverage;  // [row], S_ii
};

class Multiscale_engine {
 public:
  virtual ~Multiscale_engine() = default;
  // Sets f and e to the fit of a GWR with one bandwidth for all columns: bisquare, adaptive. Returns its residual sum
  // of squares.
  virtual double start(double neighbours) = 0;
  // What smoothing f_j + e on column j would leave: rss and trace alone.
  virtual Sums attempt(std::size_t column, double neighbours) = 0;
  // Does it. Returns the sum of squared changes of f_j.
  virtual double smooth(std::size_t column, double neighbours) = 0;
  // Over places: of (f_1 + ... + f_k)^2 and of e^2.
  virtual double sum_of_fitted_squares() = 0;
  virtual double rss() = 0;
  // Coefficients [row][column] and f_1 + ... + f_k [row], of the rounds so far.
  virtual void fit(std::span<double> coefficient, std::span<double> fitted) = 0;
  // Coefficients at new places, [row][column]: f_j + e as it is now, smoothed there with the bandwidth of column j.
  virtual void predict(const Elsewhere& at, const Round& bandwidths, std::span<double> coefficient) = 0;
  // All that smooths have made so far, to be put back into an engine of the same model.
  virtual std::vector<double> state() = 0;
  virtual void restore(std::span<const double> state) = 0;
  // Of the start and the rounds given, for `count` columns of the identity from `first` on, which add to `out`: called
  // for all n together, `out` zero at first.
  virtual void infer(double start, std::span<const Round> rounds, std::size_t first, std::size_t count,
                     const Inference& out) = 0;
  // Columns of the identity that infer() takes at once without more memory than is well, and without waste.
  virtual std::size_t columns_at_once() = 0;
};

}  // namespace dosi::gwr

// `device` and errors as for make_engine; of distances those of the plane, of the sphere, and listed ones. Columns are
// taken as they are: standardise them first.
namespace dosi::cpu::gwr {
std::unique_ptr<dosi::gwr::Multiscale_engine> make_multiscale_engine(const dosi::gwr::Model& model, int device);
}
namespace dosi::cuda::gwr {
std::unique_ptr<dosi::gwr::Multiscale_engine> make_multiscale_engine(const dosi::gwr::Model& model, int device);
}
