// What an operator wants to know of each finished request.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace estiba::http {

struct AccessRecord {
  std::string peer_address;
  std::string method;
  std::string target;  // as sent, with the query
  std::string user_agent;
  std::string request_id{};
  std::string principal{};  // who was served, as the handler said
  std::string endpoint{};   // what was asked for, as the handler said
  int status = 0;
  std::uint64_t received_body_bytes = 0;
  std::uint64_t sent_body_bytes = 0;
  std::chrono::microseconds duration{0};
  bool complete = true;  // false when the connection broke before the whole answer was sent
};

// One line: `192.0.2.1:4711 GET "/v2/" 200 2 0.153ms "curl/7.88.1"`; text of the client is escaped.
[[nodiscard]] std::string format_access_line(const AccessRecord& record);
// The same and more as the members of a JSON object, without its braces.
[[nodiscard]] std::string format_access_members(const AccessRecord& record);

}  // namespace estiba::http
