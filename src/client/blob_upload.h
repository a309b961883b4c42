// A blob that goes to a registry (OCI distribution specification, "Pushing Blobs": POST, PATCH,
// PUT), taken up again where the registry says when the connection breaks.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>

#include "client/registry_client.h"
#include "client/registry_session.h"
#include "client/retry.h"

namespace estiba::client {

// Used once, by one thread. Borrows all it is given.
class BlobUploader {
 public:
  BlobUploader(RegistrySession& session, std::string repository_path,
               const RegistryClient::BlobUpload& upload, const RetryPolicy& retries,
               std::stop_token stop);
  [[nodiscard]] RegistryClient::BlobUploaded run();

 private:
  [[nodiscard]] std::optional<std::string> try_mounts();
  [[nodiscard]] bool start(const std::string* mount_from);
  // One request that brings the upload further; true when the registry has the blob.
  [[nodiscard]] bool advance();
  void send_rest();
  [[nodiscard]] bool commit();
  void ask_status();
  void forget_session();
  [[nodiscard]] bool is_there();
  void count_refusal(http::Exchange& exchange, std::string_view doing);

  [[nodiscard]] http::Exchange send(RegistryRequest request);
  void take_location(const http::Exchange& exchange);
  [[nodiscard]] std::optional<std::uint64_t> received_bytes(const http::Exchange& exchange) const;
  void report(std::uint64_t bytes) const;
  [[nodiscard]] std::string name() const;

  RegistrySession& session_;
  const std::string repository_path_;
  const RegistryClient::BlobUpload& upload_;
  std::stop_token stop_;
  Backoff backoff_;
  const Scopes scopes_;
  bool mounts_tried_ = false;
  std::string location_;            // absolute; empty: no upload session
  std::uint64_t offset_bytes_ = 0;  // what the registry has, when that is known
  bool offset_is_known_ = true;
  bool commit_was_sent_ = false;  // its answer may have been lost
  int refusals_ = 0;              // of tokens and offsets, since the last progress
  int restarts_ = 0;
};

}  // namespace estiba::client
