// Errors as part of the product: each carries the exit code that the program ends with.
// Several problems of one input are gathered in Problems and reported together.
#pragma once

#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <vector>

namespace dosi {

enum class Exit : int { done = 0, usage = 2, bad_data = 65, internal = 70, io = 74, stopped = 75 };

class Error : public std::runtime_error {
 public:
  Error(Exit code, const std::string& message) : std::runtime_error(message), code_(code) {}
  Exit code() const { return code_; }

 private:
  Exit code_;
};

// The caller asked for something that cannot be: a wrong parameter, a missing layer name.
struct UsageError : Error {
  template <class... A>
  explicit UsageError(fmt::format_string<A...> f, A&&... a)
      : Error(Exit::usage, fmt::format(f, std::forward<A>(a)...)) {}
};

// What stands in a file is wrong.
struct DataError : Error {
  template <class... A>
  explicit DataError(fmt::format_string<A...> f, A&&... a)
      : Error(Exit::bad_data, fmt::format(f, std::forward<A>(a)...)) {}
};

// The file system said no.
struct IoError : Error {
  template <class... A>
  explicit IoError(fmt::format_string<A...> f, A&&... a) : Error(Exit::io, fmt::format(f, std::forward<A>(a)...)) {}
};

// A clean stop on a signal; the same command again continues.
struct Stopped : Error {
  explicit Stopped(const std::string& message) : Error(Exit::stopped, message) {}
};

// The exception that is being handled, as an Error: of memory, of the system, of our own making.
Error error_in_hand();

class Problems {
 public:
  template <class... A>
  void add(fmt::format_string<A...> f, A&&... a) {
    ++count_;
    if (messages_.size() < kShown) messages_.push_back(fmt::format(f, std::forward<A>(a)...));
  }
  bool empty() const { return count_ == 0; }
  std::size_t count() const { return count_; }
  // Throws one Error with every message, first line `subject`.
  void raise_if_any(Exit code, const std::string& subject) const {
    if (empty()) return;
    std::string text = subject;
    for (const auto& m : messages_) text += "\n  " + m;
    if (count_ > messages_.size()) text += fmt::format("\n  … and {} more", count_ - messages_.size());
    throw Error(code, text);
  }

 private:
  static constexpr std::size_t kShown = 20;
  std::size_t count_ = 0;
  std::vector<std::string> messages_;
};

}  // namespace dosi
