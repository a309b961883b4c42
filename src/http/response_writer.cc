#include "http/response_writer.h"

#include <fmt/format.h>

#include <array>
#include <ctime>

#include "base/error.h"
#include "base/time.h"

namespace estiba::http {
namespace {

// How the end of a body is told.
struct Framing {
  bool has_body = true;
  bool chunked = false;
  std::optional<std::uint64_t> content_length;
};

bool never_has_body(int status) {
  return status < 200 || status == 204 || status == 304;
}

std::optional<std::uint64_t> known_size(const ResponseBody& body) {
  if (const auto* text = std::get_if<std::string>(&body)) return text->size();
  if (const auto* region = std::get_if<FileRegion>(&body)) return region->size_bytes;
  return std::get<StreamedBody>(body).size_bytes;
}

Framing choose_framing(const Response& response, const ResponseTerms& terms) {
  Framing framing;
  if (never_has_body(response.status)) {
    framing.has_body = false;
    return framing;
  }
  framing.has_body = !terms.head_only;
  framing.content_length = known_size(response.body);
  framing.chunked = !framing.content_length && !terms.http_1_0;
  return framing;
}

bool is_ours_to_set(std::string_view name) {
  constexpr std::array<std::string_view, 4> kOurs = {"Content-Length", "Transfer-Encoding",
                                                     "Connection", "Date"};
  for (const std::string_view ours : kOurs) {
    if (equals_ignoring_case(name, ours)) return true;
  }
  return false;
}

std::string content_length_text(const Response& response, const Framing& framing,
                                const ResponseTerms& terms) {
  if (terms.head_only && framing.content_length == 0) {
    const std::string_view own = response.headers.get("Content-Length");
    if (!own.empty()) return std::string(own);
  }
  return std::to_string(*framing.content_length);
}

std::string format_head(const Response& response, const Framing& framing,
                        const ResponseTerms& terms, bool keep_alive) {
  std::string head =
      fmt::format("HTTP/1.1 {} {}\r\nDate: {}\r\n", response.status, reason_phrase(response.status),
                  format_http_date(unix_seconds(now())));
  const auto add = [&](std::string_view name, std::string_view value) {
    check_field(name, value);
    head.append(name).append(": ").append(value).append("\r\n");
  };
  for (const auto& [name, value] : response.headers) {
    if (!is_ours_to_set(name)) add(name, value);
  }
  if (framing.content_length) {
    add("Content-Length", content_length_text(response, framing, terms));
  } else if (framing.chunked) {
    add("Transfer-Encoding", "chunked");
  }
  if (!keep_alive) {
    add("Connection", "close");
  } else if (terms.http_1_0) {
    add("Connection", "keep-alive");
  }
  head += "\r\n";
  return head;
}

iovec part_of(std::string_view text) {
  return {.iov_base = const_cast<char*>(text.data()), .iov_len = text.size()};
}

// Frames what a writer writes; each write is sent at once, the first together with the head.
class BodySink final : public Sink {
 public:
  BodySink(Socket& socket, std::chrono::milliseconds timeout, std::string head, bool chunked,
           std::optional<std::uint64_t> size_bytes)
      : socket_(socket),
        timeout_(timeout),
        head_(std::move(head)),
        chunked_(chunked),
        size_bytes_(size_bytes) {}

  void write(Bytes data) override {
    if (data.empty()) return;
    if (size_bytes_ && data.size() > *size_bytes_ - sent_bytes_) {
      throw Error(ErrorCode::kInternal, "a response is longer than was announced");
    }
    const std::string size_line = chunked_ ? fmt::format("{:x}\r\n", data.size()) : std::string();
    send(size_line, as_text(data), chunked_ ? "\r\n" : "");
    sent_bytes_ += data.size();
  }

  void end() {
    if (size_bytes_ && sent_bytes_ != *size_bytes_) {
      throw Error(ErrorCode::kInternal, "a response is shorter than was announced");
    }
    send(chunked_ ? "0\r\n\r\n" : "", "", "");
  }

  [[nodiscard]] bool head_sent() const { return head_sent_; }
  [[nodiscard]] std::uint64_t sent_bytes() const { return sent_bytes_; }

 private:
  void send(std::string_view before, std::string_view data, std::string_view after) {
    std::array<iovec, 4> parts = {part_of(head_sent_ ? std::string_view() : head_), part_of(before),
                                  part_of(data), part_of(after)};
    head_sent_ = true;
    socket_.write(parts, timeout_);
  }

  Socket& socket_;
  std::chrono::milliseconds timeout_;
  std::string head_;
  bool head_sent_ = false;
  bool chunked_;
  std::optional<std::uint64_t> size_bytes_;
  std::uint64_t sent_bytes_ = 0;
};

}  // namespace

std::string format_http_date(std::int64_t unix_seconds) {
  constexpr std::array<std::string_view, 7> kDays = {"Sun", "Mon", "Tue", "Wed",
                                                     "Thu", "Fri", "Sat"};
  constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::time_t time = unix_seconds;
  std::tm parts{};
  ::gmtime_r(&time, &parts);
  return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} GMT",
                     kDays[static_cast<std::size_t>(parts.tm_wday)], parts.tm_mday,
                     kMonths[static_cast<std::size_t>(parts.tm_mon)], parts.tm_year + 1900,
                     parts.tm_hour, parts.tm_min, parts.tm_sec);
}

std::optional<FileRegion> ResponseWriter::send(Response response, const ResponseTerms& terms) {
  const Framing framing = choose_framing(response, terms);
  // Without a length and without chunks only the end of the connection ends the body.
  const bool ends_with_connection = framing.has_body && !framing.content_length && !framing.chunked;
  const bool keep_alive = terms.keep_alive && !response.close && !ends_with_connection;
  std::string head = format_head(response, framing, terms, keep_alive);
  closes_ = !keep_alive;

  if (!framing.has_body) {
    send_text(head, {});
  } else if (const auto* text = std::get_if<std::string>(&response.body)) {
    send_text(head, *text);
  } else if (const auto* stream = std::get_if<StreamedBody>(&response.body)) {
    send_stream(std::move(head), *stream, framing.chunked);
  } else {
    auto& region = std::get<FileRegion>(response.body);
    head_sent_ = true;
    socket_.write(head, limits_.write_timeout, region.size_bytes > 0);
    return std::move(region);
  }
  return std::nullopt;
}

void ResponseWriter::send_text(std::string& head, const std::string& body) {
  std::array<iovec, 2> parts = {part_of(head), part_of(body)};
  head_sent_ = true;
  socket_.write(parts, limits_.write_timeout);
  sent_body_bytes_ = body.size();
}

void ResponseWriter::send_stream(std::string head, const StreamedBody& body, bool chunked) {
  BodySink sink(socket_, limits_.write_timeout, std::move(head), chunked, body.size_bytes);
  const auto note = [&] {
    head_sent_ = sink.head_sent();
    sent_body_bytes_ = sink.sent_bytes();
  };
  const WaitingThread waiting(body.waits ? socket_.observer() : nullptr);
  try {
    body.write(sink);
    sink.end();
  } catch (...) {
    note();
    throw;
  }
  note();
}

}  // namespace estiba::http
