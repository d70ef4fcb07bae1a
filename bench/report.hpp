// What a benchmark reports: rows for people as a table, for programs as JSON with the origin of every figure.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "bench/bench.hpp"

namespace dosi::bench {

// A line when it is known, so that a long run shows its progress.
void print_row(std::ostream& out, const Row& row);

// {rows: [...], command, git, compiler, flags, host, time}. Throws std::runtime_error if the file cannot be written, or
// if a row's answer was not checked.
void write_json(const std::string& path, const std::string& command, const std::vector<Row>& rows);

// How far a rate is known: "1.8 %", or "one run".
std::string with_doubt(double spread);

// A figure with its SI prefix: "3.31e8, B/s" is "331 MB/s"; of counts, "19.6 M trees/s".
std::string with_unit(double rate, const std::string& unit);

}  // namespace dosi::bench
