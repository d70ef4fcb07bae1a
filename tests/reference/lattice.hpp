// The lattice-Boltzmann method as a textbook has it: one loop over 19 directions to collide, two arrays, then one loop
// to stream, in double. No pairs, no deviations, no place saved.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "kernels/wind/wind.hpp"

namespace dosi::reference {

class Lattice {
 public:
  using Vector = std::array<double, 3>;
  struct State {
    double density;
    Vector u;
  };
  static constexpr int kQ = 19;
  static constexpr int kC[kQ][3] = {{0, 0, 0},  {1, 0, 0},   {-1, 0, 0},  {0, 1, 0},   {0, -1, 0},
                                    {0, 0, 1},  {0, 0, -1},  {1, 1, 0},   {-1, -1, 0}, {1, -1, 0},
                                    {-1, 1, 0}, {1, 0, 1},   {-1, 0, -1}, {1, 0, -1},  {-1, 0, 1},
                                    {0, 1, 1},  {0, -1, -1}, {0, 1, -1},  {0, -1, 1}};

  explicit Lattice(const wind::Question& q) : q_(q), kinds_(q.kinds.begin(), q.kinds.end()), velocity_of_(cells()) {
    kinds_.resize(cells(), wind::Kind::fluid);
    for (auto& kind : kinds_)
      if ((kind == wind::Kind::ground && q.ground_roughness == 0) ||
          (kind == wind::Kind::building && q.building_roughness == 0))
        kind = wind::Kind::wall;
    std::size_t next = 0;
    for (std::size_t n = 0; n < cells(); ++n)
      if (kinds_[n] == wind::Kind::velocity) velocity_of_[n] = q.velocities[next++];
    slow_.resize(cells());
    for (std::size_t n = 0; n < cells(); ++n)
      layer_.push_back(q.smagorinsky > 0 && kinds_[n] == wind::Kind::fluid ? next_wall(n) : Next_wall{});
    for (std::size_t n = 0; n < cells(); ++n) drag_.push_back(is_open(n) ? unresolved_drag(layer_of_open(n)) : 0);
    for (std::size_t n = 0; n < cells(); ++n) {
      if (is_open(n)) layer_[n] = {static_cast<int>(layer_of_open(n)), wind::Kind::ground};
      mixing_.push_back(mixing_length(n));
    }
  }

  // The velocity of a cell of kind velocity for the next steps.
  void set_velocity(std::size_t n, wind::Velocity u) { velocity_of_[n] = u; }
  Vector given_velocity(std::size_t n) const { return {velocity_of_[n].x, velocity_of_[n].y, velocity_of_[n].z}; }
  wind::Kind kind(std::size_t n) const { return kinds_[n]; }

  std::size_t cells() const { return std::size_t{q_.nx} * q_.ny * q_.nz; }

  template <class F>  // State f(n)
  void start(F f) {
    f_.assign(kQ, std::vector<double>(cells()));
    for (std::size_t n = 0; n < cells(); ++n) {
      if (kinds_[n] != wind::Kind::fluid) continue;
      const State s = f(n);
      for (int i = 0; i < kQ; ++i) at(f_, i, n) = equilibrium(i, s);
      if (const int i = outlet_ahead(n)) slow_[n] = dot(kC[i], s.u);
    }
  }

  void step() {
    auto after = f_;
    for (std::size_t n = 0; n < cells(); ++n)
      if (kinds_[n] == wind::Kind::fluid) collide(n, after);
    for (std::size_t n = 0; n < cells(); ++n)
      if (kinds_[n] == wind::Kind::fluid) stream(n, after);
  }

  State state(std::size_t n) const {
    State s{0, {}};
    for (int i = 0; i < kQ; ++i) {
      s.density += at(f_, i, n);
      for (int a = 0; a < 3; ++a) s.u[a] += kC[i][a] * at(f_, i, n);
    }
    for (int a = 0; a < 3; ++a) s.u[a] = (s.u[a] + force(a) / 2) / s.density;
    return s;
  }

  // As the next step has it.
  double turbulent_viscosity(std::size_t n) const {
    double pi[3][3] = {};
    const State s = state(n);
    for (int i = 0; i < kQ; ++i)
      for (int a = 0; a < 3; ++a)
        for (int b = 0; b < 3; ++b) pi[a][b] += kC[i][a] * kC[i][b] * (at(f_, i, n) - equilibrium(i, s));
    return (relaxation_time(n, s, pi) - molecular_time(n)) / 3;
  }
  // Of all fluid cells after the collision of the next step.
  std::vector<State> collided_states() const {
    auto after = f_;
    std::vector<State> all(cells());
    for (std::size_t n = 0; n < cells(); ++n) {
      if (kinds_[n] != wind::Kind::fluid) continue;
      collide(n, after);
      all[n] = collided(n, after);
    }
    return all;
  }

  static int opposite(int i) { return i == 0 ? 0 : i % 2 ? i + 1 : i - 1; }
  std::size_t moved(std::size_t n, const int (&d)[3]) const {
    const std::size_t x = n % q_.nx, y = n / q_.nx % q_.ny, z = n / q_.nx / q_.ny;
    const auto wrap = [](std::size_t v, int by, std::size_t size) {
      return static_cast<std::size_t>((static_cast<long>(v + size) + by) % static_cast<long>(size));
    };
    return (wrap(z, d[2], q_.nz) * q_.ny + wrap(y, d[1], q_.ny)) * q_.nx + wrap(x, d[0], q_.nx);
  }

 private:
  using Arrays = std::vector<std::vector<double>>;
  template <class A>
  static auto at(A& f, int i, std::size_t n) -> decltype((f[0][0])) {
    return f[static_cast<std::size_t>(i)][n];
  }
  static double dot(const int (&c)[3], const Vector& v) { return c[0] * v[0] + c[1] * v[1] + c[2] * v[2]; }
  static double weight(int i) { return i == 0 ? 1.0 / 3 : i <= 6 ? 1.0 / 18 : 1.0 / 36; }
  double force(int a) const { return a == 0 ? q_.force.x : a == 1 ? q_.force.y : q_.force.z; }

  static double equilibrium(int i, const State& s) {
    const double cu = dot(kC[i], s.u), uu = s.u[0] * s.u[0] + s.u[1] * s.u[1] + s.u[2] * s.u[2];
    return weight(i) * s.density * (1 + 3 * cu + 4.5 * cu * cu - 1.5 * uu);
  }

  // Guo's term without its factor 1 - rate / 2.
  double source(int i, const State& s) const {
    double sum = 0;
    for (int a = 0; a < 3; ++a) sum += (3 * (kC[i][a] - s.u[a]) + 9 * dot(kC[i], s.u) * kC[i][a]) * force(a);
    return weight(i) * sum;
  }

  void collide(std::size_t n, Arrays& after) const {
    const State s = state(n);
    double f[kQ], beyond[kQ], term[kQ], pi[3][3] = {};
    for (int i = 0; i < kQ; ++i) {
      f[i] = at(f_, i, n);
      beyond[i] = f[i] - equilibrium(i, s);
      term[i] = source(i, s);
      for (int a = 0; a < 3; ++a)
        for (int b = 0; b < 3; ++b) pi[a][b] += kC[i][a] * kC[i][b] * beyond[i];
    }
    const double time = relaxation_time(n, s, pi);
    State slowed = s;  // by what open ground takes of regularised air
    for (int a = 0; a < 2; ++a) slowed.u[a] -= drag_[n] * std::hypot(s.u[0], s.u[1]) * s.u[a];
    const double even = 1 / time,
                 odd = q_.collision == wind::Collision::trt ? 1 / (0.5 + q_.magic / (time - 0.5)) : even;
    for (int i = 0; i < kQ; ++i) {
      const int o = opposite(i);
      if (q_.collision == wind::Collision::regularised) {
        double second = 0;
        for (int a = 0; a < 3; ++a)
          for (int b = 0; b < 3; ++b) second += (kC[i][a] * kC[i][b] - (a == b ? 1.0 / 3 : 0)) * pi[a][b];
        const double first = 3 * (-0.5) * (kC[i][0] * force(0) + kC[i][1] * force(1) + kC[i][2] * force(2));
        const double drag = 3 * weight(i) * s.density * (dot(kC[i], slowed.u) - dot(kC[i], s.u));
        at(after, i, n) = equilibrium(i, s) + (1 - even) * weight(i) * (first + 4.5 * second) +
                          third_order(i, slowed, pi, 1 - even) + (1 - even / 2) * term[i] + drag;
      } else {
        at(after, i, n) = f[i] - even * (beyond[i] + beyond[o]) / 2 - odd * (beyond[i] - beyond[o]) / 2 +
                          (1 - even / 2) * (term[i] + term[o]) / 2 + (1 - odd / 2) * (term[i] - term[o]) / 2;
      }
    }
  }

  // The viscosity grows towards the faces as the smooth step 3 d^2 - 2 d^3 of the depth in the sponge, whichever is
  // deepest.
  double molecular_time(std::size_t n) const {
    const std::size_t at[3] = {n % q_.nx, n / q_.nx % q_.ny, n / q_.nx / q_.ny}, size[3] = {q_.nx, q_.ny, q_.nz};
    double depth = 0;
    for (std::size_t a = 0; a < 3; ++a) {
      const double low = q_.sponge[2 * a], high = q_.sponge[2 * a + 1], middle = static_cast<double>(at[a]) + 0.5;
      if (low > 0) depth = std::max(depth, 1 - middle / low);
      if (high > 0) depth = std::max(depth, 1 - (static_cast<double>(size[a]) - middle) / high);
    }
    return 3 * (q_.viscosity + (q_.sponge_viscosity - q_.viscosity) * depth * depth * (3 - 2 * depth)) + 0.5;
  }
  double relaxation_time(std::size_t n, const State& s, const double (&pi)[3][3]) const {
    const double time_0 = molecular_time(n);
    if (q_.smagorinsky == 0) return time_0;
    double norm = 0;
    for (const auto& row : pi)
      for (const double x : row) norm += x * x;
    return (time_0 +
            std::sqrt(time_0 * time_0 + 18 * std::sqrt(2.0) * mixing_[n] * mixing_[n] * std::sqrt(norm) / s.density)) /
           2;
  }
  double mixing_length(std::size_t n) const {
    const auto& [layer, wall] = layer_[n];
    const double c = q_.smagorinsky, z0 = wall == wind::Kind::building ? q_.building_roughness
                                          : wall == wind::Kind::ground ? q_.ground_roughness
                                                                       : 0;
    if (layer == 0) return c;
    if (wall == wind::Kind::velocity) return c + 0.6 * std::exp(1.0 - layer);
    const double d = layer - 0.5, by_wall = 0.4 * d;
    return z0 == 0 ? 1 / std::sqrt(1 / (c * c) + 1 / (by_wall * by_wall))
                   : c + (log_law_length(d + z0) - c) *
                             std::exp(-d * d / (is_open(n) && q_.collision == wind::Collision::regularised ? 9 : 16));
  }
  // Nine cells of fluid above ground, and no building within seven of them that is as near as the ground.
  bool is_open(std::size_t n) const {
    const std::size_t plane = std::size_t{q_.nx} * q_.ny, height = height_of(n);
    if (q_.smagorinsky == 0 || height == 0 || height > 9 || n + (9 - height) * plane >= cells()) return false;
    for (std::size_t m = n - (height - 1) * plane, k = 1; k <= 9; ++k, m += plane)
      if (kinds_[m] != wind::Kind::fluid ||
          (layer_[m].layer > 0 && layer_[m].kind != wind::Kind::ground && layer_[m].kind != wind::Kind::velocity))
        return false;
    return layer_[n].kind != wind::Kind::velocity;
  }
  std::size_t layer_of_open(std::size_t n) const {
    return layer_[n].layer > 0 ? static_cast<std::size_t>(layer_[n].layer) : height_of(n);
  }
  // Of fluid above ground, in cells; 0 where the next cell below that is no fluid is something else.
  std::size_t height_of(std::size_t n) const {
    const std::size_t plane = std::size_t{q_.nx} * q_.ny;
    for (std::size_t height = 0, m = n;; ++height, m -= plane) {
      if (kinds_[m] != wind::Kind::fluid) return kinds_[m] == wind::Kind::ground ? height : 0;
      if (m < plane) return 0;
    }
  }
  // What the stress over density that neither eddies nor the subgrid model carry loses in a layer, by the speed of the
  // log law there.
  double unresolved_drag(std::size_t layer) const {
    const auto stress = [&](double z) {
      const double l = 0.4 * (z + q_.ground_roughness),
                   subgrid = (q_.smagorinsky + (l - q_.smagorinsky) * std::exp(-z * z / 9)) / l;
      return z == 0 || z == 9 ? 0.0 : std::max(0.0, std::exp(-z * z / 36) - subgrid);
    };
    if (q_.collision != wind::Collision::regularised) return 0;
    const double z = static_cast<double>(layer);
    return (stress(z - 1) - stress(z)) * std::pow(0.4 / std::log((z - 0.5) / q_.ground_roughness + 1), 2);
  }
  // Lengths a cell apart with (1 / l(z) + 1 / l(z + 1)) / 2 = ln((z + 1) / z) / 0.4, from l = 0.4 z far away.
  static double log_law_length(double height) {
    const int last = 4000;
    double over = 1 / (0.4 * (height + last));
    for (int k = last - 1; k >= 0; --k) over = 2 * std::log((height + k + 1) / (height + k)) / 0.4 - over;
    return 1 / over;
  }

  // Hermite's polynomials of third order that this lattice has, (c_a^2 - 1/3) c_b + (c_d^2 - 1/3) c_b and their
  // difference, each with the moment of what is kept of it: rho u_a^2 u_b, and `keep` times 2 u_a pi_ab + u_b pi_aa out
  // of equilibrium.
  static double third_order(int i, const State& s, const double (&pi)[3][3], double keep) {
    const auto hermite = [](int k, int a, int b) { return (kC[k][a] * kC[k][a] - 1.0 / 3) * kC[k][b]; };
    const auto moment = [&](int a, int b) {
      return s.density * s.u[a] * s.u[a] * s.u[b] + keep * (2 * s.u[a] * pi[a][b] + s.u[b] * pi[a][a]);
    };
    double sum = 0;
    for (int b = 0; b < 3; ++b)
      for (const int sign : {1, -1}) {
        const int a = (b + 1) % 3, d = (b + 2) % 3;
        double square = 0;
        for (int k = 0; k < kQ; ++k) square += weight(k) * std::pow(hermite(k, a, b) + sign * hermite(k, d, b), 2);
        sum += (hermite(i, a, b) + sign * hermite(i, d, b)) * (moment(a, b) + sign * moment(d, b)) / square;
      }
    return weight(i) * sum;
  }

  // Fetches each population from the cell that it comes from.
  void stream(std::size_t n, const Arrays& after) {
    const State s = collided(n, after);
    double out_density = q_.outlet_density;
    if (const int i = outlet_ahead(n)) {
      const double fast = dot(kC[i], s.u) - slow_[n];
      slow_[n] += q_.outlet_relaxation * fast;
      out_density += s.density * std::sqrt(3.0) * fast;
    }
    for (int i = 0; i < kQ; ++i) at(f_, i, n) = arriving(n, i, after, s, out_density);
  }

  double arriving(std::size_t n, int i, const Arrays& after, const State& s, double out_density) const {
    const int back[3] = {-kC[i][0], -kC[i][1], -kC[i][2]};
    std::size_t from = moved(n, back);
    wind::Kind kind = kinds_[from];
    if (kind == wind::Kind::fluid) return at(after, i, from);
    if (kind == wind::Kind::slip) {
      int past[3], mirrored[3], planes = 0;
      for (int a = 0; a < 3; ++a) {
        int straight[3] = {};
        straight[a] = back[a];
        const bool plane = back[a] != 0 && kinds_[moved(n, straight)] == wind::Kind::slip;
        planes += plane;
        past[a] = plane ? 0 : back[a];
        mirrored[a] = plane ? back[a] : kC[i][a];
      }
      if (planes > 0) {
        const std::size_t beside = moved(n, past);
        if (kinds_[beside] == wind::Kind::fluid)
          return at(after, direction(mirrored), beside) +
                 (planes == 1 && mirrored[2] > 0 && past[2] == 0 ? stress_of(mirrored) : 0);
        from = beside;
        kind = kinds_[beside];
      }
    }
    const double left = at(after, opposite(i), n);
    if (rough(kind)) return left + from_rough_wall(n, opposite(i), after, s);
    if (kind == wind::Kind::velocity) {
      return left + 6 * weight(i) * s.density * dot(kC[i], halfway(n, back, from));
    }
    if (kind == wind::Kind::outlet) {
      const double cu = dot(kC[i], s.u), uu = s.u[0] * s.u[0] + s.u[1] * s.u[1] + s.u[2] * s.u[2];
      return -left + 2 * weight(i) * (out_density + s.density * (4.5 * cu * cu - 1.5 * uu));
    }
    return left;
  }

  // What a plane above adds to one of the two populations aslant that come back from it.
  double stress_of(const int (&mirrored)[3]) const {
    return (mirrored[0] * q_.stress_above[0] + mirrored[1] * q_.stress_above[1]) / 2;
  }
  // The velocity of a plane where a way to `from` goes through it: the mean of the cells of it that are as near to that
  // place.
  Vector halfway(std::size_t n, const int (&way)[3], std::size_t from) const {
    std::vector<std::size_t> cells{from};
    for (int a = 0; a < 3; ++a) {
      int straight[3] = {};
      straight[a] = way[a];
      const std::size_t beside = moved(n, straight);
      const int others = way[0] * way[0] + way[1] * way[1] + way[2] * way[2] - 1;
      if (way[a] != 0 && others > 0 && kinds_[beside] == wind::Kind::velocity) cells.push_back(beside);
    }
    Vector mean{};
    for (const std::size_t cell : cells)
      for (std::size_t a = 0; a < 3; ++a) mean[a] += given_velocity(cell)[a] / static_cast<double>(cells.size());
    return mean;
  }

  static bool rough(wind::Kind kind) { return kind == wind::Kind::ground || kind == wind::Kind::building; }
  static bool solid(wind::Kind kind) { return kind == wind::Kind::wall || rough(kind); }

  // What population i that has gone to a rough wall comes back with: along the wall, the two populations aslant bring
  // the momentum back that the wall's stress leaves. Where only one of them comes back from it, there is no slip.
  double from_rough_wall(std::size_t n, int i, const Arrays& after, const State& s) const {
    double gain = 0;
    for (int face = 1; face <= 6; ++face) {
      const wind::Kind wall = kinds_[moved(n, kC[face])];
      if (!rough(wall)) continue;
      for (int side = 1; side <= 6; ++side) {
        const int aslant[3] = {kC[face][0] + kC[side][0], kC[face][1] + kC[side][1], kC[face][2] + kC[side][2]};
        const int other[3] = {kC[face][0] - kC[side][0], kC[face][1] - kC[side][1], kC[face][2] - kC[side][2]};
        const int k = direction(aslant);
        if (side == face || side == opposite(face) || !rubs(n, face, side) || !rubs(n, face, opposite(side))) continue;
        const double slip = dot(kC[face], s.u), uu = s.u[0] * s.u[0] + s.u[1] * s.u[1] + s.u[2] * s.u[2];
        const double z0 = wall == wind::Kind::ground ? q_.ground_roughness : q_.building_roughness,
                     speed = std::sqrt(std::max(0.0, uu - slip * slip));
        const double u_star = 0.4 * speed / std::log((0.5 + z0) / z0),
                     stress = speed > 0 ? s.density * u_star * u_star * dot(kC[side], s.u) / speed : 0;
        const double too_much = at(after, k, n) - at(after, direction(other), n) - stress / 2;
        if (i == k) gain -= too_much;
      }
    }
    return gain;
  }
  bool rubs(std::size_t n, int face, int side) const {
    const int aslant[3] = {kC[face][0] + kC[side][0], kC[face][1] + kC[side][1], kC[face][2] + kC[side][2]};
    return !solid(kinds_[moved(n, kC[side])]) && comes_back_rough(n, direction(aslant));
  }
  // Whether a population that leaves aslant meets a rough wall, maybe past a plane without friction.
  bool comes_back_rough(std::size_t n, int i) const {
    const wind::Kind there = kinds_[moved(n, kC[i])];
    if (there != wind::Kind::slip) return rough(there);
    int past[3];
    for (int a = 0; a < 3; ++a) {
      int straight[3] = {};
      straight[a] = kC[i][a];
      past[a] = kinds_[moved(n, straight)] == wind::Kind::slip ? 0 : kC[i][a];
    }
    const bool mirrored = past[0] != kC[i][0] || past[1] != kC[i][1] || past[2] != kC[i][2];
    return mirrored && rough(kinds_[moved(n, past)]);
  }

  // Density and velocity of a cell that has collided: all of a step's force has been added.
  State collided(std::size_t n, const Arrays& after) const {
    State s{0, {}};
    for (int i = 0; i < kQ; ++i) {
      s.density += at(after, i, n);
      for (int a = 0; a < 3; ++a) s.u[a] += kC[i][a] * at(after, i, n);
    }
    for (int a = 0; a < 3; ++a) s.u[a] = (s.u[a] - force(a) / 2) / s.density;
    return s;
  }

  static int direction(const int (&d)[3]) {
    for (int i = 0; i < kQ; ++i)
      if (kC[i][0] == d[0] && kC[i][1] == d[1] && kC[i][2] == d[2]) return i;
    return -1;
  }
  // The straight direction in which an outlet lies, +x first, or 0.
  int outlet_ahead(std::size_t n) const {
    for (int i = 1; i <= 6; ++i)
      if (kinds_[moved(n, kC[i])] == wind::Kind::outlet) return i;
    return 0;
  }
  // Layers of fluid between a cell and the next wall, itself included, by steps to any of 26 neighbours, 0 beyond 7;
  // and what is there, a building before ground before a smooth wall.
  struct Next_wall {
    int layer = 0;
    wind::Kind kind = wind::Kind::wall;
  };
  Next_wall next_wall(std::size_t n) const {
    std::vector<std::size_t> seen{n};
    std::size_t first = 0;
    for (int layer = 1; layer <= 7; ++layer) {
      const std::size_t last = seen.size();
      Next_wall next;
      for (; first < last; ++first)
        for (int k = 0; k < 27; ++k) {
          const std::size_t other = moved(seen[first], {k % 3 - 1, k / 3 % 3 - 1, k / 9 - 1});
          if (solid(kinds_[other])) next = {layer, std::max(kinds_[other], next.kind)};
          if (kinds_[other] == wind::Kind::fluid && std::find(seen.begin(), seen.end(), other) == seen.end())
            seen.push_back(other);
        }
      if (next.layer > 0) {
        const int given = rough(next.kind) ? 0 : given_layer(n);
        if (given == 0 && layer == 7 && !rough(next.kind)) return {};
        return given > 0 ? Next_wall{given, wind::Kind::velocity} : next;
      }
    }
    const int given = given_layer(n);
    return given > 0 ? Next_wall{given, wind::Kind::velocity} : Next_wall{};
  }
  // 1 or 2 steps to a cell of kind velocity, the first of two through fluid; 0 for more.
  int given_layer(std::size_t n) const {
    int nearest = 0;
    for (int k = 0; k < 27; ++k) {
      const std::size_t other = moved(n, {k % 3 - 1, k / 3 % 3 - 1, k / 9 - 1});
      if (kinds_[other] == wind::Kind::velocity) return 1;
      if (kinds_[other] != wind::Kind::fluid) continue;
      for (int l = 0; l < 27; ++l)
        if (kinds_[moved(other, {l % 3 - 1, l / 3 % 3 - 1, l / 9 - 1})] == wind::Kind::velocity) nearest = 2;
    }
    return nearest;
  }

  wind::Question q_;
  std::vector<wind::Kind> kinds_;
  std::vector<wind::Velocity> velocity_of_;
  std::vector<double> slow_;
  std::vector<Next_wall> layer_;
  std::vector<double> mixing_, drag_;  // of each cell: mixing length; force over density times squared horizontal speed
  Arrays f_;
};

}  // namespace dosi::reference
