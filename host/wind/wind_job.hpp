// dosi wind: air through a part of a city, from one or several directions; a tile is a direction.
#pragma once

#include "host/job/job.hpp"

namespace dosi::wind {

job::Job_kind wind_kind();

}  // namespace dosi::wind
