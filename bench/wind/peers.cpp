// Two arrays, as most lattice codes have them.
#include <omp.h>

#include <utility>

#include "bench/wind/workload.hpp"

namespace dosi::bench::wind {
namespace {

constexpr int kQ = 19;
constexpr int kC[kQ][3] = {{0, 0, 0},  {1, 0, 0},   {-1, 0, 0},  {0, 1, 0},  {0, -1, 0}, {0, 0, 1},   {0, 0, -1},
                           {1, 1, 0},  {-1, -1, 0}, {1, -1, 0},  {-1, 1, 0}, {1, 0, 1},  {-1, 0, -1}, {1, 0, -1},
                           {-1, 0, 1}, {0, 1, 1},   {0, -1, -1}, {0, 1, -1}, {0, -1, 1}};
constexpr float weight(int i) { return i == 0 ? 1.0f / 3 : i <= 6 ? 1.0f / 18 : 1.0f / 36; }
constexpr float kRate = static_cast<float>(1 / (3 * kViscosity + 0.5));

float equilibrium(int i, float density, float x, float y, float z) {
  const float cu =
      static_cast<float>(kC[i][0]) * x + static_cast<float>(kC[i][1]) * y + static_cast<float>(kC[i][2]) * z;
  return weight(i) * density * (1 + 3 * cu + 4.5f * cu * cu - 1.5f * (x * x + y * y + z * z));
}

// A box with `layer` cells around it, twice, each population by itself.
class Two_arrays : public Implementation {
 public:
  Two_arrays(const Workload& w, std::size_t layer)
      : w_(w), n_(w.n), layer_(layer), side_(w.n + 2 * layer), from_(kQ * side_ * side_ * side_), to_(from_.size()) {}
  void prepare(int sample) override {
    if (sample > 0) return;
    for (std::size_t at = 0; at < w_.cells(); ++at)
      for (int i = 0; i < kQ; ++i) population(from_, i)[cell(at)] = equilibrium(i, 1, w_.x[at], w_.y[at], w_.z[at]);
  }
  void run(int) override {
    for (int s = 0; s < w_.steps; ++s) {
      step();
      std::swap(from_, to_);
    }
  }
  Answer answer() override {
    return {{}, w_.layers([&](std::size_t at) {
              double sum[4] = {};
              for (int i = 0; i < kQ; ++i) {
                const double f = population(from_, i)[cell(at)];
                sum[0] += f;
                for (int a = 0; a < 3; ++a) sum[a + 1] += kC[i][a] * f;
              }
              return (sum[1] * sum[1] + sum[2] * sum[2] + sum[3] * sum[3]) / (sum[0] * sum[0]);
            })};
  }

 protected:
  virtual void step() = 0;
  float* population(std::vector<float>& f, int i) const {
    return f.data() + static_cast<std::size_t>(i) * side_ * side_ * side_;
  }
  std::size_t index(std::size_t x, std::size_t y, std::size_t z) const { return (z * side_ + y) * side_ + x; }
  std::size_t cell(std::size_t at) const {
    return index(at % n_ + layer_, at / n_ % n_ + layer_, at / n_ / n_ + layer_);
  }

  const Workload& w_;
  std::size_t n_, layer_, side_;
  std::vector<float> from_, to_;
};

class Textbook : public Two_arrays {
 public:
  explicit Textbook(const Workload& w) : Two_arrays(w, 0) {}

 private:
  void step() override {
    for (std::size_t z = 0; z < n_; ++z)
      for (std::size_t y = 0; y < n_; ++y)
        for (std::size_t x = 0; x < n_; ++x) {
          float f[kQ], density = 0, u[3] = {};
          for (int i = 0; i < kQ; ++i) {
            const auto back = [&](std::size_t at, int by) {
              return (at + n_ - static_cast<std::size_t>(by + 1) + 1) % n_;
            };
            f[i] = population(from_, i)[index(back(x, kC[i][0]), back(y, kC[i][1]), back(z, kC[i][2]))];
            density += f[i];
            for (int a = 0; a < 3; ++a) u[a] += static_cast<float>(kC[i][a]) * f[i];
          }
          for (float& each : u) each /= density;
          for (int i = 0; i < kQ; ++i)
            population(to_, i)[index(x, y, z)] = f[i] + kRate * (equilibrium(i, density, u[0], u[1], u[2]) - f[i]);
        }
  }
};

class Simd : public Two_arrays {
 public:
  Simd(const Workload& w, int threads) : Two_arrays(w, 1), threads_(threads) {}

 private:
  void step() override {
    wrap();
#pragma omp parallel for collapse(2) schedule(static) num_threads(threads_)
    for (std::size_t z = 1; z <= n_; ++z)
      for (std::size_t y = 1; y <= n_; ++y) row(index(1, y, z));
  }

  // Copies the faces to the layer around the box.
  void wrap() {
#pragma omp parallel for schedule(static) num_threads(threads_)
    for (int i = 1; i < kQ; ++i) {
      float* const f = population(from_, i);
      const auto copy = [&](std::size_t to, std::size_t from) { f[to] = f[from]; };
      for (std::size_t b = 1; b <= n_; ++b)
        for (std::size_t a = 1; a <= n_; ++a)
          copy(index(0, a, b), index(n_, a, b)), copy(index(n_ + 1, a, b), index(1, a, b));
      for (std::size_t b = 1; b <= n_; ++b)
        for (std::size_t a = 0; a <= n_ + 1; ++a)
          copy(index(a, 0, b), index(a, n_, b)), copy(index(a, n_ + 1, b), index(a, 1, b));
      for (std::size_t b = 0; b <= n_ + 1; ++b)
        for (std::size_t a = 0; a <= n_ + 1; ++a)
          copy(index(a, b, 0), index(a, b, n_)), copy(index(a, b, n_ + 1), index(a, b, 1));
    }
  }

  void row(std::size_t begin) {
    const float* from[kQ];
    float* to[kQ];
    for (int i = 0; i < kQ; ++i) {
      const auto back = static_cast<std::ptrdiff_t>(begin) - kC[i][0] -
                        (kC[i][1] + kC[i][2] * static_cast<std::ptrdiff_t>(side_)) * static_cast<std::ptrdiff_t>(side_);
      from[i] = population(from_, i) + back;
      to[i] = population(to_, i) + begin;
    }
    const float* const a0 = from[0];
    float* const b0 = to[0];
    const float* const a1 = from[1];
    float* const b1 = to[1];
    const float* const a2 = from[2];
    float* const b2 = to[2];
    const float* const a3 = from[3];
    float* const b3 = to[3];
    const float* const a4 = from[4];
    float* const b4 = to[4];
    const float* const a5 = from[5];
    float* const b5 = to[5];
    const float* const a6 = from[6];
    float* const b6 = to[6];
    const float* const a7 = from[7];
    float* const b7 = to[7];
    const float* const a8 = from[8];
    float* const b8 = to[8];
    const float* const a9 = from[9];
    float* const b9 = to[9];
    const float* const a10 = from[10];
    float* const b10 = to[10];
    const float* const a11 = from[11];
    float* const b11 = to[11];
    const float* const a12 = from[12];
    float* const b12 = to[12];
    const float* const a13 = from[13];
    float* const b13 = to[13];
    const float* const a14 = from[14];
    float* const b14 = to[14];
    const float* const a15 = from[15];
    float* const b15 = to[15];
    const float* const a16 = from[16];
    float* const b16 = to[16];
    const float* const a17 = from[17];
    float* const b17 = to[17];
    const float* const a18 = from[18];
    float* const b18 = to[18];
#pragma GCC ivdep
    for (std::size_t x = 0; x < n_; ++x) {
      const float f0 = a0[x], f1 = a1[x], f2 = a2[x], f3 = a3[x], f4 = a4[x], f5 = a5[x], f6 = a6[x], f7 = a7[x],
                  f8 = a8[x], f9 = a9[x], f10 = a10[x], f11 = a11[x], f12 = a12[x], f13 = a13[x], f14 = a14[x],
                  f15 = a15[x], f16 = a16[x], f17 = a17[x], f18 = a18[x];
      const float density = f0 + f1 + f2 + f3 + f4 + f5 + f6 + f7 + f8 + f9 + f10 + f11 + f12 + f13 + f14 + f15 + f16 +
                            f17 + f18,
                  over = 1 / density;
      const float u = (f1 + f7 + f9 + f11 + f13 - (f2 + f8 + f10 + f12 + f14)) * over;
      const float v = (f3 + f7 + f10 + f15 + f17 - (f4 + f8 + f9 + f16 + f18)) * over;
      const float w = (f5 + f11 + f14 + f15 + f18 - (f6 + f12 + f13 + f16 + f17)) * over;
      const float still = 1 - 1.5f * (u * u + v * v + w * w), straight = density / 18, aslant = density / 36;
      b0[x] = f0 + kRate * (density / 3 * still - f0);
      {
        const float c = u, even = 4.5f * c * c + still, odd = 3 * c;
        b1[x] = f1 + kRate * (straight * (even + odd) - f1);
        b2[x] = f2 + kRate * (straight * (even - odd) - f2);
      }
      {
        const float c = v, even = 4.5f * c * c + still, odd = 3 * c;
        b3[x] = f3 + kRate * (straight * (even + odd) - f3);
        b4[x] = f4 + kRate * (straight * (even - odd) - f4);
      }
      {
        const float c = w, even = 4.5f * c * c + still, odd = 3 * c;
        b5[x] = f5 + kRate * (straight * (even + odd) - f5);
        b6[x] = f6 + kRate * (straight * (even - odd) - f6);
      }
      {
        const float c = u + v, even = 4.5f * c * c + still, odd = 3 * c;
        b7[x] = f7 + kRate * (aslant * (even + odd) - f7);
        b8[x] = f8 + kRate * (aslant * (even - odd) - f8);
      }
      {
        const float c = u - v, even = 4.5f * c * c + still, odd = 3 * c;
        b9[x] = f9 + kRate * (aslant * (even + odd) - f9);
        b10[x] = f10 + kRate * (aslant * (even - odd) - f10);
      }
      {
        const float c = u + w, even = 4.5f * c * c + still, odd = 3 * c;
        b11[x] = f11 + kRate * (aslant * (even + odd) - f11);
        b12[x] = f12 + kRate * (aslant * (even - odd) - f12);
      }
      {
        const float c = u - w, even = 4.5f * c * c + still, odd = 3 * c;
        b13[x] = f13 + kRate * (aslant * (even + odd) - f13);
        b14[x] = f14 + kRate * (aslant * (even - odd) - f14);
      }
      {
        const float c = v + w, even = 4.5f * c * c + still, odd = 3 * c;
        b15[x] = f15 + kRate * (aslant * (even + odd) - f15);
        b16[x] = f16 + kRate * (aslant * (even - odd) - f16);
      }
      {
        const float c = v - w, even = 4.5f * c * c + still, odd = 3 * c;
        b17[x] = f17 + kRate * (aslant * (even + odd) - f17);
        b18[x] = f18 + kRate * (aslant * (even - odd) - f18);
      }
    }
  }

  int threads_;
};

}  // namespace

std::unique_ptr<Implementation> textbook(const Workload& w) { return std::make_unique<Textbook>(w); }
std::unique_ptr<Implementation> simd(const Workload& w, int threads) { return std::make_unique<Simd>(w, threads); }

}  // namespace dosi::bench::wind
