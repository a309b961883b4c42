#include "client/registry_client.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "client/blob_download.h"
#include "client/blob_upload.h"
#include "client/limits.h"
#include "client/registry_error.h"
#include "client/retry.h"
#include "oci/json_document.h"
#include "oci/manifest.h"

namespace estiba::client {
namespace {

using store::ManifestDocument;

// One field for all types: some registries read only the first one.
std::string accepted_manifests() {
  return fmt::format("{}, {}, {}, {}", media_types::kOciManifest, media_types::kOciIndex,
                     media_types::kDockerManifest, media_types::kDockerManifestList);
}

std::string manifest_target(const Reference& reference) {
  const std::string name =
      reference.digest() ? reference.digest()->to_string() : reference.tag().value_or("latest");
  return fmt::format("/v2/{}/manifests/{}", reference.repository().path(), name);
}

RegistryRequest manifest_request(const char* method, const Reference& reference) {
  return {.method = method,
          .target = manifest_target(reference),
          .headers = {{"Accept", accepted_manifests()}},
          .scopes = {pull_scope(reference.repository().path())}};
}

std::string_view without_parameters(std::string_view media_type) {
  return media_type.substr(0, media_type.find(';'));
}

bool is_any_manifest_type(std::string_view type) {
  return is_manifest_media_type(type) || is_index_media_type(type);
}

// The manifest of a GET. The type is the document's own; one that the transport tells differently
// is refused, unless it is no manifest's type at all as careless servers send it.
ManifestDocument read_manifest(http::Exchange& exchange, const Reference& reference) {
  ManifestDocument document{
      .media_type = {},
      .bytes = read_all(exchange.body(), kMaxManifestBytes, "manifest of " + reference.familiar()),
      .digest = Digest::of("")};
  if (reference.digest()) {
    Hasher hasher(reference.digest()->algorithm());
    hasher.update(document.bytes);
    document.digest = Digest::finish(hasher);
    check_digest(*reference.digest(), document.digest, "manifest of " + reference.familiar());
  } else {
    document.digest = Digest::of(document.bytes);
    const auto told = Digest::try_parse(exchange.header("Docker-Content-Digest"));
    if (told && told->algorithm() == document.digest.algorithm()) {
      check_digest(*told, document.digest, "manifest of " + reference.familiar());
    }
  }
  document.media_type = detect_manifest_media_type(document.bytes);
  const std::string_view sent_type = without_parameters(exchange.header("Content-Type"));
  if (is_any_manifest_type(sent_type) && sent_type != document.media_type) {
    // Throws unless the document leaves the choice.
    document.media_type = is_index_media_type(document.media_type)
                              ? Index::parse(document.bytes, sent_type).media_type
                              : Manifest::parse(document.bytes, sent_type).media_type;
  }
  return document;
}

// What a HEAD tells, when it tells enough.
std::optional<Descriptor> read_head(const http::Exchange& exchange, const Reference& reference) {
  const auto digest = Digest::try_parse(exchange.header("Docker-Content-Digest"));
  const auto size = exchange.content_length();
  const std::string_view type = without_parameters(exchange.header("Content-Type"));
  if (!digest || !size || *size == 0 || !is_any_manifest_type(type)) return std::nullopt;
  if (reference.digest() && *digest != *reference.digest()) {
    throw Error(ErrorCode::kDataLoss, fmt::format("the registry answers {} with {}",
                                                  reference.familiar(), digest->to_string()));
  }
  return Descriptor{.media_type = MediaType(type), .digest = *digest, .size_bytes = *size};
}

// The target of Link: </v2/...>; rel="next".
std::optional<std::string> next_page(std::string_view link) {
  const std::size_t begin = link.find('<');
  const std::size_t end = link.find('>');
  if (begin == std::string_view::npos || end == std::string_view::npos || end < begin) {
    return std::nullopt;
  }
  if (link.substr(end).find("next") == std::string_view::npos) return std::nullopt;
  return std::string(link.substr(begin + 1, end - begin - 1));
}

struct Page {
  std::vector<Descriptor> entries;
  std::optional<std::string> next;
};

void read_tags_page(const std::string& body, std::vector<std::string>& tags) {
  const nlohmann::json json = parse_json(body, kMaxTagsPageBytes, "list of tags");
  for (const JsonField& entry : JsonField(json, "list of tags")["tags"].elements()) {
    std::string tag = entry.string();
    if (is_valid_tag(tag)) tags.push_back(std::move(tag));
  }
}

}  // namespace

RegistryClient::RegistryClient(std::string registry, const Settings& settings,
                               const MakeCredential& make_credential)
    : registry_(std::move(registry)),
      retries_(settings.retries),
      http_(std::make_unique<http::Client>(settings.http)) {
  std::vector<Endpoint> endpoints = mirror_endpoints(registry_, settings);
  endpoints.push_back(registry_endpoint(registry_, settings));
  for (Endpoint& endpoint : endpoints) {
    std::optional<Credential> credential = make_credential(endpoint.credential_registry);
    sessions_.push_back(
        std::make_unique<RegistrySession>(*http_, std::move(endpoint), std::move(credential)));
  }
}

RegistryClient::RegistryClient(std::string registry, const Settings& settings,
                               const CredentialStore& credentials)
    : RegistryClient(std::move(registry), settings, MakeCredential([&](const std::string& name) {
                       return credentials.find(name);
                     })) {}

RegistryClient::RegistryClient(std::string registry, const Settings& settings,
                               std::optional<Credential> credential)
    : RegistryClient(registry, settings, MakeCredential([&](const std::string& name) {
                       return name == registry ? credential : std::nullopt;
                     })) {}

RegistryClient::~RegistryClient() = default;

template <typename Operation>
auto RegistryClient::at_registry(const std::stop_token& stop, Operation operation) {
  // A registry that cannot be reached at all is told at once.
  (void)session().origin(stop);
  return with_retries(retries_, stop, [&] { return operation(session()); });
}

template <typename Operation>
auto RegistryClient::read_from_any(const std::stop_token& stop, Operation operation) {
  for (std::size_t i = 0; i + 1 < sessions_.size(); ++i) {
    try {
      (void)sessions_[i]->origin(stop);
      return operation(*sessions_[i]);
    } catch (const Error& error) {
      // Whatever a mirror lacks or spoils the registry itself may have.
      if (error.code() == ErrorCode::kCancelled) throw;
    }
  }
  return at_registry(stop, operation);
}

Descriptor RegistryClient::resolve(const Reference& reference, std::stop_token stop) {
  const std::optional<Descriptor> head = read_from_any(stop, [&](RegistrySession& session) {
    const http::Exchange exchange = session.send(manifest_request("HEAD", reference), stop);
    return exchange.status() == 200 ? read_head(exchange, reference) : std::nullopt;
  });
  if (head) return *head;
  // GET tells what HEAD left out, among it the reason of a refusal.
  const ManifestDocument document = get_manifest(reference, stop);
  return {.media_type = document.media_type,
          .digest = document.digest,
          .size_bytes = document.bytes.size()};
}

Descriptor RegistryClient::resolve_at(const Reference& reference, Timestamp at,
                                      std::stop_token stop) {
  RegistryRequest request = manifest_request("GET", reference);
  http::Query query;
  query.add("at", format_rfc3339(at));
  request.target += "?" + query.to_string();
  return at_registry(stop, [&](RegistrySession& session) {
    http::Exchange exchange = session.send(request, stop);
    if (exchange.status() != 200) throw read_failure(exchange, request.target);
    // Others pass over what they do not know and answer with what the tag means today.
    if (exchange.header("Estiba-As-Of").empty()) {
      throw Error(ErrorCode::kUnsupported, registry_ + " does not tell what its tags meant before",
                  "pull by tag or by digest");
    }
    const ManifestDocument document = read_manifest(exchange, reference);
    return Descriptor{.media_type = document.media_type,
                      .digest = document.digest,
                      .size_bytes = document.bytes.size()};
  });
}

ManifestDocument RegistryClient::get_manifest(const Reference& reference, std::stop_token stop) {
  return read_from_any(stop, [&](RegistrySession& session) {
    http::Exchange exchange = session.send(manifest_request("GET", reference), stop);
    if (exchange.status() != 200) throw read_failure(exchange, manifest_target(reference));
    return read_manifest(exchange, reference);
  });
}

Digest RegistryClient::put_manifest(const Reference& reference, const ManifestDocument& manifest,
                                    std::stop_token stop) {
  const Reference target = reference.tag()
                               ? Reference(reference.repository(), reference.tag(), std::nullopt)
                               : Reference(reference.repository(), std::nullopt, manifest.digest);
  return at_registry(stop, [&](RegistrySession& session) {
    const RegistryRequest request{.method = "PUT",
                                  .target = manifest_target(target),
                                  .headers = {{"Content-Type", manifest.media_type}},
                                  .body = manifest.bytes,
                                  .scopes = {push_scope(reference.repository().path())}};
    http::Exchange exchange = session.send(request, stop);
    if (exchange.status() != 201 && exchange.status() != 202) {
      throw read_failure(exchange, manifest_target(target));
    }
    const auto digest = Digest::try_parse(exchange.header("Docker-Content-Digest"));
    if (digest && digest->algorithm() == manifest.digest.algorithm()) {
      check_digest(manifest.digest, *digest, "manifest as the registry stored it");
    }
    return manifest.digest;
  });
}

void RegistryClient::delete_manifest(const Reference& reference, std::stop_token stop) {
  at_registry(stop, [&](RegistrySession& session) {
    RegistryRequest request = manifest_request("DELETE", reference);
    request.scopes.insert(delete_scope(reference.repository().path()));
    http::Exchange exchange = session.send(request, stop);
    if (exchange.status() != 202 && exchange.status() != 200) {
      throw read_failure(exchange, "DELETE of " + reference.familiar());
    }
  });
}

bool RegistryClient::has_blob(const Repository& repository, const Digest& digest,
                              std::stop_token stop) {
  return at_registry(stop, [&](RegistrySession& session) {
    http::Exchange exchange = session.send(
        {.method = "HEAD",
         .target = fmt::format("/v2/{}/blobs/{}", repository.path(), digest.to_string()),
         // Asked before a push, so that one token serves for both.
         .scopes = {push_scope(repository.path())}},
        stop);
    if (exchange.status() == 200) return true;
    if (exchange.status() == 404) return false;
    throw read_failure(exchange, "the question for a blob");
  });
}

std::unique_ptr<Source> RegistryClient::open_blob(const Repository& repository,
                                                  const Descriptor& blob,
                                                  std::uint64_t offset_bytes,
                                                  std::stop_token stop) {
  return read_from_any(stop, [&](RegistrySession& session) -> std::unique_ptr<Source> {
    return std::make_unique<BlobDownload>(session, repository.path(), blob, offset_bytes, retries_,
                                          stop);
  });
}

std::string RegistryClient::read_blob(const Repository& repository, const Descriptor& blob,
                                      std::size_t max_size_bytes, std::stop_token stop) {
  const std::string what = "blob " + blob.digest.to_string();
  if (blob.size_bytes > max_size_bytes) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("{} has {} bytes, more than the {} that it may have", what,
                            blob.size_bytes, max_size_bytes));
  }
  return read_from_any(stop, [&](RegistrySession& session) {
    BlobDownload download(session, repository.path(), blob, 0, retries_, stop);
    VerifyingSource verified(download, blob.digest, blob.size_bytes, what);
    return read_all(verified, max_size_bytes, what);
  });
}

RegistryClient::BlobUploaded RegistryClient::push_blob(const Repository& repository,
                                                       const BlobUpload& upload,
                                                       std::stop_token stop) {
  (void)session().origin(stop);
  return BlobUploader(session(), repository.path(), upload, retries_, stop).run();
}

std::vector<Descriptor> RegistryClient::list_referrers(const Repository& repository,
                                                       const Digest& subject,
                                                       std::stop_token stop) {
  std::vector<Descriptor> referrers;
  std::optional<std::string> target =
      fmt::format("/v2/{}/referrers/{}", repository.path(), subject.to_string());
  while (target && referrers.size() < kMaxReferrers) {
    const auto page = at_registry(stop, [&](RegistrySession& session) -> std::optional<Page> {
      http::Exchange exchange =
          session.send({.target = *target, .scopes = {pull_scope(repository.path())}}, stop);
      const int status = exchange.status();
      // A registry of before the specification's 1.1, which does not know the route.
      if (status == 400 || status == 404 || status == 405) return std::nullopt;
      if (status != 200) throw read_failure(exchange, "the list of referrers");
      const std::string body = read_all(exchange.body(), kMaxManifestBytes, "list of referrers");
      return Page{Index::parse(body).manifests, next_page(exchange.header("Link"))};
    });
    if (!page) return referrers_by_tag(repository, subject, stop);
    referrers.insert(referrers.end(), page->entries.begin(), page->entries.end());
    target = page->entries.empty() ? std::nullopt : page->next;
  }
  return referrers;
}

std::vector<Descriptor> RegistryClient::referrers_by_tag(const Repository& repository,
                                                         const Digest& subject,
                                                         std::stop_token stop) {
  std::string tag = subject.to_string();
  std::replace(tag.begin(), tag.end(), ':', '-');
  try {
    const ManifestDocument document =
        get_manifest(Reference(repository, tag, std::nullopt), std::move(stop));
    if (!is_index_media_type(document.media_type)) return {};
    return Index::parse(document.bytes, document.media_type).manifests;
  } catch (const RegistryError& error) {
    if (error.status() != 404) throw;
    return {};
  }
}

std::vector<std::string> RegistryClient::list_tags(const Repository& repository,
                                                   std::stop_token stop) {
  std::vector<std::string> tags;
  std::optional<std::string> target =
      fmt::format("/v2/{}/tags/list?n={}", repository.path(), kTagsPerPage);
  while (target) {
    target = at_registry(stop, [&](RegistrySession& session) {
      http::Exchange exchange =
          session.send({.target = *target, .scopes = {pull_scope(repository.path())}}, stop);
      if (exchange.status() != 200) throw read_failure(exchange, "the list of tags");
      const std::size_t before = tags.size();
      read_tags_page(read_all(exchange.body(), kMaxTagsPageBytes, "list of tags"), tags);
      // A page that brings nothing would be followed for ever.
      const bool goes_on = tags.size() > before && tags.size() < kMaxTags;
      return goes_on ? next_page(exchange.header("Link")) : std::nullopt;
    });
  }
  std::sort(tags.begin(), tags.end());
  return tags;
}

}  // namespace estiba::client
