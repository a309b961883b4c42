#include "oci/reference.h"
#include "registry/api_error.h"
#include "registry/endpoints.h"

namespace estiba::registry {
namespace {

// A route's reference is a digest or a tag.
struct ManifestName {
  std::optional<Digest> digest;
  std::string tag;
};

ManifestName parse_name(const std::string& text) {
  if (text.find(':') != std::string::npos) return {parse_digest(text), ""};
  if (!is_valid_tag(text)) throw ApiError(400, "TAG_INVALID", "invalid tag: " + text);
  return {std::nullopt, text};
}

http::Response read_manifest(Call& call) {
  const ManifestName name = parse_name(call.route.reference);
  const RepositoryView repository = call.authorize(Action::kPull);
  auto manifest = name.digest ? call.services.manifests.find(*repository.id, *name.digest)
                              : call.services.manifests.find(*repository.id, name.tag);
  if (!manifest) {
    throw ApiError(404, "MANIFEST_UNKNOWN", "manifest unknown: " + call.route.reference);
  }
  http::Response response;
  const std::string digest = manifest->digest.to_string();
  response.headers = {{"Content-Type", manifest->media_type},
                      {"Docker-Content-Digest", digest},
                      {"ETag", "\"" + digest + "\""}};
  if (call.request.headers().get("if-none-match") == "\"" + digest + "\"") {
    response.status = 304;
    return response;
  }
  response.body = std::move(manifest->bytes);
  return response;
}

std::string media_type_of(const http::Request& request) {
  const std::string_view type = request.headers().get("content-type");
  return std::string(type.substr(0, type.find(';')));
}

http::Response write_manifest(Call& call) {
  ManifestName name = parse_name(call.route.reference);
  const RepositoryView repository = call.authorize(Action::kPush);
  if (!repository.exists()) {
    throw ApiError(404, "MANIFEST_BLOB_UNKNOWN", "the repository has no blobs yet");
  }
  NewManifest manifest;
  manifest.media_type = media_type_of(call.request);
  try {
    manifest.bytes = call.request.read_body(kMaxManifestBytes);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kResourceExhausted) throw;
    throw ApiError(413, "MANIFEST_INVALID", "the manifest is larger than 4 MiB");
  }
  manifest.account = call.account().name;
  manifest.expected = name.digest;
  if (!name.digest) manifest.tag = name.tag;
  PutResult result = [&] {
    try {
      return call.services.manifests.put(*repository.id, manifest);
    } catch (const MissingReference& missing) {
      throw ApiError(404, missing.manifest() ? "MANIFEST_UNKNOWN" : "MANIFEST_BLOB_UNKNOWN",
                     missing.message(), "{\"digest\":\"" + missing.digest().to_string() + "\"}");
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kInvalidArgument) throw;
      throw ApiError(400, "MANIFEST_INVALID", error.message());
    }
  }();
  http::Response response;
  response.status = 201;
  const std::string digest = result.digest.to_string();
  response.headers = {{"Location", "/v2/" + repository.name + "/manifests/" + digest},
                      {"Docker-Content-Digest", digest}};
  if (result.subject) response.headers.set("OCI-Subject", result.subject->to_string());
  return response;
}

http::Response delete_manifest(Call& call) {
  const ManifestName name = parse_name(call.route.reference);
  const RepositoryView repository = call.authorize(Action::kDelete);
  const std::string account = call.account().name;
  const bool removed = name.digest
                           ? call.services.manifests.remove(*repository.id, *name.digest, account)
                           : call.services.tags.end(*repository.id, name.tag, account);
  if (!removed) {
    throw ApiError(404, "MANIFEST_UNKNOWN", "manifest unknown: " + call.route.reference);
  }
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
