// One client's connection: requests one after another, until one side has had enough.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "http/body_reader.h"
#include "http/response_writer.h"
#include "http/server.h"
#include "http/socket.h"

namespace estiba::http {

using Clock = std::chrono::steady_clock;

// What all connections of a server share. Outlives them.
struct ServerContext {
  const ServerOptions& options;
  const Handler& handler;
  // Whether other connections wait for a thread, so that this one should not linger on its own.
  std::function<bool()> threads_are_scarce;
  WaitObserver* waits = nullptr;       // of the threads that serve connections
  std::stop_source stop;               // requested when the grace of stop() is over
  std::atomic<bool> stopping = false;  // no connection is kept any longer
  std::atomic<std::size_t> open_connections = 0;
};

// What a connection waits for while no thread serves it.
struct Wait {
  enum class For {
    kRequest,   // the first byte of a request, or the rest of its head; may be closed any time
    kWritable,  // room for more of a file
    kLinger,    // the client's end of a connection that we have ended
    kNothing,   // it is over: close it
  };
  For what = For::kNothing;
  Clock::time_point deadline;
};

// Belongs to one thread at a time, but for break_off().
class Connection {
 public:
  Connection(Socket socket, std::string peer_address, ServerContext& context);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  [[nodiscard]] int fd() const { return socket_.fd(); }
  // What a new connection waits for.
  [[nodiscard]] Wait first_wait() const;
  // Goes on until there is nothing to do without the client.
  [[nodiscard]] Wait proceed() noexcept;
  // Makes whatever waits for the client fail. Safe from any thread.
  void break_off() noexcept { socket_.shut_down(); }

 private:
  enum class Phase { kHead, kFile, kLinger };
  struct Active;  // the request that is being answered

  Wait proceed_or_throw();
  Wait serve_requests();
  bool read_head();
  Wait wait_for_head();
  void skip_empty_lines();
  void serve_one();
  void refuse(const Rejection& rejection);
  void answer(Request& request);
  Response run_handler(Request& request);
  void send(Response response);
  bool continue_file();
  void finish_request(bool complete);
  Wait begin_linger();
  Wait linger();

  ServerContext& context_;
  Socket socket_;
  BufferedInput input_;
  std::string peer_address_;
  Phase phase_ = Phase::kHead;
  bool keep_alive_ = true;
  std::size_t head_bytes_ = 0;     // of the complete head at the front of the input
  std::size_t scanned_bytes_ = 0;  // of the input, without finding the head's end
  bool served_any_ = false;
  Clock::time_point deadline_;  // of the phase
  std::unique_ptr<Active> active_;
};

}  // namespace estiba::http
