// Requests to the kernel's network configuration (rtnetlink), as many as this project needs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"

namespace estiba::run {

// One request: a fixed header of its type, then attributes, which may be nested.
class NetlinkMessage {
 public:
  // The acknowledgement is asked for by the socket.
  NetlinkMessage(std::uint16_t type, std::uint16_t flags);

  template <typename Header>
  NetlinkMessage& header(const Header& header) {
    append(&header, sizeof header);
    return *this;
  }
  NetlinkMessage& bytes(std::uint16_t type, std::span<const std::uint8_t> value);
  NetlinkMessage& number(std::uint16_t type, std::uint32_t value);
  NetlinkMessage& small_number(std::uint16_t type, std::uint8_t value);
  NetlinkMessage& text(std::uint16_t type, std::string_view value);
  // What is added until close() stands inside of it.
  [[nodiscard]] std::size_t open(std::uint16_t type);
  void close(std::size_t opened);

  // Complete, with its length and `sequence` filled in.
  [[nodiscard]] std::span<const std::uint8_t> finish(std::uint32_t sequence);

 private:
  void append(const void* data, std::size_t size);

  std::vector<std::uint8_t> bytes_;
};

// Speaks to the network namespace in which it was opened, wherever its user is. Not thread-safe.
class NetlinkSocket {
 public:
  // In the calling thread's namespace.
  [[nodiscard]] static NetlinkSocket open();
  // In the one that a file names (/proc/PID/ns/net, or one that is mounted on a file).
  [[nodiscard]] static NetlinkSocket open_in(const std::string& namespace_file);

  // 0, or the error number with which the kernel refused.
  [[nodiscard]] int request(NetlinkMessage& message);
  // The number of the interface of that name, or 0.
  [[nodiscard]] int index_of(const std::string& interface) const;

 private:
  explicit NetlinkSocket(UniqueFd socket) : socket_(std::move(socket)) {}

  UniqueFd socket_;
  std::uint32_t sequence_ = 0;
};

}  // namespace estiba::run
