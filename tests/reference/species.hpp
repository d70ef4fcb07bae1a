// A species that the air of the reference carries, as textbooks have it: D3Q7, two arrays, in double. What a collision
// keeps of the populations is their mass and their flux.
#pragma once

#include <map>
#include <vector>

#include "tests/reference/lattice.hpp"

namespace dosi::reference {

class Carried {
 public:
  static constexpr int kQ = 7;  // the first of Lattice's directions

  Carried(const wind::Question& q, const Lattice& air) : q_(q), air_(&air) {}

  template <class F>  // double f(n), with the air at its start
  void start(F f) {
    h_.assign(kQ, std::vector<double>(air_->cells()));
    emitted = left = 0;
    for (std::size_t n = 0; n < air_->cells(); ++n) {
      if (air_->kind(n) != wind::Kind::fluid) continue;
      const auto u = air_->state(n).u;
      for (int i = 0; i < kQ; ++i) emitted += at(h_, i, n) = equilibrium(i, f(n), u);
    }
  }

  // Before the air's own step.
  void step() {
    auto after = h_;
    std::vector<double> carried(air_->cells());
    for (std::size_t n = 0; n < air_->cells(); ++n) {
      if (air_->kind(n) != wind::Kind::fluid) continue;
      const auto u = air_->state(n).u;
      const double time = 4 * (q_.species->diffusivity + air_->turbulent_viscosity(n) / q_.species->turbulent_schmidt) +
                          0.5,
                   mass = concentration(n);
      double flux[3] = {};
      for (int i = 0; i < kQ; ++i)
        for (int a = 0; a < 3; ++a) flux[a] += Lattice::kC[i][a] * (at(h_, i, n) - equilibrium(i, mass, u));
      for (int i = 0; i < kQ; ++i) {
        double along = 0;
        for (int a = 0; a < 3; ++a) along += Lattice::kC[i][a] * flux[a];
        at(after, i, n) = equilibrium(i, mass, u) + (1 - 1 / time) * along / 2;
      }
    }
    for (const auto& source : q_.species->sources) at(after, 0, source.cell) += source.rate, emitted += source.rate;
    air_collided_ = air_->collided_states();
    for (std::size_t n = 0; n < air_->cells(); ++n)
      if (air_->kind(n) == wind::Kind::fluid)
        for (int i = 0; i < kQ; ++i) at(h_, i, n) = arriving(n, i, after);
  }

  double concentration(std::size_t n) const {
    double sum = 0;
    for (int i = 0; i < kQ; ++i) sum += at(h_, i, n);
    return sum;
  }
  double inside() const {
    double sum = 0;
    for (std::size_t n = 0; n < air_->cells(); ++n) sum += concentration(n);
    return sum;
  }

  double emitted = 0, left = 0;

 private:
  using Arrays = std::vector<std::vector<double>>;
  template <class A>
  static auto at(A& h, int i, std::size_t n) -> decltype((h[0][0])) {
    return h[static_cast<std::size_t>(i)][n];
  }

  // Of second order in the velocity, with (1/4 + u_a^2) of the mass moving along each axis.
  static double equilibrium(int i, double mass, const Lattice::Vector& u) {
    if (i == 0) return mass * (0.25 - u[0] * u[0] - u[1] * u[1] - u[2] * u[2]);
    double cu = 0;
    for (int a = 0; a < 3; ++a) cu += Lattice::kC[i][a] * u[a];
    return mass * (0.125 + cu / 2 + cu * cu / 2);
  }

  double arriving(std::size_t n, int i, const Arrays& after) {
    if (i == 0) return at(after, 0, n);
    const int back[3] = {-Lattice::kC[i][0], -Lattice::kC[i][1], -Lattice::kC[i][2]};
    const std::size_t from = air_->moved(n, back);
    const wind::Kind kind = air_->kind(from);
    if (kind == wind::Kind::fluid) return at(after, i, from);
    Lattice::Vector u{};
    if (kind == wind::Kind::velocity) u = air_->given_velocity(from);
    if (kind == wind::Kind::outlet) u = air_collided_[n].u;
    double mass = 0;
    for (int k = 0; k < kQ; ++k) mass += at(after, k, n);
    const double out = std::max(0.0, back[0] * u[0] + back[1] * u[1] + back[2] * u[2]) * mass;
    left += out;
    return at(after, Lattice::opposite(i), n) - out;
  }

  wind::Question q_;
  const Lattice* air_;
  std::vector<Lattice::State> air_collided_;
  Arrays h_;
};

}  // namespace dosi::reference
