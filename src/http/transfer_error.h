// Failures of libcurl in our words.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "http/url.h"

namespace estiba::http {

// `code` is a CURLcode, `detail` curl's own text (may be empty), `os_errno` 0 when unknown.
[[nodiscard]] Error describe_transfer_error(int code, std::string_view detail, long os_errno,
                                            const Url& url);

}  // namespace estiba::http
