#include "http/url.h"

#include <curl/curl.h>

#include <charconv>
#include <memory>

#include "base/error.h"
#include "base/text.h"
#include "http/limits.h"

namespace estiba::http {
namespace {

using Handle = std::unique_ptr<CURLU, decltype(&::curl_url_cleanup)>;

std::string shortened(std::string_view text) {
  constexpr std::size_t kShown = 200;
  return text.size() <= kShown ? std::string(text) : std::string(text.substr(0, kShown)) + "...";
}

void set_url(CURLU* handle, std::string_view text, unsigned flags) {
  if (text.size() > kMaxUrlBytes) {
    throw Error(ErrorCode::kInvalidArgument, "the URL is too long: " + shortened(text));
  }
  const CURLUcode status = ::curl_url_set(handle, CURLUPART_URL, std::string(text).c_str(), flags);
  if (status != CURLUE_OK) {
    throw Error(ErrorCode::kInvalidArgument,
                "malformed URL \"" + shortened(text) + "\": " + ::curl_url_strerror(status));
  }
}

// Empty when the URL has no such part.
std::string part_of(CURLU* handle, CURLUPart part) {
  char* text = nullptr;
  if (::curl_url_get(handle, part, &text, CURLU_DEFAULT_PORT) != CURLUE_OK) return {};
  std::string copy = text;
  ::curl_free(text);
  return copy;
}

std::uint16_t default_port(std::string_view scheme) {
  return scheme == "https" ? 443 : 80;
}

Url read_parts(CURLU* handle, std::string_view text) {
  Url url;
  url.scheme = to_lower(part_of(handle, CURLUPART_SCHEME));
  if (url.scheme != "http" && url.scheme != "https") {
    throw Error(ErrorCode::kInvalidArgument,
                "the URL \"" + shortened(text) + "\" is neither http nor https");
  }
  url.host = to_lower(part_of(handle, CURLUPART_HOST));
  const std::string port = part_of(handle, CURLUPART_PORT);
  std::from_chars(port.data(), port.data() + port.size(), url.port);
  url.path = part_of(handle, CURLUPART_PATH);
  url.query = part_of(handle, CURLUPART_QUERY);
  return url;
}

}  // namespace

Url Url::parse(std::string_view text) {
  const Handle handle(::curl_url(), &::curl_url_cleanup);
  set_url(handle.get(), text, CURLU_DISALLOW_USER);
  return read_parts(handle.get(), text);
}

Url Url::resolve(std::string_view location) const {
  const Handle handle(::curl_url(), &::curl_url_cleanup);
  set_url(handle.get(), to_string(), 0);
  // Servers put unencoded characters into Location.
  set_url(handle.get(), location, CURLU_DISALLOW_USER | CURLU_URLENCODE);
  return read_parts(handle.get(), location);
}

std::string Url::origin() const {
  std::string text = scheme + "://" + host;
  if (port != default_port(scheme)) text += ":" + std::to_string(port);
  return text;
}

bool Url::same_origin(const Url& other) const {
  return scheme == other.scheme && host == other.host && port == other.port;
}

std::string Url::to_string() const {
  return origin() + path + (query.empty() ? std::string() : "?" + query);
}

Url Url::with_parameter(std::string_view name, std::string_view value) const {
  Url extended = *this;
  if (!extended.query.empty()) extended.query += '&';
  extended.query += percent_encode(name) + "=" + percent_encode(value);
  return extended;
}

}  // namespace estiba::http
