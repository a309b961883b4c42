#include "http/access_log.h"

#include <fmt/format.h>

#include "base/log.h"

namespace estiba::http {
namespace {

// Quoted so that a client can forge neither a line nor a field.
std::string quote(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte >= 0x7f) {
      quoted += fmt::format("\\x{:02x}", byte);
    } else {
      if (c == '"' || c == '\\') quoted.push_back('\\');
      quoted.push_back(c);
    }
  }
  quoted.push_back('"');
  return quoted;
}

}  // namespace

std::string format_access_line(const AccessRecord& record) {
  return fmt::format("{} {} {} {} {} {:.3f}ms {}{}", record.peer_address, record.method,
                     quote(record.target), record.status, record.sent_body_bytes,
                     static_cast<double>(record.duration.count()) / 1000.0,
                     quote(record.user_agent), record.complete ? "" : " broken off");
}

std::string format_access_members(const AccessRecord& record) {
  return fmt::format(
      "\"request_id\":{},\"remote\":{},\"user\":{},\"method\":{},\"uri\":{},\"endpoint\":{},"
      "\"status\":{},\"bytes_in\":{},\"bytes_out\":{},\"duration_ms\":{:.3f},\"user_agent\":{},"
      "\"complete\":{}",
      json_quote(record.request_id), json_quote(record.peer_address), json_quote(record.principal),
      json_quote(record.method), json_quote(record.target), json_quote(record.endpoint),
      record.status, record.received_body_bytes, record.sent_body_bytes,
      static_cast<double>(record.duration.count()) / 1000.0, json_quote(record.user_agent),
      record.complete);
}

}  // namespace estiba::http
