// Logs go to stderr: lines for people, or one JSON object a line for machines.
#pragma once

namespace dosi::app {

void start_log(bool json);

}  // namespace dosi::app
