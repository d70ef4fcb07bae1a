// SIGTERM, SIGINT and SIGUSR1 ask for a clean stop: the tile in hand is finished, then the program exits with 75.
#pragma once

#include "host/comm/ranks.hpp"

namespace dosi::job {

void catch_signals();
bool stop_requested();
// Of any of the ranks: a meeting.
bool stop_requested(comm::Ranks& ranks);

}  // namespace dosi::job
