// A container's network, for as long as it runs.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "run/container_spec.h"

namespace estiba::run {

struct NetworkEndpoint;
struct RunOptions;

// What every way to run a container does with its network, in this order: attach() before the
// start, detach() after the end; a restart does both again. Where the container's maker was killed,
// the next command that looks at the container calls detach() in its place.
class Network {
 public:
  virtual ~Network() = default;
  // Makes the network and writes into the spec how the runtime gets it.
  virtual void attach(ContainerSpec& spec) = 0;
  // Takes away what attach() made, wherever that was broken off; nothing happens a second time.
  virtual void detach() = 0;
};

// The networks that are asked for, by their names. Throws kNotFound for one that does not exist,
// kUnsupported for what this user may not.
[[nodiscard]] std::vector<NetworkEndpoint> checked_endpoints(const std::string& store_root,
                                                             const RunOptions& options);

// `store_root` and the container's id tell where what is attached is noted.
[[nodiscard]] std::unique_ptr<Network> make_network(const std::string& store_root,
                                                    const std::string& container_id,
                                                    const RunOptions& options);

}  // namespace estiba::run
