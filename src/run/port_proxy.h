// Published ports where the kernel does not lead to the container.
#pragma once

#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "run/port_reservation.h"

namespace estiba::run {

// Takes what arrives at the held ports and carries it to the container: what was sent to an IPv6
// address of the host whose container has none, and what a flushed firewall lets through. Whoever
// connects is then not seen by the container: it is the host that talks to it. UDP is only led by
// the kernel. A thread of its own; the ports are held until the object's end.
class PortProxy {
 public:
  // `address` tells where the container is at that moment, and is called by the thread.
  PortProxy(std::vector<HeldPort> ports, std::function<std::string()> address);
  PortProxy(const PortProxy&) = delete;
  PortProxy& operator=(const PortProxy&) = delete;
  ~PortProxy();

 private:
  void serve();

  std::vector<HeldPort> ports_;
  std::function<std::string()> address_;
  UniqueFd end_;  // an eventfd: time to end
  std::thread thread_;
};

}  // namespace estiba::run
