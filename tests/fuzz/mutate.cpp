#include "tests/fuzz/mutate.hpp"

#include <hdf5.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstring>

namespace dosi::fuzz {
namespace {

std::size_t below(std::size_t n, Random& random) { return n == 0 ? 0 : static_cast<std::size_t>(random() % n); }

template <class C>
const auto& one_of(const C& list, Random& random) {
  return *(std::begin(list) + static_cast<std::ptrdiff_t>(below(std::size(list), random)));
}

constexpr const char* kNumbers[] = {"0",
                                    "-0",
                                    "1",
                                    "-1",
                                    "127",
                                    "255",
                                    "256",
                                    "65535",
                                    "65536",
                                    "2147483647",
                                    "2147483648",
                                    "-2147483648",
                                    "4294967295",
                                    "4294967296",
                                    "9007199254740993",
                                    "9223372036854775807",
                                    "-9223372036854775808",
                                    "18446744073709551615",
                                    "1e308",
                                    "-1e308",
                                    "1e-320",
                                    "1e999",
                                    "nan",
                                    "inf",
                                    "-inf",
                                    "0x10",
                                    "1e",
                                    "1.5.2",
                                    "00012",
                                    "1,234",
                                    "1_000",
                                    "90",
                                    "-90.0001",
                                    "180",
                                    "999999"};
constexpr const char* kWords[] = {"\"",
                                  "\"\"",
                                  "'",
                                  "'''",
                                  "\"\"\"",
                                  ",",
                                  ";",
                                  "\t",
                                  "\n",
                                  "\r\n",
                                  "\r",
                                  "\xEF\xBB\xBF",
                                  "\xFF\xFE",
                                  "\xB0\xA1",
                                  "\xC2\xA0",
                                  "[",
                                  "]",
                                  "{",
                                  "}",
                                  "[[job]]\n",
                                  "[job]\n",
                                  "needs = [\"hospital\"]\n",
                                  "city = \"\"\n",
                                  " = ",
                                  "true",
                                  "null",
                                  "1979-05-27T07:32:00Z",
                                  "..",
                                  "/",
                                  "\\",
                                  "\\u0000",
                                  "\\ud800",
                                  "\"coordinates\":",
                                  "\"geometry\":null",
                                  "[[[]]]",
                                  "\"type\":\"GeometryCollection\",\"geometries\":[]",
                                  "\"type\":\"Polygon\"",
                                  "\"type\":\"MultiPolygon\"",
                                  "\"type\":\"Point\"",
                                  "\"crs\":{\"type\":\"name\",\"properties\":{\"name\":\"EPSG:5179\"}}",
                                  "POLYGON EMPTY",
                                  "POLYGON ((",
                                  "MULTIPOLYGON Z",
                                  "GEOMETRYCOLLECTION (",
                                  "CURVEPOLYGON (CIRCULARSTRING (0 0,1 1,2 0,1 -1,0 0))",
                                  "<nd ref=\"1\"/>",
                                  "<tag k=\"oneway\" v=\"-1\"/>",
                                  "<tag k=\"maxspeed\" v=\"none\"/>",
                                  "<node id=\"-1\" lat=\"91\" lon=\"181\"/>",
                                  "<way id=\"9\">",
                                  "</way>",
                                  "<!DOCTYPE a [<!ENTITY b \"c\">]>",
                                  "&#0;",
                                  "lon",
                                  "lat",
                                  "id",
                                  "x",
                                  "y",
                                  "WKT",
                                  "위도",
                                  "동 1"};

void change_number(std::string& s, Random& random) {
  std::vector<std::size_t> starts;
  for (std::size_t i = 0; i < s.size(); ++i)
    if (std::isdigit(static_cast<unsigned char>(s[i])) &&
        (i == 0 || !std::isdigit(static_cast<unsigned char>(s[i - 1]))))
      starts.push_back(i);
  if (starts.empty()) return;
  const auto at = one_of(starts, random);
  auto end = at;
  while (end < s.size() && (std::isdigit(static_cast<unsigned char>(s[end])) || s[end] == '.')) ++end;
  s.replace(at, end - at, one_of(kNumbers, random));
}

void change_line(std::string& s, Random& random) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < s.size();) {
    const auto end = std::min(s.find('\n', at), s.size() - 1) + 1;
    lines.push_back(s.substr(at, end - at));
    at = end;
  }
  if (lines.empty()) return;
  const auto a = below(lines.size(), random), b = below(lines.size(), random);
  switch (below(3, random)) {
    case 0: lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(b), lines[a]); break;
    case 1: lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(a)); break;
    default: std::swap(lines[a], lines[b]);
  }
  s.clear();
  for (const auto& l : lines) s += l;
}

void change_bytes(std::string& s, const std::string& other, Random& random) {
  const auto at = below(s.size() + 1, random), length = std::min(s.size() - at, std::size_t{1} << below(10, random));
  switch (below(8, random)) {
    case 0:
    case 1:
      if (at < s.size()) s[at] = static_cast<char>(s[at] ^ (1 << below(8, random)));
      break;
    case 2:
      if (at < s.size()) s[at] = static_cast<char>(random());
      break;
    case 3: s.erase(at, length); break;
    case 4: s.insert(at, s.substr(below(s.size() + 1, random), length)); break;
    case 5: s.resize(at); break;
    case 6: {
      const auto from = below(other.size() + 1, random);
      s.replace(at, length, other.substr(from, std::size_t{1} << below(10, random)));
      break;
    }
    default: {
      const std::uint64_t value = std::uint64_t{1} << below(64, random);
      const auto minus = value - below(2, random);
      for (std::size_t i = 0; i < 8 && at + i < s.size(); ++i) s[at + i] = static_cast<char>(minus >> (8 * i));
    }
  }
}

// ---- HDF5 ----

struct Paths {
  std::vector<std::string> groups, datasets;
};

double edge_value(Random& random) {
  static constexpr double kEdges[] = {0,      -1,      1,     2,      255,    65536, 2147483648.0, 4294967295.0,
                                      9.3e18, -9.3e18, 1e300, -1e300, 1e-320, 0.5};
  return below(8, random) == 0 ? (below(2, random) ? NAN : INFINITY) : one_of(kEdges, random);
}

// Some elements of a buffer of `type`, as the type allows.
void change_elements(std::vector<char>& bytes, hid_t type, std::size_t count, Random& random) {
  const std::size_t size = H5Tget_size(type);
  for (std::size_t k = 1 + below(3, random); k-- > 0 && count > 0;) {
    char* element = bytes.data() + below(count, random) * size;
    if (below(4, random) == 0) {
      std::memcpy(element, bytes.data() + below(count, random) * size, size);
    } else if (H5Tget_class(type) == H5T_FLOAT && size == 8) {
      const double v = edge_value(random);
      std::memcpy(element, &v, 8);
    } else {
      for (std::size_t i = 0; i < size; ++i)
        if (below(2, random)) element[i] = static_cast<char>(below(2, random) ? random() : 0xFF * below(2, random));
    }
  }
}

void damage_values(hid_t file, const std::string& path, Random& random) {
  const hid_t d = H5Dopen2(file, path.c_str(), H5P_DEFAULT), type = H5Dget_type(d), space = H5Dget_space(d);
  const auto count = static_cast<std::size_t>(std::max<hssize_t>(0, H5Sget_simple_extent_npoints(space)));
  if (H5Tis_variable_str(type) > 0 || H5Tget_size(type) * count > (std::size_t{1} << 24)) return;
  std::vector<char> bytes(H5Tget_size(type) * count);
  if (H5Dread(d, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes.data()) < 0) return;
  change_elements(bytes, type, count, random);
  H5Dwrite(d, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes.data());
}

void damage_attribute(hid_t file, const std::string& path, Random& random) {
  const hid_t o = H5Oopen(file, path.c_str(), H5P_DEFAULT);
  const int n = H5Aget_num_attrs(o);
  if (n <= 0) return;
  const hid_t a = H5Aopen_by_idx(o, ".", H5_INDEX_NAME, H5_ITER_INC, below(static_cast<std::size_t>(n), random),
                                 H5P_DEFAULT, H5P_DEFAULT);
  char name[256] = "";
  H5Aget_name(a, sizeof name, name);
  const hid_t type = H5Aget_type(a), space = H5Aget_space(a);
  const auto count = static_cast<std::size_t>(std::max<hssize_t>(0, H5Sget_simple_extent_npoints(space)));
  const auto what = below(4, random);
  if (what == 0) {
    H5Aclose(a);
    H5Adelete(o, name);
  } else if (what == 1) {  // of another type
    H5Aclose(a);
    H5Adelete(o, name);
    const double v = edge_value(random);
    const hid_t scalar = H5Screate(H5S_SCALAR);
    const hid_t as = one_of(std::vector<hid_t>{H5T_NATIVE_DOUBLE, H5T_NATIVE_INT64, H5T_NATIVE_UINT8}, random);
    H5Awrite(H5Acreate2(o, name, as, scalar, H5P_DEFAULT, H5P_DEFAULT), H5T_NATIVE_DOUBLE, &v);
  } else if (H5Tget_class(type) == H5T_STRING && H5Tis_variable_str(type) == 0) {
    std::string text(H5Tget_size(type) * count, '\0');
    if (H5Aread(a, type, text.data()) < 0) return;
    text = mutated(std::move(text), text, true, random);
    if (text.empty()) text = " ";
    H5Aclose(a);
    H5Adelete(o, name);
    const hid_t longer = H5Tcopy(H5T_C_S1);
    H5Tset_size(longer, text.size());
    H5Tset_cset(longer, H5T_CSET_UTF8);
    H5Awrite(H5Acreate2(o, name, longer, H5Screate(H5S_SCALAR), H5P_DEFAULT, H5P_DEFAULT), longer, text.data());
  } else if (H5Tget_class(type) == H5T_INTEGER || H5Tget_class(type) == H5T_FLOAT) {
    std::vector<char> bytes(H5Tget_size(type) * count);
    if (H5Aread(a, type, bytes.data()) < 0) return;
    change_elements(bytes, type, count, random);
    H5Awrite(a, type, bytes.data());
  }
}

// A dataset of the same name with another type, rank or length.
void reshape(hid_t file, const std::string& path, Random& random) {
  const hid_t types[] = {H5T_NATIVE_DOUBLE, H5T_NATIVE_FLOAT, H5T_NATIVE_INT64, H5T_NATIVE_UINT64,
                         H5T_NATIVE_UINT32, H5T_NATIVE_UINT8, H5T_IEEE_F64BE,   H5T_NATIVE_INT16};
  const hid_t old = H5Dopen2(file, path.c_str(), H5P_DEFAULT);
  hsize_t shape[3] = {static_cast<hsize_t>(std::max<hssize_t>(0, H5Sget_simple_extent_npoints(H5Dget_space(old)))),
                      1 + below(3, random), 1};
  hid_t type = below(2, random) ? H5Dget_type(old) : one_of(types, random);
  if (below(2, random)) shape[0] = below(2, random) ? below(200, random) : std::uint64_t{1} << below(40, random);
  H5Dclose(old);
  H5Ldelete(file, path.c_str(), H5P_DEFAULT);
  const hid_t p = H5Pcreate(H5P_DATASET_CREATE);
  const int rank = static_cast<int>(below(8, random) == 0 ? below(4, random) : 1);
  if (rank > 0 && (below(2, random) || shape[0] > 10000)) {
    const hsize_t chunk[3] = {1 + below(300, random), 1 + below(2, random), 1};
    H5Pset_chunk(p, rank, chunk);
    if (below(2, random)) H5Pset_shuffle(p);
    if (below(2, random)) H5Pset_deflate(p, 1);
    if (below(4, random) == 0) H5Pset_fletcher32(p);
  }
  const hid_t d =
      H5Dcreate2(file, path.c_str(), type, rank == 0 ? H5Screate(H5S_SCALAR) : H5Screate_simple(rank, shape, nullptr),
                 H5P_DEFAULT, p, H5P_DEFAULT);
  if (d < 0 || shape[0] > 10000) return;
  const std::vector<char> bytes(H5Tget_size(type) * shape[0] * shape[1], static_cast<char>(below(3, random)));
  H5Dwrite(d, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes.data());
}

void relink(hid_t file, const Paths& paths, Random& random) {
  auto all = paths.datasets;
  all.insert(all.end(), paths.groups.begin(), paths.groups.end());
  const auto a = one_of(all, random), b = one_of(all, random);
  if (a == "/") return;
  switch (below(4, random)) {
    case 0: H5Ldelete(file, a.c_str(), H5P_DEFAULT); break;
    case 1:
      H5Ldelete(file, a.c_str(), H5P_DEFAULT);
      H5Lcreate_hard(file, b.c_str(), file, a.c_str(), H5P_DEFAULT, H5P_DEFAULT);
      break;
    case 2:
      H5Ldelete(file, a.c_str(), H5P_DEFAULT);
      H5Lcreate_soft(b.c_str(), file, a.c_str(), H5P_DEFAULT, H5P_DEFAULT);
      break;
    default:
      H5Lcreate_hard(file, b.c_str(), file, (one_of(paths.groups, random) + "/" + one_of(kNumbers, random)).c_str(),
                     H5P_DEFAULT, H5P_DEFAULT);
  }
}

}  // namespace

std::string mutated(std::string s, const std::string& other, bool text, Random& random) {
  for (std::size_t k = 1 + below(text ? 4 : 8, random); k-- > 0;) {
    switch (text ? below(6, random) : 5) {
      case 0:
      case 1: change_number(s, random); break;
      case 2: s.insert(below(s.size() + 1, random), one_of(kWords, random)); break;
      case 3: change_line(s, random); break;
      default: change_bytes(s, other, random);
    }
  }
  return s;
}

void damage(const std::filesystem::path& name, Random& random) {
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
  H5Pset_fclose_degree(access, H5F_CLOSE_STRONG);
  const hid_t file = H5Fopen(name.c_str(), H5F_ACC_RDWR, access);
  H5Pclose(access);
  if (file < 0) return;
  Paths paths;
  const auto add = [](hid_t, const char* path, const H5O_info_t* info, void* to) -> herr_t {
    auto& p = *static_cast<Paths*>(to);
    const std::string whole = path[0] == '.' ? "/" : "/" + std::string(path);
    (info->type == H5O_TYPE_DATASET ? p.datasets : p.groups).push_back(whole);
    return 0;
  };
  if (H5Ovisit(file, H5_INDEX_NAME, H5_ITER_INC, add, &paths) >= 0 && !paths.datasets.empty()) {
    for (std::size_t k = 1 + below(3, random); k-- > 0;) {
      switch (below(8, random)) {
        case 0: relink(file, paths, random); break;
        case 1: reshape(file, one_of(paths.datasets, random), random); break;
        case 2:
        case 3: damage_attribute(file, one_of(below(2, random) ? paths.groups : paths.datasets, random), random); break;
        default: damage_values(file, one_of(paths.datasets, random), random);
      }
    }
  }
  H5Fclose(file);
}

}  // namespace dosi::fuzz
