// What a tile of a run holds, one direction a row: all that wind finds, before story.hpp makes tables of it.
#pragma once

#include "host/wind/case.hpp"
#include "host/wind/site.hpp"
#include "host/wind/slices.hpp"
#include "io/result/result.hpp"

namespace dosi::wind {

result::Rows_schema schema_of(const Case& c, const City_site& site, const Slices& slices);

}  // namespace dosi::wind
