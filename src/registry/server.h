// The registry as a process serves it.
#pragma once

#include <memory>
#include <stop_token>
#include <string>

#include "base/log.h"
#include "registry/collector.h"
#include "registry/scrubber.h"

namespace estiba::registry {

struct ServeOptions {
  std::string listen = "127.0.0.1:5000";  // port 0: the system chooses
  std::string data_directory;
  std::string database;  // "postgresql://..."; empty: in the data directory
  // How clients reach it, "https://registry.example.com"; empty: as the request's Host says.
  std::string public_url;
  bool log_requests = true;
  CollectionOptions collection;
  ScrubOptions scrub;
};

// start() and stop() belong to one thread.
class RegistryServer {
 public:
  RegistryServer(ServeOptions options, const Logger& logger);  // borrows the logger
  ~RegistryServer();

  void start();
  [[nodiscard]] std::string address() const;  // "127.0.0.1:41234"; after start()
  void stop();
  // After start(): waits for `stop`, then stop().
  void run(std::stop_token stop);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace estiba::registry
