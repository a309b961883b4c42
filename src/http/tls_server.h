// TLS of the server, over OpenSSL: certificates from files, taken anew when those change.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/log.h"
#include "base/stream.h"

namespace estiba::http {

struct ServerTlsOptions {
  std::string certificate_file;  // PEM: ours first, then those up to the authority
  std::string key_file;          // PEM
};

// The encrypted side of one connection. Belongs to one thread at a time; does not own the socket.
// Errors are kUnavailable: the peer has gone or does not speak TLS.
class TlsChannel {
 public:
  struct State;
  explicit TlsChannel(std::unique_ptr<State> state);
  ~TlsChannel();

  // 0 at the end, nothing when it would have to wait. Shakes hands first.
  [[nodiscard]] std::optional<std::size_t> read_now(MutableBytes buffer);
  // What was taken; nothing when the socket is full, and then the same bytes must come again.
  [[nodiscard]] std::optional<std::size_t> write_now(Bytes data);
  // Tells the peer that nothing follows.
  void end_writing() noexcept;

 private:
  std::unique_ptr<State> state_;
};

// TLS 1.2 with forward secrecy and authenticated ciphers, and TLS 1.3. Thread-safe.
class ServerTls {
 public:
  // Reads the files: kInvalidArgument when they are no certificate and its key, kNotFound. The
  // logger, which may be null, hears of changes.
  ServerTls(ServerTlsOptions options, const Logger* logger);
  ~ServerTls();

  // For a new connection. Looks now and then whether the files have changed; new ones that cannot
  // be used are reported and the old kept.
  [[nodiscard]] std::unique_ptr<TlsChannel> begin(int fd);

 private:
  struct Context;
  void reload_if_changed();

  const ServerTlsOptions options_;
  const Logger* logger_;
  std::mutex mutex_;
  std::shared_ptr<Context> context_;
  std::chrono::steady_clock::time_point looked_;
};

}  // namespace estiba::http
