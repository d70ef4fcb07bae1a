#include "host/job/signals.hpp"

#include <csignal>
#include <initializer_list>

namespace dosi::job {
namespace {
volatile std::sig_atomic_t stop = 0;
void note(int) { stop = 1; }
}  // namespace

void catch_signals() {
  struct sigaction action = {};
  action.sa_handler = note;
  for (const int s : {SIGTERM, SIGINT, SIGUSR1}) sigaction(s, &action, nullptr);
}

bool stop_requested() { return stop != 0; }
bool stop_requested(comm::Ranks& ranks) { return ranks.any(stop_requested()); }

}  // namespace dosi::job
