// How well a fetch of open ground keeps the wind that comes in: a box of H cells height and 3 1/3 H length, the profile
// and its turbulence at the inlet, and by distance the largest departure of the mean speed at any height, the means
// being over several seeds and over the width. On a CPU, a core.
//
// A power law stands over the ground that dosi wind gives it, where no roughness is given.
//
//     dosi-bench wind-fetch [--height H] [--roughness Z0/H] [--collision regularised|trt|bgk] [--profile log|power]
//     [--above slip|inflow|stress|open] [--sponge N] [--magic M] [--seeds N]
#include <CLI/CLI.hpp>
#include <cmath>
#include <iostream>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "host/wind/case.hpp"
#include "kernels/wind/wind.hpp"

namespace dosi::bench {

int bench_wind_fetch(int argc, char** argv);

namespace {

using namespace dosi::wind;

struct Asked {
  std::uint32_t height = 12;
  std::optional<double> roughness;
  double turbulence = 1;
  std::string profile = "log";
  Collision collision = Collision::regularised;
  Top above = Top::slip;
  std::uint32_t sponge = 0;
  double magic = 3.0 / 16;
  std::uint64_t seeds = 4;
};

constexpr double kTop = 0.12, kSmagorinsky = 0.12, kViscosity = 1e-4, kExponent = 0.22, kUsualRoughness = 0.002,
                 kSpongeViscosity = 0.1;                      // cells a step at the top; over the height
constexpr double kStations[] = {1.0 / 3, 0.75, 1.5, 2.5, 3};  // in heights
constexpr std::uint64_t kSampleEvery = 25;

class Fetch {
 public:
  explicit Fetch(const Asked& a)
      : a_(a), z0_(roughness_of(a)), nx_(10 * a.height / 3 + a.sponge), ny_(std::max(16u, a.height * 2 / 3)),
        mean_(std::size(kStations), std::vector<double>(a.height)), energy_(mean_) {
    for (std::uint32_t k = 0; k < a_.height + 2; ++k)
      for (std::uint32_t j = 0; j < ny_; ++j)
        for (std::uint32_t i = 0; i < nx_; ++i) {
          const bool top = k == a_.height + 1;
          const Kind kind = k == 0         ? Kind::ground
                            : top          ? kind_above()
                            : i == 0       ? Kind::velocity
                            : i + 1 == nx_ ? Kind::outlet
                                           : Kind::fluid;
          const auto speed = static_cast<float>(k > 0 ? profile(top ? a_.height : k - 0.5) : 0);
          kinds_.push_back(kind);
          start_.push_back(kind == Kind::fluid ? speed : 0);
          if (kind == Kind::velocity) velocities_.push_back({speed, 0, 0}), is_inlet_.push_back(!top);
        }
    for (std::uint64_t seed = 1; seed <= a_.seeds; ++seed) run(seed);
  }

  // By station: departure, its layer, and the turbulence that is left half a cell and half a height above the ground.
  void print(std::ostream& out) const {
    for (std::size_t s = 0; s < std::size(kStations); ++s) {
      std::size_t worst = 0;
      for (std::size_t k = 0; k < a_.height; ++k)
        if (std::fabs(mean_[s][k]) > std::fabs(mean_[s][worst])) worst = k;
      out << kStations[s] << " heights: " << 100 * mean_[s][worst] << " % in layer " << worst + 1 << ", "
          << 100 * mean_[s][0] << " % in the first; k " << energy_[s][0] << " of what came in there, "
          << energy_[s][a_.height / 2] << " half-way up\n";
    }
  }

 private:
  static double roughness_of(const Asked& a) {
    if (a.roughness) return *a.roughness * a.height;
    if (a.profile == "log") return kUsualRoughness * a.height;
    return Case(job::Parameters(declared_parameters(), {{"profile", "power"}, {"exponent", kExponent}, {"cell", 1}},
                                "dosi-bench wind-fetch"))
        .roughness;
  }
  Kind kind_above() const {
    return a_.above == Top::inflow ? Kind::velocity : a_.above == Top::open ? Kind::outlet : Kind::slip;
  }
  double profile(double z) const {
    if (a_.profile == "power") return kTop * std::pow(z / a_.height, kExponent);
    return kTop * std::log((z + z0_) / z0_) / std::log((a_.height + z0_) / z0_);
  }

  void run(std::uint64_t seed) {
    // What the ground takes of the wind in the first cell comes in with it: -uw = u*^2, k = u*^2 / 0.3.
    const double friction = 0.4 * profile(0.5) / std::log((0.5 + z0_) / z0_), k = friction * friction / 0.3,
                 shear = 0.45;
    std::vector<float> intensity;
    for (const bool inlet : is_inlet_)
      intensity.push_back(inlet ? static_cast<float>(a_.turbulence * std::sqrt(2 * k / (3 + shear * shear))) : 0.0f);
    Question q{.nx = nx_,
               .ny = ny_,
               .nz = a_.height + 2,
               .kinds = kinds_,
               .velocities = velocities_,
               .collision = a_.collision,
               .viscosity = kViscosity,
               .magic = a_.magic,
               .smagorinsky = kSmagorinsky,
               .ground_roughness = z0_};
    q.sponge[1] = a_.sponge;
    q.sponge_viscosity = kSpongeViscosity;
    if (a_.above == Top::stress) q.stress_above[0] = static_cast<float>(friction * friction);
    if (a_.turbulence > 0)
      q.inflow = {.intensity = intensity,
                  .length_scale = a_.height / 3.0,
                  .advection = {static_cast<float>(profile(0.4 * a_.height)), 0, 0},
                  .shear = shear,
                  .seed = seed};
    const auto engine = cpu::wind::make_engine(q, 1);
    engine->start({}, start_, {}, {});
    const auto through = static_cast<std::uint64_t>(nx_ / profile(a_.height / 2.0));
    engine->advance(through * 3 / 2);
    for (std::uint64_t sample = 0; sample < 6 * through / kSampleEvery; ++sample) {
      engine->advance(kSampleEvery);
      engine->sample();
    }
    std::vector<float> u(kinds_.size()), xx(u), yy(u), zz(u);
    engine->statistics({.x = u, .xx = xx, .yy = yy, .zz = zz});
    for (std::size_t s = 0; s < std::size(kStations); ++s)
      for (std::uint32_t layer = 0; layer < a_.height; ++layer) {
        const auto at = static_cast<std::uint32_t>(kStations[s] * a_.height);
        double speed = 0, left = 0;
        for (std::uint32_t j = 0; j < ny_; ++j)
          for (std::uint32_t i = at - 2; i < at + 2; ++i) {
            const std::size_t n = (std::size_t{layer + 1} * ny_ + j) * nx_ + i;
            speed += u[n] / (4.0 * ny_);
            left += 0.5 * (xx[n] + yy[n] + zz[n]) / (4.0 * ny_);
          }
        mean_[s][layer] += (speed / profile(layer + 0.5) - 1) / static_cast<double>(a_.seeds);
        energy_[s][layer] += left / k / static_cast<double>(a_.seeds);
      }
  }

  Asked a_;
  double z0_;
  std::uint32_t nx_, ny_;
  std::vector<Kind> kinds_;
  std::vector<float> start_;
  std::vector<Velocity> velocities_;
  std::vector<bool> is_inlet_;
  std::vector<std::vector<double>> mean_, energy_;  // [station][layer]: departure, share of k
};

}  // namespace

int bench_wind_fetch(int argc, char** argv) {
  Asked a;
  CLI::App app("How well a fetch of open ground keeps its wind");
  app.add_option("--height", a.height, "cells")->check(CLI::Range(9u, 200u));
  app.add_option("--roughness", a.roughness,
                 "roughness length over the height; without: 0.002, or what the profile has")
      ->check(CLI::Range(1e-6, 0.02));
  app.add_option("--turbulence", a.turbulence, "share of what belongs to the profile")->check(CLI::Range(0.0, 3.0));
  app.add_option("--profile", a.profile)->check(CLI::IsMember({"log", "power"}));
  const std::map<std::string, Collision> collisions{
      {"bgk", Collision::bgk}, {"trt", Collision::trt}, {"regularised", Collision::regularised}};
  const std::map<std::string, Top> tops{
      {"slip", Top::slip}, {"inflow", Top::inflow}, {"stress", Top::stress}, {"open", Top::open}};
  app.add_option("--above", a.above)->transform(CLI::CheckedTransformer(tops));
  app.add_option("--collision", a.collision)->transform(CLI::CheckedTransformer(collisions));
  app.add_option("--sponge", a.sponge, "cells before the outlet, which it lies that much further on for")
      ->check(CLI::Range(0u, 200u));
  app.add_option("--magic", a.magic, "of two relaxation times")->check(CLI::Range(1e-6, 1.0));
  app.add_option("--seeds", a.seeds)->check(CLI::Range(1u, 100u));
  app.parse(argc, argv);
  Fetch(a).print(std::cout);
  return 0;
}

}  // namespace dosi::bench
