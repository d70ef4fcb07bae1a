#include "io/stream/codec.hpp"

#include <libdeflate.h>

#include <cstdint>
#include <cstring>
#include <memory>
#include <stdexcept>

namespace dosi::stream {
namespace {

struct Free_compressor {
  void operator()(libdeflate_compressor* c) const { libdeflate_free_compressor(c); }
};
struct Free_decompressor {
  void operator()(libdeflate_decompressor* d) const { libdeflate_free_decompressor(d); }
};

// One a thread and level: making one costs more than a small chunk.
libdeflate_compressor* compressor(int level) {
  thread_local std::unique_ptr<libdeflate_compressor, Free_compressor> held;
  thread_local int held_level = -1;
  if (held_level != level) {
    held.reset(libdeflate_alloc_compressor(level));
    if (!held) throw std::bad_alloc();
    held_level = level;
  }
  return held.get();
}

libdeflate_decompressor* decompressor() {
  thread_local std::unique_ptr<libdeflate_decompressor, Free_decompressor> held(libdeflate_alloc_decompressor());
  if (!held) throw std::bad_alloc();
  return held.get();
}

// Elements in blocks that stay in the first-level cache while their planes are written or read.
constexpr std::size_t kBlock = 512;

template <std::size_t E>
void shuffle_fixed(const std::byte* in, std::byte* out, std::size_t n) {
  for (std::size_t first = 0; first < n; first += kBlock) {
    const std::size_t last = first + kBlock < n ? first + kBlock : n;
    for (std::size_t b = 0; b < E; ++b)
      for (std::size_t i = first; i < last; ++i) out[b * n + i] = in[i * E + b];
  }
}

template <std::size_t E>
void unshuffle_fixed(const std::byte* in, std::byte* out, std::size_t n) {
  for (std::size_t first = 0; first < n; first += kBlock) {
    const std::size_t last = first + kBlock < n ? first + kBlock : n;
    for (std::size_t i = first; i < last; ++i)
      for (std::size_t b = 0; b < E; ++b) out[i * E + b] = in[b * n + i];
  }
}

}  // namespace

void shuffle(const std::byte* in, std::byte* out, std::size_t bytes, std::size_t element) {
  const std::size_t n = bytes / element;
  switch (element) {
    case 2: shuffle_fixed<2>(in, out, n); break;
    case 4: shuffle_fixed<4>(in, out, n); break;
    case 8: shuffle_fixed<8>(in, out, n); break;
    default:
      for (std::size_t b = 0; b < element; ++b)
        for (std::size_t i = 0; i < n; ++i) out[b * n + i] = in[i * element + b];
  }
  std::memcpy(out + n * element, in + n * element, bytes - n * element);
}

void unshuffle(const std::byte* in, std::byte* out, std::size_t bytes, std::size_t element) {
  const std::size_t n = bytes / element;
  switch (element) {
    case 2: unshuffle_fixed<2>(in, out, n); break;
    case 4: unshuffle_fixed<4>(in, out, n); break;
    case 8: unshuffle_fixed<8>(in, out, n); break;
    default:
      for (std::size_t b = 0; b < element; ++b)
        for (std::size_t i = 0; i < n; ++i) out[i * element + b] = in[b * n + i];
  }
  std::memcpy(out + n * element, in + n * element, bytes - n * element);
}

Encoded encode(std::span<const std::byte> raw, std::size_t element, bool use_shuffle, int shuffle_index,
               int deflate_index, int level) {
  Encoded out;
  std::vector<std::byte> planes;
  std::span<const std::byte> source = raw;
  if (use_shuffle) {
    planes.resize(raw.size());
    shuffle(raw.data(), planes.data(), raw.size(), element);
    source = planes;
  }
  auto* c = compressor(level);
  out.bytes.resize(libdeflate_zlib_compress_bound(c, source.size()));
  const std::size_t packed =
      libdeflate_zlib_compress(c, source.data(), source.size(), out.bytes.data(), out.bytes.size());
  if (packed == 0 || packed >= raw.size()) {
    out.bytes.assign(raw.begin(), raw.end());
    out.filter_mask = 1u << deflate_index;
    if (use_shuffle) out.filter_mask |= 1u << shuffle_index;
  } else {
    out.bytes.resize(packed);
  }
  return out;
}

void decode(std::span<const std::byte> packed, std::span<std::byte> out, std::size_t element, bool shuffled,
            bool deflated) {
  std::vector<std::byte> planes;
  std::span<const std::byte> plain = packed;
  if (deflated) {
    std::span<std::byte> into = out;
    if (shuffled) {
      planes.resize(out.size());
      into = planes;
    }
    std::size_t got = 0;
    const auto status =
        libdeflate_zlib_decompress(decompressor(), packed.data(), packed.size(), into.data(), into.size(), &got);
    if (status != LIBDEFLATE_SUCCESS || got != into.size()) throw std::runtime_error("a compressed chunk is damaged");
    plain = into;
  }
  if (plain.size() != out.size()) throw std::runtime_error("a chunk has the wrong length");
  if (shuffled) unshuffle(plain.data(), out.data(), out.size(), element);
  else if (plain.data() != out.data()) std::memcpy(out.data(), plain.data(), out.size());
}

}  // namespace dosi::stream
