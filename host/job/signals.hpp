// SIGTERM, SIGINT and SIGUSR1 ask for a clean stop: the tile in hand is finished, then the program exits with 75.
#pragma once

namespace dosi::job {

void catch_signals();
bool stop_requested();

}  // namespace dosi::job
