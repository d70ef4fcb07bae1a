// A library, to preload (LD_PRELOAD) or to link, that makes the disk fail. It stands before the C library's file calls
// and, at the N-th call of a kind on a file under a given folder, does what a bad disk, a full one or a signal does.
// All else goes through untouched. Streams (fopen) under the folder are made anew over these calls: the C library's own
// would pass them by. What it is to do stands in the environment:
//   DOSI_FAULT_UNDER  the folder, an absolute path without links
//   DOSI_FAULT_KIND   one of kKinds below
//   DOSI_FAULT_AT     which call of the kind, from 1; 0: none, they are only counted
//   DOSI_FAULT_TALLY  a file for two 64-bit numbers: calls of the kind, and how many were made to fail
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace {

// What a call does to a file.
enum Act : unsigned {
  kRead = 1,
  kOpen = 2,
  kWrite = 4,
  kResize = 8,
  kCreate = 16,
  kSync = 32,
  kRename = 64,
  kClose = 128
};

struct Kind {
  const char* name;
  unsigned acts;  // calls that count
  int error;      // 0: half of the bytes are done, and no error
  bool from_then_on;
};
constexpr unsigned kChanges = kWrite | kResize | kCreate | kSync | kRename | kClose;
constexpr Kind kKinds[] = {
    {"short-read", kRead, 0, false},
    {"short-write", kWrite, 0, false},
    {"interrupted", kRead | kWrite | kSync, EINTR, false},
    {"full", kWrite | kResize | kCreate, ENOSPC, true},
    {"broken", kChanges, EIO, true},
    {"broken-once", kChanges, EIO, false},
    {"unreadable", kRead | kOpen, EIO, true},
    {"unreadable-once", kRead | kOpen, EIO, false},
};

struct Tally {
  std::atomic<std::uint64_t> calls, failed;
};

template <class F>
F* real(const char* name) {
  return reinterpret_cast<F*>(dlsym(RTLD_NEXT, name));
}
#define REAL(name)                                        \
  (*[] {                                                  \
    static auto* const f = real<decltype(::name)>(#name); \
    return f;                                             \
  }())

struct Setting {
  std::string under;
  const Kind* kind = nullptr;
  std::uint64_t at = 0;
  Tally* tally = nullptr;

  Setting() {
    const auto text = [](const char* name) {
      const char* t = std::getenv(name);
      return std::string_view(t ? t : "");
    };
    for (const auto& k : kKinds)
      if (text("DOSI_FAULT_KIND") == k.name) kind = &k;
    if (kind == nullptr) return;
    under = std::string(text("DOSI_FAULT_UNDER")) + "/";
    at = std::strtoull(std::getenv("DOSI_FAULT_AT"), nullptr, 10);
    const int fd = REAL(open)(std::getenv("DOSI_FAULT_TALLY"), O_RDWR | O_CREAT, 0644);
    if (fd < 0 || REAL(ftruncate)(fd, sizeof(Tally)) < 0) std::abort();
    void* shared = mmap(nullptr, sizeof(Tally), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (shared == MAP_FAILED) std::abort();
    tally = static_cast<Tally*>(shared);
    REAL(close)(fd);
  }
};
// Read at the first call, which may come before any constructor here has run.
const Setting*& setting_in_force() {
  static const Setting* s = new Setting;
  return s;
}
const Setting& setting() { return *setting_in_force(); }

bool is_under(const char* path) {
  const auto& s = setting();
  if (s.kind == nullptr) return false;
  std::string whole(path);
  if (path[0] != '/') {
    char folder[4096];
    if (getcwd(folder, sizeof folder) == nullptr) return false;
    whole = std::string(folder) + "/" + path;
  }
  return whole.compare(0, s.under.size(), s.under) == 0 || whole + "/" == s.under;
}
bool is_under(int fd) {
  if (setting().kind == nullptr) return false;
  char path[4096];
  const auto n = readlink(("/proc/self/fd/" + std::to_string(fd)).c_str(), path, sizeof path - 1);
  if (n <= 0) return false;
  path[n] = '\0';
  return is_under(path);
}

// Whether this call is the one, or after it: the kind of failure, or null.
template <class File>
const Kind* fault(Act act, File file) {
  const int saved = errno;
  const auto& s = setting();
  const Kind* out = nullptr;
  if (s.kind != nullptr && (s.kind->acts & act) != 0 && is_under(file)) {
    const auto n = ++s.tally->calls;
    if (s.at != 0 && (n == s.at || (s.kind->from_then_on && n > s.at))) {
      ++s.tally->failed;
      out = s.kind;
    }
  }
  errno = saved;
  return out;
}

template <class Call>
ssize_t transfer(Act act, int fd, std::size_t bytes, const Call& call) {
  const auto* f = fault(act, fd);
  if (f == nullptr) return call(bytes);
  if (f->error == 0) return call(bytes > 1 ? bytes / 2 : bytes);
  errno = f->error;
  return -1;
}

// Failing before it is done: the file stays as it was.
template <class File, class Call>
int change(Act act, File file, const Call& call) {
  if (const auto* f = fault(act, file)) {
    errno = f->error;
    return -1;
  }
  return call();
}

template <class Call>
int opened(const char* path, int flags, const Call& call) {
  const bool creates = (flags & O_CREAT) != 0 && access(path, F_OK) != 0;
  if (creates) return change(kCreate, path, call);
  return (flags & O_ACCMODE) == O_RDONLY && (flags & O_DIRECTORY) == 0 ? change(kOpen, path, call) : call();
}

mode_t mode_in(int flags, va_list list) { return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(list, mode_t) : 0; }

}  // namespace

extern "C" {

void dosi_faults_as_the_environment_says() { setting_in_force() = new Setting; }

#define OPEN(name)                                                             \
  int name(const char* path, int flags, ...) {                                 \
    va_list list;                                                              \
    va_start(list, flags);                                                     \
    const mode_t mode = mode_in(flags, list);                                  \
    va_end(list);                                                              \
    return opened(path, flags, [&] { return REAL(name)(path, flags, mode); }); \
  }
OPEN(open)
OPEN(open64)
#undef OPEN

#define OPENAT(name)                                                                  \
  int name(int folder, const char* path, int flags, ...) {                            \
    va_list list;                                                                     \
    va_start(list, flags);                                                            \
    const mode_t mode = mode_in(flags, list);                                         \
    va_end(list);                                                                     \
    const auto call = [&] { return REAL(name)(folder, path, flags, mode); };          \
    return folder == AT_FDCWD || path[0] == '/' ? opened(path, flags, call) : call(); \
  }
OPENAT(openat)
OPENAT(openat64)
#undef OPENAT

ssize_t read(int fd, void* to, size_t n) {
  return transfer(kRead, fd, n, [&](size_t k) { return REAL(read)(fd, to, k); });
}
ssize_t pread(int fd, void* to, size_t n, off_t at) {
  return transfer(kRead, fd, n, [&](size_t k) { return REAL(pread)(fd, to, k, at); });
}
ssize_t pread64(int fd, void* to, size_t n, off64_t at) {
  return transfer(kRead, fd, n, [&](size_t k) { return REAL(pread64)(fd, to, k, at); });
}
ssize_t write(int fd, const void* from, size_t n) {
  return transfer(kWrite, fd, n, [&](size_t k) { return REAL(write)(fd, from, k); });
}
ssize_t pwrite(int fd, const void* from, size_t n, off_t at) {
  return transfer(kWrite, fd, n, [&](size_t k) { return REAL(pwrite)(fd, from, k, at); });
}
ssize_t pwrite64(int fd, const void* from, size_t n, off64_t at) {
  return transfer(kWrite, fd, n, [&](size_t k) { return REAL(pwrite64)(fd, from, k, at); });
}
ssize_t writev(int fd, const iovec* parts, int count) {
  const auto* f = fault(kWrite, fd);
  if (f == nullptr) return REAL(writev)(fd, parts, count);
  if (f->error == 0)
    return REAL(write)(fd, parts[0].iov_base, parts[0].iov_len > 1 ? parts[0].iov_len / 2 : parts[0].iov_len);
  errno = f->error;
  return -1;
}
int fsync(int fd) {
  return change(kSync, fd, [&] { return REAL(fsync)(fd); });
}
int fdatasync(int fd) {
  return change(kSync, fd, [&] { return REAL(fdatasync)(fd); });
}
int ftruncate(int fd, off_t n) noexcept {
  return change(kResize, fd, [&] { return REAL(ftruncate)(fd, n); });
}
int ftruncate64(int fd, off64_t n) noexcept {
  return change(kResize, fd, [&] { return REAL(ftruncate64)(fd, n); });
}
int rename(const char* from, const char* to) noexcept {
  return change(kRename, to, [&] { return REAL(rename)(from, to); });
}

// The descriptor is gone whatever close says.
int close(int fd) {
  const int flags = fcntl(fd, F_GETFL);
  const auto* f = flags >= 0 && (flags & O_ACCMODE) != O_RDONLY ? fault(kClose, fd) : nullptr;
  const int done = REAL(close)(fd);
  if (f == nullptr) return done;
  errno = f->error;
  return -1;
}

// ---- streams ----

namespace {
std::mutex streams_lock;
std::unordered_map<FILE*, int>& streams() {
  static auto* const all = new std::unordered_map<FILE*, int>;
  return *all;
}
int descriptor(void* cookie) { return static_cast<int>(reinterpret_cast<std::intptr_t>(cookie)); }

// As the C library writes: again after a short write, not after an interruption.
ssize_t write_stream(void* cookie, const char* from, size_t n) {
  size_t done = 0;
  while (done < n) {
    const auto k = write(descriptor(cookie), from + done, n - done);
    if (k < 0) break;
    done += static_cast<size_t>(k);
  }
  return static_cast<ssize_t>(done);
}
FILE* open_stream(const char* path, const char* mode) {
  const std::string_view m(mode);
  const bool plus = m.find('+') != m.npos;
  int flags = plus ? O_RDWR : m[0] == 'r' ? O_RDONLY : O_WRONLY;
  if (m[0] == 'w') flags |= O_CREAT | O_TRUNC;
  if (m[0] == 'a') flags |= O_CREAT | O_APPEND;
  if (m.find('x') != m.npos) flags |= O_EXCL;
  const int fd = open(path, flags | O_CLOEXEC, 0666);
  if (fd < 0) return nullptr;
  cookie_io_functions_t calls{};
  calls.read = [](void* c, char* to, size_t n) { return read(descriptor(c), to, n); };
  calls.write = write_stream;
  calls.seek = [](void* c, off64_t* at, int from) {
    const auto now = lseek64(descriptor(c), *at, from);
    if (now >= 0) *at = now;
    return now < 0 ? -1 : 0;
  };
  calls.close = [](void* c) { return close(descriptor(c)); };
  FILE* stream = fopencookie(reinterpret_cast<void*>(static_cast<std::intptr_t>(fd)), mode, calls);
  const std::lock_guard hold(streams_lock);
  streams()[stream] = fd;
  return stream;
}
}  // namespace

FILE* fopen(const char* path, const char* mode) {
  return is_under(path) ? open_stream(path, mode) : REAL(fopen)(path, mode);
}
FILE* fopen64(const char* path, const char* mode) {
  return is_under(path) ? open_stream(path, mode) : REAL(fopen64)(path, mode);
}
int fileno(FILE* stream) noexcept {
  {
    const std::lock_guard hold(streams_lock);
    if (const auto it = streams().find(stream); it != streams().end()) return it->second;
  }
  return REAL(fileno)(stream);
}
int fclose(FILE* stream) {
  {
    const std::lock_guard hold(streams_lock);
    streams().erase(stream);
  }
  return REAL(fclose)(stream);
}

}  // extern "C"
