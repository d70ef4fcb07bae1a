#include "io/report/report.hpp"

#include "io/error.hpp"

namespace dosi::report {
void write_page(const std::vector<std::filesystem::path>&, const std::filesystem::path&, const Page_options&) {
  throw Error(Exit::internal, "not built yet");
}
}  // namespace dosi::report
