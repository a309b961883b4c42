// The kernel's first move of a process between cgroups waits 6 to 20 ms for all processors; moves
// within the next 10 ms or so don't wait again. A runtime makes one for each hierarchy in the
// middle of a container's start. So one that changes nothing is made beforehand, while we prepare.
#pragma once

#include <thread>

namespace estiba::run {

// Begins with its making, on a thread of its own; its end waits for that. To be made where threads
// may be: after namespaces were entered and signals blocked. Where it cannot be done, nothing
// happens.
class CgroupWarmUp {
 public:
  CgroupWarmUp();

 private:
  std::jthread thread_;
};

}  // namespace estiba::run
