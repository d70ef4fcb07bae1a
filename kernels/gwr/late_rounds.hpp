// Rounds of the backfitting replayed on a group of columns of the identity, once all bandwidths stay.
//
// From round to round the changes of R_j in a group lie in fewer and fewer directions: what differs from one column to
// its neighbour has died out, and what is left are a few slow surfaces. So D = (D Q) Q' with a Q of few columns, as
// near as single precision goes, and rounds go on with D Q alone. With T the sum of the later changes of C_j, in these
// directions, |C_j + T Q'|^2 = |C_j|^2 + (2 C_j Q + T) T' for every row. After some rounds more there are fewer
// directions again: all that is kept is turned into them.
#pragma once

#include "kernels/gwr/multiscale.hpp"
#include "kernels/gwr/many_smooths.hpp"
#include "kernels/gwr/row_basis.hpp"

namespace dosi::DOSI_BACKEND::gwr {

using dosi::gwr::Round;

// What is known of the hat matrices from some columns of the identity.
struct Inferred {
  std::vector<double> square;     // [column][place], of C_j's rows
  std::vector<double> diagonal;   // [column][place], of R_j
  std::vector<double> predicted;  // [new place]
};

// Rows of the changes of columns 1 and on, those of a bucket added up with a sign each: out[bucket][chunk][kWide]. Sums
// of so many lie in the directions that the rows do.
struct Sketch_changes {
  using A = Across<float>;
  View<const float> changes;  // [column][chunk][place][kWide]
  std::size_t columns, chunks, places, buckets;
  View<float> out;
  DOSI_HD void operator()(Team&, std::size_t index) const {
    const std::size_t chunk = index % chunks, bucket = index / chunks;
    Singles sums[A::packs] = {};
    for (std::size_t j = 1; j < columns; ++j)
      for (std::size_t i = (bucket + j) % buckets; i < places; i += buckets) {
        const float* row = changes.data + ((j * chunks + chunk) * places + i) * kWide;
        const auto sign = all_lanes(sign_of(i * columns + j));
        for (int q = 0; q < A::packs; ++q)
          sums[q] = fused(sign, load(row + static_cast<std::size_t>(q) * A::lanes), sums[q]);
      }
    for (int q = 0; q < A::packs; ++q)
      store(out.data + index % chunks * kWide + bucket * chunks * kWide + static_cast<std::size_t>(q) * A::lanes,
            sums[q]);
  }

 private:
  DOSI_INLINE DOSI_HD static float sign_of(std::size_t row) {
    auto h = static_cast<std::uint32_t>(row) * 2654435761u;
    h ^= h >> 15;
    h *= 0x2c1b3c6du;
    return (h >> 31) != 0 ? 1.0f : -1.0f;
  }
};

// to = from times the basis, row by row: from[chunk][place][kWide] to[chunk'][place][kWide].
struct Turn_rows {
  using A = Across<float>;
  View<const float> from, basis;  // basis[direction of `from`][direction of `to`]
  std::size_t chunks_from, chunks_to, places;
  View<float> to;
  DOSI_HD void operator()(Team&, std::size_t index) const {
    const std::size_t chunk = index % chunks_to, begin = index / chunks_to * kTilesATeam, end = begin + kTilesATeam;
    constexpr auto kAll = std::make_integer_sequence<int, A::sums>{};
    for (std::size_t tile = begin; tile < end && tile * kRows < places; ++tile) turn(tile * kRows, chunk, kAll);
  }

 private:
  template <int... kSum>
  DOSI_INLINE DOSI_HD void turn(std::size_t first, std::size_t chunk, std::integer_sequence<int, kSum...>) const {
    const std::size_t width = chunks_to * kWide;
    const float* vectors = basis.data + chunk * kWide;
    const float* row[kRows];
    for (std::size_t r = 0; r < kRows; ++r) row[r] = from.data + (first + r < places ? first + r : places - 1) * kWide;
    Singles out[] = {(static_cast<void>(kSum), all_lanes(0.0f))...};
    for (std::size_t c = 0; c < chunks_from; ++c) {
      for (std::size_t q = 0; q < kWide; ++q, vectors += width)
        ((out[kSum] = fused(all_lanes(row[kSum / A::packs][q]),
                            load(vectors + static_cast<std::size_t>(kSum % A::packs) * A::lanes), out[kSum])),
         ...);
      for (std::size_t r = 0; r < kRows; ++r) row[r] += places * kWide;
    }
    for (std::size_t r = 0; r < kRows && first + r < places; ++r)
      for (std::size_t q = 0; q < A::packs; ++q)
        store(to.data + (chunk * places + first + r) * kWide + q * A::lanes, out[r * A::packs + q]);
  }
};

// Takes the later changes T into account, a row of a column each: its square, its place on the diagonal, and C_j Q.
struct Take_later {
  View<const float> own;  // of the columns of the identity that places are: [place - first][direction]
  std::size_t chunks, places, first, count;
  View<const double> x;
  View<float> coefficient, later;  // C_j Q, T: [chunk][place][kWide]
  View<double> square, diagonal;   // [place]
  DOSI_HD void operator()(Team& team, std::size_t i) const {
    Pack squares = splat(0), products = splat(0);
    const bool here = i - first < count;
    for (std::size_t c = 0; c < chunks; ++c)
      for (std::size_t q = 0; q < kWide; q += kLanes) {
        const std::size_t at = (c * places + i) * kWide + q;
        const Pack before = load_widened(coefficient.data + at), t = load_widened(later.data + at);
        squares = fused(2.0 * before + t, t, squares);
        if (here) products = fused(t, load_widened(own.data + ((i - first) * chunks + c) * kWide + q), products);
        store_narrowed(coefficient.data + at, before + t);
      }
    const double more = sum(squares), on_diagonal = sum(products);
    if (team.rank() > 0) return;
    square[i] += more;
    if (here) diagonal[i] += on_diagonal * x[i];
  }
};

struct Set_zero {
  View<float> all;
  DOSI_HD void operator()(std::size_t at) const { all[at] = 0; }
};

class Late_rounds {
 public:
  Late_rounds(par::Context& ctx, const Terrain& terrain, Smooth_matrices& matrices, std::size_t columns)
      : ctx_(ctx), matrices_(matrices), smooths_(ctx, terrain, matrices), n_(terrain.places), k_(columns) {}

  // How many rounds are to be done before these can go on; all, where it is not worth while.
  static std::size_t after(std::span<const Round> rounds, std::size_t columns) {
    constexpr std::size_t kBefore = 6, kWorth = 4;
    std::size_t stays = rounds.size() - 1;
    while (stays > 0 && rounds[stays - 1] == rounds.back()) --stays;
    const std::size_t done = std::max(kBefore, stays + 1);
    return columns > 1 && done + kWorth <= rounds.size() ? done : rounds.size();
  }

  void make_room(std::size_t chunks) {
    chunks_ = chunks;
    for (auto* array : {&changes_, &coefficient_, &turned_}) make_room(*array, chunks);
  }
  // Of the last of the rounds before, of some chunks: how R_j changed in it, and C_j.
  View<float> change(std::size_t j, std::size_t chunk, std::size_t count) {
    return part(changes_, chunks_, j, chunk, count);
  }
  View<float> coefficient(std::size_t j, std::size_t chunk, std::size_t count) {
    return part(coefficient_, chunks_, j, chunk, count);
  }

  // The rounds from `done` on, of `count` columns of the identity from `first` on.
  void run(const Round& bandwidths, std::size_t done, std::size_t rounds, std::size_t first, std::size_t count,
           Inferred& out) {
    par::Buffer<double> square(ctx_, k_ * n_), diagonal(ctx_, k_ * n_);
    square.fill(0);
    diagonal.fill(0);
    std::vector<float> own;  // the columns of the identity in the directions so far
    while (done < rounds) {
      const auto basis = row_basis_of_changes(count);
      if (basis.rank == 0) break;
      own = own.empty() ? basis.vectors : turned(own, basis);
      turn(basis);
      make_room(later_, chunks_);
      par::for_each(ctx_, k_ * chunks_ * n_ * kWide, Set_zero{later_.view()});
      const std::size_t end = std::min(rounds, done + std::max<std::size_t>(3, done / 2));
      go_on(bandwidths, end - done);
      const par::Buffer<float> own_there(ctx_, own);
      for (std::size_t j = 0; j < k_; ++j)
        par::for_each_team(ctx_, n_, kTeam, 0,
                           Take_later{own_there.view(), chunks_, n_, first, count, matrices_.smooths().column(j),
                                      part(coefficient_, chunks_, j, 0, chunks_), part(later_, chunks_, j, 0, chunks_),
                                      square.view().part(j * n_, n_), diagonal.view().part(j * n_, n_)});
      ctx_.synchronize();
      done = end;
    }
    const auto squares = square.to_host(), on_diagonal = diagonal.to_host();
    for (std::size_t i = 0; i < k_ * n_; ++i) {
      out.square[i] += squares[i];
      out.diagonal[i] += on_diagonal[i];
    }
  }

 private:
  // Arrays are [column][chunk][place][kWide], and stay as long as the largest group wants them.
  void make_room(par::Buffer<float>& array, std::size_t chunks) {
    if (array.size() < k_ * chunks * n_ * kWide) array = par::Buffer<float>(ctx_, k_ * chunks * n_ * kWide);
  }
  View<float> part(par::Buffer<float>& all, std::size_t chunks, std::size_t j, std::size_t chunk, std::size_t count) {
    return all.view().part((j * chunks + chunk) * n_ * kWide, count * n_ * kWide);
  }

  dosi::gwr::Row_basis row_basis_of_changes(std::size_t count) {
    constexpr double kLost = 3e-8;  // of a column of the identity, in a round
    const std::size_t width = chunks_ * kWide, buckets = 2 * width;
    par::Buffer<float> sketch(ctx_, buckets * width);
    par::for_each_team(ctx_, buckets * chunks_, kTeam, 0,
                       Sketch_changes{std::as_const(changes_).view(), k_, chunks_, n_, buckets, sketch.view()});
    return dosi::gwr::row_basis(sketch.to_host(), width, kLost * std::sqrt(static_cast<double>(count)), kWide);
  }

  static std::vector<float> turned(const std::vector<float>& rows, const dosi::gwr::Row_basis& basis) {
    std::vector<float> out(rows.size() / basis.width * basis.rank, 0);
    for (std::size_t i = 0; i < rows.size() / basis.width; ++i)
      for (std::size_t c = 0; c < basis.width; ++c)
        for (std::size_t r = 0; r < basis.rank; ++r)
          out[i * basis.rank + r] += rows[i * basis.width + c] * basis.vectors[c * basis.rank + r];
    return out;
  }

  // Changes and C_j into the directions of the basis.
  void turn(const dosi::gwr::Row_basis& basis) {
    const std::size_t chunks = basis.rank / kWide, tiles = (n_ + kRows - 1) / kRows;
    const par::Buffer<float> vectors(ctx_, basis.vectors);
    for (auto* array : {&changes_, &coefficient_}) {
      for (std::size_t j = array == &changes_ ? 1 : 0; j < k_; ++j)
        par::for_each_team(ctx_, (tiles + kTilesATeam - 1) / kTilesATeam * chunks, kTeam, 0,
                           Turn_rows{part(*array, chunks_, j, 0, chunks_), vectors.view(), chunks_, chunks, n_,
                                     part(turned_, chunks, j, 0, chunks)});
      ctx_.synchronize();
      std::swap(*array, turned_);
    }
    chunks_ = chunks;
  }

  // On a CPU every chunk goes by itself through all rounds, in its cache.
  void go_on(const Round& bandwidths, std::size_t rounds) {
    const std::size_t a_time = Team::serial ? 1 : chunks_;
    const std::size_t size = a_time * n_ * kWide;
    par::Buffer<float> v(ctx_, size), after(ctx_, size), moments(ctx_, smooths_.moments_of(a_time));
    for (std::size_t c = 0; c < chunks_; c += a_time) {
      const auto change = [&](std::size_t j) { return part(changes_, chunks_, j, c, a_time); };
      par::for_each(ctx_, size,
                    Begin_changes{k_, chunks_ * n_ * kWide, c * n_ * kWide, std::as_const(changes_).view(), v.view()});
      for (std::size_t r = 0; r < rounds; ++r)
        for (std::size_t j = 0; j < k_; ++j) {
          smooths_.run<float>(j, bandwidths[j], a_time, moments.view(),
                              {.v = std::as_const(v).view(),
                               .part = change(j),
                               .next = change((j + 1) % k_),
                               .out = after.view(),
                               .later = part(later_, chunks_, j, c, a_time)});
          std::swap(v, after);
        }
    }
    ctx_.synchronize();
  }

  par::Context& ctx_;
  Smooth_matrices& matrices_;
  Many_smooths smooths_;
  std::size_t n_, k_, chunks_ = 0;
  par::Buffer<float> changes_, coefficient_, later_, turned_;
};

}  // namespace dosi::DOSI_BACKEND::gwr
