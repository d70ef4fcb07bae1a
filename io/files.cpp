#include "io/files.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "io/error.hpp"

namespace dosi {
namespace fs = std::filesystem;
namespace {

class Descriptor {
 public:
  Descriptor(const fs::path& path, int flags) : fd_(::open(path.c_str(), flags | O_CLOEXEC, 0666)) {
    if (fd_ < 0) throw IoError("{}: {}", path.string(), std::strerror(errno));
  }
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }
  int close() {
    const int fd = fd_;
    fd_ = -1;
    return ::close(fd);
  }

 private:
  int fd_;
};

template <class F>
void for_each_block(const fs::path& path, const F& use) {
  const Descriptor file(path, O_RDONLY);
  std::string block(std::size_t{1} << 18, '\0');
  for (;;) {
    const auto n = ::read(file.get(), block.data(), block.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw IoError("{}: cannot be read: {}", path.string(), std::strerror(errno));
    if (n == 0) return;
    use(std::string_view(block.data(), static_cast<std::size_t>(n)));
  }
}

}  // namespace

std::string read_file(const fs::path& path) {
  std::string text;
  for_each_block(path, [&](std::string_view block) { text += block; });
  return text;
}

void check_readable(const fs::path& path) {
  for_each_block(path, [](std::string_view) {});
}

void write_all(int descriptor, const std::string& name, std::string_view text) {
  while (!text.empty()) {
    const auto n = ::write(descriptor, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw IoError("{}: cannot be written: {}", name, std::strerror(errno));
    text.remove_prefix(static_cast<std::size_t>(n));
  }
}

void check_folder(const fs::path& file) {
  std::error_code ignored;
  if (const auto folder = file.parent_path(); !folder.empty() && !fs::is_directory(folder, ignored))
    throw IoError("{}: the folder '{}' does not exist", file.string(), folder.string());
}

void write_file(const fs::path& path, std::string_view text) {
  check_folder(path);
  Descriptor file(path, O_WRONLY | O_CREAT | O_TRUNC);
  try {
    write_all(file.get(), path.string(), text);
    if (file.close() < 0 && errno != EINTR)
      throw IoError("{}: cannot be written: {}", path.string(), std::strerror(errno));
  } catch (const IoError&) {
    std::error_code ignored;
    fs::remove(path, ignored);
    throw;
  }
}

}  // namespace dosi
