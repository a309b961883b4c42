// Reads of what belongs to an upstream: brought here first, then answered as everything else.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "client/registry_error.h"
#include "registry/api_error.h"
#include "registry/endpoints.h"
#include "registry/limits.h"

namespace estiba::registry {
namespace {

// What the upstream refuses is told as our own refusal, but for its being down.
template <typename Body>
auto at_upstream(Body&& body) -> decltype(body()) {
  try {
    return body();
  } catch (const ApiError&) {
    throw;
  } catch (const Error& error) {
    throw ApiError(
        502, "UNAVAILABLE",
        "the upstream registry cannot be asked: " + client::printable(error.message(), 512));
  }
}

http::Response read_proxied_manifest(Call& call) {
  const Freshness freshness = at_upstream([&] {
    return call.services.proxies.refresh_manifest(call.route.repository, call.route.reference);
  });
  if (freshness == Freshness::kAbsent) {
    throw ApiError(404, "MANIFEST_UNKNOWN", "manifest unknown: " + call.route.reference);
  }
  http::Response response = answer_manifest(call);
  if (freshness == Freshness::kStale) {
    response.headers.set("Warning", "110 estiba \"the upstream is down: this may be out of date\"");
  }
  return response;
}

http::Response read_proxied_blob(Call& call, const RepositoryView& repository) {
  const Digest digest = parse_digest(call.route.reference);
  if (!repository.exists()) throw ApiError(404, "BLOB_UNKNOWN", "blob unknown to registry");
  if (call.services.blobs.find(*repository.id, digest)) return answer_blob(call);
  const auto fetch = call.services.proxies.fetch_blob(*repository.id, repository.name, digest);
  if (!fetch) return answer_blob(call);
  at_upstream([&] { fetch->wait_until_begun(); });
  if (!call.request.headers().get("Range").empty()) {
    at_upstream([&] { fetch->wait_until_done(); });
    return answer_blob(call);
  }
  http::Response response;
  response.headers = {{"Content-Type", "application/octet-stream"},
                      {"Docker-Content-Digest", digest.to_string()},
                      {"ETag", "\"" + digest.to_string() + "\""}};
  response.body = http::StreamedBody{[fetch](Sink& to) { fetch->stream(to); }, fetch->size_bytes()};
  return response;
}

http::Response list_proxied_tags(Call& call, const RepositoryView& repository) {
  std::vector<std::string> tags;
  try {
    tags = call.services.proxies.list_tags(repository.name);
  } catch (const ApiError&) {
    throw;
  } catch (const Error&) {
    if (repository.exists()) return answer_tags(call);
    throw ApiError(502, "UNAVAILABLE", "the upstream registry cannot be asked");
  }
  const std::size_t count = page_size(call.request, kMaxPageSize);
  const std::string last(call.request.query().get("last"));
  tags.erase(tags.begin(), std::upper_bound(tags.begin(), tags.end(), last));
  const bool more = tags.size() > count && count > 0;
  if (tags.size() > count) tags.resize(count);
  const nlohmann::ordered_json body = {{"name", repository.name}, {"tags", tags}};
  http::Response response = json_response(200, body.dump());
  if (more) {
    add_next_link(response, "/v2/" + repository.name + "/tags/list", tags.back(), count);
  }
  return response;
}

}  // namespace

std::optional<http::Response> answer_proxied(Call& call) {
  const Endpoint endpoint = call.route.endpoint;
  const bool is_ours =
      endpoint == Endpoint::kManifest || endpoint == Endpoint::kBlob || endpoint == Endpoint::kTags;
  const std::string& method = call.request.method();
  if (!is_ours || (method != "GET" && method != "HEAD") ||
      !call.services.proxies.handles(call.route.repository)) {
    return std::nullopt;
  }
  const RepositoryView repository = call.authorize_name(Action::kPull);
  if (endpoint == Endpoint::kTags) return list_proxied_tags(call, repository);
  return endpoint == Endpoint::kManifest ? read_proxied_manifest(call)
                                         : read_proxied_blob(call, repository);
}

}  // namespace estiba::registry
