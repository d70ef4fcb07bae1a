// A folder that lives as long as a test.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace dosi::test_support {

class Temp_folder {
 public:
  Temp_folder() {
    static int count = 0;
    path_ = std::filesystem::temp_directory_path() /
            ("dosi-test-" + std::to_string(::getpid()) + "-" + std::to_string(count++));
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
  }
  ~Temp_folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Temp_folder(const Temp_folder&) = delete;
  Temp_folder& operator=(const Temp_folder&) = delete;

  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
  std::filesystem::path write(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / name, std::ios::binary) << text;
    return path_ / name;
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace dosi::test_support
