// Names of requests, so that a client's complaint, the log and a webhook can be brought together.
#pragma once

#include <string>
#include <string_view>

namespace estiba::http {

// The client's own ("X-Request-Id") where it is harmless: up to 128 of letters, digits, '-', '_',
// '.', ':'. A new one otherwise, unique in this process and very likely beyond.
[[nodiscard]] std::string choose_request_id(std::string_view from_client);

}  // namespace estiba::http
