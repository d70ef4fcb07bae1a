#include "io/export/watched_files.hpp"

#include <cpl_vsi.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "io/error.hpp"

namespace dosi::exports {
namespace fs = std::filesystem;
namespace {

constexpr const char* kPrefix = "/vsidosi/";
int first_error = 0;

bool noted(bool ok) {
  if (!ok && first_error == 0) first_error = errno == 0 ? EIO : errno;
  return ok;
}

std::FILE* stream(void* file) { return static_cast<std::FILE*>(file); }

void install() {
  auto* calls = VSIAllocFilesystemPluginCallbacksStruct();
  calls->stat = [](void*, const char* name, VSIStatBufL* out, int) { return ::stat64(name, out); };
  calls->unlink = [](void*, const char* name) { return ::unlink(name); };
  calls->open = [](void*, const char* name, const char* access) -> void* {
    auto* file = std::fopen(name, access);
    noted(file != nullptr || errno == ENOENT);
    return file;
  };
  calls->tell = [](void* file) { return static_cast<vsi_l_offset>(ftello(stream(file))); };
  calls->seek = [](void* file, vsi_l_offset at, int from) {
    const bool done = fseeko(stream(file), static_cast<off_t>(at), from) == 0;
    noted(done || errno == EINVAL);  // a wrong place is the caller's
    return done ? 0 : -1;
  };
  calls->read = [](void* file, void* to, size_t size, size_t n) {
    const auto done = std::fread(to, size, n, stream(file));
    noted(done == n || std::ferror(stream(file)) == 0);
    return done;
  };
  calls->eof = [](void* file) { return std::feof(stream(file)); };
  calls->write = [](void* file, const void* from, size_t size, size_t n) {
    const auto done = std::fwrite(from, size, n, stream(file));
    noted(done == n);
    return done;
  };
  calls->flush = [](void* file) { return noted(std::fflush(stream(file)) == 0) ? 0 : -1; };
  calls->close = [](void* file) { return noted(std::fclose(stream(file)) == 0) ? 0 : -1; };
  VSIInstallPluginHandler(kPrefix, calls);
  VSIFreeFilesystemPluginCallbacksStruct(calls);
}

}  // namespace

std::string watched(const fs::path& file) {
  static const bool installed = (install(), true);
  (void)installed;
  first_error = 0;
  return kPrefix + fs::absolute(file).string();
}

int watched_error() { return first_error; }

void raise_if_unreadable(const fs::path& file) {
  if (first_error != 0) throw IoError("{}: cannot be read: {}", file.string(), std::strerror(first_error));
}

}  // namespace dosi::exports
