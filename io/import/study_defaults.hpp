// Keys of SaTScan's parameter files that ask for nothing: what stands there unless somebody wants something.
#pragma once

#include <functional>
#include <string>

namespace dosi::imports {

enum class Asks { nothing, something, unknown };

// Whether a key that nobody reads asks for something by its value. `value_of` tells other keys' values, empty where
// there are none: a key that belongs to a switch asks for nothing while that is off.
Asks what_asks(const std::string& key, const std::string& value,
               const std::function<std::string(const std::string&)>& value_of);

}  // namespace dosi::imports
