#include "host/app/log.hpp"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <cstdio>
#include <nlohmann/json.hpp>

namespace dosi::app {
namespace {

// The message as a JSON string; bytes that are no UTF-8 are replaced.
class Json_message final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& m, const std::tm&, spdlog::memory_buf_t& out) override {
    const auto text = nlohmann::json(std::string(m.payload.data(), m.payload.size()))
                          .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    out.append(text.data(), text.data() + text.size());
  }
  std::unique_ptr<custom_flag_formatter> clone() const override { return std::make_unique<Json_message>(); }
};

}  // namespace

void start_log(bool json) {
  static const auto logger = spdlog::stderr_color_mt("dosi");
  spdlog::set_default_logger(logger);
  if (!json) {
    spdlog::set_pattern("%^%l%$ %v");
    return;
  }
  auto formatter = std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::utc);
  formatter->add_flag<Json_message>('*').set_pattern(R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l","message":%*})");
  logger->set_formatter(std::move(formatter));
}

void be_silent() {
  spdlog::default_logger()->sinks().clear();
  if (std::freopen("/dev/null", "w", stdout) == nullptr) std::fclose(stdout);
}

}  // namespace dosi::app
