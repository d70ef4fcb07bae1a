#include "host/job/progress.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace dosi::job {

std::string duration(double s) {
  if (s < 10) return fmt::format("{:.1f} s", s);
  const auto whole = static_cast<long long>(s + 0.5);
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {} s", whole / 60, whole % 60);
  return fmt::format("{} h {} min", whole / 3600, whole % 3600 / 60);
}

Progress::Progress(std::string what, std::size_t total, std::size_t done, std::string unit)
    : what_(std::move(what)), unit_(std::move(unit)), total_(total), before_(done), done_(done), start_(Clock::now()),
      shown_(start_), terminal_(::isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() {
  if (drawn_) std::fputs("\r\033[K", stderr);
}

void Progress::advance(std::size_t units) {
  done_ = std::min(total_, done_ + units);
  const auto now = Clock::now();
  const auto pause = terminal_ ? std::chrono::milliseconds(200) : std::chrono::milliseconds(10'000);
  if (now - shown_ < pause) return;
  shown_ = now;
  show(done_ == total_);
}

void Progress::show(bool last) {
  const double elapsed = std::chrono::duration<double>(Clock::now() - start_).count();
  const auto here = std::max<std::size_t>(1, done_ - before_);
  const double left = elapsed / static_cast<double>(here) * static_cast<double>(total_ - done_);
  const int percent = static_cast<int>(100 * done_ / std::max<std::size_t>(1, total_));
  if (!terminal_) {
    spdlog::info("{}: {} of {} {}, {} %, {} left", what_, done_, total_, unit_, percent, duration(left));
    return;
  }
  constexpr int kWidth = 30;
  const int full = kWidth * percent / 100;
  fmt::print(stderr, "\r\033[K{} [{:=<{}}{: <{}}] {:3} %  {} left", what_, "", full, "", kWidth - full, percent,
             duration(left));
  std::fflush(stderr);
  drawn_ = !last;
}

}  // namespace dosi::job
