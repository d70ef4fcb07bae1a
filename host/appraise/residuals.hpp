// What the models leave is seldom without pattern: errors of neighbours resemble each other. A variogram says how far,
// and kriging takes it into the prediction and the interval.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "host/appraise/question.hpp"
#include "host/device/device.hpp"
#include "kernels/kriging/kriging.hpp"

namespace dosi::appraise {

inline constexpr std::size_t kVariogramClasses = 15;
inline constexpr std::size_t kVariogramSamples = 20'000;  // sales whose pairs are counted; of more, so many drawn

// By weighted least squares over the classes that have pairs: of pairs times (empirical / model - 1)^2 (Cressie 1985),
// or of pairs over squared distance times (empirical - model)^2. Pairs at one place are a class more, whose model is
// the nugget. Nugget and sill are not below 0. The range lies between half the nearest class and ten times the
// farthest. Rounded to six digits. DataError where fewer than three classes have pairs.
kriging::Variogram fit_variogram(const kriging::Empirical& e, kriging::Shape shape, bool cressie);

struct Residual_field {
  kriging::Empirical empirical;  // empty where the variogram was given
  kriging::Variogram variogram;
  std::unique_ptr<kriging::Engine> engine;
  std::vector<double> mean, variance;  // of the error at each sale, from the others
  double rmse = 0,
         msdr = 0;  // of these: root mean squared error; mean squared error over variance, 1 where it is right
};

// Of the errors `left` at x, y, which are to have one variance. Without a cut-off, that of the variogram is a third of
// the diagonal of the sales' extent.
std::unique_ptr<Residual_field> make_field(const Variogram_asked& asked, std::span<const double> x,
                                           std::span<const double> y, std::span<const double> left,
                                           const Device& device);

}  // namespace dosi::appraise
