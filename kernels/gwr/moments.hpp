// Weighted sums of products of columns over the places in reach of a point: X'WX, X'Wy and y'Wy as one upper triangle.
//
// A bisquare weight is a polynomial of the coordinates, (1 - d^2/h^2)^2. Where a node of the tree lies whole within the
// support, its places need not be visited: nine moments of the node, kept for every product of columns, give its sum
// exactly. A wide bandwidth then costs what lies along its rim.
#pragma once

#include <utility>

#include "kernels/gwr/gwr.hpp"
#include "kernels/gwr/kth.hpp"

namespace dosi::DOSI_BACKEND::gwr {

using dosi::gwr::Kernel;

// One array a column, each of `stride` values in the tree's order, 0 behind the last place.
struct Columns {
  View<const double> values;
  std::size_t stride = 0;
  int count = 0;
  DOSI_HD const double* column(int c) const { return values.data + static_cast<std::size_t>(c) * stride; }
};

inline constexpr int kPolynomials = 9;
inline constexpr double kRightAngle = 1.57079632679489661923;

// Of each node with kCluster places or more: moments[cluster][polynomial][product], products filled up to whole packs,
// of coordinates of its own: (x - centre) / size.
struct Clusters {
  View<const double> moments;
  std::size_t products = 0;
};

struct Frame {
  double x, y, size;
};
DOSI_INLINE DOSI_HD Frame frame_of(const Node& n) {
  const double size = larger(n.x1 - n.x0, n.y1 - n.y0) / 2;
  return {n.x0 + (n.x1 - n.x0) / 2, n.y0 + (n.y1 - n.y0) / 2, size};  // size 0: all at one point
}

// 1, x, y, x^2, xy, y^2, x r^2, y r^2, r^4 in the frame.
DOSI_INLINE DOSI_HD void polynomials(Pack x, Pack y, Pack* p) {
  const Pack r2 = x * x + y * y;
  p[0] = splat(1);
  p[1] = x;
  p[2] = y;
  p[3] = x * x;
  p[4] = x * y;
  p[5] = y * y;
  p[6] = x * r2;
  p[7] = y * r2;
  p[8] = r2 * r2;
}

// An arc and its chord on a sphere.
DOSI_INLINE DOSI_HD double arc(double chord, double radius) {
  const double s = chord / (2 * radius);
  return 2 * radius * std::asin(s < 1 ? s : 1.0);
}
DOSI_INLINE DOSI_HD double chord2(double arc, double radius) {
  const double half = arc / (2 * radius), c = 2 * radius * std::sin(half < kRightAngle ? half : kRightAngle);
  return half < kRightAngle ? c * c * (1 + 1e-15) : 4 * radius * radius * (1 + 1e-12);  // all of the sphere
}

// What (1 - d^2 inverse)^2 is made of: factors of the polynomials in a frame.
template <class Real>
DOSI_INLINE DOSI_HD void bisquare_coefficients(const Frame& f, const Position<Real>& p, Real inverse, Real* c) {
  const Real qx = p.x - f.x, qy = p.y - f.y;
  const Real a = 1 - (qx * qx + qy * qy) * inverse, bx = 2 * f.size * qx * inverse, by = 2 * f.size * qy * inverse,
             g = -f.size * f.size * inverse;
  c[0] = a * a;
  c[1] = 2 * a * bx;
  c[2] = 2 * a * by;
  c[3] = 2 * a * g + bx * bx;
  c[4] = 2 * bx * by;
  c[5] = 2 * a * g + by * by;
  c[6] = 2 * g * bx;
  c[7] = 2 * g * by;
  c[8] = g * g;
}

// What a bandwidth makes of squared distances. `inverse`: 1 / h^2, of the exponential 1 / h.
struct Bisquare {
  static constexpr bool polynomial = true, listed = false;
  double reach2, inverse;
  Bisquare() = default;
  DOSI_HD explicit Bisquare(Kernel, double h, double = 0) : reach2(h * h), inverse(1 / larger(h * h, 1e-290)) {}
  DOSI_INLINE DOSI_HD Pack operator()(Pack d2) const {
    const Pack t = positive(1.0 - d2 * inverse);
    return t * t;
  }
  DOSI_INLINE DOSI_HD void coefficients(const Frame& f, Point p, double* c) const {
    bisquare_coefficients(f, p, inverse, c);
  }
};

// The others, and all where a distance is an arc on a sphere: the tree, and `reach2`, have chords then. Beyond `reach2`
// a Gaussian or exponential weight is below the smallest number there is.
struct Any_kernel {
  static constexpr bool polynomial = false, listed = false;
  Kernel kernel;
  double reach2, inverse, diameter2;  // of the sphere, squared; 0: distances are straight
  DOSI_HD Any_kernel(Kernel k, double h, double radius = 0) : kernel(k), diameter2(4 * radius * radius) {
    constexpr double kVanished = 708;
    const bool compact = k == Kernel::bisquare || k == Kernel::tricube;
    const double safe = larger(h, 1e-145);
    reach2 = compact ? h * h : k == Kernel::gaussian ? 2 * kVanished * h * h : kVanished * kVanished * h * h;
    inverse = k == Kernel::exponential ? 1 / safe : 1 / (safe * safe);
    if (radius > 0) reach2 = chord2(std::sqrt(reach2), radius);
  }
  DOSI_INLINE DOSI_HD Pack operator()(Pack straight2) const {
    const Pack d2 = diameter2 > 0 ? arc2(straight2, diameter2) : straight2;
    if (kernel == Kernel::gaussian) return exp_of_negative(d2 * (-0.5 * inverse));
    if (kernel == Kernel::exponential) return exp_of_negative(root(d2) * -inverse);
    const Pack z2 = d2 * inverse;
    const Pack t = kernel == Kernel::bisquare ? positive(1.0 - z2) : positive(1.0 - z2 * root(z2));
    return kernel == Kernel::bisquare ? t * t : t * t * t;
  }
};

// Those of places whose distances are listed.
struct Listed_kernel : Any_kernel {
  static constexpr bool listed = true;
  using Any_kernel::Any_kernel;
};

template <class Weight>
struct Squared {
  static constexpr bool polynomial = false, listed = Weight::listed;
  Weight weight;
  double reach2 = weight.reach2;
  DOSI_INLINE DOSI_HD Pack operator()(Pack d2) const {
    const Pack w = weight(d2);
    return w * w;
  }
};

DOSI_HD constexpr int products_of(int columns) { return columns * (columns + 1) / 2; }
// The place of (a, b), a <= b, in an upper triangle by rows.
DOSI_HD constexpr int product(int columns, int a, int b) { return a * columns - a * (a - 1) / 2 + b - a; }

// The rows and columns of an upper triangle, known to the compiler so that sums stay in registers.
template <int kColumns>
struct Triangle {
  int row[products_of(kColumns)] = {}, column[products_of(kColumns)] = {};
  constexpr Triangle() {
    int e = 0;
    for (int a = 0; a < kColumns; ++a)
      for (int b = a; b < kColumns; ++b, ++e) {
        row[e] = a;
        column[e] = b;
      }
  }
};

template <int kColumns, int... kProduct>
DOSI_INLINE DOSI_HD void add_products(const Columns& z, std::size_t at, Pack weight, Pack* out,
                                      std::integer_sequence<int, kProduct...>) {
  constexpr Triangle<kColumns> triangle;
  Pack value[kColumns], weighted[kColumns];
  DOSI_UNROLLED
  for (int c = 0; c < kColumns; ++c) {
    value[c] = load(z.column(c) + at);
    weighted[c] = weight * value[c];
  }
  ((out[kProduct] = fused(weighted[triangle.row[kProduct]], value[triangle.column[kProduct]], out[kProduct])), ...);
}

// The places of one node, sums in registers.
template <int kColumns, class Weight, int... kProduct>
DOSI_INLINE DOSI_HD void add_run(const Forest& f, const Columns& z, const Node& n, Point p, const Weight& weight,
                                 Pack* sums, std::integer_sequence<int, kProduct...> products) {
  Pack out[] = {sums[kProduct]...};
  for (std::size_t i = n.first; i < n.last; i += kLanes)
    add_products<kColumns>(z, i, weight(distance2(f, i, p)), out, products);
  ((sums[kProduct] = out[kProduct]), ...);
}

// All products of kColumns columns into moments[products_of(kColumns)].
template <int kColumns, class Weight>
DOSI_HD void add_up(const Forest& f, const Columns& z, const Clusters& clusters, Point p, const Weight& weight,
                    double* moments) {
  constexpr int kProducts = products_of(kColumns),
                kPacks = (kProducts + static_cast<int>(kLanes) - 1) / static_cast<int>(kLanes);
  Pack near[kProducts] = {}, far[kPacks] = {};
  for_nodes_within(f, p, weight.reach2, [&](const Node& n, bool whole) DOSI_INLINE_LAMBDA {
    if constexpr (Weight::polynomial) {
      if (whole && n.cluster != kNoCluster && clusters.products > 0) {
        double c[kPolynomials];
        weight.coefficients(frame_of(n), p, c);
        const double* of_node =
            clusters.moments.data + static_cast<std::size_t>(n.cluster) * kPolynomials * clusters.products;
        for (int e = 0; e < kPacks; ++e) {
          Pack s = far[e];
          for (int q = 0; q < kPolynomials; ++q)
            s = fused(
                splat(c[q]),
                load(of_node + static_cast<std::size_t>(q) * clusters.products + static_cast<std::size_t>(e) * kLanes),
                s);
          far[e] = s;
        }
        return;
      }
    }
    add_run<kColumns>(f, z, n, p, weight, near, std::make_integer_sequence<int, kProducts>{});
  });
  for (int e = 0; e < kProducts; ++e) moments[e] = sum(near[e]) + element(far, static_cast<std::size_t>(e));
}

// The same for any number of columns, four by four at a time.
template <class Weight>
DOSI_HD void add_up_many(const Forest& f, const Columns& z, Point p, const Weight& weight, double* moments) {
  constexpr int kSide = 4;
  for (int a = 0; a < z.count; a += kSide)
    for (int b = a; b < z.count; b += kSide) {
      Pack out[kSide * kSide] = {};
      for_nodes_within(f, p, weight.reach2, [&](const Node& n, bool) DOSI_INLINE_LAMBDA {
        for (std::size_t i = n.first; i < n.last; i += kLanes) {
          const Pack w = weight(distance2(f, i, p));
          Pack left[kSide], right[kSide];
          for (int c = 0; c < kSide; ++c) left[c] = a + c < z.count ? w * load(z.column(a + c) + i) : splat(0);
          for (int c = 0; c < kSide; ++c) right[c] = b + c < z.count ? load(z.column(b + c) + i) : splat(0);
          for (int c = 0; c < kSide; ++c)
            for (int d = 0; d < kSide; ++d) out[c * kSide + d] = fused(left[c], right[d], out[c * kSide + d]);
        }
      });
      for (int c = 0; c < kSide; ++c)
        for (int d = 0; d < kSide; ++d) {
          const double s = sum(out[c * kSide + d]);
          if (a + c <= b + d && a + c < z.count && b + d < z.count) moments[product(z.count, a + c, b + d)] = s;
        }
    }
}

// One node's moments; see Clusters.
template <int kColumns>
struct Make_clusters {
  Forest forest;
  Columns z;
  View<const std::uint32_t> nodes;
  std::size_t products;
  View<double> moments;
  DOSI_HD void operator()(Team&, std::size_t c) const {
    const Node& n = forest.nodes[nodes[c]];
    const Frame frame = frame_of(n);
    const double size = frame.size > 0 ? frame.size : 1;
    constexpr int kProducts = products_of(kColumns);
    for (int q = 0; q < kPolynomials; ++q) {
      Pack out[kProducts] = {};
      for (std::size_t i = n.first; i < n.last; i += kLanes) {
        Pack p[kPolynomials];
        polynomials((load(forest.x.data + i) - frame.x) / size, (load(forest.y.data + i) - frame.y) / size, p);
        // Behind the last place coordinates are infinite and columns 0: no such lane may count.
        const Pack finite = load(forest.x.data + i) < 1e300 ? p[q] : splat(0);
        add_products<kColumns>(z, i, finite, out, std::make_integer_sequence<int, kProducts>{});
      }
      double* to = moments.data + (c * kPolynomials + static_cast<std::size_t>(q)) * products;
      for (int e = 0; e < kProducts; ++e) to[e] = sum(out[e]);
      for (std::size_t e = kProducts; e < products; ++e) to[e] = 0;
    }
  }
};

}  // namespace dosi::DOSI_BACKEND::gwr
