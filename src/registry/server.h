// The registry as a process serves it.
#pragma once

#include <memory>
#include <stop_token>
#include <string>

#include "base/log.h"
#include "registry/settings.h"
#include "registry/web/pages.h"

namespace estiba::registry {

// start() and stop() belong to one thread.
class RegistryServer {
 public:
  // Borrows the logger.
  RegistryServer(ServeOptions options, const web::Pages& pages, const Logger& logger);
  ~RegistryServer();

  void start();
  // "127.0.0.1:41234, unix:/run/x.sock"; after start().
  [[nodiscard]] std::string address() const;
  // A link that makes the first administrator, once; empty when there are accounts. The one before
  // is void.
  [[nodiscard]] std::string setup_url() const;
  [[nodiscard]] std::string metrics_address() const;  // of their own listener, or empty
  void stop();
  // After start(): waits for `stop`, tells /readyz for a while if so configured, then stop().
  void run(std::stop_token stop);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace estiba::registry
