// Pushing blobs (OCI distribution specification, "Pushing blobs").
#include <charconv>

#include "registry/api_error.h"
#include "registry/endpoints.h"
#include "registry/limits.h"

namespace estiba::registry {
namespace {

http::Response created(const RepositoryView& repository, const Digest& digest) {
  http::Response response;
  response.status = 201;
  response.headers = {{"Location", "/v2/" + repository.name + "/blobs/" + digest.to_string()},
                      {"Docker-Content-Digest", digest.to_string()}};
  return response;
}

// The state of a session: 202 for more to come, 204 for a question.
http::Response progress(int status, const RepositoryView& repository, const Upload& upload) {
  http::Response response;
  response.status = status;
  const std::uint64_t last = upload.offset_bytes() == 0 ? 0 : upload.offset_bytes() - 1;
  response.headers = {{"Location", "/v2/" + repository.name + "/blobs/uploads/" + upload.id()},
                      {"Docker-Upload-UUID", upload.id()},
                      {"Range", "0-" + std::to_string(last)}};
  return response;
}

void finish(Upload& upload, const RepositoryView& repository, const Digest& digest) {
  try {
    upload.finish(*repository.id, digest);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kDataLoss) throw;
    upload.cancel();
    throw ApiError(400, "DIGEST_INVALID", error.message());
  }
}

// "a-b" without unit; what comes must begin where the session stands.
std::optional<http::Response> check_range(const Call& call, const RepositoryView& repository,
                                          const Upload& upload) {
  const std::string_view range = call.request.headers().get("content-range");
  if (range.empty()) return std::nullopt;
  std::uint64_t start = 0;
  std::uint64_t last = 0;
  const std::size_t dash = range.find('-');
  const char* end = range.data() + range.size();
  const bool valid =
      dash != std::string_view::npos &&
      std::from_chars(range.data(), range.data() + dash, start).ptr == range.data() + dash &&
      std::from_chars(range.data() + dash + 1, end, last).ptr == end && start <= last;
  const auto length = call.request.content_length();
  const bool fits =
      valid && start == upload.offset_bytes() && (!length || last - start + 1 == *length);
  if (fits) return std::nullopt;
  return progress(416, repository, upload);
}

std::optional<http::Response> try_mount(Call& call, const RepositoryView& repository) {
  const http::Query& query = call.request.query();
  const auto digest = Digest::try_parse(query.get("mount"));
  const std::string from(query.get("from"));
  if (!digest || from.empty()) return std::nullopt;
  const RepositoryView source = call.services.repositories.view(from, call.identity.principal);
  if (!source.exists() || !call.may(Action::kPull, source)) return std::nullopt;
  if (!call.services.blobs.mount(*repository.id, *source.id, *digest)) return std::nullopt;
  return created(repository, *digest);
}

// The repository that is pushed to; the first push makes it, private until its owner says
// otherwise.
RepositoryView pushed_repository(Call& call) {
  RepositoryView repository = call.authorize(Action::kPush);
  if (!repository.exists()) {
    repository.id = call.services.repositories.ensure(repository.name, call.identity.principal,
                                                      Visibility::kPrivate);
  }
  return repository;
}

http::Response patch_upload(Call& call, const RepositoryView& repository, Upload& upload) {
  if (auto refused = check_range(call, repository, upload)) return std::move(*refused);
  upload.append(call.request.body(kMaxBlobBytes));
  return progress(202, repository, upload);
}

http::Response put_upload(Call& call, const RepositoryView& repository, Upload& upload) {
  const Digest digest = parse_digest(call.request.query().get("digest"));
  if (auto refused = check_range(call, repository, upload)) return std::move(*refused);
  upload.append(call.request.body(kMaxBlobBytes));
  finish(upload, repository, digest);
  return created(repository, digest);
}

}  // namespace

http::Response answer_uploads(Call& call) {
  if (call.request.method() != "POST") refuse_method("POST");
  const RepositoryView repository = pushed_repository(call);
  if (auto mounted = try_mount(call, repository)) return std::move(*mounted);
  const std::string_view digest_text = call.request.query().get("digest");
  const std::optional<Digest> digest =
      digest_text.empty() ? std::nullopt : std::optional(parse_digest(digest_text));
  Upload upload = call.services.uploads.begin(*repository.id, call.account().id);
  if (!digest) return progress(202, repository, upload);
  upload.append(call.request.body(kMaxBlobBytes));
  finish(upload, repository, *digest);
  return created(repository, *digest);
}

http::Response answer_upload(Call& call) {
  const RepositoryView repository = call.authorize(Action::kPush);
  auto upload = [&]() -> std::optional<Upload> {
    if (!repository.exists()) return std::nullopt;
    return call.services.uploads.resume(call.route.reference, *repository.id, call.account().id);
  }();
  if (!upload) throw ApiError(404, "BLOB_UPLOAD_UNKNOWN", "blob upload unknown to registry");
  const std::string& method = call.request.method();
  if (method == "GET" || method == "HEAD") return progress(204, repository, *upload);
  if (method == "PATCH") return patch_upload(call, repository, *upload);
  if (method == "PUT") return put_upload(call, repository, *upload);
  if (method == "DELETE") {
    upload->cancel();
    return empty_response(204);
  }
  refuse_method("GET, PATCH, PUT, DELETE");
}

}  // namespace estiba::registry
