// A dataset as results have it, written and read by each implementation in the same file layout.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <vector>

namespace dosi::bench::stream {

inline constexpr std::size_t kColumns = 1024;  // a matrix of travel times: rows of 4 KiB
inline constexpr std::size_t kBlockRows = 256;

// The values of some rows; the span lives until the next call.
using Source = std::function<std::span<const std::uint32_t>(std::size_t first, std::size_t count)>;

// Each writes `rows` rows to a new file, or reads them all and returns their sum.
void write_ours(const std::filesystem::path& path, std::size_t rows, const Source& source, int threads);
std::uint64_t read_ours(const std::filesystem::path& path, int threads);
void write_library(const std::filesystem::path& path, std::size_t rows, const Source& source);
std::uint64_t read_library(const std::filesystem::path& path);

}  // namespace dosi::bench::stream
