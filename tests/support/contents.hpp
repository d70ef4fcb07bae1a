// What a file says, for comparing two that should say the same: all of it but times and what tells of the run itself.
#pragma once

#include <hdf5.h>

#include <cctype>
#include <filesystem>
#include <map>
#include <string>

#include "tests/support/program.hpp"

namespace dosi::test_support {

using Contents = std::map<std::string, std::string>;

namespace contents_detail {

inline std::string values(hid_t type, hsize_t count, const auto& read) {
  if (H5Tis_variable_str(type) > 0) {
    char* text = nullptr;
    if (read(&text) < 0) return "UNREADABLE";
    const std::string out = text == nullptr ? "" : text;
    H5free_memory(text);
    return out;
  }
  std::string bytes(H5Tget_size(type) * count, '\0');
  return read(bytes.data()) < 0 ? "UNREADABLE" : bytes;
}

inline void add_attributes(hid_t object, const std::string& path, Contents& out) {
  for (int i = 0; i < H5Aget_num_attrs(object); ++i) {
    const hid_t a =
        H5Aopen_by_idx(object, ".", H5_INDEX_NAME, H5_ITER_INC, static_cast<hsize_t>(i), H5P_DEFAULT, H5P_DEFAULT);
    char name[256] = "";
    H5Aget_name(a, sizeof name, name);
    const std::string n = name;
    const hid_t type = H5Aget_type(a), space = H5Aget_space(a);
    if (n != "provenance" && n != "history" && n != "DIMENSION_LIST" && n != "REFERENCE_LIST")
      out[path + "@" + n] = values(type, static_cast<hsize_t>(H5Sget_simple_extent_npoints(space)),
                                   [&](void* to) { return H5Aread(a, type, to); });
    H5Sclose(space);
    H5Tclose(type);
    H5Aclose(a);
  }
}

inline herr_t add_object(hid_t file, const char* name, const H5O_info_t* info, void* to) {
  auto& out = *static_cast<Contents*>(to);
  const hid_t object = H5Oopen(file, name, H5P_DEFAULT);
  if (object < 0) {
    out[name] = "UNREADABLE";
    return 0;
  }
  add_attributes(object, name, out);
  out[name] = "group";
  if (info->type == H5O_TYPE_DATASET && H5Dget_storage_size(object) > 0) {
    const hid_t type = H5Dget_type(object), space = H5Dget_space(object);
    out[name] = values(type, static_cast<hsize_t>(H5Sget_simple_extent_npoints(space)),
                       [&](void* bytes) { return H5Dread(object, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes); });
    H5Sclose(space);
    H5Tclose(type);
  }
  H5Oclose(object);
  return 0;
}

// Digits of dates, and the numbers after "seconds": and "bytes":, as '#'.
inline std::string without_times(std::string text) {
  const auto digit = [&](std::size_t i) {
    return i < text.size() && std::isdigit(static_cast<unsigned char>(text[i]));
  };
  const std::string date = "dddd-dd-ddTdd:dd:dd";
  for (std::size_t i = 0; i + date.size() <= text.size(); ++i) {
    if (!digit(i)) continue;
    std::size_t k = 0;
    while (k < date.size() && (date[k] == 'd' ? digit(i + k) : text[i + k] == date[k])) ++k;
    if (k < date.size()) continue;
    while (k < 24 && (digit(i + k) || text[i + k] == '.')) ++k;
    for (std::size_t j = i; j < i + k; ++j)
      if (digit(j)) text[j] = '#';
  }
  for (const std::string key : {"\"seconds\":", "\"bytes\":"})
    for (auto at = text.find(key); at != std::string::npos; at = text.find(key, at + key.size())) {
      const auto from = at + key.size(), end = text.find_first_not_of("0123456789.e+-", from);
      text.replace(from, end - from, "#");
    }
  return text;
}

}  // namespace contents_detail

// Of an HDF5 file each object and attribute; of any other its text. A file that cannot be opened says so.
inline Contents contents_of(const std::filesystem::path& path) {
  Contents out;
  if (path.extension() != ".h5") {
    out[""] = contents_detail::without_times(read_text(path));
    return out;
  }
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  const hid_t file = H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
  if (file < 0) return {{"", "cannot be opened"}};
  if (H5Ovisit(file, H5_INDEX_NAME, H5_ITER_INC, contents_detail::add_object, &out) < 0)
    out[""] = "cannot be walked through";
  H5Fclose(file);
  return out;
}

// The names of what differs, a few of them; empty where the two are the same.
inline std::string difference(const Contents& a, const Contents& b) {
  std::string out;
  const auto add = [&](const std::string& name) {
    if (out.size() < 200) out += " " + (name.empty() ? "text" : name);
  };
  for (const auto& [name, value] : a)
    if (const auto it = b.find(name); it == b.end() || it->second != value) add(name);
  for (const auto& [name, value] : b)
    if (!a.contains(name)) add("no " + name);
  return out;
}

}  // namespace dosi::test_support
