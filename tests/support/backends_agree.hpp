// A job run on two devices, or twice on one in different ways: the answers have to be the same in every bit, unless a
// tolerance is given. The largest deviation is recorded as a property of the test, for tools/verify-gpu.
#pragma once

#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <string>

#include "host/job/run.hpp"
#include "tests/support/same_results.hpp"
#include "tests/support/temp_folder.hpp"

namespace dosi::test_support {

class Agreement {
 public:
  explicit Agreement(job::Job_kind kind, double tolerance = 0) : kind_(std::move(kind)), tolerance_(tolerance) {}

  // `one` and `other` are merged into `parameters`, e.g. {{"device", "cpu"}}.
  void expect(const std::filesystem::path& city, const job::Json& parameters, const job::Json& one,
              const job::Json& other) {
    const Temp_folder folder;
    const auto answer = [&](const char* name, const job::Json& way) {
      auto all = parameters;
      all.update(way);
      job::run(kind_, {city, folder / name, all, "test"});
      return result::Result::open(folder / name);
    };
    const auto c = compare(answer("one.h5", one), answer("other.h5", other));
    EXPECT_GT(c.variables, 0u);
    EXPECT_LE(c.deviation, tolerance_) << parameters.dump() << " differs between " << one.dump() << " and "
                                       << other.dump() << " in " << fmt::format("{}", fmt::join(c.differing, ", "));
    deviation_ = std::max(deviation_, c.deviation);
    testing::Test::RecordProperty("job", kind_.name);
    testing::Test::RecordProperty("deviation", fmt::format("{}", deviation_));
  }

 private:
  job::Job_kind kind_;
  double tolerance_, deviation_ = 0;
};

}  // namespace dosi::test_support
