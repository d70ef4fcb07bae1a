// Whole files in and out, with the system's reason where that fails. Streams lose it, and take a disk that cannot be
// read for the end of the file.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace dosi {

std::string read_file(const std::filesystem::path& path);
// Reads it once and keeps nothing: for files that a library reads that takes a failing disk for the end of the file.
void check_readable(const std::filesystem::path& path);
// IoError where the folder that the file is to lie in is not there.
void check_folder(const std::filesystem::path& file);
// Makes the file anew; it is removed where it cannot be written whole.
void write_file(const std::filesystem::path& path, std::string_view text);
// All of `text`, after what was written to the descriptor before. `name` is for the message.
void write_all(int descriptor, const std::string& name, std::string_view text);

}  // namespace dosi
