// The endpoints: one function each takes the call and answers it. Refusals are thrown.
#pragma once

#include "http/response.h"
#include "registry/call.h"

namespace estiba::registry {

[[nodiscard]] http::Response answer_base(Call& call);
[[nodiscard]] http::Response answer_token(Call& call);
[[nodiscard]] http::Response answer_catalog(Call& call);
[[nodiscard]] http::Response answer_tags(Call& call);
[[nodiscard]] http::Response answer_manifest(Call& call);
[[nodiscard]] http::Response answer_referrers(Call& call);
[[nodiscard]] http::Response answer_blob(Call& call);
[[nodiscard]] http::Response answer_uploads(Call& call);
[[nodiscard]] http::Response answer_upload(Call& call);

[[nodiscard]] http::Response answer_v1_ping(Call& call);
[[nodiscard]] http::Response answer_v1_search(Call& call);

[[nodiscard]] http::Response answer_metrics(Call& call);  // for administrators

// Reads of repositories that are an upstream's; nothing for all others.
[[nodiscard]] std::optional<http::Response> answer_proxied(Call& call);

// 405 with the methods that the endpoint has.
[[noreturn]] void refuse_method(const std::string& allowed_methods);
// 405 for anything but GET and HEAD.
void require_read(const Call& call);

}  // namespace estiba::registry
