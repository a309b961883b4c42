#include "http/range.h"
#include "registry/api_error.h"
#include "registry/endpoints.h"

namespace estiba::registry {
namespace {

http::Response read_blob(Call& call) {
  const Digest digest = parse_digest(call.route.reference);
  const RepositoryView repository = call.authorize(Action::kPull);
  auto blob = call.services.blobs.open(*repository.id, digest);
  if (!blob) throw ApiError(404, "BLOB_UNKNOWN", "blob unknown to registry");
  http::Response response;
  response.headers = {{"Content-Type", "application/octet-stream"},
                      {"Docker-Content-Digest", digest.to_string()},
                      {"ETag", "\"" + digest.to_string() + "\""},
                      {"Cache-Control", "private, max-age=31536000, immutable"}};
  if (answered_by_condition(call.request, response)) return response;
  response.body = http::FileRegion{std::move(blob->fd), 0, blob->size_bytes};
  http::apply_range(call.request, response);
  if (response.status == 416) {
    http::Response refused =
        ApiError(416, "RANGE_INVALID", "the blob does not have such a range").response();
    refused.headers.set("Content-Range", std::string(response.headers.get("Content-Range")));
    return refused;
  }
  return response;
}

// Also while a manifest needs it: whoever may delete has decided so, and the specification knows no
// refusal for it.
http::Response delete_blob(Call& call) {
  const Digest digest = parse_digest(call.route.reference);
  const RepositoryView repository = call.authorize(Action::kDelete);
  if (!call.services.blobs.remove(*repository.id, digest)) {
    throw ApiError(404, "BLOB_UNKNOWN", "blob unknown to registry");
  }
  return empty_response(202);
}

}  // namespace

http::Response answer_blob(Call& call) {
  const std::string& method = call.request.method();
  if (method == "GET" || method == "HEAD") return read_blob(call);
  if (method == "DELETE") return delete_blob(call);
  refuse_method("GET, HEAD, DELETE");
}

}  // namespace estiba::registry
