// The pages themselves: files that the build has made of web/ and put into the program.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "http/request.h"
#include "http/response.h"

namespace estiba::registry::web {

// Views of memory that lasts as long as the program.
struct PageFile {
  std::string_view path;  // "/assets/app-3XYFAZU7.js"
  std::string_view media_type;
  std::string_view etag;  // of the plain form, without quotes
  std::string_view plain;
  std::string_view gzip;
  std::string_view brotli;
};

struct Pages {
  std::span<const PageFile> files{};
  // First segments of the addresses that the pages themselves read, all of them /index.html as "/"
  // is.
  std::span<const std::string_view> addresses{};
};

// What the build has put into this program (web/CMakeLists.txt); nothing with ESTIBA_PAGES=OFF.
[[nodiscard]] Pages embedded_pages();

// Nothing for paths that are not the pages'. Thread-safe.
[[nodiscard]] std::optional<http::Response> answer_page(const Pages& pages,
                                                        const http::Request& request);

}  // namespace estiba::registry::web
