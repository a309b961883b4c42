// What /etc/hosts and /etc/resolv.conf of a container say about the networks it is in.
#pragma once

#include <string>
#include <vector>

#include "run/container_spec.h"
#include "run/network_engine.h"

namespace estiba::run {

struct RunOptions;

// Writes into the spec what the files will be made of.
void describe_networks(const std::vector<NetworkMembership>& memberships, const RunOptions& options,
                       ContainerSpec& spec);

// Brings the files of a running container, in its bundle, from what they say about `before` to
// `after`. What the container itself has changed in them stays.
struct NetworkFilesChange {
  const std::vector<NetworkMembership>& before;
  const std::vector<NetworkMembership>& after;
};
void change_network_files(const std::string& bundle, const RunOptions& options,
                          const std::string& hostname, const NetworkFilesChange& change);

}  // namespace estiba::run
