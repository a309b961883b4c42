// What a running container uses, read from its cgroup and its network namespace.
#pragma once

#include <chrono>
#include <cstdint>

#include "run/containers.h"

namespace estiba::run {

struct ContainerUsage {
  std::chrono::nanoseconds processor_time{};
  std::uint64_t memory_bytes = 0;        // without what the page cache could give back at once
  std::uint64_t memory_limit_bytes = 0;  // the host's memory where there is none
  std::uint64_t received_bytes = 0;
  std::uint64_t sent_bytes = 0;
  std::uint64_t read_bytes = 0;
  std::uint64_t written_bytes = 0;
  std::uint64_t processes = 0;
};

// Versions 1 and 2 of cgroups. What the host does not count is 0; so is all of a container that has
// just ended.
[[nodiscard]] ContainerUsage usage_of(const Container& container);

}  // namespace estiba::run
