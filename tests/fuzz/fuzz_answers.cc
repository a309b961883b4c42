// What a client reads of a registry that may be hostile: challenges, locations, URLs.
#include <string>

#include "fuzz/answered.h"
#include "http/auth_challenge.h"
#include "http/url.h"

using namespace estiba;
using fuzz::answered;
using fuzz::must;

namespace {

void check_url(const http::Url& url) {
  must(url.scheme == "http" || url.scheme == "https");
  must(!url.host.empty() && url.path.starts_with('/'));
  // Nothing may end a line of the request that is made of it.
  must(url.to_string().find_first_of(std::string_view("\r\n \0", 4)) == std::string::npos);
  must(http::Url::parse(url.to_string()).to_string() == url.to_string());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  for (const http::AuthChallenge& challenge : http::parse_challenges(text)) {
    must(!challenge.scheme.empty());
    if (const auto realm = challenge.find("realm")) {
      answered([&] { check_url(http::Url::parse(*realm)); });
    }
  }
  answered([&] { check_url(http::Url::parse(text)); });
  static const http::Url base = http::Url::parse("https://registry.example:5000/v2/a/b?n=1");
  answered([&] { check_url(base.resolve(text)); });
  return 0;
}
