// A run that is stopped from outside, by a signal or for good.
#pragma once

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

namespace dosi::test_support {

// Starts the command, waits until there are `more` files in the folder of its work, then calls `stop` with its process.
// Returns its exit code, or 128 and the signal that ended it.
template <class F>
int interrupted(const std::vector<std::string>& words, const std::filesystem::path& work, std::size_t more,
                const F& stop) {
  std::vector<char*> argv;
  for (const auto& w : words) argv.push_back(const_cast<char*>(w.c_str()));
  argv.push_back(nullptr);
  const auto files = [&] {
    std::error_code none_yet;
    std::size_t n = 0;
    for (std::filesystem::directory_iterator i(work, none_yet), end; !none_yet && i != end; i.increment(none_yet)) ++n;
    return n;
  };
  const auto before = files();
  const pid_t child = fork();
  if (child == 0) {
    if (std::freopen("/dev/null", "w", stderr) == nullptr) _exit(126);
    execvp(argv[0], argv.data());
    _exit(127);
  }
  for (int i = 0; i < 20'000 && files() < before + more; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  stop(child);
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace dosi::test_support
