// Logs go to stderr: lines for people, or one JSON object a line for machines.
#pragma once

namespace dosi::app {

void start_log(bool json);
// Nothing is said from here on, on standard output either: of several ranks the first speaks.
void be_silent();

}  // namespace dosi::app
