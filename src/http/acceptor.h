// The thread that takes new connections.
#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "base/fd.h"
#include "http/listener.h"

namespace estiba::http {

class Acceptor {
 public:
  // `on_accepted` is called on the acceptor's thread. Before each connection `make_room` is asked;
  // while it returns false, new clients wait in the kernel's queue.
  Acceptor(std::vector<Listener> listeners, std::function<void(Accepted)> on_accepted,
           std::function<bool()> make_room);
  ~Acceptor();  // closes the listening sockets
  Acceptor(const Acceptor&) = delete;
  Acceptor& operator=(const Acceptor&) = delete;

 private:
  void run(std::stop_token stop);
  void accept_one(const Listener& listener);
  void pause();

  std::vector<Listener> listeners_;
  std::function<void(Accepted)> on_accepted_;
  std::function<bool()> make_room_;
  UniqueFd wake_;
  std::jthread thread_;
};

}  // namespace estiba::http
