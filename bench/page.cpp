// dosi-bench page FOLDER FILE [--check]: the page of all results in a folder. Nothing in it is typed by hand.
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <sstream>
#include <stdexcept>

#include "bench/compare.hpp"
#include "bench/report.hpp"
#include "bench/saved.hpp"

namespace dosi::bench {
namespace {

std::string count_of(std::size_t size) {
  std::string digits = std::to_string(size), text;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) text += ',';
    text += digits[i];
  }
  return text;
}

std::string ratio_of(double ratio) { return fmt::format("{:.{}f}×", ratio, ratio < 9.95 ? 1 : 0); }

// Of a whole command nobody counted the bytes.
std::string share_of_copy(const Row& r) {
  return r.bytes_per_s > 0 ? fmt::format("{:.0f} %", 100 * r.roofline_share) : "";
}

std::string section(const Saved& s) {
  std::string text = fmt::format("## {}\n\n", s.file.substr(0, s.file.rfind('.')));
  std::string machine = fmt::format("{}, {} processors", s.processor, s.processors);
  for (const auto& gpu : s.gpus) machine += ", " + gpu;
  text += fmt::format("`{}`\n\n{}. Commit `{}`, {}, `{}`, {}. From `bench/results/{}`.\n\n", s.command, machine, s.git,
                      s.compiler, s.flags, s.time, s.file);
  text += "| | size | on | rate | ± | of a copy's bytes | against |\n|---|---:|---|---:|---:|---:|---|\n";
  for (const Row& r : s.rows) {
    std::string against;
    for (const Baseline& b : r.baselines)
      against += fmt::format("{}{} {}", against.empty() ? "" : ", ", b.name, ratio_of(b.ratio));
    text += fmt::format("| {} | {} | {} | {} | {} | {} | {} |\n", r.job, count_of(r.size),
                        r.device == "cpu" ? fmt::format("{} core{}", r.threads, r.threads == 1 ? "" : "s") : r.device,
                        with_unit(r.rate, r.unit), with_doubt(r.spread), share_of_copy(r), against);
  }
  return text + "\n";
}

std::string make_page(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (entry.path().extension() == ".json") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  std::string text =
      "# Performance\n\n"
      "Made by `dosi-bench page bench/results docs/performance.md` from the results that are kept there; nothing is\n"
      "typed by hand. A row is one of dosi's implementations against the others of the same answer, in one run on one\n"
      "machine. All answers were compared before anything was timed: integers bit by bit, rounded numbers within 1e-9\n"
      "(peers: within what they themselves allow). ± is the standard deviation of the mean. The share of a copy's\n"
      "bytes is the least that memory has to carry, over what a plain copy carried on the same cores or device in the\n"
      "same run. × above 1: dosi is faster. In `peers` dosi is a whole command, from its start to the written result,\n"
      "and the program that people use today is its computation alone.\n\n";
  for (const auto& file : files) text += section(read_saved(file));
  return text;
}

}  // namespace

int page(int argc, char** argv) {
  const bool check = argc == 4 && std::string(argv[3]) == "--check";
  if (argc != 3 && !check) {
    std::cerr << "dosi-bench page FOLDER FILE [--check]\n";
    return 2;
  }
  const std::string text = make_page(argv[1]);
  if (check) {
    std::stringstream old;
    old << std::ifstream(argv[2]).rdbuf();
    if (old.str() == text) return 0;
    std::cerr << argv[2] << " is not what " << argv[1] << " gives; run dosi-bench page " << argv[1] << ' ' << argv[2]
              << '\n';
    return 1;
  }
  std::ofstream file(argv[2]);
  file << text;
  if (!file.flush()) throw std::runtime_error(std::string("cannot write ") + argv[2]);
  return 0;
}

}  // namespace dosi::bench
