// HDF5's shuffle + deflate filters, done by ourselves so that many chunks are coded at once.
// The bytes are those of the library's filters: any HDF5 tool reads what is written here.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace dosi::stream {

// Byte i of every element first, then byte i + 1: the layout of HDF5's shuffle filter.
void shuffle(const std::byte* in, std::byte* out, std::size_t bytes, std::size_t element);
void unshuffle(const std::byte* in, std::byte* out, std::size_t bytes, std::size_t element);

struct Encoded {
  std::vector<std::byte> bytes;
  unsigned filter_mask = 0;  // bit i set: filter i was not applied
};

// `level` 0..12 of libdeflate; a chunk that deflate cannot shrink is stored as it is.
Encoded encode(std::span<const std::byte> raw, std::size_t element, bool use_shuffle, int shuffle_index,
               int deflate_index, int level);

// Into `out`, whose size is the chunk's. Throws std::runtime_error with what is wrong.
void decode(std::span<const std::byte> packed, std::span<std::byte> out, std::size_t element, bool shuffled,
            bool deflated);

}  // namespace dosi::stream
