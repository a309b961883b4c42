// Asks an identity provider, which may be slow, broken or hostile.
#pragma once

#include <string>
#include <string_view>

#include "http/client.h"
#include "http/target.h"
#include "registry/settings.h"

namespace estiba::registry {

// Thread-safe. An exchange ends within the provider's timeout and kMaxProviderAnswerBytes;
// redirects are not followed; networks that are not public are refused unless the settings allow
// them, whatever URL the provider's own documents name. kUnavailable for whatever goes wrong.
class ProviderClient {
 public:
  // Only when the provider is configured with plain HTTP may its other URLs be so.
  ProviderClient(const ProviderSettings& provider, const ServeOptions& options);

  // Throws kUnavailable for a URL that this provider must not name.
  void check_url(const std::string& url) const;
  // The body of a 200, JSON as far as its sender says; `bearer` may be empty.
  [[nodiscard]] std::string get(const std::string& url, const std::string& bearer) const;
  struct Answer {
    int status = 0;
    std::string body;
  };
  // A form; `authorization` may be empty.
  [[nodiscard]] Answer post(const std::string& url, const http::Query& form,
                            const std::string& authorization) const;

 private:
  [[nodiscard]] Answer send(http::ClientRequest request) const;

  const bool plain_http_;
  const std::chrono::milliseconds timeout_;
  mutable http::Client client_;
};

}  // namespace estiba::registry
