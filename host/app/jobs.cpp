#include "host/app/jobs.hpp"

#include "host/access/access_job.hpp"
#include "host/appraise/appraise_job.hpp"
#include "host/gwr/gwr_job.hpp"
#include "host/scan/scan_job.hpp"
#include "host/wind/wind_job.hpp"

namespace dosi::app {

const std::vector<job::Job_kind>& jobs() {
  static const std::vector<job::Job_kind> table{
      access::access_kind(), scan::scan_kind(), gwr::gwr_kind(), wind::wind_kind(), appraise::appraise_kind(),
  };
  return table;
}

const job::Job_kind* find_job(const std::string& name) {
  for (const auto& j : jobs())
    if (j.name == name) return &j;
  return nullptr;
}

}  // namespace dosi::app
