#include "registry/web/pages.h"

#include <algorithm>
#include <cstdlib>

#include "base/text.h"
#include "http/conditional.h"

namespace estiba::registry::web {
namespace {

constexpr std::string_view kIndex = "/index.html";
constexpr std::string_view kHashedFolder = "/assets/";

// Scripts and styles come from here alone, and none stands in a page; text becomes a script or
// markup only through the sanitiser of web/src/components/markdown.tsx.
constexpr std::string_view kContentSecurityPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

// RFC 9110, 12.5.3: listed, and not with a weight of zero.
bool takes_coding(const http::Headers& headers, std::string_view coding) {
  for (const std::string_view field : headers.all("Accept-Encoding")) {
    for (const std::string& item : split(field, ',')) {
      const std::vector<std::string> parts = split(item, ';');
      if (!http::equals_ignoring_case(trim(parts.front()), coding)) continue;
      const std::string weight = parts.size() > 1 ? std::string(trim(parts[1])) : "q=1";
      return weight.starts_with("q=") && std::strtod(weight.c_str() + 2, nullptr) > 0;
    }
  }
  return false;
}

const PageFile* find_page(const Pages& pages, const http::Target& target) {
  std::string_view path = target.path;
  if (path == "/" ||
      (!target.segments.empty() &&
       std::ranges::find(pages.addresses, target.segments.front()) != pages.addresses.end())) {
    path = kIndex;
  }
  const auto found = std::ranges::find(pages.files, path, &PageFile::path);
  return found == pages.files.end() ? nullptr : &*found;
}

void add_protection(http::Headers& headers) {
  headers.set("Content-Security-Policy", std::string(kContentSecurityPolicy));
  headers.set("X-Content-Type-Options", "nosniff");
  headers.set("X-Frame-Options", "DENY");
  headers.set("Referrer-Policy", "same-origin");
  headers.set("Cross-Origin-Opener-Policy", "same-origin");
  headers.set("Cross-Origin-Resource-Policy", "same-origin");
  headers.set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()");
}

// The form that the client likes best, under an entity tag of its own.
void put_content(const PageFile& file, const http::Request& request, http::Response& response) {
  std::string_view content = file.plain;
  std::string coding;
  if (takes_coding(request.headers(), "br")) {
    content = file.brotli;
    coding = "br";
  } else if (takes_coding(request.headers(), "gzip")) {
    content = file.gzip;
    coding = "gzip";
  }
  std::string etag = "\"" + std::string(file.etag);
  if (!coding.empty()) {
    response.headers.set("Content-Encoding", coding);
    etag += "-" + coding;
  }
  response.headers.set("ETag", etag + "\"");
  response.headers.set("Vary", "Accept-Encoding");
  if (http::check_conditions(request, response.headers.get("ETag")) ==
      http::Condition::kNotModified) {
    response.status = 304;
    return;
  }
  response.headers.set("Content-Type", std::string(file.media_type));
  response.body = std::string(content);
}

}  // namespace

std::optional<http::Response> answer_page(const Pages& pages, const http::Request& request) {
  const PageFile* file = find_page(pages, request.target());
  if (file == nullptr) return std::nullopt;
  http::Response response;
  if (request.method() != "GET" && request.method() != "HEAD") {
    response = http::Response::text(405, "pages are only read\n");
    response.headers.set("Allow", "GET, HEAD");
  } else {
    put_content(*file, request, response);
    // A hashed name never means another content; what names them has to be asked for each time.
    response.headers.set("Cache-Control", file->path.starts_with(kHashedFolder)
                                              ? "public, max-age=31536000, immutable"
                                              : "no-cache");
  }
  add_protection(response.headers);
  response.endpoint = "page";
  return response;
}

}  // namespace estiba::registry::web
