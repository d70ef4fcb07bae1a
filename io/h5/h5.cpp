#include "io/h5/h5.hpp"

#include <H5PLpublic.h>
#include <fcntl.h>
#include <hdf5_hl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <mutex>

#include "io/files.hpp"

namespace dosi::h5 {
namespace {

// A dimension without a variable, as netCDF-4 writes it.
constexpr const char* kBareDimension = "This is a netCDF dimension but not a netCDF variable.";
constexpr std::size_t kMostChunkBytes = std::size_t{256} << 20;  // several are held at a time
constexpr int kDeepest = 8;                                      // groups within groups

void initialise() {
  static std::once_flag once;
  std::call_once(once, [] {
    H5dont_atexit();  // after a failed write, HDF5 1.10 crashes when it tidies up at the end; files are closed before
    H5open();
    H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
    H5PLset_loading_state(0);
  });
}

// The innermost reason on HDF5's error stack.
std::string reason() {
  std::string text;
  const auto collect = [](unsigned, const H5E_error2_t* error, void* out) -> herr_t {
    if (error->desc != nullptr && *error->desc != '\0') *static_cast<std::string*>(out) = error->desc;
    return 0;
  };
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_DOWNWARD, collect, &text);
  H5Eclear2(H5E_DEFAULT);
  return text.empty() ? "unknown error" : text;
}

// The system's error where the last call of HDF5's failed for one, else 0. HDF5 writes the number into its message;
// errno itself is overwritten by what it does next. A wrong address in a damaged file (EINVAL) is not the system's.
int system_error() noexcept {
  int number = 0;
  const auto collect = [](unsigned, const H5E_error2_t* error, void* out) -> herr_t {
    const char* at = error->desc == nullptr ? nullptr : std::strstr(error->desc, "errno = ");
    if (at != nullptr) *static_cast<int*>(out) = std::atoi(at + std::strlen("errno = "));
    return 0;
  };
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_DOWNWARD, collect, &number);
  if (number == 0 && (errno == EIO || errno == ENOSPC || errno == EDQUOT)) number = errno;  // H5DS clears the stack
  return number == EINVAL || number == EOVERFLOW ? 0 : number;
}

// A disk that fails is no answer to a question.
void raise_system_error(const std::string& file, const std::string& path) {
  if (const int number = system_error(); number != 0)
    throw IoError("{}: {}: cannot be read: {}", file, path, std::strerror(number));
}

bool is_true(htri_t answer, const std::string& file, const std::string& path) {
  if (answer < 0) raise_system_error(file, path);
  return answer > 0;
}

// Closes that failed for the system's sake, and the last error: what they still had to write is lost.
struct {
  std::size_t count = 0;
  int error = 0;
} lost_closes;

hid_t native(Kind kind) {
  switch (kind) {
    case Kind::f32: return H5T_NATIVE_FLOAT;
    case Kind::f64: return H5T_NATIVE_DOUBLE;
    case Kind::i8: return H5T_NATIVE_INT8;
    case Kind::u8: return H5T_NATIVE_UINT8;
    case Kind::i16: return H5T_NATIVE_INT16;
    case Kind::u16: return H5T_NATIVE_UINT16;
    case Kind::i32: return H5T_NATIVE_INT32;
    case Kind::u32: return H5T_NATIVE_UINT32;
    case Kind::i64: return H5T_NATIVE_INT64;
    case Kind::u64: return H5T_NATIVE_UINT64;
    case Kind::string: break;
  }
  return H5T_C_S1;
}

Handle make_type(Type type) {
  if (type.kind != Kind::string) return {H5Tcopy(native(type.kind)), H5Tclose};
  Handle t(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_size(t.id(), type.size);
  H5Tset_cset(t.id(), H5T_CSET_UTF8);
  H5Tset_strpad(t.id(), H5T_STR_NULLPAD);
  return t;
}

std::optional<Type> read_type(hid_t t) {
  const std::size_t size = H5Tget_size(t);
  switch (H5Tget_class(t)) {
    case H5T_FLOAT:
      if (size == 4) return Type{Kind::f32, 4};
      if (size == 8) return Type{Kind::f64, 8};
      return std::nullopt;
    case H5T_INTEGER: {
      const bool is_signed = H5Tget_sign(t) == H5T_SGN_2;
      switch (size) {
        case 1: return Type{is_signed ? Kind::i8 : Kind::u8, 1};
        case 2: return Type{is_signed ? Kind::i16 : Kind::u16, 2};
        case 4: return Type{is_signed ? Kind::i32 : Kind::u32, 4};
        case 8: return Type{is_signed ? Kind::i64 : Kind::u64, 8};
        default: return std::nullopt;
      }
    }
    case H5T_STRING:
      if (H5Tis_variable_str(t) > 0) return std::nullopt;
      return Type{Kind::string, size};
    default: return std::nullopt;
  }
}

std::string join(const std::string& parent, const std::string& name) {
  return parent == "/" ? "/" + name : parent + "/" + name;
}

// Only hard links: a soft link may form cycles, an external one reads a file that nobody named.
void require_hard_link(hid_t at, const std::string& file, const std::string& parent, const std::string& name) {
  H5L_info_t info;
  if (H5Lget_info(at, name.c_str(), &info, H5P_DEFAULT) < 0) {
    raise_system_error(file, join(parent, name));
    throw DataError("{}: no object '{}'", file, join(parent, name));
  }
  if (info.type != H5L_TYPE_HARD)
    throw DataError("{}: {}: is {} link; a city or result holds its data itself", file, join(parent, name),
                    info.type == H5L_TYPE_EXTERNAL ? "an external" : "a soft");
}

}  // namespace

std::string name_of(Type type) {
  switch (type.kind) {
    case Kind::f32: return "float32";
    case Kind::f64: return "float64";
    case Kind::i8: return "int8";
    case Kind::u8: return "uint8";
    case Kind::i16: return "int16";
    case Kind::u16: return "uint16";
    case Kind::i32: return "int32";
    case Kind::u32: return "uint32";
    case Kind::i64: return "int64";
    case Kind::u64: return "uint64";
    case Kind::string: return fmt::format("string[{}]", type.size);
  }
  return "?";
}

Handle& Handle::operator=(Handle&& o) noexcept {
  if (this != &o) {
    reset();
    id_ = o.id_;
    close_ = o.close_;
    o.id_ = -1;
  }
  return *this;
}

void Handle::reset() noexcept {
  if (id_ < 0 || close_ == nullptr) return;
  errno = 0;
  if (close_(id_) < 0) {
    if (const int number = system_error(); number != 0) lost_closes = {lost_closes.count + 1, number};
  }
  id_ = -1;
}

void fail(const std::string& file, const std::string& path, const char* what) {
  raise_system_error(file, path);
  throw DataError("{}: {}: {} (HDF5: {})", file, path, what, reason());
}

void fail_write(const std::string& file, const std::string& path, const char* what) {
  if (const int number = system_error(); number != 0)
    throw IoError("{}: {}: {}: {}", file, path, what, std::strerror(number));
  throw IoError("{}: {}: {} (HDF5: {})", file, path, what, reason());
}

// ---- attributes ----

bool Object::has_attribute(const std::string& name) const {
  return is_true(H5Aexists(id(), name.c_str()), file_, path_);
}

std::string Object::string_attribute(const std::string& name, const std::string& otherwise) const {
  if (!has_attribute(name)) return otherwise;
  Handle a(H5Aopen(id(), name.c_str(), H5P_DEFAULT), H5Aclose);
  if (a.id() < 0) fail(file_, path_, ("cannot open attribute " + name).c_str());
  Handle t(H5Aget_type(a.id()), H5Tclose);
  Handle s(H5Aget_space(a.id()), H5Sclose);
  if (H5Tget_class(t.id()) != H5T_STRING || H5Sget_simple_extent_npoints(s.id()) != 1)
    throw DataError("{}: {}: attribute {} is not one string", file_, path_, name);
  if (H5Tis_variable_str(t.id()) > 0) {
    char* text = nullptr;
    if (H5Aread(a.id(), t.id(), &text) < 0) fail(file_, path_, ("cannot read attribute " + name).c_str());
    std::string out = text == nullptr ? "" : text;
    H5free_memory(text);
    return out;
  }
  const std::size_t size = H5Tget_size(t.id());
  if (size > (std::size_t{64} << 20))
    throw DataError("{}: {}: attribute {} is {} bytes long", file_, path_, name, size);
  std::string out(size, '\0');
  if (H5Aread(a.id(), t.id(), out.data()) < 0) fail(file_, path_, ("cannot read attribute " + name).c_str());
  out.resize(std::strlen(out.c_str()));
  return out;
}

std::optional<double> Object::number_attribute(const std::string& name) const {
  if (!has_attribute(name)) return std::nullopt;
  Handle a(H5Aopen(id(), name.c_str(), H5P_DEFAULT), H5Aclose);
  if (a.id() < 0) fail(file_, path_, ("cannot open attribute " + name).c_str());
  Handle s(H5Aget_space(a.id()), H5Sclose);
  Handle t(H5Aget_type(a.id()), H5Tclose);
  const auto c = H5Tget_class(t.id());
  if ((c != H5T_INTEGER && c != H5T_FLOAT) || H5Sget_simple_extent_npoints(s.id()) != 1)
    throw DataError("{}: {}: attribute {} is not one number", file_, path_, name);
  double value = 0;
  if (H5Aread(a.id(), H5T_NATIVE_DOUBLE, &value) < 0) fail(file_, path_, ("cannot read attribute " + name).c_str());
  return value;
}

void Object::set_attribute(const std::string& name, Type type, const void* value, std::size_t count) {
  if (has_attribute(name)) H5Adelete(id(), name.c_str());
  Handle t = make_type(type);
  const hsize_t n = count;
  Handle s(count == 1 ? H5Screate(H5S_SCALAR) : H5Screate_simple(1, &n, nullptr), H5Sclose);
  Handle a(H5Acreate2(id(), name.c_str(), t.id(), s.id(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
  if (a.id() < 0 || H5Awrite(a.id(), t.id(), value) < 0)
    fail_write(file_, path_, ("cannot write attribute " + name).c_str());
}

void Object::set_attribute(const std::string& name, std::string_view text) {
  const std::string padded(text.empty() ? std::string_view(" ", 1) : text);
  if (padded.size() <= 60000) {
    set_attribute(name, string_type(padded.size()), padded.data());
    return;
  }
  // Too long for an object header: HDF5 keeps variable-length strings elsewhere.
  if (has_attribute(name)) H5Adelete(id(), name.c_str());
  Handle t(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_size(t.id(), H5T_VARIABLE);
  H5Tset_cset(t.id(), H5T_CSET_UTF8);
  Handle s(H5Screate(H5S_SCALAR), H5Sclose);
  Handle a(H5Acreate2(id(), name.c_str(), t.id(), s.id(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
  const char* pointer = padded.c_str();
  if (a.id() < 0 || H5Awrite(a.id(), t.id(), &pointer) < 0)
    fail_write(file_, path_, ("cannot write attribute " + name).c_str());
}

void Object::set_ascii_attribute(const std::string& name, const std::string& text) {
  if (has_attribute(name)) H5Adelete(id(), name.c_str());
  const Handle t(H5Tcopy(H5T_C_S1), H5Tclose), s(H5Screate(H5S_SCALAR), H5Sclose);
  H5Tset_size(t.id(), text.size());
  H5Tset_strpad(t.id(), H5T_STR_NULLPAD);
  const Handle a(H5Acreate2(id(), name.c_str(), t.id(), s.id(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
  if (a.id() < 0 || H5Awrite(a.id(), t.id(), text.data()) < 0)
    fail_write(file_, path_, ("cannot write attribute " + name).c_str());
}

void Object::set_attribute(const std::string& name, double value) { set_attribute(name, type_of<double>(), &value); }
void Object::set_attribute(const std::string& name, std::int64_t value) {
  set_attribute(name, type_of<std::int64_t>(), &value);
}

// ---- datasets ----

namespace {

// HDF5 reads DIMENSION_LIST as lists of references without looking whether it is that.
bool has_dimension_list(const Dataset& dataset, std::size_t rank) {
  if (!dataset.has_attribute("DIMENSION_LIST")) return false;
  const Handle a(H5Aopen(dataset.id(), "DIMENSION_LIST", H5P_DEFAULT), H5Aclose);
  if (a.id() < 0) fail(dataset.file(), dataset.path(), "cannot open attribute DIMENSION_LIST");
  const Handle t(H5Aget_type(a.id()), H5Tclose), s(H5Aget_space(a.id()), H5Sclose);
  if (H5Tget_class(t.id()) != H5T_VLEN || H5Sget_simple_extent_npoints(s.id()) != static_cast<hssize_t>(rank))
    return false;
  const Handle element(H5Tget_super(t.id()), H5Tclose);
  return H5Tequal(element.id(), H5T_STD_REF_OBJ) > 0;
}

bool is_scale(const Dataset& dataset) { return dataset.string_attribute("CLASS") == "DIMENSION_SCALE"; }

// The last part of its path; empty where the reference leads nowhere.
std::string name_of_scale(const Dataset& dataset, const void* reference) {
  const Handle scale(H5Rdereference2(dataset.id(), H5P_DEFAULT, H5R_OBJECT, reference), H5Oclose);
  char name[256] = "";
  if (scale.id() < 0 || H5Iget_name(scale.id(), name, sizeof name) < 0)
    raise_system_error(dataset.file(), dataset.path());
  const char* last = std::strrchr(name, '/');
  return last != nullptr ? last + 1 : name;
}

bool is_being_written(hid_t object) {
  const Handle file(H5Iget_file_id(object), H5Fclose);
  unsigned intent = H5F_ACC_RDONLY;
  return file.id() >= 0 && H5Fget_intent(file.id(), &intent) >= 0 && (intent & H5F_ACC_RDWR) != 0;
}

}  // namespace

Dataset::Dataset(Handle handle, std::string file, std::string path)
    : Object(std::move(handle), std::move(file), std::move(path)) {
  Handle t(H5Dget_type(id()), H5Tclose);
  const auto type = read_type(t.id());
  if (!type)
    throw DataError("{}: {}: type is neither a number of 1 to 8 bytes nor a fixed-length string", file_, path_);
  type_ = *type;
  memory_type_ = make_type(type_);
  if (type_.kind == Kind::string) H5Tset_cset(memory_type_.id(), H5Tget_cset(t.id()));  // HDF5 does not convert sets

  Handle s(H5Dget_space(id()), H5Sclose);
  const int rank = H5Sget_simple_extent_ndims(s.id());
  if (rank < 0) fail(file_, path_, "cannot read its shape");
  shape_.resize(rank);
  H5Sget_simple_extent_dims(s.id(), shape_.data(), nullptr);

  Handle p(H5Dget_create_plist(id()), H5Pclose);
  if (H5Pget_external_count(p.id()) > 0)
    throw DataError("{}: {}: keeps its data in another file, which dosi does not follow", file_, path_);
  const auto layout = H5Pget_layout(p.id());
  if (layout == H5D_VIRTUAL)
    throw DataError("{}: {}: is a virtual dataset, which reads missing sources as zeros; copy it first", file_, path_);
  if (layout == H5D_CHUNKED) {
    chunk_.resize(rank);
    H5Pget_chunk(p.id(), rank, chunk_.data());
  }
  const int filters = H5Pget_nfilters(p.id());
  for (int i = 0; i < filters; ++i) {
    unsigned flags = 0;
    std::size_t n = 0;
    char filter_name[64] = "";
    const auto filter = H5Pget_filter2(p.id(), i, &flags, &n, nullptr, sizeof filter_name, filter_name, nullptr);
    if (filter == H5Z_FILTER_SHUFFLE) {
      filters_.shuffle = true;
      filters_.shuffle_index = i;
    } else if (filter == H5Z_FILTER_DEFLATE) {
      filters_.deflate = true;
      filters_.deflate_index = i;
    } else if (filter == H5Z_FILTER_FLETCHER32 || filter == H5Z_FILTER_SCALEOFFSET || filter == H5Z_FILTER_NBIT) {
      filters_.other = true;
    } else {
      throw DataError("{}: {}: needs the filter '{}' ({}); only HDF5's own filters are read", file_, path_, filter_name,
                      static_cast<int>(filter));
    }
  }
  if (filters_.shuffle && filters_.deflate && filters_.shuffle_index > filters_.deflate_index) filters_.other = true;
  if (H5Tequal(t.id(), memory_type_.id()) <= 0) filters_.other = true;  // another byte order or padding

  bare_ = string_attribute("NAME").rfind(kBareDimension, 0) == 0;

  // A header can promise any size. Deflate packs at most 1032 to 1, and this project never leaves rows unwritten;
  // but in a file that is being written they come after the header.
  if (is_being_written(id())) return;
  long double bytes = static_cast<long double>(type_.size);
  for (const auto n : shape_) bytes *= static_cast<long double>(n);
  long double stored = static_cast<long double>(H5Dget_storage_size(id()));
  if (stored == 0) raise_system_error(file_, path_);
  const Handle of(H5Iget_file_id(id()), H5Fclose);
  if (hsize_t whole = 0; H5Fget_filesize(of.id(), &whole) >= 0)
    stored = std::min(stored, static_cast<long double>(whole));
  if (bytes > 0x1p20L && bytes > stored * 1100.0L && !bare_)
    throw DataError("{}: {}: its header promises {:.0f} bytes but the file stores {:.0f}", file_, path_,
                    static_cast<double>(bytes), static_cast<double>(stored));
  long double chunk_bytes = chunk_.empty() ? 0 : static_cast<long double>(type_.size);
  for (const auto n : chunk_) chunk_bytes *= static_cast<long double>(n);
  if (chunk_bytes > static_cast<long double>(kMostChunkBytes))
    throw DataError("{}: {}: has chunks of {:.0f} MiB; at most {} MiB are read, h5repack makes them smaller", file_,
                    path_, static_cast<double>(chunk_bytes / 0x1p20L), kMostChunkBytes >> 20);
}

void Dataset::require_values() const {
  if (bare_) throw DataError("{}: {}: is a dimension without values, where values are needed", file_, path_);
}

std::size_t Dataset::row_elements() const {
  std::size_t n = 1;
  for (std::size_t i = 1; i < shape_.size(); ++i) n *= shape_[i];
  return n;
}

std::vector<std::string> Dataset::dimension_names() const {
  std::vector<std::string> names(shape_.size());
  if (has_dimension_list(*this, shape_.size()) && !names.empty()) {
    // Not by H5DSiterate_scales, in which a disk that fails is a scale that is not there.
    const Handle a(H5Aopen(id(), "DIMENSION_LIST", H5P_DEFAULT), H5Aclose), t(H5Aget_type(a.id()), H5Tclose),
        s(H5Aget_space(a.id()), H5Sclose);
    std::vector<hvl_t> lists(names.size());
    if (H5Aread(a.id(), t.id(), lists.data()) < 0) fail(file_, path_, "cannot read attribute DIMENSION_LIST");
    try {
      for (std::size_t i = 0; i < lists.size(); ++i)
        if (lists[i].len > 0) names[i] = name_of_scale(*this, lists[i].p);
    } catch (const Error&) {
      H5Dvlen_reclaim(t.id(), s.id(), H5P_DEFAULT, lists.data());
      throw;
    }
    H5Dvlen_reclaim(t.id(), s.id(), H5P_DEFAULT, lists.data());
  }
  if (!shape_.empty() && names[0].empty() && is_scale(*this)) names[0] = path_.substr(path_.rfind('/') + 1);
  return names;
}

void Dataset::set_rows(std::size_t rows) {
  auto shape = shape_;
  shape[0] = rows;
  if (H5Dset_extent(id(), shape.data()) < 0) fail_write(file_, path_, "cannot change its length");
  shape_ = shape;
}

namespace {
struct Selection {
  Handle memory, file;
};
Selection select_rows(const Dataset& d, std::size_t first, std::size_t count) {
  Selection s;
  s.file = Handle(H5Dget_space(d.id()), H5Sclose);
  if (d.shape().empty()) {
    s.memory = Handle(H5Screate(H5S_SCALAR), H5Sclose);
    return s;
  }
  auto extent = d.shape();
  std::vector<hsize_t> start(extent.size(), 0);
  start[0] = first;
  extent[0] = count;
  H5Sselect_hyperslab(s.file.id(), H5S_SELECT_SET, start.data(), nullptr, extent.data(), nullptr);
  s.memory = Handle(H5Screate_simple(static_cast<int>(extent.size()), extent.data(), nullptr), H5Sclose);
  return s;
}
}  // namespace

void Dataset::read_rows(std::size_t first, std::size_t count, void* out) const {
  if (first + count > rows())
    throw DataError("{}: {}: rows {}..{} of {} asked for", file_, path_, first, first + count, rows());
  if (count == 0 || row_elements() == 0) return;
  const auto s = select_rows(*this, first, count);
  if (H5Dread(id(), memory_type(), s.memory.id(), s.file.id(), H5P_DEFAULT, out) < 0)
    fail(file_, path_, "cannot be read; the file may be damaged or cut short");
}

void Dataset::write_rows(std::size_t first, std::size_t count, const void* in) {
  if (count == 0 || row_elements() == 0) return;
  const auto s = select_rows(*this, first, count);
  if (H5Dwrite(id(), memory_type(), s.memory.id(), s.file.id(), H5P_DEFAULT, in) < 0)
    fail_write(file_, path_, "cannot be written");
}

// ---- groups ----

bool Group::has(const std::string& name) const {
  return is_true(H5Lexists(id(), name.c_str(), H5P_DEFAULT), file_, join(path_, name));
}

namespace {
H5I_type_t kind_of(const Group& g, const std::string& name) {
  Handle o(H5Oopen(g.id(), name.c_str(), H5P_DEFAULT), H5Oclose);
  if (o.id() < 0) fail(g.file(), join(g.path(), name), "cannot be opened");
  return H5Iget_type(o.id());
}
}  // namespace

bool Group::is_group(const std::string& name) const {
  if (!has(name)) return false;
  require_hard_link(id(), file_, path_, name);
  return kind_of(*this, name) == H5I_GROUP;
}

std::vector<std::string> Group::names() const {
  std::vector<std::string> out;
  hsize_t at = 0;
  // As they lie: for an order, HDF5 1.10 makes a table, and crashes where the disk fails or the file is damaged
  // halfway.
  const auto status = H5Literate(
      id(), H5_INDEX_NAME, H5_ITER_NATIVE, &at,
      [](hid_t, const char* name, const H5L_info_t*, void* list) -> herr_t {
        static_cast<std::vector<std::string>*>(list)->emplace_back(name);
        return 0;
      },
      &out);
  if (status < 0) fail(file_, path_, "cannot list its objects");
  std::sort(out.begin(), out.end());
  return out;
}

std::vector<std::string> Group::groups() const {
  std::vector<std::string> out;
  for (auto& n : names())
    if (is_group(n)) out.push_back(n);
  return out;
}

std::vector<std::string> Group::variables() const {
  std::vector<std::string> out;
  for (auto& n : names()) {
    require_hard_link(id(), file_, path_, n);
    if (kind_of(*this, n) != H5I_DATASET) continue;
    if (dataset(n).is_bare_dimension()) continue;
    out.push_back(n);
  }
  return out;
}

Group Group::group(const std::string& name) const {
  std::string at = path_;
  Handle current;
  hid_t parent = id();
  for (std::size_t from = 0; from <= name.size();) {
    const auto slash = std::min(name.find('/', from), name.size());
    const std::string part = name.substr(from, slash - from);
    if (!part.empty()) {
      require_hard_link(parent, file_, at, part);
      Handle next(H5Gopen2(parent, part.c_str(), H5P_DEFAULT), H5Gclose);
      if (next.id() < 0) fail(file_, join(at, part), "is not a group");
      at = join(at, part);
      current = std::move(next);
      parent = current.id();
    }
    from = slash + 1;
  }
  return {std::move(current), file_, at};
}

Group Group::create_group(const std::string& name) {
  Handle links(H5Pcreate(H5P_LINK_CREATE), H5Pclose);
  H5Pset_char_encoding(links.id(), H5T_CSET_UTF8);
  H5Pset_create_intermediate_group(links.id(), 1);
  Handle creation(H5Pcreate(H5P_GROUP_CREATE), H5Pclose);
  H5Pset_link_creation_order(creation.id(), H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
  Handle g(H5Gcreate2(id(), name.c_str(), links.id(), creation.id(), H5P_DEFAULT), H5Gclose);
  if (g.id() < 0) fail_write(file_, join(path_, name), "cannot create group");
  return {std::move(g), file_, join(path_, name)};
}

Dataset Group::dataset(const std::string& name) const {
  require_hard_link(id(), file_, path_, name);
  Handle d(H5Dopen2(id(), name.c_str(), H5P_DEFAULT), H5Dclose);
  if (d.id() < 0) fail(file_, join(path_, name), "is not a dataset");
  return {std::move(d), file_, join(path_, name)};
}

void Group::create_dimension(const std::string& name, std::size_t length, bool extendible) {
  const hsize_t n = length, limit = extendible ? H5S_UNLIMITED : length;
  Handle s(H5Screate_simple(1, &n, &limit), H5Sclose);
  Handle p(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
  H5Pset_attr_phase_change(p.id(), 0, 0);  // REFERENCE_LIST outgrows a compact header
  if (extendible) {
    const hsize_t chunk = 1024;
    H5Pset_chunk(p.id(), 1, &chunk);
  }
  Handle d(H5Dcreate2(id(), name.c_str(), H5T_IEEE_F32BE, s.id(), H5P_DEFAULT, p.id(), H5P_DEFAULT), H5Dclose);
  if (d.id() < 0 || H5DSset_scale(d.id(), fmt::format("{}{:10}", kBareDimension, length).c_str()) < 0)
    fail_write(file_, join(path_, name), "cannot create dimension");
}

std::size_t Group::dimension_length(const std::string& name) const { return dataset(name).rows(); }

Dataset Group::create_variable(const std::string& name, Type type, const std::vector<std::string>& dimensions,
                               const VariableOptions& options) {
  std::vector<hsize_t> shape;
  for (const auto& d : dimensions) shape.push_back(dimension_length(d));
  auto limit = shape;
  if (options.extendible && !limit.empty()) limit[0] = H5S_UNLIMITED;

  Handle p(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
  Handle s(shape.empty() ? H5Screate(H5S_SCALAR)
                         : H5Screate_simple(static_cast<int>(shape.size()), shape.data(), limit.data()),
           H5Sclose);
  std::size_t row = type.size;
  for (std::size_t i = 1; i < shape.size(); ++i) row *= shape[i];
  const bool chunked = !shape.empty() && row > 0 && (options.extendible || shape[0] * row > 4096);
  if (chunked) {
    auto chunk = shape;
    std::size_t rows = options.chunk_rows != 0 ? options.chunk_rows : std::max<std::size_t>(1, (1u << 20) / row);
    if (!options.extendible) rows = std::min<std::size_t>(rows, shape[0]);
    chunk[0] = rows;
    H5Pset_chunk(p.id(), static_cast<int>(chunk.size()), chunk.data());
    if (options.deflate > 0) {
      if (type.size > 1 && type.kind != Kind::string) H5Pset_shuffle(p.id());
      H5Pset_deflate(p.id(), static_cast<unsigned>(options.deflate));
    }
  }
  H5Pset_fill_time(p.id(), H5D_FILL_TIME_NEVER);
  Handle t = make_type(type);
  Handle links(H5Pcreate(H5P_LINK_CREATE), H5Pclose);
  H5Pset_char_encoding(links.id(), H5T_CSET_UTF8);
  Handle h(H5Dcreate2(id(), name.c_str(), t.id(), s.id(), links.id(), p.id(), H5P_DEFAULT), H5Dclose);
  if (h.id() < 0) fail_write(file_, join(path_, name), "cannot create variable");
  for (unsigned i = 0; i < dimensions.size(); ++i) {
    Handle scale(H5Dopen2(id(), dimensions[i].c_str(), H5P_DEFAULT), H5Dclose);
    if (H5DSattach_scale(h.id(), scale.id(), i) < 0)
      fail_write(file_, join(path_, name), ("cannot attach dimension " + dimensions[i]).c_str());
  }
  Dataset d(std::move(h), file_, join(path_, name));
  if (!options.units.empty()) d.set_attribute("units", options.units);
  if (!options.long_name.empty()) d.set_attribute("long_name", options.long_name);
  if (type.kind == Kind::string) d.set_attribute("_Encoding", "utf-8");
  return d;
}

void Group::create_coordinate_raw(const std::string& name, Type type, std::size_t n, const void* values,
                                  const VariableOptions& options) {
  const hsize_t length = n;
  Handle s(H5Screate_simple(1, &length, nullptr), H5Sclose);
  Handle t = make_type(type);
  Handle p(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
  H5Pset_attr_phase_change(p.id(), 0, 0);
  Handle h(H5Dcreate2(id(), name.c_str(), t.id(), s.id(), H5P_DEFAULT, p.id(), H5P_DEFAULT), H5Dclose);
  if (h.id() < 0 || H5DSset_scale(h.id(), name.c_str()) < 0)
    fail_write(file_, join(path_, name), "cannot create coordinate");
  if (n > 0 && H5Dwrite(h.id(), t.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0)
    fail_write(file_, join(path_, name), "cannot be written");
  Dataset d(std::move(h), file_, join(path_, name));
  if (!options.units.empty()) d.set_attribute("units", options.units);
  if (!options.long_name.empty()) d.set_attribute("long_name", options.long_name);
}

void Group::remove(const std::string& name) {
  if (!is_group(name)) {
    const auto d = dataset(name);
    if (d.has_attribute("DIMENSION_LIST")) {
      const auto dimensions = d.dimension_names();
      for (unsigned i = 0; i < dimensions.size(); ++i) {
        const Handle scale(H5Dopen2(id(), dimensions[i].c_str(), H5P_DEFAULT), H5Dclose);
        if (scale.id() < 0 || H5DSdetach_scale(d.id(), scale.id(), i) < 0)
          fail_write(file_, join(path_, name), "cannot be detached from its dimensions");
      }
    }
  }
  if (H5Ldelete(id(), name.c_str(), H5P_DEFAULT) < 0) fail_write(file_, join(path_, name), "cannot be removed");
}

void Group::link(const std::string& name, const Group& from, const std::string& path) {
  if (H5Lcreate_hard(from.id(), path.c_str(), id(), name.c_str(), H5P_DEFAULT, H5P_DEFAULT) < 0)
    fail_write(file_, join(path_, name), "cannot be linked");
}

namespace {

// All but the references between variables and their dimensions, which hold for one file alone.
void copy_attributes(const Object& from, const Object& to) {
  std::vector<std::string> names;
  const auto add = [](hid_t, const char* name, const H5A_info_t*, void* list) -> herr_t {
    static_cast<std::vector<std::string>*>(list)->emplace_back(name);
    return 0;
  };
  if (H5Aiterate2(from.id(), H5_INDEX_NAME, H5_ITER_NATIVE, nullptr, add, &names) < 0)
    fail(from.file(), from.path(), "cannot list its attributes");
  std::sort(names.begin(), names.end());
  for (const auto& name : names) {
    const Handle a(H5Aopen(from.id(), name.c_str(), H5P_DEFAULT), H5Aclose);
    if (a.id() < 0) fail(from.file(), from.path(), ("cannot open attribute " + name).c_str());
    const Handle t(H5Aget_type(a.id()), H5Tclose), s(H5Aget_space(a.id()), H5Sclose);
    if (H5Tdetect_class(t.id(), H5T_REFERENCE) > 0) continue;
    std::vector<std::byte> value(H5Aget_storage_size(a.id()) + H5Tget_size(t.id()));
    if (value.size() > kMostChunkBytes)
      throw DataError("{}: {}: attribute {} is {} bytes long", from.file(), from.path(), name, value.size());
    if (H5Aread(a.id(), t.id(), value.data()) < 0)
      fail(from.file(), from.path(), ("cannot read attribute " + name).c_str());
    const Handle copy(H5Acreate2(to.id(), name.c_str(), t.id(), s.id(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
    const bool written = copy.id() >= 0 && H5Awrite(copy.id(), t.id(), value.data()) >= 0;
    const int error = written ? 0 : system_error();
    if (H5Tdetect_class(t.id(), H5T_VLEN) > 0 || H5Tis_variable_str(t.id()) > 0)
      H5Dvlen_reclaim(t.id(), s.id(), H5P_DEFAULT, value.data());
    if (!written)
      throw IoError("{}: {}: cannot write attribute {}: {}", to.file(), to.path(), name,
                    error != 0 ? std::strerror(error) : "unknown error");
  }
}

// Chunks as they lie in the file, not decoded; other layouts a mebibyte at a time.
void copy_values(const Dataset& from, Dataset& to) {
  if (from.is_bare_dimension()) return;
  if (H5Dget_storage_size(from.id()) == 0) return raise_system_error(from.file(), from.path());
  const auto& shape = from.shape();
  const auto& chunk = from.chunk();
  if (chunk.empty()) {
    const std::size_t rows =
        std::max<std::size_t>(1, (std::size_t{1} << 20) / std::max<std::size_t>(1, from.row_bytes()));
    std::vector<std::byte> block(std::min(rows, from.rows()) * from.row_bytes());
    for (std::size_t at = 0; at < from.rows(); at += rows) {
      const auto n = std::min(rows, from.rows() - at);
      from.read_rows(at, n, block.data());
      to.write_rows(at, n, block.data());
    }
    return;
  }
  std::size_t whole = from.type().size;
  for (const auto n : chunk) whole *= n;
  std::vector<hsize_t> at(shape.size(), 0);
  std::vector<std::byte> bytes;
  for (bool more = from.rows() > 0 && from.row_elements() > 0; more;) {
    hsize_t size = 0;
    if (H5Dget_chunk_storage_size(from.id(), at.data(), &size) < 0)
      fail(from.file(), from.path(), "a chunk cannot be found");
    if (size > whole + whole / 8 + 4096)
      throw DataError("{}: {}: a chunk is larger than its contents could be", from.file(), from.path());
    if (size > 0) {
      bytes.resize(size);
      std::uint32_t mask = 0;
      if (H5Dread_chunk(from.id(), H5P_DEFAULT, at.data(), &mask, bytes.data()) < 0)
        fail(from.file(), from.path(), "a chunk cannot be read");
      if (H5Dwrite_chunk(to.id(), H5P_DEFAULT, mask, at.data(), size, bytes.data()) < 0)
        fail_write(to.file(), to.path(), "a chunk cannot be written");
    }
    more = false;
    for (std::size_t i = shape.size(); i-- > 0 && !more;) {  // the next chunk, the last dimension first
      at[i] += chunk[i];
      more = at[i] < shape[i];
      if (!more) at[i] = 0;
    }
  }
}

void copy_dataset(const Group& from, const Group& to, const std::string& name) {
  const auto old = from.dataset(name);
  const Handle t(H5Dget_type(old.id()), H5Tclose), s(H5Dget_space(old.id()), H5Sclose),
      p(H5Dget_create_plist(old.id()), H5Pclose);
  Handle links(H5Pcreate(H5P_LINK_CREATE), H5Pclose);
  H5Pset_char_encoding(links.id(), H5T_CSET_UTF8);
  Handle made(H5Dcreate2(to.id(), name.c_str(), t.id(), s.id(), links.id(), p.id(), H5P_DEFAULT), H5Dclose);
  if (made.id() < 0) fail_write(to.file(), join(to.path(), name), "cannot create variable");
  Dataset copy(std::move(made), to.file(), join(to.path(), name));
  copy_attributes(old, copy);
  copy_values(old, copy);
}

// Not by H5Ocopy, which crashes where the copy cannot be written (HDF5 1.10) and leaves variables without dimensions.
void copy_group(const Group& from, Group to, int depth = 0) {
  if (depth > kDeepest)
    throw DataError("{}: {}: groups are nested more than {} deep; does one contain itself?", from.file(), from.path(),
                    kDeepest);
  copy_attributes(from, to);
  for (const auto& name : from.names()) {
    if (from.is_group(name)) copy_group(from.group(name), to.create_group(name), depth + 1);
    else if (kind_of(from, name) == H5I_DATASET) copy_dataset(from, to, name);
  }
  for (const auto& name : from.variables()) {
    const auto variable = from.dataset(name);
    if (is_scale(variable)) continue;
    const auto dimensions = variable.dimension_names();
    const auto copy = to.dataset(name);
    for (unsigned i = 0; i < dimensions.size(); ++i) {
      if (dimensions[i].empty() || !to.has(dimensions[i])) continue;
      const auto scale = to.dataset(dimensions[i]);
      if (H5DSattach_scale(copy.id(), scale.id(), i) < 0)
        fail_write(to.file(), join(to.path(), name), ("cannot attach dimension " + dimensions[i]).c_str());
    }
  }
}

}  // namespace

void Group::copy_from(const Group& from, const std::string& name) {
  require_hard_link(from.id(), from.file(), from.path(), name);
  copy_group(from.group(name), create_group(name));
}

// ---- files ----

namespace {
// What is read stays open as long as one of its groups or datasets is held; what is written closes when told to.
Handle access_list(bool writable) {
  Handle p(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  H5Pset_fclose_degree(p.id(), writable ? H5F_CLOSE_STRONG : H5F_CLOSE_WEAK);
  H5Pset_libver_bounds(p.id(), H5F_LIBVER_V18, H5F_LIBVER_LATEST);
  return p;
}

// Flags come after initialise(): HDF5's names for them start the library.
File open_file(const fs::path& path, bool writable, File (*make)(Handle, std::string)) {
  initialise();
  const unsigned flags = writable ? H5F_ACC_RDWR : H5F_ACC_RDONLY;
  std::error_code ec;
  const auto status = fs::status(path, ec);
  if (!fs::exists(status)) throw IoError("{}: no such file", path.string());
  if (fs::is_directory(status)) throw IoError("{}: is a folder, not a file", path.string());
  if (!fs::is_regular_file(status)) throw IoError("{}: is not a regular file", path.string());
  const int fd = ::open(path.c_str(), writable ? O_RDWR : O_RDONLY);
  if (fd < 0) throw IoError("{}: {}", path.string(), std::strerror(errno));
  ::close(fd);
  Handle p = access_list(writable);
  errno = 0;
  Handle f(H5Fopen(path.c_str(), flags, p.id()), H5Fclose);
  if (f.id() < 0) {
    raise_system_error(path.string(), "/");
    throw DataError("{}: not a readable HDF5 file, or cut short (HDF5: {})", path.string(), reason());
  }
  return make(std::move(f), path.string());
}
}  // namespace

File File::open(const fs::path& path) {
  return open_file(path, false, [](Handle h, std::string n) { return File(std::move(h), std::move(n), false); });
}
File File::open_for_update(const fs::path& path) {
  return open_file(path, true, [](Handle h, std::string n) { return File(std::move(h), std::move(n), true); });
}

File File::create(const fs::path& path) {
  check_folder(path);
  initialise();
  Handle p = access_list(true);
  Handle c(H5Pcreate(H5P_FILE_CREATE), H5Pclose);
  H5Pset_link_creation_order(c.id(), H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
  errno = 0;
  Handle f(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, c.id(), p.id()), H5Fclose);
  if (f.id() < 0) fail_write(path.string(), "/", "cannot create file");
  return {std::move(f), path.string(), true};
}

Group File::root() const {
  Handle g(H5Gopen2(handle_.id(), "/", H5P_DEFAULT), H5Gclose);
  if (g.id() < 0) fail(name_, "/", "cannot be opened");
  return {std::move(g), name_, "/"};
}

void File::flush() {
  errno = 0;
  if (H5Fflush(handle_.id(), H5F_SCOPE_GLOBAL) < 0) fail_write(name_, "/", "cannot be flushed");
}

File::File(Handle handle, std::string name, bool writable)
    : handle_(std::move(handle)), name_(std::move(name)), writable_(writable), lost_before_(lost_closes.count) {}

void File::close() {
  if (handle_.id() < 0) return;
  if (writable_) flush();
  handle_.reset();
  if (!writable_) return;
  if (lost_closes.count != lost_before_)
    throw IoError("{}: cannot be written: {}", name_, std::strerror(lost_closes.error));
  sync_path(name_);
}

Draft::Draft(const fs::path& final_name) : final_(final_name), partial_(final_name.string() + ".partial") {
  try {
    file_ = std::make_unique<File>(File::create(partial_));
  } catch (const Error&) {
    std::error_code ignored;
    fs::remove(partial_, ignored);
    throw;
  }
}

Draft::~Draft() {
  if (file_ == nullptr) return;
  file_.reset();
  std::error_code ignored;
  fs::remove(partial_, ignored);
}

void Draft::publish() {
  file_->close();
  h5::publish(partial_, final_);
  file_.reset();
}

void check_replaceable(const fs::path& path) {
  std::error_code ec;
  if (!fs::exists(path, ec)) return;
  if (!fs::is_regular_file(path, ec))
    throw UsageError("{}: is there and is not a regular file; give another name", path.string());
  initialise();
  if (H5Fis_hdf5(path.c_str()) > 0)
    throw UsageError("{}: is an HDF5 file, which is not overwritten; give another name", path.string());
}

void sync_path(const fs::path& path) {
  const int fd = ::open(path.c_str(), O_RDONLY);
  if (fd < 0) throw IoError("{}: {}", path.string(), std::strerror(errno));
  int status;
  do status = ::fsync(fd);
  while (status < 0 && errno == EINTR);
  const int saved = errno;
  ::close(fd);
  if (status < 0 && saved != EINVAL) throw IoError("{}: fsync: {}", path.string(), std::strerror(saved));
}

void publish(const fs::path& partial, const fs::path& final_name) {
  try {
    sync_path(partial);
    if (::rename(partial.c_str(), final_name.c_str()) != 0)
      throw IoError("{}: cannot be renamed to {}: {}", partial.string(), final_name.string(), std::strerror(errno));
  } catch (const IoError&) {
    std::error_code ignored;
    fs::remove(partial, ignored);
    throw;
  }
  const auto folder = final_name.parent_path();
  try {
    sync_path(folder.empty() ? fs::path(".") : folder);
  } catch (const IoError& e) {
    throw IoError("{}: is whole and in its place, but may be gone after a power cut: {}", final_name.string(),
                  e.what());
  }
}

}  // namespace dosi::h5
