// Broken and hostile inputs through the real program: each ends with the right exit code and a message that names
// what is wrong; nothing crashes, nothing is left under the final name. Cities start whole (make-city) and are then
// damaged with the HDF5 library itself.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <hdf5.h>
#include <hdf5_hl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmath>
#include <functional>
#include <map>

#include "tests/support/program.hpp"

namespace dosi {
namespace {

namespace fs = std::filesystem;
using test_support::Finished;
using test_support::run_program;
using test_support::Temp_folder;
using testing::AnyOf;
using testing::HasSubstr;

constexpr int kUsage = 2, kBadData = 65, kIo = 74, kStopped = 75;

// A minute is long enough for anything here; what hangs is killed and fails with code 137.
Finished run_dosi(std::vector<std::string> words) {
  words.insert(words.begin(), {"timeout", "-s", "KILL", "60", DOSI_PROGRAM});
  return run_program(words);
}

template <class T>
hid_t type_of();
template <>
hid_t type_of<double>() {
  return H5T_NATIVE_DOUBLE;
}
template <>
hid_t type_of<std::int32_t>() {
  return H5T_NATIVE_INT32;
}
template <>
hid_t type_of<std::int64_t>() {
  return H5T_NATIVE_INT64;
}
template <>
hid_t type_of<std::uint32_t>() {
  return H5T_NATIVE_UINT32;
}
template <>
hid_t type_of<std::uint64_t>() {
  return H5T_NATIVE_UINT64;
}

// An HDF5 file opened to do harm to it. Closing it closes every object, so identifiers need no owners.
class Damage {
 public:
  explicit Damage(const fs::path& path, bool create = false) {
    H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
    const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_fclose_degree(access, H5F_CLOSE_STRONG);
    H5Pset_libver_bounds(access, H5F_LIBVER_V18, H5F_LIBVER_LATEST);
    file_ = create ? H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access)
                   : H5Fopen(path.c_str(), H5F_ACC_RDWR, access);
    H5Pclose(access);
    EXPECT_GE(file_, 0) << path;
  }
  ~Damage() { H5Fclose(file_); }
  Damage(const Damage&) = delete;
  Damage& operator=(const Damage&) = delete;

  hid_t file() const { return file_; }
  void remove(const std::string& path) const { EXPECT_GE(H5Ldelete(file_, path.c_str(), H5P_DEFAULT), 0) << path; }

  // Changes the values of a dataset where they are.
  template <class T>
  void change(const std::string& path, const std::function<void(std::vector<T>&)>& f) const {
    const hid_t d = H5Dopen2(file_, path.c_str(), H5P_DEFAULT);
    ASSERT_GE(d, 0) << path;
    std::vector<T> values(static_cast<std::size_t>(H5Sget_simple_extent_npoints(H5Dget_space(d))));
    ASSERT_GE(H5Dread(d, type_of<T>(), H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()), 0);
    f(values);
    ASSERT_GE(H5Dwrite(d, type_of<T>(), H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()), 0);
  }

  // A dataset in the place of whatever is there. `dimension` is attached as its scale where one is given.
  hid_t replace(const std::string& path, hid_t type, const std::vector<hsize_t>& shape, const void* values,
                const std::string& dimension = "", hid_t creation = H5P_DEFAULT, std::vector<hsize_t> most = {}) const {
    if (H5Lexists(file_, path.c_str(), H5P_DEFAULT) > 0) remove(path);
    const hid_t space =
        H5Screate_simple(static_cast<int>(shape.size()), shape.data(), most.empty() ? nullptr : most.data());
    const hid_t d = H5Dcreate2(file_, path.c_str(), type, space, H5P_DEFAULT, creation, H5P_DEFAULT);
    EXPECT_GE(d, 0) << path;
    if (values != nullptr) {
      EXPECT_GE(H5Dwrite(d, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values), 0) << path;
    }
    if (!dimension.empty()) {
      EXPECT_GE(H5DSattach_scale(d, H5Dopen2(file_, dimension.c_str(), H5P_DEFAULT), 0), 0);
    }
    return d;
  }
  template <class T>
  void replace(const std::string& path, const std::vector<T>& values, const std::string& dimension = "") const {
    replace(path, type_of<T>(), {values.size()}, values.data(), dimension);
  }
  void set_rows(const std::string& layer, std::int64_t rows) const {
    const hid_t g = H5Gopen2(file_, layer.c_str(), H5P_DEFAULT);
    if (H5Aexists(g, "rows") > 0) H5Adelete(g, "rows");
    const hid_t a = H5Acreate2(g, "rows", H5T_NATIVE_INT64, H5Screate(H5S_SCALAR), H5P_DEFAULT, H5P_DEFAULT);
    EXPECT_GE(H5Awrite(a, H5T_NATIVE_INT64, &rows), 0) << layer;
  }
  std::size_t rows_of(const std::string& path) const {
    return static_cast<std::size_t>(
        H5Sget_simple_extent_npoints(H5Dget_space(H5Dopen2(file_, path.c_str(), H5P_DEFAULT))));
  }

 private:
  hid_t file_;
};

hid_t chunked(const std::vector<hsize_t>& chunk) {
  const hid_t p = H5Pcreate(H5P_DATASET_CREATE);
  H5Pset_chunk(p, static_cast<int>(chunk.size()), chunk.data());
  return p;
}

hid_t fixed_string(std::size_t size) {
  const hid_t t = H5Tcopy(H5T_C_S1);
  H5Tset_size(t, size);
  return t;
}

struct Broken : testing::Test {
  static void SetUpTestSuite() {
    suite_ = new Temp_folder;
    good_ = *suite_ / "good.h5";
    good_result_ = *suite_ / "good-result.h5";
    const auto made = run_dosi({"make-city", "--people", "20000", "--seed", "7", "--out", good_});
    ASSERT_EQ(made.code, 0) << made.err;
    const auto asked = run_dosi(
        {"access", "--city", good_, "--out", good_result_, "--origins", "dong", "--destinations", "hospitals"});
    ASSERT_EQ(asked.code, 0) << asked.err;
  }
  static void TearDownTestSuite() {
    delete suite_;
    suite_ = nullptr;
  }

  Broken() : city(folder / "city.h5"), out(folder / "out.h5") { fs::copy_file(good_, city); }

  std::vector<std::string> access(std::map<std::string, std::string> given = {}) const {
    std::map<std::string, std::string> all{
        {"city", city}, {"out", out}, {"origins", "dong"}, {"destinations", "hospitals"}};
    for (const auto& [k, v] : given) all[k] = v;
    std::vector<std::string> words{"access"};
    for (const auto& [k, v] : all) {
      words.push_back("--" + k);
      if (v != "<flag>") words.push_back(v);
    }
    return words;
  }

  // The command ends with `code`, says each of `words`, and leaves nothing under the final name.
  void refused(const std::vector<std::string>& command, int code, const std::vector<std::string>& words) const {
    const auto f = run_dosi(command);
    std::string line;
    for (const auto& w : command) line += w + " ";
    std::string wrong;
    if (f.code != code) wrong += "\n  code " + std::to_string(f.code) + ", expected " + std::to_string(code);
    for (const auto& w : words)
      if (f.err.find(w) == std::string::npos) wrong += "\n  does not say: " + w;
    if (f.err.find("internal error") != std::string::npos) wrong += "\n  calls itself an internal error";
    std::error_code none;
    for (const auto& left : {out, fs::path(out.string() + ".partial")})
      if (fs::remove(left, none)) wrong += "\n  left " + left.string();
    EXPECT_EQ(wrong, "") << line << "\n" << f.err;
  }
  void works(const std::vector<std::string>& command) const {
    const auto f = run_dosi(command);
    EXPECT_EQ(f.code, 0) << f.err;
  }
  // `dosi check` and a job say the same of a damaged city.
  void refused_everywhere(int code, const std::vector<std::string>& words,
                          std::map<std::string, std::string> given = {}) const {
    refused(access(std::move(given)), code, words);
    refused({"check", city}, code, words);
  }
  // The device that is always full, by a link: a program that replaces it does so here and not in /dev.
  fs::path full() const {
    std::error_code there;
    fs::create_symlink("/dev/full", folder / "full.h5", there);
    return folder / "full.h5";
  }
  fs::path plan(const std::string& text) const { return folder.write("plan.toml", text); }

  Temp_folder folder;
  fs::path city, out;
  static Temp_folder* suite_;
  static fs::path good_, good_result_;
};
Temp_folder* Broken::suite_ = nullptr;
fs::path Broken::good_, Broken::good_result_;

// ---- files that are not cities ----

TEST_F(Broken, CitiesCutShortAtAnyLength) {
  const auto whole = fs::file_size(city);
  for (const double share : {0.0, 0.0001, 0.01, 0.3, 0.7, 0.999}) {
    fs::copy_file(good_, city, fs::copy_options::overwrite_existing);
    fs::resize_file(city, static_cast<std::uintmax_t>(share * static_cast<double>(whole)));
    refused(access(), kBadData, {"city.h5", "HDF5"});
    refused({"check", city}, kBadData, {"city.h5"});
    refused({"info", city}, kBadData, {"city.h5"});
  }
}

TEST_F(Broken, ACityWhoseBytesAreOverwritten) {
  const auto size = fs::file_size(good_);
  for (const double at : {0.002, 0.1, 0.5, 0.9}) {
    fs::copy_file(good_, city, fs::copy_options::overwrite_existing);
    std::fstream f(city, std::ios::in | std::ios::out | std::ios::binary);
    f.seekp(static_cast<std::streamoff>(at * static_cast<double>(size)));
    f << std::string(4096, '\xA5');
    f.close();
    const auto done = run_dosi({"check", city});
    EXPECT_THAT(done.code, AnyOf(0, kBadData)) << at << ": " << done.err;  // 0: the bytes were free space, or values
    EXPECT_THAT(run_dosi(access()).code, AnyOf(0, kUsage, kBadData)) << at;
  }
}

TEST_F(Broken, Hdf5ThatIsNoCity) {
  { Damage(city, true).replace<double>("/x", {1, 2, 3}); }
  refused(access(), kBadData, {"city.h5", "not a city", "dosi_kind"});
  refused({"info", city}, kBadData, {"city.h5", "neither a city nor a result"});
}

TEST_F(Broken, AResultGivenAsCityAndTheReverse) {
  refused(access({{"city", good_result_}}), kBadData, {"good-result.h5", "is a result", "a city is needed"});
  refused({"report", city, "--out", folder / "page.html"}, kBadData, {"city.h5", "is a city", "a result is needed"});
  EXPECT_FALSE(fs::exists(folder / "page.html"));
}

TEST_F(Broken, TextAFolderAPipeAndNothingAsCity) {
  refused(access({{"city", folder.write("t.h5", "id,x,y\n1,2,3\n")}}), kBadData, {"t.h5", "not a readable HDF5 file"});
  refused(access({{"city", folder.path()}}), kIo, {"is a folder"});
  refused(access({{"city", folder / "none.h5"}}), kIo, {"none.h5", "no such file"});
  ASSERT_EQ(mkfifo((folder / "pipe.h5").c_str(), 0600), 0);
  refused(access({{"city", folder / "pipe.h5"}}), kIo, {"pipe.h5", "not a regular file"});
}

// ---- layers whose contents are wrong ----

TEST_F(Broken, ALayerWithWrongTypes) {
  {
    Damage d(city);
    const auto n = d.rows_of("/points/hospitals/x");
    d.replace<std::int32_t>("/points/hospitals/x", std::vector<std::int32_t>(n, 1));
  }
  refused_everywhere(kBadData, {"city.h5", "/points/hospitals/x", "int32", "float64"});
  fs::copy_file(good_, city, fs::copy_options::overwrite_existing);
  {
    Damage d(city);
    const auto n = d.rows_of("/points/hospitals/y");
    d.replace("/points/hospitals/y", fixed_string(4), {n}, std::string(4 * n, 'a').data());
  }
  refused_everywhere(kBadData, {"city.h5", "/points/hospitals/y", "string[4]", "float64"});
  fs::copy_file(good_, city, fs::copy_options::overwrite_existing);
  {
    Damage d(city);
    const hid_t text = H5Tcopy(H5T_C_S1);
    H5Tset_size(text, H5T_VARIABLE);
    const std::vector<const char*> values(d.rows_of("/points/hospitals/x"), "a");
    d.replace("/points/hospitals/name", text, {values.size()}, values.data(), "/points/hospitals/point");
  }
  refused_everywhere(kBadData, {"/points/hospitals/name", "fixed-length string"});
}

TEST_F(Broken, LayersFromOtherPrograms) {  // allowed: another byte order, ASCII text, padding with blanks
  {
    Damage d(city);
    std::vector<double> x;
    d.change<double>("/points/hospitals/x", [&](auto& v) { x = v; });
    const auto n = x.size();
    const hid_t packed = chunked({n});
    H5Pset_shuffle(packed);
    H5Pset_deflate(packed, 1);
    const hid_t dataset =
        d.replace("/points/hospitals/x", H5T_IEEE_F64BE, {n}, nullptr, "/points/hospitals/point", packed);
    ASSERT_GE(H5Dwrite(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, x.data()), 0);
    const hid_t text = fixed_string(8);
    H5Tset_strpad(text, H5T_STR_SPACEPAD);
    std::string names;
    for (std::size_t i = 0; i < n; ++i) names += "clinic  ";
    d.replace("/points/hospitals/name", text, {n}, names.data(), "/points/hospitals/point", packed);
  }
  works(access());
  works({"check", city});
  Damage r(out);
  std::vector<double> there, here;
  r.change<double>("/destinations/x", [&](auto& v) { there = v; });
  Damage(good_result_).change<double>("/destinations/x", [&](auto& v) { here = v; });
  EXPECT_EQ(there, here);
}

TEST_F(Broken, CoordinatesThatAreNoPlaces) {
  Damage(city).change<double>("/points/hospitals/x", [](auto& v) { v[1] = std::nan(""); });
  refused_everywhere(kBadData, {"city.h5", "/points/hospitals", "row 1", "finite"});
  Damage(city).change<double>("/points/hospitals/x", [](auto& v) { v[1] = 1e300; });
  refused_everywhere(kBadData, {"city.h5", "/points/hospitals", "row 1", "1e+300", "metres"});
  fs::copy_file(good_, city, fs::copy_options::overwrite_existing);
  Damage(city).change<double>("/network/streets/y", [](auto& v) { v[5] = -INFINITY; });
  refused_everywhere(kBadData, {"city.h5", "/network/streets", "node 5"});
}

TEST_F(Broken, ZonesWhoseRingsDoNotRise) {
  Damage(city).change<std::uint64_t>("/zones/dong/ring_first", [](auto& v) { v[1] = 1u << 20; });
  refused_everywhere(kBadData, {"city.h5", "/zones/dong", "ring_first must rise"});
  fs::copy_file(good_, city, fs::copy_options::overwrite_existing);
  Damage(city).change<std::uint64_t>("/zones/dong/vertex_first", [](auto& v) { std::swap(v[1], v[2]); });
  refused_everywhere(kBadData, {"/zones/dong", "vertex_first must rise"});
}

TEST_F(Broken, ZonesWhosePartsDoNotFit) {
  {
    Damage d(city);
    std::uint64_t vertices = d.rows_of("/zones/dong/x");
    d.replace<std::uint64_t>("/zones/dong/vertex_first", {0, vertices});
  }
  refused_everywhere(kBadData, {"/zones/dong", "vertex_first", "rings"});
  fs::copy_file(good_, city, fs::copy_options::overwrite_existing);
  Damage(city).change<std::uint64_t>("/zones/dong/ring_first", [](auto& v) { v[1] = 0; });
  refused_everywhere(kBadData, {"/zones/dong", "zone 0", "no ring"});
  fs::copy_file(good_, city, fs::copy_options::overwrite_existing);
  Damage(city).change<double>("/zones/dong/x", [](auto& v) { v[0] += 50; });
  refused_everywhere(kBadData, {"/zones/dong", "ring 0", "closed"});
}

TEST_F(Broken, ZonesWithoutArea) {  // no error: their people start from somewhere all the same
  Damage(city).change<double>("/zones/dong/y", [](auto& v) { std::fill(v.begin(), v.end(), 550000.0); });
  for (const char* sample : {"streets", "centroid"}) works(access({{"sample", sample}, {"out", folder / sample}}));
}

TEST_F(Broken, RowsThatAreNotThere) {
  for (const std::int64_t rows : {std::int64_t{-1}, std::int64_t{1}, std::int64_t{1} << 60}) {
    fs::copy_file(good_, city, fs::copy_options::overwrite_existing);
    Damage(city).set_rows("/points/wifi", rows);
    refused_everywhere(kBadData, {"city.h5", "/points/wifi", "rows"}, {{"origins", "wifi"}});
    fs::copy_file(good_, city, fs::copy_options::overwrite_existing);
    Damage(city).set_rows("/zones/dong", rows);
    refused_everywhere(kBadData, {"city.h5", "/zones/dong", "rows"});
  }
  fs::copy_file(good_, city, fs::copy_options::overwrite_existing);
  Damage(city).replace<double>("/points/wifi/x", std::vector<double>(3, 200000.0));
  Damage(city).replace<double>("/points/wifi/y", std::vector<double>(3, 550000.0));
  refused_everywhere(kBadData, {"/points/wifi", "rows"}, {{"origins", "wifi"}});
}

TEST_F(Broken, EmptyLayers) {
  {
    Damage d(city);
    for (const char* v : {"x", "y"}) d.replace<double>(std::string("/points/parks/") + v, std::vector<double>{});
    for (const char* v : {"name", "name_ko", "area_m2", "point"}) d.remove(std::string("/points/parks/") + v);
    const hid_t scale = d.replace("/points/parks/point", H5T_IEEE_F32BE, {0}, nullptr);
    H5DSset_scale(scale, "This is a netCDF dimension but not a netCDF variable.         0");
    d.set_rows("/points/parks", 0);
  }
  refused(access({{"destinations", "parks"}}), kBadData, {"city.h5", "points:parks", "empty", "nowhere to go"});
  refused(access({{"origins", "parks"}}), kBadData, {"city.h5", "points:parks", "empty", "nobody to start"});
  works({"check", city});
}

TEST_F(Broken, NetworksThatCannotBe) {
  Damage(city).change<double>("/network/streets/arc_length", [](auto& v) { v[3] = -1; });
  refused_everywhere(kBadData, {"city.h5", "/network/streets", "arc 3", "length -1 m", "0 or more"});
  fs::copy_file(good_, city, fs::copy_options::overwrite_existing);
  Damage(city).change<std::uint32_t>("/network/streets/arc_head", [](auto& v) { v[4] = 4'000'000'000u; });
  refused_everywhere(kBadData, {"/network/streets", "arc 4", "4000000000", "nodes"});
  fs::copy_file(good_, city, fs::copy_options::overwrite_existing);
  Damage(city).change<std::uint32_t>("/network/streets/arc_tail", [](auto& v) { std::reverse(v.begin(), v.end()); });
  refused_everywhere(kBadData, {"/network/streets", "sorted by tail"});
  fs::copy_file(good_, city, fs::copy_options::overwrite_existing);
  Damage(city).replace<std::uint32_t>("/network/streets/time_walk", {1, 2, 3});
  refused_everywhere(kBadData, {"/network/streets", "time_walk has 3 rows"});
  fs::copy_file(good_, city, fs::copy_options::overwrite_existing);
  for (const char* mode : {"walk", "bicycle", "drive"})
    Damage(city).remove(std::string("/network/streets/time_") + mode);
  refused_everywhere(kBadData, {"/network/streets", "no travel times"});
}

TEST_F(Broken, ANetworkWithNoStreetForTheMode) {
  Damage(city).change<std::uint32_t>("/network/streets/time_walk",
                                     [](auto& v) { std::fill(v.begin(), v.end(), 0xFFFFFFFFu); });
  refused(access(), kBadData, {"streets", "no street", "walk"});
  Damage(city).remove("/network/streets/time_bicycle");
  refused(access({{"mode", "bicycle"}}), kUsage, {"mode", "bicycle", "it has: drive, walk"});
  Damage(city).remove("/network");
  refused(access(), kUsage, {"no network layer", "dosi import network"});
}

TEST_F(Broken, AmountsThatCannotBeSummed) {
  Damage(city).change<std::int64_t>("/points/hospitals/beds", [](auto& v) { v[0] = -5; });
  refused(access({{"opportunities", "beds"}}), kBadData, {"city.h5", "hospitals", "beds", "row 0: -5", "0 or more"});
  refused(access({{"supply", "beds"}}), kBadData, {"beds", "row 0: -5"});
  const auto n = Damage(city).rows_of("/points/hospitals/x");
  Damage(city).replace<double>("/points/hospitals/beds", std::vector<double>(n, 1.7e308), "/points/hospitals/point");
  refused(access({{"opportunities", "beds"}}), kBadData, {"hospitals", "beds", "sum"});
}

TEST_F(Broken, ColumnsThatAreTextOrMissing) {
  refused(access({{"groups", "name_ko"}}), kUsage, {"groups", "name_ko", "text", "numbers are needed"});
  refused(access({{"groups", "resident"}}), kUsage, {"no column 'resident'", "residents", "households"});
  refused(access({{"opportunities", "doctors"}}), kUsage, {"no column 'doctors'", "beds"});
  refused(access({{"zone-label", "nothing"}}), kUsage, {"no column 'nothing'", "name_ko"});
  refused(access({{"destinations", "hospital"}}), kUsage, {"no layer 'hospital'", "did you mean hospitals?"});
}

// ---- HDF5 that promises or points elsewhere ----

TEST_F(Broken, HeadersThatPromiseTooMuch) {
  const hsize_t huge = 1'000'000'000'000;
  {
    Damage d(city);
    d.replace("/points/hospitals/x", H5T_NATIVE_DOUBLE, {huge}, nullptr, "", chunked({1u << 17}));
  }
  refused_everywhere(kBadData, {"city.h5", "/points/hospitals/x", "promises"});
  fs::copy_file(good_, city, fs::copy_options::overwrite_existing);
  {
    Damage d(city);
    const hsize_t n = d.rows_of("/points/hospitals/y");
    d.replace("/points/hospitals/x", H5T_NATIVE_DOUBLE, {n}, nullptr, "", chunked({(hsize_t{1} << 29) - 1}),
              {H5S_UNLIMITED});
  }
  refused_everywhere(kBadData, {"city.h5", "/points/hospitals/x", "chunk", "MiB"});
  fs::copy_file(good_, city, fs::copy_options::overwrite_existing);
  {
    Damage d(city);
    const hid_t big = fixed_string(std::size_t{1} << 31);
    d.replace("/points/hospitals/name", big, {d.rows_of("/points/hospitals/y")}, nullptr, "/points/hospitals/point");
  }
  refused_everywhere(kBadData, {"/points/hospitals/name", "promises"});
}

// A dimension holds no values and may be of any length: nothing goes through it, and nothing is read from it.
TEST_F(Broken, DimensionsThatPromiseTooMuch) {
  const auto damage = [&](const std::string& name) {
    const Damage d(city);
    const hid_t x =
        d.replace("/points/hospitals/" + name, H5T_NATIVE_DOUBLE, {hsize_t{1} << 40}, nullptr, "", chunked({4}));
    const hsize_t at = 0;
    const double values[4] = {};
    ASSERT_GE(H5Dwrite_chunk(x, H5P_DEFAULT, 0, &at, sizeof values, values), 0);
    ASSERT_GE(H5DSset_scale(x, "This is a netCDF dimension but not a netCDF variable."), 0);
  };
  damage("extra");
  works({"check", city});
  const auto csv = folder.write("p.csv", "name,x,y\na,200000,550000\n");
  if (run_dosi({"import", "points", "--help"}).code == 0)
    works({"import", "points", "--city", city, "--name", "new", "--file", csv, "--crs", "EPSG:5186"});
  damage("x");
  refused_everywhere(kBadData, {"city.h5", "/points/hospitals/x", "values are needed"});
}

TEST_F(Broken, DataThatIsElsewhere) {
  const auto secret = folder.write("secret.bin", std::string(1024, 's'));
  {
    Damage d(city);
    const hid_t p = H5Pcreate(H5P_DATASET_CREATE);
    const auto n = d.rows_of("/points/hospitals/y");
    H5Pset_external(p, secret.c_str(), 0, n * 8);
    d.replace("/points/hospitals/x", H5T_NATIVE_DOUBLE, {n}, nullptr, "", p);
  }
  refused_everywhere(kBadData, {"/points/hospitals/x", "another file"});
  fs::copy_file(good_, city, fs::copy_options::overwrite_existing);
  {
    Damage d(city);
    const hsize_t n = d.rows_of("/points/hospitals/y");
    const hid_t p = H5Pcreate(H5P_DATASET_CREATE), space = H5Screate_simple(1, &n, nullptr);
    H5Pset_virtual(p, space, good_.c_str(), "/points/hospitals/x", space);
    d.replace("/points/hospitals/x", H5T_NATIVE_DOUBLE, {n}, nullptr, "", p);
  }
  refused_everywhere(kBadData, {"/points/hospitals/x", "virtual dataset"});
}

TEST_F(Broken, LinksInPlaceOfLayers) {
  {
    Damage d(city);
    d.remove("/points/hospitals");
    H5Lcreate_external(good_.c_str(), "/points/hospitals", d.file(), "/points/hospitals", H5P_DEFAULT, H5P_DEFAULT);
  }
  refused_everywhere(kBadData, {"city.h5", "/points/hospitals", "external link"});
  fs::copy_file(good_, city, fs::copy_options::overwrite_existing);
  {
    Damage d(city);
    d.remove("/points/hospitals");
    H5Lcreate_soft("/points/parks", d.file(), "/points/hospitals", H5P_DEFAULT, H5P_DEFAULT);
    d.remove("/points/parks");
    H5Lcreate_soft("/points/hospitals", d.file(), "/points/parks", H5P_DEFAULT, H5P_DEFAULT);
  }
  refused_everywhere(kBadData, {"city.h5", "/points/", "soft link"});
}

TEST_F(Broken, AGroupThatContainsItself) {
  {
    Damage d(city);
    H5Lcreate_hard(d.file(), "/points/hospitals", d.file(), "/points/hospitals/inside", H5P_DEFAULT, H5P_DEFAULT);
  }
  works(access());
  fs::remove(out);
  works({"check", city});
  const auto csv = folder.write("p.csv", "name,x,y\na,200000,550000\n");
  refused({"import", "points", "--city", city, "--name", "new", "--file", csv, "--crs", "EPSG:5186"}, kBadData,
          {"nested"});
  works({"check", city});
}

TEST_F(Broken, FiltersThatNobodyKnows) {
  {
    Damage d(city);
    const hsize_t n = d.rows_of("/points/hospitals/y");
    const hid_t p = chunked({n});
    H5Pset_filter(p, 31999, H5Z_FLAG_OPTIONAL, 0, nullptr);
    const hid_t x = d.replace("/points/hospitals/x", H5T_NATIVE_DOUBLE, {n}, nullptr, "", p);
    const std::vector<double> values(n, 200000.0);
    const hsize_t at = 0;
    ASSERT_GE(H5Dwrite_chunk(x, H5P_DEFAULT, 0, &at, n * 8, values.data()), 0);
  }
  refused_everywhere(kBadData, {"/points/hospitals/x", "filter", "31999"});
}

TEST_F(Broken, DimensionsThatAreNoReferences) {
  for (const char* name : {"DIMENSION_LIST", "CLASS"}) {
    fs::copy_file(good_, city, fs::copy_options::overwrite_existing);
    {
      Damage d(city);
      const hid_t beds = H5Dopen2(d.file(), "/points/hospitals/beds", H5P_DEFAULT);
      if (H5Aexists(beds, name) > 0) H5Adelete(beds, name);
      const hsize_t two = 2;
      const std::int64_t values[] = {-1, -1};
      const hid_t a =
          H5Acreate2(beds, name, H5T_NATIVE_INT64, H5Screate_simple(1, &two, nullptr), H5P_DEFAULT, H5P_DEFAULT);
      ASSERT_GE(H5Awrite(a, H5T_NATIVE_INT64, values), 0);
    }
    const auto done = run_dosi(access({{"opportunities", "beds"}, {"out", folder / name}}));
    EXPECT_THAT(done.code, AnyOf(0, kUsage, kBadData)) << name << ": " << done.err;
    EXPECT_THAT(run_dosi({"check", city}).code, AnyOf(0, kBadData)) << name;
  }
}

TEST_F(Broken, AttributesThatAreWrong) {
  {
    Damage d(city);
    H5Adelete(d.file(), "dosi_schema");
    const hid_t a =
        H5Acreate2(d.file(), "dosi_schema", H5T_NATIVE_INT32, H5Screate(H5S_SCALAR), H5P_DEFAULT, H5P_DEFAULT);
    const std::int32_t future = 99;
    H5Awrite(a, H5T_NATIVE_INT32, &future);
  }
  refused(access(), kBadData, {"city schema 99", "schema 1"});
  fs::copy_file(good_, city, fs::copy_options::overwrite_existing);
  Damage(city).remove("/crs");
  refused(access(), kBadData, {"city.h5", "crs"});
}

TEST_F(Broken, ADamagedChunkIsFound) {
  ASSERT_EQ(run_dosi({"make-city", "--people", "30000", "--overwrite", "--out", city}).code, 0);
  {
    Damage d(city);
    const hid_t x = H5Dopen2(d.file(), "/points/buildings/x", H5P_DEFAULT);
    const hsize_t at = 0;
    const std::string noise(5000, '\x5A');
    ASSERT_GE(H5Dwrite_chunk(x, H5P_DEFAULT, 0, &at, noise.size(), noise.data()), 0);
  }
  refused({"check", city}, kBadData, {"city.h5", "/points/buildings/x", "damaged"});
  refused(access({{"origins", "buildings"}}), kBadData, {"city.h5", "/points/buildings/x", "damaged"});
}

TEST_F(Broken, AResultThatIsDamaged) {
  const auto broken = folder / "r.h5";
  fs::copy_file(good_result_, broken);
  {
    Damage d(broken);
    const hid_t a = H5Aopen(d.file(), "complete", H5P_DEFAULT);
    const std::int64_t no = 0;
    H5Awrite(a, H5T_NATIVE_INT64, &no);
  }
  refused({"check", broken}, kBadData, {"r.h5", "not complete"});
  for (const char* text : {"[1,2]", "{\"fingerprint\":5}", "nonsense"}) {
    fs::copy_file(good_result_, broken, fs::copy_options::overwrite_existing);
    {
      Damage d(broken);
      for (const char* name : {"provenance", "summary"}) {
        H5Adelete(d.file(), name);
        const hid_t type = fixed_string(std::string(text).size());
        H5Awrite(H5Acreate2(d.file(), name, type, H5Screate(H5S_SCALAR), H5P_DEFAULT, H5P_DEFAULT), type, text);
      }
    }
    const auto info = run_dosi({"info", broken});
    EXPECT_THAT(info.code, AnyOf(0, kBadData)) << info.err;
    EXPECT_THAT(info.out + info.err, HasSubstr("r.h5"));
    const auto again = run_dosi(access({{"out", broken}}));
    EXPECT_EQ(again.code, kUsage) << again.err;
    EXPECT_THAT(again.err, HasSubstr("--overwrite"));
  }
}

TEST_F(Broken, AResultWhoseColumnsDoNotFitItsTable) {
  const auto broken = folder / "r.h5", page = folder / "page.html";
  fs::copy_file(good_result_, broken);
  Damage(broken).replace<double>("/zones/people", {1, 2}, "/zones/zone");
  refused({"report", broken, "--out", page}, kBadData, {"r.h5", "/zones/people", "2 rows"});
  EXPECT_FALSE(fs::exists(page));
}

// ---- plans ----

TEST_F(Broken, PlansThatAreWrong) {
  const std::string job = "[[job]]\nname = \"a\"\njob = \"access\"\norigins = \"dong\"\ndestinations = \"parks\"\n";
  const std::string head = "city = \"city.h5\"\n";
  const auto run = [&](const std::string& text, int code, const std::vector<std::string>& words) {
    SCOPED_TRACE(text);
    refused({"run", plan(text)}, code, words);
    EXPECT_FALSE(fs::exists(folder / "results" / "a.h5"));
  };
  run(head + job +
          "needs = [\"b\"]\n[[job]]\nname = \"b\"\njob = \"access\"\norigins = \"dong\"\ndestinations = "
          "\"parks\"\nneeds = [\"a\"]\n",
      kUsage, {"plan.toml", "circle", "a needs b needs a"});
  run(head + "citty = \"x\"\n" + job, kUsage, {"plan.toml", "line 2", "citty", "did you mean city"});
  run(head + job + "cutofs = [5]\n", kUsage, {"cutofs", "did you mean cutoffs"});
  run(head + job + "limit = nan\n", kUsage, {"limit", "nan"});
  run(head + job + "cutoffs = [5, nan]\n", kUsage, {"cutoffs"});
  run(head + job + "nearest = 1000\n", kUsage, {"nearest: 1000 is out of range", "at most 64"});
  run(head + job + "nearest = { a = 1 }\n", kUsage, {"nearest"});
  run(head + "[[job]]\nname = \"a\"\njob = \"acess\"\n", kUsage, {"no job is called 'acess'; did you mean access?"});
  run("city = \"none.h5\"\n" + job, kIo, {"none.h5", "no such city", "plan.toml"});
  run(job, kUsage, {"city is missing"});
  run(head + "[[job]\n", kUsage, {"plan.toml", "line 2"});
  run(head + std::string("x = \"\xFF\xFE\"\n"), kUsage, {"plan.toml", "line"});
  run(head + "[[job]]\nname = \"../evil\"\njob = \"access\"\norigins = \"dong\"\ndestinations = \"parks\"\n", kUsage,
      {"'../evil' cannot name a result"});
  run(head + job + job, kUsage, {"a job 'a' is there already"});
  run(head, kUsage, {"has no [[job]]"});
  run(head + job + "needs = [\"z\"]\n", kUsage, {"needs 'z'", "not in the plan"});
  refused({"run", folder / "none.toml"}, kIo, {"none.toml", "no such file"});
  EXPECT_FALSE(fs::exists(folder.path().parent_path() / "evil.h5"));
}

TEST_F(Broken, AJobThatFailsStopsOnlyThoseThatNeedIt) {
  const auto text = plan(R"(city = "city.h5"
[[job]]
name = "bad"
job = "access"
origins = "dong"
destinations = "parks"
groups = ["nobody"]
[[job]]
name = "after"
job = "access"
needs = ["bad"]
origins = "dong"
destinations = "parks"
[[job]]
name = "good"
job = "access"
origins = "dong"
destinations = "parks"
)");
  refused({"run", text}, kUsage, {"has no column 'nobody'", "after: not run, because 'bad' failed", "2 of 3 jobs"});
  EXPECT_TRUE(fs::exists(folder / "results" / "good.h5"));
  EXPECT_FALSE(fs::exists(folder / "results" / "after.h5"));
}

// ---- the command line ----

TEST_F(Broken, ParametersThatAreWrong) {
  refused(access({{"nearst", "3"}}), kUsage, {"--nearst"});
  refused(access({{"nearest", "65"}}), kUsage, {"nearest: 65 is out of range", "at most 64"});
  refused(access({{"nearest", "1.5"}}), kUsage, {"nearest", "'1.5'", "whole number"});
  refused(access({{"cutoffs", "5,zehn"}}), kUsage, {"cutoffs", "'zehn' is not a number"});
  refused(access({{"cutoffs", "10,5"}}), kUsage, {"cutoffs", "ascend"});
  refused(access({{"limit", "nan"}}), kUsage, {"limit", "'nan' is not a number"});
  refused(access({{"mode", "fly"}}), kUsage, {"mode", "'fly'", "walk, bicycle, drive"});
  refused(access({{"decay", "cubic"}}), kUsage, {"decay", "cubic", "gaussian"});
  refused(access({{"groups", "residents,residents"}}), kUsage, {"groups", "residents", "twice"});
  refused(access({{"supply", "beds"}, {"demand", "age_65_up"}, {"groups", "residents"}}), kUsage,
          {"demand", "age_65_up", "not one of the groups"});
  refused(access({{"network", "rails"}}), kUsage, {"no layer 'rails'", "network:streets"});
  refused(access({{"threads", "-1"}}), kUsage, {"threads"});
  refused({"access"}, kUsage, {"--city"});
  refused({"acess"}, kUsage, {"'acess' is not a command", "did you mean access?"});
  refused({}, kUsage, {"subcommand"});
  refused({"describe", "weather"}, kUsage, {"weather", "access"});
}

TEST_F(Broken, DevicesThatAreNotThere) {
  const auto devices = run_dosi({"devices"});
  refused(access({{"device", "cuda:99"}}), kUsage, {"device", "cuda:99"});
  refused(access({{"device", "cuda:99999999999"}}), kUsage, {"device", "cuda:99999999999"});
  refused(access({{"device", "tpu"}}), kUsage, {"device", "tpu", "auto, cpu, cuda, cuda:N"});
  if (devices.out.find("cuda    none") == std::string::npos) GTEST_SKIP() << "this machine has a CUDA device";
  refused(access({{"device", "cuda"}}), kUsage, {"device: cuda was asked for, but"});
}

TEST_F(Broken, MakeCityThatCannotBe) {
  refused({"make-city", "--people", "5", "--out", out}, kUsage, {"--people 5", "20000"});
  refused({"make-city", "--people", "many", "--out", out}, kUsage, {"--people"});
  refused({"make-city", "--people", "20000", "--extent", "nan", "--out", out}, kUsage, {"--extent"});
  refused({"make-city", "--people", "20000", "--out", folder / "no" / "c.h5"}, kIo, {"no/c.h5"});
  const auto exists = run_dosi({"make-city", "--people", "20000", "--out", city});
  EXPECT_EQ(exists.code, kUsage);
  EXPECT_THAT(exists.err, HasSubstr("--overwrite"));
  refused({"make-city", "--people", "20000", "--out", "/dev/full"}, kUsage, {"/dev/full", "not a regular file"});
  refused({"make-city", "--people", "20000", "--overwrite", "--out", full()}, kUsage,
          {"full.h5", "not a regular file"});
  EXPECT_TRUE(fs::is_symlink(full()));
}

// ---- where results go ----

TEST_F(Broken, NamesOfAnyKindWork) {
  for (const std::string name : {"a 'quote'.h5", "a \"double\" $HOME `x`.h5", "with space.h5", "new\nline.h5",
                                 "한글 도시.h5", "-dash.h5", "#% ;&.h5", "cp949 \xBC\xAD\xBF\xEF.h5"}) {
    SCOPED_TRACE(name);
    const auto c = folder / name, r = folder / ("결과 " + name);
    fs::copy_file(good_, c);
    works(access({{"city", c}, {"out", r}}));
    works({"check", r});
    works({"info", r});
    const auto json = run_dosi({"info", "--json", r});
    EXPECT_EQ(json.code, 0) << json.err;
    EXPECT_THAT(json.out, HasSubstr("fingerprint"));
    const auto again = run_dosi(access({{"city", c}, {"out", r}}));
    EXPECT_EQ(again.code, 0) << again.err;
    EXPECT_THAT(again.err, HasSubstr("is there already"));
  }
}

TEST_F(Broken, FoldersThatCannotBeWrittenTo) {
  refused(access({{"out", folder / "no" / "r.h5"}}), kIo, {"r.h5", "does not exist"});
  refused(access({{"out", city / "r.h5"}}), kIo, {"r.h5", "does not exist"});
  fs::create_directories(folder / "dir");
  refused(access({{"out", folder / "dir"}}), kUsage, {"dir", "not a regular file"});
  refused(access({{"out", folder / "dir"}, {"overwrite", "<flag>"}}), kUsage, {"dir", "not a regular file"});
  folder.write("r.h5.work", "a file where the folder of the ledger goes");
  refused(access({{"out", folder / "r.h5"}}), kIo, {"r.h5.work"});
  if (geteuid() == 0) return;  // root may write anywhere
  fs::create_directories(folder / "locked");
  fs::permissions(folder / "locked", fs::perms::owner_read | fs::perms::owner_exec);
  refused(access({{"out", folder / "locked" / "r.h5"}}), kIo, {"locked", "ermission"});
  fs::permissions(folder / "locked", fs::perms::owner_all);
}

TEST_F(Broken, DevicesAsOutput) {
  refused(access({{"out", "/dev/full"}}), kUsage, {"/dev/full", "not a regular file"});
  refused(access({{"out", full()}, {"overwrite", "<flag>"}}), kUsage, {"full.h5", "not a regular file"});
  EXPECT_TRUE(fs::is_symlink(full()));
  EXPECT_FALSE(fs::exists(full().string() + ".work"));
  EXPECT_FALSE(fs::exists(full().string() + ".partial"));
}

TEST_F(Broken, ADiskThatIsFull) {  // a limit on the size of files stands in for it
  for (const char* blocks : {"1", "40", "200"}) {
    const auto limited = [&](std::vector<std::string> words) {
      words.insert(words.begin(), {"sh", "-c", std::string("ulimit -f ") + blocks + "; exec \"$@\"", "sh", "timeout",
                                   "-s", "KILL", "60", DOSI_PROGRAM});
      return run_program(words);
    };
    const auto made = limited({"make-city", "--people", "20000", "--out", out});
    EXPECT_EQ(made.code, kIo) << blocks << ": " << made.err;
    EXPECT_THAT(made.err, HasSubstr("out.h5"));
    EXPECT_FALSE(fs::exists(out));
    EXPECT_FALSE(fs::exists(out.string() + ".partial"));
    const auto asked = limited(access({{"matrix", "<flag>"}, {"destinations", "buildings"}}));
    EXPECT_EQ(asked.code, kIo) << blocks << ": " << asked.err;
    EXPECT_FALSE(fs::exists(out));
  }
  works(access({{"matrix", "<flag>"}, {"destinations", "buildings"}}));  // with room, the same command continues
}

TEST_F(Broken, PagesAndExportsThatCannotBeWritten) {
  const auto page = folder / "page.html";
  refused({"report", good_result_, "--out", folder / "no" / "page.html"}, kIo, {"page.html"});
  refused({"report", folder / "none.h5", "--out", page}, kIo, {"none.h5", "no such file"});
  EXPECT_FALSE(fs::exists(page));
  // What is there already is no page: it stays.
  const auto before = test_support::read_text(city);
  refused({"report", good_result_, "--out", city}, kUsage, {"city.h5", "HDF5"});
  refused({"report", good_result_, "--out", full()}, kUsage, {"full.h5", "not a regular file"});
  EXPECT_EQ(test_support::read_text(city), before);
  EXPECT_TRUE(fs::is_symlink(full()));
  if (run_dosi({"export", "--help"}).code != 0) GTEST_SKIP() << "built without GDAL";
  refused({"export", good_result_, "--out", folder / "x.xyz"}, kUsage, {".xyz", ".gpkg"});
  refused({"export", good_result_, "--out", folder / "x.csv", "--table", "none"}, kUsage,
          {"no table 'none'", "origins"});
  fs::create_symlink("/dev/full", folder / "full.csv");
  refused({"export", good_result_, "--table", "city", "--overwrite", "--out", folder / "full.csv"}, kUsage,
          {"full.csv", "not a regular file"});
  for (const char* name : {"big.gpkg", "big.geojson", "big.csv", "big.html"}) {  // a disk that is full
    const auto to = folder / name;
    const bool is_page = to.extension() == ".html";
    std::vector<std::string> words{"sh",         "-c",         "ulimit -f 10; exec \"$@\"",
                                   "sh",         DOSI_PROGRAM, is_page ? "report" : "export",
                                   good_result_, "--out",      to};
    if (!is_page) words.insert(words.end(), {"--table", name == std::string("big.csv") ? "origins" : "zones"});
    const auto f = run_program(words);
    EXPECT_EQ(f.code, kIo) << name << ": " << f.err;
    EXPECT_THAT(f.err, HasSubstr(name));
    EXPECT_FALSE(fs::exists(to)) << name;
  }
}

TEST_F(Broken, StandardOutputThatIsFull) {
  const auto f = run_program({"sh", "-c", "exec \"$@\" > /dev/full", "sh", DOSI_PROGRAM, "info", city});
  EXPECT_EQ(f.code, kIo) << f.err;
  EXPECT_THAT(f.err, HasSubstr("No space left"));
}

TEST_F(Broken, AResultThatIsThereIsNotOverwritten) {
  works(access());
  const auto before = test_support::read_text(out);
  const auto other = run_dosi(access({{"nearest", "2"}}));
  EXPECT_EQ(other.code, kUsage);
  EXPECT_THAT(other.err, HasSubstr("other parameters"));
  EXPECT_THAT(other.err, HasSubstr("--overwrite"));
  EXPECT_EQ(test_support::read_text(out), before);
  works(access({{"limit", "15.0"}, {"cutoffs", "10"}, {"threads", "1"}}));  // the defaults, written out
  EXPECT_EQ(test_support::read_text(out), before);
  works(access({{"nearest", "2"}, {"overwrite", "<flag>"}}));
  EXPECT_NE(test_support::read_text(out), before);
}

TEST_F(Broken, ACityIsNeverOverwrittenByAResult) {
  const auto before = test_support::read_text(city);
  for (const fs::path& target : {city, folder / "." / "city.h5"}) {
    const auto f = run_dosi(access({{"out", target}, {"overwrite", "<flag>"}}));
    EXPECT_EQ(f.code, kUsage) << f.err;
    EXPECT_THAT(f.err, HasSubstr("is a city"));
    EXPECT_EQ(test_support::read_text(city), before);
  }
  const auto other = folder / "other.h5";
  fs::copy_file(good_, other);
  EXPECT_EQ(run_dosi(access({{"out", other}, {"overwrite", "<flag>"}})).code, kUsage);
  EXPECT_EQ(test_support::read_text(other), before);
}

TEST_F(Broken, ALedgerOfGarbage) {
  const std::vector<std::string> ledgers{"",
                                         "garbage\n\xFF\x00",
                                         "42\n",
                                         "[]\n",
                                         "\"text\"\n",
                                         "null\n",
                                         "{\"fingerprint\":5,\"rows\":\"x\"}\n",
                                         "{\"fingerprint\":null}\n{\"tile\":-1}\n",
                                         "{\"rows\":-1,\"rows_a_tile\":0}\n"};
  for (std::size_t i = 0; i < ledgers.size(); ++i) {
    SCOPED_TRACE(ledgers[i]);
    const auto r = folder / ("r" + std::to_string(i) + ".h5");
    fs::create_directories(r.string() + ".work");
    std::ofstream(r.string() + ".work/ledger.jsonl") << ledgers[i];
    std::ofstream(r.string() + ".work/tile-000000.h5") << "no shard";
    works(access({{"out", r}}));
    EXPECT_FALSE(fs::exists(r.string() + ".work"));
  }
  fs::create_directories(folder / "d.h5.work" / "ledger.jsonl");
  refused(access({{"out", folder / "d.h5"}}), kIo, {"ledger.jsonl"});
}

// The first line of a ledger as the program itself would write it, then lies.
TEST_F(Broken, ALedgerThatLies) {
  const auto work = fs::path(out.string() + ".work");
  const auto limited =
      run_program({"sh", "-c", "ulimit -f 1; exec \"$@\"", "sh", DOSI_PROGRAM, "access", "--city", city, "--out", out,
                   "--origins", "dong", "--destinations", "buildings", "--matrix"});
  ASSERT_EQ(limited.code, kIo) << limited.err;
  std::string first = test_support::read_text(work / "ledger.jsonl");
  first = first.substr(0, first.find('\n'));
  ASSERT_THAT(first, HasSubstr("rows_a_tile"));
  const auto at = first.find("rows_a_tile");
  const auto with = [&](const std::string& value) { return first.substr(0, at) + "rows_a_tile\":" + value + "}\n"; };
  for (const auto& text :
       {with("0"), with("-1"), with("\"x\""), with("18446744073709551615"), first + "\n{\"tile\":\"a\"}\n[]\n",
        first + "\n{\"tile\":0,\"checksum\":7}\n", first + "\n{\"tile\":0,\"checksum\":\"00000000\"}\n"}) {
    SCOPED_TRACE(text);
    fs::create_directories(work);
    std::ofstream(work / "ledger.jsonl", std::ios::trunc) << text;
    works(access({{"destinations", "buildings"}, {"matrix", "<flag>"}}));
    fs::remove(out);
  }
}

TEST_F(Broken, AnotherProcessAtWorkIsRespected) {
  fs::create_directories(out.string() + ".work");
  const auto name = out.string() + ".work/ledger.jsonl";
  const auto held = run_program({"flock", name, "timeout", "60", DOSI_PROGRAM, "access", "--city", city, "--out", out,
                                 "--origins", "dong", "--destinations", "parks"});
  EXPECT_EQ(held.code, kStopped) << held.err;
  EXPECT_THAT(held.err, HasSubstr("another process"));
  EXPECT_FALSE(fs::exists(out));
}

// ---- imports ----

TEST_F(Broken, ImportsOfBrokenTables) {
  const auto import = [&](const std::string& kind, std::vector<std::string> rest) {
    std::vector<std::string> words{"import", kind, "--city", city, "--name", "new"};
    words.insert(words.end(), rest.begin(), rest.end());
    return words;
  };
  if (run_dosi({"import", "points", "--help"}).code != 0) GTEST_SKIP() << "built without GDAL";
  const auto before = test_support::read_text(city);
  refused(import("points", {"--file", folder.write("empty.csv", "")}), kBadData, {"empty.csv", "is empty"});
  refused(import("points", {"--file", folder.write("head.csv", "name,x,y\n"), "--crs", "EPSG:5186"}), kBadData,
          {"head.csv"});
  refused(import("points", {"--file", folder.write("quote.csv", "name,x,y\n\"a,1,2\n"), "--crs", "EPSG:5186"}),
          kBadData, {"quote.csv", "line 2", "quote"});
  refused(import("points", {"--file", folder.write("nocoords.csv", "name,value\na,1\n")}), kUsage,
          {"nocoords.csv", "--x"});
  refused(import("points", {"--file", folder.write("swap.csv", "name,lon,lat\na,37.5,127.0\nb,37.6,127.1\n")}), kUsage,
          {"swap.csv", "exchanged", "--x"});
  refused(import("points", {"--file", folder / "none.csv"}), kIo, {"none.csv"});
  refused(import("points", {"--file", folder.write("far.csv", "name,x,y\na,1,2\n"), "--crs", "EPSG:5186"}), kBadData,
          {"far.csv", "outside the city"});
  refused(
      import("zones",
             {"--file", folder.write("cross.geojson",
                                     R"({"type":"FeatureCollection","features":[{"type":"Feature","properties":{"n":1},
      "geometry":{"type":"Polygon","coordinates":[[[127,38],[127.01,38.01],[127.01,38],[127,38.01],[127,38]]]}}]})")}),
      kBadData, {"cross.geojson", "elf-intersection"});
  refused(import("zones",
                 {"--file", folder.write("cut.geojson", R"({"type":"FeatureCollection","features":[{"type":"Fea)")}),
          kBadData, {"cut.geojson"});
  const auto nodes = folder.write("nodes.csv", "id,x,y\n1,200000,550000\n2,200100,550000\n");
  refused(import("network", {"--nodes", nodes, "--edges", folder.write("negative.csv", "from,to,length\n1,2,-7\n"),
                             "--crs", "EPSG:5186"}),
          kBadData, {"negative.csv", "length is negative", "row 2"});
  refused(import("network", {"--nodes", nodes, "--edges", folder.write("dangling.csv", "from,to,length\n1,9,7\n"),
                             "--crs", "EPSG:5186"}),
          kBadData, {"dangling.csv", "no node of the table"});
  refused(import("network",
                 {"--nodes", nodes, "--edges", folder.write("none.csv", "from,to,length\n"), "--crs", "EPSG:5186"}),
          kBadData, {"none.csv"});
  refused(import("network", {"--osm", folder.write("x.osm.pbf", "no protocol buffer")}), kBadData, {"x.osm.pbf"});
  refused({"import", "points", "--city", good_result_, "--name", "new", "--file", nodes, "--crs", "EPSG:5186"},
          kBadData, {"is a result"});
  refused({"import", "points", "--city", city, "--name", "a/b", "--file", nodes, "--crs", "EPSG:5186"}, kUsage,
          {"'a/b' cannot name a layer"});
  EXPECT_EQ(test_support::read_text(city), before) << "a failed import changed the city";
  EXPECT_FALSE(fs::exists(city.string() + ".partial"));
}

}  // namespace
}  // namespace dosi
