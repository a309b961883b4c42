// A blob that arrives from a registry.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "base/stream.h"
#include "client/registry_session.h"
#include "client/retry.h"
#include "client/settings.h"
#include "oci/descriptor.h"

namespace estiba::client {

// The bytes from an offset to the end. A connection that breaks off is taken up again by a request
// for the rest. Fails with kDataLoss when the registry has more or fewer bytes than the descriptor
// says. Borrows the session.
class BlobDownload final : public Source {
 public:
  // Sends the first request, so that a refusal is told here.
  BlobDownload(RegistrySession& session, std::string repository_path, Descriptor blob,
               std::uint64_t offset_bytes, const RetryPolicy& retries, std::stop_token stop);

  [[nodiscard]] std::size_t read(MutableBytes buffer) override;

 private:
  void open();
  void open_with_retries();
  void expect_end();
  void check_part(http::Exchange& exchange) const;
  [[nodiscard]] std::string name() const;

  RegistrySession& session_;
  const std::string repository_path_;
  const Descriptor blob_;
  std::uint64_t offset_bytes_;  // of the next byte to be handed out
  std::stop_token stop_;
  Backoff backoff_;
  int resumptions_ = 0;
  std::optional<http::Exchange> exchange_;
};

}  // namespace estiba::client
