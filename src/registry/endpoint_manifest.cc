#include <nlohmann/json.hpp>

#include "base/text.h"
#include "http/conditional.h"
#include "oci/reference.h"
#include "registry/api_error.h"
#include "registry/endpoints.h"
#include "registry/events.h"
#include "registry/limits.h"
#include "registry/manifest_document.h"

namespace estiba::registry {
namespace {

// A route's reference is a digest or a tag.
struct ManifestName {
  std::optional<Digest> digest;
  std::string tag;
};

std::string check_tag(std::string_view tag) {
  if (!is_valid_tag(tag)) {
    throw ApiError(400, "TAG_INVALID", "invalid tag: " + std::string(tag.substr(0, 200)));
  }
  return std::string(tag);
}

ManifestName parse_name(const std::string& text) {
  if (text.find(':') != std::string::npos) return {parse_digest(text), ""};
  return {std::nullopt, check_tag(text)};
}

[[noreturn]] void refuse_unknown(const Call& call) {
  throw ApiError(404, "MANIFEST_UNKNOWN",
                 "manifest unknown: " + call.route.reference.substr(0, 200));
}

// What cannot be a tag is not there (distribution specification, "Pulling manifests"): asked for,
// it is no error of form.
ManifestName parse_existing_name(const Call& call) {
  const std::string& text = call.route.reference;
  if (text.find(':') == std::string::npos && !is_valid_tag(text)) refuse_unknown(call);
  return parse_name(text);
}

// "?at=2026-11-01T12:00:00Z": as the tag was at that time.
std::optional<StoredManifest> find_manifest(Call& call, std::int64_t repository,
                                            const ManifestName& name) {
  Manifests& manifests = call.services.manifests;
  if (name.digest) return manifests.find(repository, *name.digest);
  const std::string_view at = call.request.query().get("at");
  if (at.empty()) return manifests.find(repository, name.tag);
  return manifests.find(repository, name.tag, parse_rfc3339(at));
}

http::Response read_manifest(Call& call) {
  const RepositoryView repository = call.authorize(Action::kPull);
  const ManifestName name = parse_existing_name(call);
  auto manifest = find_manifest(call, *repository.id, name);
  if (!manifest) refuse_unknown(call);
  http::Response response;
  const std::string digest = manifest->digest.to_string();
  if (call.request.method() == "GET") call.services.pulls.count(*repository.id, name.tag, digest);
  response.headers = {{"Content-Type", manifest->media_type},
                      {"Docker-Content-Digest", digest},
                      {"ETag", "\"" + digest + "\""}};
  const std::string_view at = call.request.query().get("at");
  if (!at.empty() && !name.digest) response.headers.set("Estiba-As-Of", std::string(at));
  if (answered_by_condition(call.request, response)) return response;
  response.body = std::move(manifest->bytes);
  return response;
}

std::string media_type_of(const http::Request& request) {
  const std::string_view type = request.headers().get("content-type");
  return std::string(trim(type.substr(0, type.find(';'))));
}

std::string read_manifest_body(Call& call) {
  try {
    return call.request.read_body(kMaxManifestBytes);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kResourceExhausted) throw;
    throw ApiError(413, "MANIFEST_INVALID", "the manifest is larger than 4 MiB");
  }
}

// A push by digest may bring tags ("?tag=1.2&tag=latest"; distribution specification, "Pushing
// Manifests").
std::vector<std::string> tags_of(const Call& call, const ManifestName& name) {
  if (!name.digest) return {name.tag};
  std::vector<std::string> tags;
  for (const std::string_view tag : call.request.query().all("tag")) {
    tags.push_back(check_tag(tag));
  }
  if (tags.size() > kMaxTagsOfOnePush) {
    throw ApiError(414, "TAG_INVALID", "too many tags in one push");
  }
  return tags;
}

[[noreturn]] void refuse_missing(const MissingReferences& missing) {
  nlohmann::json digests = nlohmann::json::array();
  for (const Digest& digest : missing.digests())
    digests.push_back({{"digest", digest.to_string()}});
  throw ApiError(400, "MANIFEST_BLOB_UNKNOWN", missing.message(), digests.dump());
}

PutResult put_manifest(Call& call, std::int64_t repository, const NewManifest& manifest) {
  try {
    return call.services.manifests.put(repository, manifest);
  } catch (const ApiError&) {
    throw;
  } catch (const MissingReferences& missing) {
    refuse_missing(missing);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kInvalidArgument) throw;
    throw ApiError(400, "MANIFEST_INVALID", error.message());
  }
}

http::Response write_manifest(Call& call) {
  const ManifestName name = parse_name(call.route.reference);
  NewManifest manifest;
  manifest.tags = tags_of(call, name);
  RepositoryView repository = call.authorize(Action::kPush);
  manifest.bytes = read_manifest_body(call);
  call.ensure_exists(repository);
  manifest.media_type = media_type_of(call.request);
  manifest.account = call.account().name;
  manifest.expected = name.digest;
  manifest.precondition = [&](const std::optional<Digest>& current) {
    const std::string etag = current ? "\"" + current->to_string() + "\"" : "";
    if (http::check_conditions(call.request, etag) == http::Condition::kProceed) return;
    throw ApiError(412, "PRECONDITION_FAILED", "the manifest was changed meanwhile");
  };
  ChangeEvents events(call);
  manifest.on_stored = [&](sql::Connection& connection, const PutResult& stored) {
    events.pushed(connection, manifest, stored);
  };
  const PutResult result = put_manifest(call, *repository.id, manifest);

  http::Response response;
  response.status = 201;
  const std::string digest = result.digest.to_string();
  response.headers = {{"Location", "/v2/" + repository.name + "/manifests/" + digest},
                      {"Docker-Content-Digest", digest}};
  if (result.subject) response.headers.set("OCI-Subject", result.subject->to_string());
  if (name.digest) {
    for (const std::string& tag : manifest.tags) response.headers.add("OCI-Tag", tag);
  }
  if (result.media_type == kOciArtifactManifest) {
    add_warning(response,
                "artifact manifests were withdrawn from the OCI specification; push an "
                "image manifest with an artifactType");
  }
  return response;
}

http::Response delete_manifest(Call& call) {
  const RepositoryView repository = call.authorize(Action::kDelete);
  const ManifestName name = parse_existing_name(call);
  const std::string account = call.account().name;
  ChangeEvents events(call);
  const WithinChange tell = [&](sql::Connection& connection) {
    events.deleted(connection, name.tag, name.digest ? name.digest->to_string() : "");
  };
  const bool removed =
      name.digest ? call.services.manifests.remove(*repository.id, *name.digest, account, tell)
                  : call.services.tags.end(*repository.id, name.tag, account, tell);
  if (!removed) refuse_unknown(call);
  return empty_response(202);
}

}  // namespace

http::Response answer_manifest(Call& call) {
  const std::string& method = call.request.method();
  if (method == "GET" || method == "HEAD") return read_manifest(call);
  if (method == "PUT") return write_manifest(call);
  if (method == "DELETE") return delete_manifest(call);
  refuse_method("GET, HEAD, PUT, DELETE");
}

}  // namespace estiba::registry
