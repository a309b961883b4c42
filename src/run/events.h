// What happened to containers and networks, in the order in which it happened: <store>/events.log.
#pragma once

#include <map>
#include <string>

namespace estiba::run {

struct Container;
struct NetworkDefinition;

// Appends one line in the form of docker's API events. A line that cannot be written is lost: an
// event is news, not a part of what happened.
void record_event(const std::string& store_root, const Container& container,
                  const std::string& action,
                  const std::map<std::string, std::string>& attributes = {}) noexcept;

// Of a container that entered or left it, or of the network itself when that is empty.
void record_network_event(const std::string& store_root, const NetworkDefinition& network,
                          const std::string& action, const std::string& container_id) noexcept;

[[nodiscard]] std::string events_path(const std::string& store_root);

}  // namespace estiba::run
