// What a registry refuses, in its own words and ours.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "http/client.h"
#include "oci/reference.h"

namespace estiba::client {

// An answer that is not a success. The message is the registry's sentence as docker prints it:
// "manifest unknown: manifest unknown", "denied: requested access to the resource is denied".
class RegistryError : public Error {
 public:
  RegistryError(int status, std::string registry_code, std::string message, std::string hint = {});

  [[nodiscard]] int status() const { return status_; }
  // "MANIFEST_UNKNOWN" (OCI distribution specification, "Error Codes"); empty when none was sent.
  [[nodiscard]] const std::string& registry_code() const { return registry_code_; }
  // How long the server wants us to wait.
  [[nodiscard]] std::optional<std::chrono::seconds> retry_after() const { return retry_after_; }
  void set_retry_after(std::chrono::seconds pause) { retry_after_ = pause; }

 private:
  int status_;
  std::string registry_code_;
  std::optional<std::chrono::seconds> retry_after_;
};

// Reads the rest of a failed exchange; bounded, total on any bytes. `doing` is named when the
// registry gave no sentence of its own.
[[nodiscard]] RegistryError read_failure(http::Exchange& exchange, std::string_view doing);

// Docker's sentences for what a person asked for by name: "pull access denied for X, ...",
// "manifest for X not found: ...". Rethrows the error in flight, changed where we know better;
// called within a catch block.
[[noreturn]] void rethrow_pull_failure(const RegistryError& error, const Reference& reference);
[[noreturn]] void rethrow_push_failure(const RegistryError& error, const Reference& reference);

// Text from strangers made fit for a terminal: control characters become spaces, the length is
// bounded.
[[nodiscard]] std::string printable(std::string_view text, std::size_t max_bytes);

// The value of Retry-After, as a number of seconds or an HTTP date.
[[nodiscard]] std::optional<std::chrono::seconds> parse_retry_after(std::string_view value);

}  // namespace estiba::client
