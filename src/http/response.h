// What a handler answers.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/fd.h"
#include "base/stream.h"
#include "http/headers.h"

namespace estiba::http {

// Bytes of a regular file, sent by sendfile(2). The file must not shrink meanwhile.
struct FileRegion {
  UniqueFd fd;
  std::uint64_t offset_bytes = 0;
  std::uint64_t size_bytes = 0;
};

// A body that is produced while it is sent; write() blocks when the client is slow and throws when
// it has gone. `write` runs on the server's thread after the handler has returned. When it throws
// the connection is broken off, so that the client can't take the part for the whole.
struct StreamedBody {
  std::function<void(Sink&)> write;
  // Sent as Content-Length when known, and then exactly so many bytes must be written; chunked
  // otherwise.
  std::optional<std::uint64_t> size_bytes;
  // Rather waits for something to write than works: the thread does not count among those that do.
  bool waits = false;
};

using ResponseBody = std::variant<std::string, FileRegion, StreamedBody>;

// Content-Length, Transfer-Encoding, Connection and Date are the server's to set. The one exception
// is an answer to HEAD with an empty body, where the handler's own Content-Length is kept; any
// other answer to HEAD may carry the body of GET, which is not sent.
struct Response {
  int status = 200;
  Headers headers{};
  ResponseBody body{};
  // For the access log: who was served, and what was asked for.
  std::string principal{};
  std::string endpoint{};
  // Closes the connection after this response.
  bool close = false;

  static Response text(int status, std::string body,
                       std::string content_type = "text/plain; charset=utf-8");
};

// "Not Found" for 404; "Unknown" for what is not registered.
[[nodiscard]] std::string_view reason_phrase(int status);

}  // namespace estiba::http
