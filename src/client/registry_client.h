// One registry, as the OCI distribution specification lets us use it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/stream.h"
#include "base/time.h"
#include "client/credentials.h"
#include "client/registry_session.h"
#include "client/settings.h"
#include "oci/descriptor.h"
#include "oci/reference.h"
#include "store/image_store.h"
#include "store/image_transfer.h"

namespace estiba::client {

// Thread-safe. Reads ask the mirrors first, then the registry; writes go to the registry only.
// Requests that fail for a passing reason (a broken connection, 429, 5xx) are repeated as the
// settings say; Errors that come out are RegistryError where a registry answered.
//
// All repositories given must be of this registry.
class RegistryClient {
 public:
  // Credentials are looked up at the first need of each host.
  RegistryClient(std::string registry, const Settings& settings,
                 const CredentialStore& credentials);
  // One explicit credential for the registry itself, or none; for login and for tests.
  RegistryClient(std::string registry, const Settings& settings,
                 std::optional<Credential> credential);
  ~RegistryClient();

  // Whom the tag, or the digest when there is one, names.
  [[nodiscard]] Descriptor resolve(const Reference& reference, std::stop_token stop);
  // Whom the tag named at that time; kUnsupported where the registry keeps no history.
  [[nodiscard]] Descriptor resolve_at(const Reference& reference, Timestamp at,
                                      std::stop_token stop);
  // The exact bytes of a manifest or index, by digest if the reference has one, else by tag. Bytes
  // that do not match a digest are kDataLoss.
  [[nodiscard]] store::ManifestDocument get_manifest(const Reference& reference,
                                                     std::stop_token stop);
  // Under the tag of `reference`, or under its own digest when there is none. Returns the digest
  // that the registry knows it by.
  Digest put_manifest(const Reference& reference, const store::ManifestDocument& manifest,
                      std::stop_token stop);
  // By tag or by digest. kUnsupported where the registry keeps what it has.
  void delete_manifest(const Reference& reference, std::stop_token stop);

  [[nodiscard]] bool has_blob(const Repository& repository, const Digest& digest,
                              std::stop_token stop);
  // The blob's bytes from an offset. Broken connections are resumed within; the length is checked,
  // the digest is the reader's to check since he may have the beginning already.
  [[nodiscard]] std::unique_ptr<Source> open_blob(const Repository& repository,
                                                  const Descriptor& blob,
                                                  std::uint64_t offset_bytes, std::stop_token stop);
  // A whole small blob, verified.
  [[nodiscard]] std::string read_blob(const Repository& repository, const Descriptor& blob,
                                      std::size_t max_size_bytes, std::stop_token stop);

  struct BlobUpload {
    Descriptor blob;
    store::OpenBlob open;  // called again after a broken connection
    // Told how many bytes the registry has; may fall back.
    std::function<void(std::uint64_t)> on_bytes{};
    // Paths of this registry's repositories that may hold the blob, most likely first.
    std::vector<std::string> mount_from{};
  };
  struct BlobUploaded {
    store::BlobOutcome outcome = store::BlobOutcome::kStored;
    std::string mounted_from{};
  };
  // Mounts the blob or sends its bytes; resumes where the registry says. Does not ask whether it is
  // there already.
  BlobUploaded push_blob(const Repository& repository, const BlobUpload& upload,
                         std::stop_token stop);

  // Descriptors of the manifests whose subject is `subject`, by the referrers API or, where there
  // is none, by the tag that clients keep instead of it.
  [[nodiscard]] std::vector<Descriptor> list_referrers(const Repository& repository,
                                                       const Digest& subject, std::stop_token stop);

  // Sorted by their bytes, which not every registry does; names that are no tags are left out.
  [[nodiscard]] std::vector<std::string> list_tags(const Repository& repository,
                                                   std::stop_token stop);

  [[nodiscard]] const std::string& registry() const { return registry_; }

 private:
  [[nodiscard]] std::vector<Descriptor> referrers_by_tag(const Repository& repository,
                                                         const Digest& subject,
                                                         std::stop_token stop);
  using MakeCredential = std::function<std::optional<Credential>(const std::string& registry)>;
  RegistryClient(std::string registry, const Settings& settings,
                 const MakeCredential& make_credential);

  [[nodiscard]] RegistrySession& session() { return *sessions_.back(); }
  // Calls `operation(session)` for the mirrors and at last for the registry until one succeeds.
  template <typename Operation>
  auto read_from_any(const std::stop_token& stop, Operation operation);
  // The same for the registry alone.
  template <typename Operation>
  auto at_registry(const std::stop_token& stop, Operation operation);

  const std::string registry_;
  const RetryPolicy retries_;
  std::unique_ptr<http::Client> http_;
  std::vector<std::unique_ptr<RegistrySession>> sessions_;  // mirrors, then the registry
};

}  // namespace estiba::client
