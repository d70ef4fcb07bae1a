// A benchmark is a list of cases: one question each, with the implementations that answer it side by side. The runner
// compares all answers before it times anything.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace dosi::bench {

// Options that every benchmark takes.
struct Options {
  std::size_t size = 0;
  int threads = 0;              // of the CPU; never 0 once parsed
  std::string device = "auto";  // cpu, cuda, cuda:N; auto: the CPU, and the first CUDA device where there is one
  std::string json;             // a file to write, or empty
  std::string only;             // run the cases whose names have this in them; empty: all
  std::string input;            // a file that the workload is made of, or empty
  bool quick = false;           // a tenth of the time on a quarter of the size, for a first look
  std::string command;          // as it was typed, for the record

  bool wants(const std::string& job) const { return job.find(only) != std::string::npos; }
  bool cpu() const { return device == "cpu" || device == "auto"; }
  int cuda = -1;  // ordinal, or -1 where CUDA is not measured
};

// Numbers that must be equal, and numbers that may differ by rounding.
struct Answer {
  std::vector<std::uint64_t> exact;
  std::vector<double> rounded;
};

class Implementation {
 public:
  virtual ~Implementation() = default;
  // Before each run, not timed. Samples are numbered so that inputs can change from one to the next.
  virtual void prepare(int /*sample*/) {}
  virtual void run(int sample) = 0;
  // Seconds of one run by the wall clock; what works on a device asks the device.
  virtual double seconds(int sample);
  // Of the last run, which was number 0.
  virtual Answer answer() = 0;
};

struct Contender {
  std::string name;  // says what it is and on how many cores: "dijkstra, one core"
  std::unique_ptr<Implementation> implementation;
  std::string device = "cpu";
  int threads = 1;
  double work = 1;  // units that one run answers; a slow one may answer only the first of them
};

struct Case {
  std::string job;
  std::size_t size = 0;
  std::string unit;           // of the field, each second: "trees/s"
  double bytes = 0;           // the least that memory has to carry for a unit of work
  double operations = 0;      // for a unit of work, where they bind; else 0
  std::size_t footprint = 0;  // bytes that a run touches; small ones are driven out of the caches in between
  double tolerance = 1e-9;    // of rounded numbers, relative
  std::vector<Contender> ours, others;
};

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
  double spread = 0;  // standard deviation of the mean, as a share of it
  double bytes_per_s = 0;
  double operations_per_s = 0;  // 0: not what binds
  double roofline_share = 0;    // bytes_per_s over that of a copy on the same device and threads in the same run
  bool checked = false;         // the answer agreed with all others'
  double deviation = 0;         // largest relative difference from another's answer; 0: bit-identical
  std::vector<Baseline> baselines;
};

// Bytes read and written a second by a copy that is larger than any cache.
std::unique_ptr<Implementation> make_copy_cpu(int threads);
std::unique_ptr<Implementation> make_copy_cuda(int device);
inline constexpr std::size_t kCopiedBytes = std::size_t{256} << 20;

// Runs cases one after another and prints each row when it is known. Its rows go to Options::json at the end.
class Runner {
 public:
  explicit Runner(const Options& options) : options_(options) {}
  // Nothing where the case is not wanted. Throws std::runtime_error where two answers differ, or where there is nothing
  // to compare with.
  void run(Case& c);
  // Throws std::runtime_error where no case was wanted.
  void finish() const;

 private:
  struct Copy {
    std::string device;
    int threads;
    std::unique_ptr<Implementation> implementation;
    double bytes_per_s;
  };
  Copy& copy_on(const Contender& contender);

  const Options& options_;
  std::vector<Copy> copies_;
  std::vector<Row> rows_;
};

// Reads what every benchmark takes; argv[0] is the benchmark's name. Throws CLI::Error, or std::runtime_error where a
// CUDA device was asked for and there is none.
Options parse_options(int argc, char** argv, const std::string& help, std::size_t default_size);

}  // namespace dosi::bench
