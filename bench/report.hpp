// What a benchmark reports: rows for people as a table, for programs as JSON with the origin of every figure.
#pragma once

#include <cstddef>
#include <iosfwd>
#include <string>
#include <vector>

namespace dosi::bench {

struct Baseline {
  std::string name;
  double rate = 0;
  double ratio = 0;  // ours over theirs: above 1, ours is faster
};

struct Row {
  std::string job;
  std::size_t size = 0;
  std::string device;
  int threads = 0;
  double rate = 0;
  std::string unit;
  double spread = 0;          // standard deviation of the mean, as a share of it
  double roofline_share = 0;  // least bytes that have to move per second, over those of a copy in the same run
  bool checked = false;       // whether the answer agreed with every baseline's
  std::vector<Baseline> baselines;
};

// Options that every benchmark takes.
struct Options {
  std::size_t size = 0;
  int threads = 0;  // never 0 once parsed
  std::string device = "cpu";
  std::string json;  // a file to write, or empty
};

// Reads [--size N] [--threads T] [--device cpu|cuda[:N]] [--json FILE]; argv[0] is the benchmark's name. Throws
// CLI::Error.
Options parse_options(int argc, char** argv, const std::string& help, std::size_t default_size);

// The device ordinal of "cuda" or "cuda:N".
int cuda_ordinal(const std::string& device);

// A line when it is known, so that a long run shows its progress.
void print_row(std::ostream& out, const Row& row);

// {rows: [...], git, compiler, flags, host, time}. Throws std::runtime_error if the file cannot be written.
void write_json(const std::string& path, const std::vector<Row>& rows);

}  // namespace dosi::bench
