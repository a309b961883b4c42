// What a keeper and those who are attached to its container say to each other, over a stream socket
// (<container>/attach.sock): frames of one byte that tells the kind, the length of the body in four
// bytes (big endian) and the body.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/fd.h"

namespace estiba::run {

enum class FrameKind : std::uint8_t {
  // To the keeper.
  kInput = 1,     // bytes of standard input
  kInputEnd = 2,  // no more will come
  kResize = 3,    // "ROWS COLUMNS"
  kSignal = 4,    // a number
  // From the keeper.
  kStarted = 16,
  kFailed = 17,  // it could not be started: "CODE EXIT MESSAGE"
  kOutput = 18,
  kErrorOutput = 19,
  kExited = 20,  // its exit code
};

struct Frame {
  FrameKind kind = FrameKind::kInput;
  std::string body;
};

inline constexpr std::size_t kMaxFrameBytes = 1u << 20;

[[nodiscard]] std::string encode_frame(FrameKind kind, std::string_view body = {});

// Puts together what arrives in pieces.
class FrameReader {
 public:
  // Reads once; false at the end of the stream. kDataLoss for what is no frame.
  bool read_from(int fd);
  [[nodiscard]] std::optional<Frame> next();

 private:
  std::string bytes_;
};

// A socket by its name in a directory, however long the directory's path is.
[[nodiscard]] UniqueFd listen_in(const std::string& directory, const std::string& name);
[[nodiscard]] UniqueFd connect_in(const std::string& directory, const std::string& name);

}  // namespace estiba::run
