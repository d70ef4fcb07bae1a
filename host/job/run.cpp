#include "host/job/run.hpp"

#include <fmt/chrono.h>
#include <libdeflate.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>

#include "host/job/ledger.hpp"
#include "host/job/progress.hpp"
#include "host/job/signals.hpp"
#include "host/version.hpp"
#include "io/files.hpp"

namespace dosi::job {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kTileBytes = std::size_t{64} << 20;

std::string utc_now() { return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr))); }

std::string fingerprint_of(const Job_kind& kind, const std::vector<Parameter>& declared, const Parameters& p,
                           const std::string& city_checksum) {
  Json j{{"job", kind.name},
         {"version", version()},
         {"commit", commit()},
         {"city", city_checksum},
         {"schema", result::kSchema}};
  for (const auto& d : declared)
    if (d.changes_answer) j["parameters"][d.name] = p.json().at(d.name);
  const auto text = j.dump(-1, ' ', false, Json::error_handler_t::replace);
  return fmt::format("{:08x}-{:08x}", libdeflate_crc32(0, text.data(), text.size()),
                     libdeflate_adler32(1, text.data(), text.size()));
}

Json with_units(const std::vector<Parameter>& declared, const Parameters& p) {
  Json j = Json::object();
  for (const auto& d : declared) {
    j[d.name] = {{"value", p.json().at(d.name)}};
    if (!d.unit.empty()) j[d.name]["unit"] = d.unit;
  }
  return j;
}

Json slurm() {
  Json j = Json::object();
  for (const char* name : {"SLURM_JOB_ID", "SLURM_ARRAY_TASK_ID", "SLURM_RESTART_COUNT", "SLURM_JOB_NODELIST"})
    if (const char* value = std::getenv(name)) j[name] = value;
  return j;
}

// Whether `out` holds the answer to this very question.
bool already_made(const fs::path& out, const std::string& fingerprint) {
  try {
    return result::Result::open(out).provenance().value("fingerprint", "") == fingerprint;
  } catch (const Error&) {
    return false;
  } catch (const Json::exception&) {
    return false;
  }
}

// Overwriting is for results: a city, a folder or a device under that name is a slip of the hand.
void check_replaceable(const fs::path& out) {
  if (!fs::exists(out)) return;
  if (!fs::is_regular_file(out))
    throw UsageError("{}: is there and is not a regular file; give another name", out.string());
  try {
    city::City::open(out);
  } catch (const Error&) {
    return;
  }
  throw UsageError("{}: is a city, which no result may overwrite; give another name", out.string());
}

}  // namespace

std::size_t Job::rows_a_tile() const {
  const auto row = std::max<std::size_t>(1, schema().bytes_a_row());
  const auto rows = std::max<std::size_t>(1, kTileBytes / row);
  return rows < 64 ? rows : std::min<std::size_t>(rows / 64 * 64, 65536);
}

const std::vector<Parameter>& common_parameters() {
  static const std::vector<Parameter> list{
      {.name = "device", .otherwise = "auto", .help = "where to run: auto, cpu, cuda, cuda:N", .changes_answer = false},
      {.name = "threads",
       .form = Form::whole,
       .otherwise = 0,
       .help = "threads on the CPU; 0 for all",
       .least = 0,
       .most = 4096,
       .changes_answer = false},
      {.name = "tile_rows",
       .form = Form::whole,
       .otherwise = 0,
       .help = "rows of a tile; 0 lets the job choose",
       .least = 0,
       .changes_answer = false},
  };
  return list;
}

std::vector<Parameter> all_parameters(const Job_kind& kind) {
  auto all = kind.parameters;
  all.insert(all.end(), common_parameters().begin(), common_parameters().end());
  return all;
}

namespace {

enum class Before { nothing, same_answer, another };

Before what_is_there(const fs::path& out, const std::string& fingerprint) {
  if (!fs::exists(out)) return Before::nothing;
  return already_made(out, fingerprint) ? Before::same_answer : Before::another;
}

// Of all ranks, each in its words: where more than one answer, whose program and what device it was.
Json describe_ranks(const Device& device, comm::Ranks& ranks) {
  const auto all = ranks.exchange(Json{
      {"program", version() + " " + commit()},
      {"node", ranks.node()},
      {"device", device.name()},
      {"description",
       device.description()}}.dump());
  Json list = Json::array();
  for (std::size_t r = 0; r < all.size(); ++r) {
    auto j = Json::parse(all[r]);
    if (const auto its = j["program"].get<std::string>(); its != version() + " " + commit())
      throw UsageError("rank {} runs dosi {}, rank {} dosi {} {}; all must run the same program", r, its, ranks.rank(),
                       version(), commit());
    j.erase("program");
    list.push_back(std::move(j));
  }
  return list;
}

// As the job would have it; on several ranks so that each has something to do.
std::size_t rows_a_tile(const Job& job, const Parameters& parameters, const comm::Ranks& ranks) {
  if (const auto asked = static_cast<std::size_t>(parameters.whole("tile_rows")); asked > 0) return asked;
  return std::min(job.rows_a_tile(),
                  std::max<std::size_t>(1, comm::share_of(job.schema().rows, 0, ranks.size()).count));
}

// This rank's tiles.
void run_tiles(Job& job, Ledger& ledger, const std::string& name, const fs::path& out, const comm::Ranks& ranks) {
  const auto own = ledger.own();
  const auto& schema = job.schema();
  Progress progress(name, ledger.tiles(), ledger.tiles_done());
  for (const std::size_t t : own) {
    if (stop_requested())
      throw Stopped(ranks.alone() ? fmt::format("{}: stopped after {} of {} tiles; the same command continues",
                                                out.string(), ledger.tiles_done(), ledger.tiles())
                                  : fmt::format("{}: stopped; the same command continues", out.string()));
    const std::size_t first = t * ledger.rows_a_tile();
    result::Tile tile(schema, first, std::min(ledger.rows_a_tile(), schema.rows - first));
    job.run(tile);
    result::write_shard(ledger.shard(t), schema, tile);
    ledger.record(t);
    progress.advance(ranks.size());  // the others are about as far
  }
}

Outcome run_on(comm::Ranks& ranks, const Job_kind& kind, const Request& request) {
  const auto declared = all_parameters(kind);
  const Parameters parameters(declared, request.parameters, "dosi " + kind.name);
  check_folder(request.out);
  check_replaceable(request.out);
  const Device device =
      Device::choose(parameters.text("device"), static_cast<int>(parameters.whole("threads")), ranks.seat());
  const auto city = city::City::open(request.city);
  Problems bad;
  check_layers(declared, parameters, city, "", bad);
  bad.raise_if_any(Exit::usage, "dosi " + kind.name + ": parameters are wrong");
  const auto all_ranks = describe_ranks(device, ranks);
  const auto checksum = ranks.from_first(ranks.first() ? result::checksum_of_file(request.city) : "");
  const auto fingerprint = fingerprint_of(kind, declared, parameters, checksum);

  const auto before = static_cast<Before>(
      std::stoi(ranks.from_first(std::to_string(static_cast<int>(what_is_there(request.out, fingerprint))))));
  if (before == Before::same_answer) {
    spdlog::info("{}: is there already, made from the same city and parameters", request.out.string());
    if (ranks.first()) Ledger::discard(request.out);
    return Outcome::was_there;
  }
  if (before == Before::another && !request.overwrite)
    throw UsageError(
        "{}: exists, and was made from another city, with other parameters or by another version; give --overwrite or "
        "another name",
        request.out.string());

  const auto started = utc_now();
  const auto clock = std::chrono::steady_clock::now();
  spdlog::info("{}: on {}{} ({})", kind.name, ranks.alone() ? "" : fmt::format("{} ranks, the first on ", ranks.size()),
               device.name(), device.description());
  const auto job = kind.make({city, parameters, device, ranks});
  const auto& schema = job->schema();
  Ledger ledger(request.out, fingerprint, schema.rows, rows_a_tile(*job, parameters, ranks), ranks);
  if (ledger.damaged() > 0)
    spdlog::warn("{}: {} finished tiles were damaged and are made again", request.out.string(), ledger.damaged());
  if (ledger.tiles_done() > 0)
    spdlog::info("{}: continues after {} of {} tiles", request.out.string(), ledger.tiles_done(), ledger.tiles());

  job->prepare(ledger.folder());
  run_tiles(*job, ledger, kind.name, request.out, ranks);
  ranks.meet();
  if (!ranks.first()) return Outcome::made;

  Json provenance{{"program", "dosi " + version()},
                  {"commit", commit()},
                  {"command", request.command},
                  {"job", kind.name},
                  {"parameters", with_units(declared, parameters)},
                  {"inputs", Json::array({{{"path", fs::absolute(request.city).string()}, {"crc32", checksum}}})},
                  {"device", device.name()},
                  {"device_description", device.description()},
                  {"level", job->level()},
                  {"fingerprint", fingerprint},
                  {"started", started},
                  {"finished", utc_now()},
                  {"seconds", std::chrono::duration<double>(std::chrono::steady_clock::now() - clock).count()}};
  if (!ranks.alone()) provenance["ranks"] = all_ranks;
  if (const auto s = slurm(); !s.empty()) provenance["slurm"] = s;
  if (const auto w = job->work(); !w.empty()) provenance["work"] = w;
  result::Writer writer(request.out, city.crs(), kind.name, job->title(), provenance);
  writer.add_shards(schema, job->table_kind(), ledger.shards());
  job->finish(writer);
  writer.publish();
  ledger.remove();
  spdlog::info("{}: done in {}", request.out.string(),
               duration(std::chrono::duration<double>(std::chrono::steady_clock::now() - clock).count()));
  return Outcome::made;
}

}  // namespace

Outcome run(const Job_kind& kind, const Request& request, comm::Ranks& ranks) {
  catch_signals();
  return ranks.together([&] { return run_on(ranks, kind, request); });
}

}  // namespace dosi::job
