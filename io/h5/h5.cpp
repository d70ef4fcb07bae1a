#include "io/h5/h5.hpp"

#include <H5PLpublic.h>
#include <fcntl.h>
#include <hdf5_hl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <mutex>

namespace dosi::h5 {
namespace {

// A dimension without a variable, as netCDF-4 writes it.
constexpr const char* kBareDimension = "This is a netCDF dimension but not a netCDF variable.";
constexpr std::size_t kMostChunkBytes = std::size_t{256} << 20;  // several are held at a time
constexpr int kDeepest = 8;                                       // groups within groups

void initialise() {
  static std::once_flag once;
  std::call_once(once, [] {
    H5dont_atexit();  // after a failed write, HDF5 1.10 crashes when it tidies up at the end; files are closed before
    H5open();
    H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
    H5PLset_loading_state(0);
  });
}

herr_t collect(unsigned, const H5E_error2_t* error, void* out) {
  auto& text = *static_cast<std::string*>(out);
  if (error->desc != nullptr && *error->desc != '\0') text = error->desc;
  return 0;
}

// The innermost reason on HDF5's error stack.
std::string reason() {
  std::string text;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_DOWNWARD, collect, &text);
  H5Eclear2(H5E_DEFAULT);
  return text.empty() ? "unknown error" : text;
}

[[noreturn]] void fail(const std::string& file, const std::string& path, const char* what) {
  const int saved = errno;
  const std::string why = reason();
  if (saved == ENOSPC || saved == EIO || saved == EDQUOT)
    throw IoError("{}: {}: {}: {} ({})", file, path, what, std::strerror(saved), why);
  throw DataError("{}: {}: {} (HDF5: {})", file, path, what, why);
}

[[noreturn]] void fail_write(const std::string& file, const std::string& path, const char* what) {
  const int saved = errno;
  throw IoError("{}: {}: {}{}{} (HDF5: {})", file, path, what, saved ? ": " : "", saved ? std::strerror(saved) : "",
                reason());
}

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
    reason();
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
  if (id_ >= 0 && close_ != nullptr) close_(id_);
  id_ = -1;
}

// ---- attributes ----

bool Object::has_attribute(const std::string& name) const { return H5Aexists(id(), name.c_str()) > 0; }

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
  if (size > (std::size_t{64} << 20)) throw DataError("{}: {}: attribute {} is {} bytes long", file_, path_, name, size);
  std::string out(size, '\0');
  if (H5Aread(a.id(), t.id(), out.data()) < 0) fail(file_, path_, ("cannot read attribute " + name).c_str());
  out.resize(std::strlen(out.c_str()));
  return out;
}

std::optional<double> Object::number_attribute(const std::string& name) const {
  if (!has_attribute(name)) return std::nullopt;
  Handle a(H5Aopen(id(), name.c_str(), H5P_DEFAULT), H5Aclose);
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

void Object::set_attribute(const std::string& name, double value) { set_attribute(name, type_of<double>(), &value); }
void Object::set_attribute(const std::string& name, std::int64_t value) {
  set_attribute(name, type_of<std::int64_t>(), &value);
}

// ---- datasets ----

namespace {

// HDF5 reads DIMENSION_LIST as lists of references without looking whether it is that.
bool has_dimension_list(hid_t dataset, std::size_t rank) {
  if (H5Aexists(dataset, "DIMENSION_LIST") <= 0) return false;
  const Handle a(H5Aopen(dataset, "DIMENSION_LIST", H5P_DEFAULT), H5Aclose);
  const Handle t(H5Aget_type(a.id()), H5Tclose), s(H5Aget_space(a.id()), H5Sclose);
  if (H5Tget_class(t.id()) != H5T_VLEN || H5Sget_simple_extent_npoints(s.id()) != static_cast<hssize_t>(rank)) return false;
  const Handle element(H5Tget_super(t.id()), H5Tclose);
  return H5Tequal(element.id(), H5T_STD_REF_OBJ) > 0;
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
      throw DataError("{}: {}: needs the filter '{}' ({}); only HDF5's own filters are read", file_, path_,
                      filter_name, static_cast<int>(filter));
    }
  }
  if (filters_.shuffle && filters_.deflate && filters_.shuffle_index > filters_.deflate_index) filters_.other = true;
  if (H5Tequal(t.id(), memory_type_.id()) <= 0) filters_.other = true;  // another byte order or padding

  // A header can promise any size. Deflate packs at most 1032 to 1, and this project never leaves rows unwritten;
  // but in a file that is being written they come after the header.
  if (is_being_written(id())) return;
  long double bytes = static_cast<long double>(type_.size);
  for (const auto n : shape_) bytes *= static_cast<long double>(n);
  long double stored = static_cast<long double>(H5Dget_storage_size(id()));
  const Handle of(H5Iget_file_id(id()), H5Fclose);
  if (hsize_t whole = 0; H5Fget_filesize(of.id(), &whole) >= 0) stored = std::min(stored, static_cast<long double>(whole));
  if (bytes > 0x1p20L && bytes > stored * 1100.0L && string_attribute("NAME").rfind(kBareDimension, 0) != 0)
    throw DataError("{}: {}: its header promises {:.0f} bytes but the file stores {:.0f}", file_, path_,
                    static_cast<double>(bytes), static_cast<double>(stored));
  long double chunk_bytes = chunk_.empty() ? 0 : static_cast<long double>(type_.size);
  for (const auto n : chunk_) chunk_bytes *= static_cast<long double>(n);
  if (chunk_bytes > static_cast<long double>(kMostChunkBytes))
    throw DataError("{}: {}: has chunks of {:.0f} MiB; at most {} MiB are read, h5repack makes them smaller", file_, path_,
                    static_cast<double>(chunk_bytes / 0x1p20L), kMostChunkBytes >> 20);
}

std::size_t Dataset::row_elements() const {
  std::size_t n = 1;
  for (std::size_t i = 1; i < shape_.size(); ++i) n *= shape_[i];
  return n;
}

std::vector<std::string> Dataset::dimension_names() const {
  std::vector<std::string> names(shape_.size());
  const bool has_list = has_dimension_list(id(), shape_.size());
  for (unsigned i = 0; has_list && i < shape_.size(); ++i) {
    H5DSiterate_scales(
        id(), i, nullptr,
        [](hid_t, unsigned, hid_t scale, void* out) -> herr_t {
          char name[256] = "";
          const auto n = H5Iget_name(scale, name, sizeof name);
          const char* last = std::strrchr(name, '/');
          if (n > 0) *static_cast<std::string*>(out) = last ? last + 1 : name;
          return 1;
        },
        &names[i]);
  }
  if (!shape_.empty() && names[0].empty() && H5DSis_scale(id()) > 0) names[0] = path_.substr(path_.rfind('/') + 1);
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
  if (first + count > rows()) throw DataError("{}: {}: rows {}..{} of {} asked for", file_, path_, first, first + count, rows());
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

bool Group::has(const std::string& name) const { return H5Lexists(id(), name.c_str(), H5P_DEFAULT) > 0; }

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
  const auto status = H5Literate(
      id(), H5_INDEX_NAME, H5_ITER_INC, &at,
      [](hid_t, const char* name, const H5L_info_t*, void* list) -> herr_t {
        static_cast<std::vector<std::string>*>(list)->emplace_back(name);
        return 0;
      },
      &out);
  if (status < 0) fail(file_, path_, "cannot list its objects");
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
    if (dataset(n).string_attribute("NAME").rfind(kBareDimension, 0) == 0) continue;
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
  if (H5Ldelete(id(), name.c_str(), H5P_DEFAULT) < 0) fail_write(file_, join(path_, name), "cannot be removed");
}

namespace {

// H5Ocopy empties the references between variables and their dimensions; they are made again by name.
void attach_dimensions(const Group& from, const Group& to, int depth = 0) {
  if (depth > kDeepest)
    throw DataError("{}: {}: groups are nested more than {} deep; does one contain itself?", from.file(), from.path(), kDeepest);
  for (const auto& name : to.names()) {
    if (to.is_group(name)) {
      attach_dimensions(from.group(name), to.group(name), depth + 1);
      continue;
    }
    if (kind_of(to, name) != H5I_DATASET) continue;
    const Handle copy(H5Dopen2(to.id(), name.c_str(), H5P_DEFAULT), H5Dclose);
    for (const char* stale : {"DIMENSION_LIST", "REFERENCE_LIST"})
      if (H5Aexists(copy.id(), stale) > 0) H5Adelete(copy.id(), stale);
  }
  for (const auto& name : to.variables()) {
    const auto dimensions = from.dataset(name).dimension_names();
    const Handle copy(H5Dopen2(to.id(), name.c_str(), H5P_DEFAULT), H5Dclose);
    if (H5DSis_scale(copy.id()) > 0) continue;
    for (unsigned i = 0; i < dimensions.size(); ++i) {
      if (dimensions[i].empty() || !to.has(dimensions[i])) continue;
      const Handle scale(H5Dopen2(to.id(), dimensions[i].c_str(), H5P_DEFAULT), H5Dclose);
      if (H5DSattach_scale(copy.id(), scale.id(), i) < 0)
        fail_write(to.file(), join(to.path(), name), ("cannot attach dimension " + dimensions[i]).c_str());
    }
  }
}

}  // namespace

void Group::copy_from(const Group& from, const std::string& name) {
  require_hard_link(from.id(), from.file(), from.path(), name);
  errno = 0;
  if (H5Ocopy(from.id(), name.c_str(), id(), name.c_str(), H5P_DEFAULT, H5P_DEFAULT) < 0)
    fail_write(file_, join(path_, name), ("cannot be copied from " + from.file()).c_str());
  attach_dimensions(from.group(name), group(name));
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
  Handle f(H5Fopen(path.c_str(), flags, p.id()), H5Fclose);
  if (f.id() < 0)
    throw DataError("{}: not a readable HDF5 file, or cut short (HDF5: {})", path.string(), reason());
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

void File::close() {
  if (handle_.id() < 0) return;
  if (writable_) flush();
  handle_.reset();
  if (writable_) sync_path(name_);
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
  sync_path(partial);
  if (::rename(partial.c_str(), final_name.c_str()) != 0)
    throw IoError("{}: cannot be renamed to {}: {}", partial.string(), final_name.string(), std::strerror(errno));
  const auto folder = final_name.parent_path();
  sync_path(folder.empty() ? fs::path(".") : folder);
}

}  // namespace dosi::h5
