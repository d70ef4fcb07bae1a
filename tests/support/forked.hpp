// Runs a command of dosi in a copy of this process. The libraries that it needs are there already, whose loading takes
// longer than most commands on small files; otherwise it is the program as its user would run it. The process must be
// without threads.
#pragma once

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <iostream>

#include "host/app/program.hpp"
#include "tests/support/program.hpp"

namespace dosi::test_support {

// `words`: of the command line, after the program's name. `prepare()` is called in the copy, before the program. What
// takes more than a minute is killed.
template <class Prepare>
Finished run_forked(const std::vector<std::string>& words, const Prepare& prepare) {
  const Temp_folder folder;
  const auto out = folder / "out", err = folder / "err";
  std::cout.flush();
  std::fflush(nullptr);
  const pid_t child = ::fork();
  if (child == 0) {
    const auto redirect = [](int stream, const std::string& path, int flags) {
      const int fd = ::open(path.c_str(), flags, 0644);
      if (fd < 0 || ::dup2(fd, stream) < 0) std::_Exit(127);
      ::close(fd);
    };
    redirect(0, "/dev/null", O_RDONLY);
    redirect(1, out, O_WRONLY | O_CREAT);
    redirect(2, err, O_WRONLY | O_CREAT);
    ::alarm(60);
    prepare();
    std::vector<std::string> line{"dosi"};
    line.insert(line.end(), words.begin(), words.end());
    std::vector<char*> pointers;
    for (auto& w : line) pointers.push_back(w.data());
    pointers.push_back(nullptr);
    std::exit(app::run_program(static_cast<int>(line.size()), pointers.data()));
  }
  int status = -1;
  if (child < 0 || ::waitpid(child, &status, 0) != child) throw std::runtime_error("fork failed");
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), read_text(out), read_text(err)};
}

}  // namespace dosi::test_support
