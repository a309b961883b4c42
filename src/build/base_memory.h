// What the bases of a build were, so that a build can tell when one of them became another.
#pragma once

#include <map>
#include <string>

#include "build/observer.h"
#include "oci/digest.h"

namespace estiba::build {

// Warns of every base of `bases` (name to image ID) that was another image in the last build that
// used the file at `path`, and remembers these. Never fails the build.
void compare_bases(const std::string& path, const std::map<std::string, Digest>& bases,
                   BuildObserver& observer);

}  // namespace estiba::build
