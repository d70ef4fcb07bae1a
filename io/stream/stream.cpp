#include "io/stream/stream.hpp"

#include <cerrno>

namespace dosi::stream {
namespace {

// Chunks are whole rows, coded by no more than shuffle, then deflate.
bool pipeline_knows(const h5::Dataset& d) {
  const auto& chunk = d.chunk();
  if (chunk.empty() || d.filters().other) return false;
  for (std::size_t i = 1; i < chunk.size(); ++i)
    if (chunk[i] != d.shape()[i]) return false;
  return d.row_bytes() > 0;
}

int default_in_flight(const Options& o, const Pool& pool) {
  return o.in_flight > 0 ? o.in_flight : 2 * pool.threads() + 2;
}

std::string chunk_at(std::size_t row, const char* what) { return fmt::format("the chunk at row {} {}", row, what); }

}  // namespace

// ---- writer ----

struct Writer::State {
  explicit State(h5::Dataset d, const Options& o)
      : dataset(std::move(d)), options(o), pool(o.pool ? *o.pool : Pool::shared()), row_bytes(dataset.row_bytes()) {
    direct = pipeline_knows(dataset);
    limit = default_in_flight(options, pool);
    declared = dataset.rows();
    // Through the library, rows are gathered to about the same size before each call.
    chunk_rows =
        direct ? dataset.chunk()[0] : std::max<std::size_t>(1, (1u << 20) / std::max<std::size_t>(1, row_bytes));
  }
  h5::Dataset dataset;
  Options options;
  Pool& pool;
  std::size_t row_bytes = 0, chunk_rows = 0, declared = 0;
  bool direct = false;
  int limit = 0;
  std::vector<std::byte> partial;  // rows of the chunk being filled
  std::size_t appended = 0;        // rows taken
  std::size_t submitted = 0;       // rows handed to the pool or the library
  struct Pending {
    std::size_t row;
    std::future<Encoded> coded;
  };
  std::deque<Pending> pending;

  void write_front() {
    auto front = std::move(pending.front());
    pending.pop_front();
    const Encoded e = front.coded.get();
    std::vector<hsize_t> offset(dataset.shape().size(), 0);
    offset[0] = front.row;
    errno = 0;
    if (H5Dwrite_chunk(dataset.id(), H5P_DEFAULT, e.filter_mask, offset.data(), e.bytes.size(), e.bytes.data()) < 0)
      h5::fail_write(dataset.file(), dataset.path(), chunk_at(front.row, "cannot be written").c_str());
  }

  void submit(std::vector<std::byte> rows) {
    const std::size_t count = rows.size() / row_bytes;
    const std::size_t end = submitted + count;
    if (end > dataset.rows()) dataset.set_rows(end);
    if (!direct) {
      dataset.write_rows(submitted, count, rows.data());
      submitted = end;
      return;
    }
    rows.resize(chunk_rows * row_bytes);  // the last chunk is padded
    while (static_cast<int>(pending.size()) >= limit) write_front();
    const auto f = dataset.filters();
    const std::size_t element = dataset.type().size;
    const int level = options.level;
    pending.push_back({submitted, pool.submit([rows = std::move(rows), f, element, level]() mutable {
                         if (!f.deflate) return Encoded{std::move(rows), 0};
                         return encode(rows, element, f.shuffle, f.shuffle_index, f.deflate_index, level);
                       })});
    submitted = end;
  }
};

Writer::Writer(h5::Dataset dataset, Options options) : state_(std::make_unique<State>(std::move(dataset), options)) {}
Writer::~Writer() {
  if (state_)
    for (auto& p : state_->pending) p.coded.wait();
}
Writer::Writer(Writer&&) noexcept = default;
Writer& Writer::operator=(Writer&&) noexcept = default;

void Writer::check_type(h5::Type type) const {
  if (state_->dataset.type() != type)
    throw Error(Exit::internal, fmt::format("{}: {}: is {}, given {}", state_->dataset.file(), state_->dataset.path(),
                                            h5::name_of(state_->dataset.type()), h5::name_of(type)));
}

void Writer::append_bytes(std::span<const std::byte> rows) {
  State& s = *state_;
  if (s.row_bytes == 0) return;
  const std::size_t full = s.chunk_rows * s.row_bytes;
  s.appended += rows.size() / s.row_bytes;
  while (!rows.empty()) {
    if (s.partial.empty()) s.partial.reserve(full);
    const std::size_t take = std::min(rows.size(), full - s.partial.size());
    s.partial.insert(s.partial.end(), rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(take));
    rows = rows.subspan(take);
    if (s.partial.size() == full) {
      s.submit(std::move(s.partial));
      s.partial = {};
    }
  }
}

void Writer::finish() {
  State& s = *state_;
  if (!s.partial.empty()) s.submit(std::move(s.partial));
  s.partial = {};
  while (!s.pending.empty()) s.write_front();
  if (s.row_bytes > 0 && s.appended < s.dataset.rows())
    throw Error(Exit::internal, fmt::format("{}: {}: {} rows written of {}", s.dataset.file(), s.dataset.path(),
                                            s.appended, s.dataset.rows()));
}

std::size_t Writer::rows() const { return state_->appended; }

// ---- reader ----

struct Reader::State {
  State(h5::Dataset d, std::size_t first, std::size_t count, const Options& o)
      : dataset(std::move(d)), pool(o.pool ? *o.pool : Pool::shared()), row_bytes(dataset.row_bytes()), at(first),
        end(first + count) {
    dataset.require_values();
    direct = pipeline_knows(dataset);
    limit = default_in_flight(o, pool);
    if (end > dataset.rows())
      throw DataError("{}: {}: has {} rows, row {} asked for", dataset.file(), dataset.path(), dataset.rows(), end);
    if (direct) {
      chunk_rows = dataset.chunk()[0];
      next_chunk = at / chunk_rows;
    }
  }
  h5::Dataset dataset;
  Pool& pool;
  std::size_t row_bytes, at, end;
  bool direct = false;
  int limit = 0;
  std::size_t chunk_rows = 0, next_chunk = 0;
  struct Decoded {
    std::size_t first_row = 0;
    std::vector<std::byte> bytes;
  };
  std::deque<std::future<Decoded>> pending;
  Decoded current;

  void read_ahead() {
    while (static_cast<int>(pending.size()) < limit && next_chunk * chunk_rows < end) {
      const std::size_t row = next_chunk * chunk_rows;
      std::vector<hsize_t> offset(dataset.shape().size(), 0);
      offset[0] = row;
      hsize_t size = 0;
      errno = 0;
      if (H5Dget_chunk_storage_size(dataset.id(), offset.data(), &size) < 0)
        h5::fail(dataset.file(), dataset.path(), chunk_at(row, "cannot be found").c_str());
      const std::size_t raw = chunk_rows * row_bytes;
      if (size == 0) {  // never written: the library knows the fill value
        Decoded d{row, std::vector<std::byte>(raw)};
        dataset.read_rows(row, std::min<std::size_t>(chunk_rows, dataset.rows() - row), d.bytes.data());
        std::promise<Decoded> p;
        p.set_value(std::move(d));
        pending.push_back(p.get_future());
        ++next_chunk;
        continue;
      }
      if (size > raw + raw / 8 + 4096)
        throw DataError("{}: {}: {}", dataset.file(), dataset.path(),
                        chunk_at(row, "is larger than its contents could be"));
      std::vector<std::byte> packed(size);
      std::uint32_t mask = 0;
      errno = 0;
      if (H5Dread_chunk(dataset.id(), H5P_DEFAULT, offset.data(), &mask, packed.data()) < 0)
        h5::fail(dataset.file(), dataset.path(), chunk_at(row, "cannot be read; the file may be cut short").c_str());
      const auto f = dataset.filters();
      const bool shuffled = f.shuffle && !(mask >> f.shuffle_index & 1);
      const bool deflated = f.deflate && !(mask >> f.deflate_index & 1);
      pending.push_back(
          pool.submit([packed = std::move(packed), row, raw, shuffled, deflated, element = dataset.type().size] {
            Decoded d{row, std::vector<std::byte>(raw)};
            decode(packed, d.bytes, element, shuffled, deflated);
            return d;
          }));
      ++next_chunk;
    }
  }
};

Reader::Reader(h5::Dataset dataset, std::size_t first_row, std::size_t rows, Options options)
    : state_(std::make_unique<State>(std::move(dataset), first_row, rows, options)) {}
Reader::Reader(h5::Dataset dataset, Options options) {
  const std::size_t rows = dataset.rows();
  state_ = std::make_unique<State>(std::move(dataset), 0, rows, options);
}
Reader::~Reader() {
  if (state_)
    for (auto& p : state_->pending) p.wait();
}
Reader::Reader(Reader&&) noexcept = default;
Reader& Reader::operator=(Reader&&) noexcept = default;
const h5::Dataset& Reader::dataset() const { return state_->dataset; }

std::size_t Reader::read_bytes(void* out, std::size_t max_rows) {
  State& s = *state_;
  const std::size_t want = std::min(max_rows, s.end - s.at);
  if (want == 0 || s.row_bytes == 0) {
    s.at += want;
    return want;
  }
  if (!s.direct) {
    s.dataset.read_rows(s.at, want, out);
    s.at += want;
    return want;
  }
  auto* to = static_cast<std::byte*>(out);
  std::size_t done = 0;
  while (done < want) {
    const std::size_t held_end = s.current.first_row + s.current.bytes.size() / s.row_bytes;
    if (s.current.bytes.empty() || s.at >= held_end) {
      s.read_ahead();
      auto next = std::move(s.pending.front());
      s.pending.pop_front();
      try {
        s.current = next.get();
      } catch (const Error&) {
        throw;
      } catch (const std::exception& e) {
        throw DataError("{}: {}: near row {}: {}", s.dataset.file(), s.dataset.path(), s.at, e.what());
      }
      s.read_ahead();
      continue;
    }
    const std::size_t take = std::min(want - done, held_end - s.at);
    std::memcpy(to + done * s.row_bytes, s.current.bytes.data() + (s.at - s.current.first_row) * s.row_bytes,
                take * s.row_bytes);
    done += take;
    s.at += take;
  }
  return done;
}

// ---- whole datasets ----

namespace {
template <class T>
std::vector<double> widen(const h5::Group& g, const std::string& name) {
  const auto v = read_all<T>(g, name);
  return {v.begin(), v.end()};
}
}  // namespace

std::vector<double> read_as_double(const h5::Group& group, const std::string& name) {
  const auto type = group.dataset(name).type();
  switch (type.kind) {
    case h5::Kind::f32: return widen<float>(group, name);
    case h5::Kind::f64: return read_all<double>(group, name);
    case h5::Kind::i8: return widen<std::int8_t>(group, name);
    case h5::Kind::u8: return widen<std::uint8_t>(group, name);
    case h5::Kind::i16: return widen<std::int16_t>(group, name);
    case h5::Kind::u16: return widen<std::uint16_t>(group, name);
    case h5::Kind::i32: return widen<std::int32_t>(group, name);
    case h5::Kind::u32: return widen<std::uint32_t>(group, name);
    case h5::Kind::i64: return widen<std::int64_t>(group, name);
    case h5::Kind::u64: return widen<std::uint64_t>(group, name);
    case h5::Kind::string: break;
  }
  throw DataError("{}: {}/{}: holds text, numbers are needed", group.file(), group.path(), name);
}

std::vector<double> read_rows_as_double(const h5::Group& group, const std::string& name, std::size_t first,
                                        std::size_t count) {
  const auto d = group.dataset(name);
  const auto type = d.type();
  if (type.kind == h5::Kind::string) throw DataError("{}: {}: holds text, numbers are needed", d.file(), d.path());
  d.require_values();
  std::vector<std::byte> bytes(count * d.row_bytes());
  d.read_rows(first, count, bytes.data());
  std::vector<double> out(count * d.row_elements());
  const auto fill = [&]<class T>(T) {
    for (std::size_t i = 0; i < out.size(); ++i) {
      T v;
      std::memcpy(&v, bytes.data() + i * sizeof(T), sizeof(T));
      out[i] = static_cast<double>(v);
    }
  };
  switch (type.kind) {
    case h5::Kind::f32: fill(float{}); break;
    case h5::Kind::f64: fill(double{}); break;
    case h5::Kind::i8: fill(std::int8_t{}); break;
    case h5::Kind::u8: fill(std::uint8_t{}); break;
    case h5::Kind::i16: fill(std::int16_t{}); break;
    case h5::Kind::u16: fill(std::uint16_t{}); break;
    case h5::Kind::i32: fill(std::int32_t{}); break;
    case h5::Kind::u32: fill(std::uint32_t{}); break;
    case h5::Kind::i64: fill(std::int64_t{}); break;
    case h5::Kind::u64: fill(std::uint64_t{}); break;
    case h5::Kind::string: break;
  }
  return out;
}

std::vector<std::string> read_strings(const h5::Group& group, const std::string& name) {
  h5::Dataset d = group.dataset(name);
  if (d.type().kind != h5::Kind::string)
    throw DataError("{}: {}: holds {}, text is needed", d.file(), d.path(), h5::name_of(d.type()));
  d.require_values();
  const std::size_t rows = d.rows() * d.row_elements(), size = d.type().size;
  std::vector<char> bytes(rows * size);
  const std::size_t n = d.rows();
  Reader reader(std::move(d));
  reader.read_bytes(bytes.data(), n);
  std::vector<std::string> out(rows);
  for (std::size_t i = 0; i < rows; ++i) {
    const char* s = bytes.data() + i * size;
    out[i].assign(s, strnlen(s, size));
  }
  return out;
}

h5::Dataset write_strings(h5::Group& group, const std::string& name, const std::vector<std::string>& dimensions,
                          std::span<const std::string> values, const h5::VariableOptions& options) {
  std::size_t longest = 1;
  for (const auto& v : values) longest = std::max(longest, v.size());
  h5::Dataset d = group.create_variable(name, h5::string_type(longest), dimensions, options);
  Writer writer(group.dataset(name), {.level = options.deflate});
  std::vector<std::byte> block;
  const std::size_t rows_a_block = std::max<std::size_t>(1, (1u << 20) / longest);
  for (std::size_t first = 0; first < values.size(); first += rows_a_block) {
    const std::size_t last = std::min(values.size(), first + rows_a_block);
    block.assign((last - first) * longest, std::byte{0});
    for (std::size_t i = first; i < last; ++i)
      std::memcpy(block.data() + (i - first) * longest, values[i].data(), values[i].size());
    writer.append_bytes(block);
  }
  writer.finish();
  return d;
}

}  // namespace dosi::stream
