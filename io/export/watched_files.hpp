// Files that GDAL reads and writes, watched: some of its drivers do not look whether a write or a close succeeds, and
// leave a file with a hole or without its end as if all were well; all take a read that fails for the end of the file.
// Through this, the first error is kept and told.
#pragma once

#include <filesystem>
#include <string>

namespace dosi::exports {

// The name under which GDAL opens `file` through the watch. Forgets an error of before.
std::string watched(const std::filesystem::path& file);
// The error number of the first call that failed since, or 0.
int watched_error();
// Throws IoError, `file` "cannot be read", if a call has failed since.
void raise_if_unreadable(const std::filesystem::path& file);

}  // namespace dosi::exports
