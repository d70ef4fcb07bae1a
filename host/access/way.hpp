// Over which streets a job of another kind measures distance.
#pragma once

#include <string>

namespace dosi::access {

struct Way {
  std::string network, mode;            // network empty: the only one
  double snap = 300, walk_speed = 4.5;  // metres to the nearest street, km/h of the walk there
};

}  // namespace dosi::access
