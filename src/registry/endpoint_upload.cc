// Pushing blobs (OCI distribution specification, "Pushing blobs").
#include <charconv>

#include "oci/reference.h"
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

// Tells those who watch how far an upload is, from time to time; costs nothing while nobody does.
class WatchedSource final : public Source {
 public:
  WatchedSource(Source& source, LiveEvents& live, const std::string& repository,
                std::uint64_t offset_bytes)
      : source_(source), live_(live), repository_(repository), bytes_(offset_bytes) {}

  std::size_t read(MutableBytes buffer) override {
    const std::size_t size = source_.read(buffer);
    bytes_ += size;
    if (live_.watched() && std::chrono::steady_clock::now() - told_ >= kProgressInterval) tell();
    return size;
  }
  void tell() {
    if (!live_.watched()) return;
    told_ = std::chrono::steady_clock::now();
    live_.publish({"", "upload", repository_, "", "", bytes_, now()});
  }

 private:
  Source& source_;
  LiveEvents& live_;
  const std::string& repository_;
  std::uint64_t bytes_;
  std::chrono::steady_clock::time_point told_ = std::chrono::steady_clock::now();
};

// What arrived before the client broke off stays in the session, so that it can go on; what does
// not fit on the disk does not, so that others can.
void append(Call& call, const RepositoryView& repository, Upload& upload) {
  if (upload.offset_bytes() + call.request.content_length().value_or(0) > kMaxBlobBytes) {
    throw ApiError(413, "SIZE_INVALID", "the blob is larger than this registry takes");
  }
  call.services.quotas.check(repository,
                             upload.offset_bytes() + call.request.content_length().value_or(0));
  // What has no length must stop where the quota ends.
  const auto room = call.services.quotas.room_bytes(repository);
  const bool is_bounded = room && *room - upload.offset_bytes() < kMaxBlobBytes;
  try {
    WatchedSource watched(
        call.request.body(is_bounded ? *room - upload.offset_bytes() : kMaxBlobBytes),
        call.services.live, repository.name, upload.offset_bytes());
    upload.append(watched);
    if (call.request.has_body()) watched.tell();
  } catch (const ApiError&) {
    throw;
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kResourceExhausted) upload.cancel();
    if (error.code() == ErrorCode::kResourceExhausted && is_bounded) {
      throw ApiError(403, "DENIED", "quota exceeded: the blob does not fit");
    }
    if (error.code() != ErrorCode::kUnavailable) throw;
    throw ApiError(400, "BLOB_UPLOAD_INVALID", error.message());
  }
}

struct ContentRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
};

// "a-b", inclusive; RFC 9110's "bytes a-b/size" says the same and is taken too.
std::optional<ContentRange> parse_content_range(std::string_view text) {
  constexpr std::string_view kUnit = "bytes ";
  if (text.starts_with(kUnit)) text = text.substr(kUnit.size(), text.find('/') - kUnit.size());
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  ContentRange range;
  const char* middle = text.data() + dash;
  const char* end = text.data() + text.size();
  const auto first = std::from_chars(text.data(), middle, range.first);
  const auto last = std::from_chars(middle + 1, end, range.last);
  if (first.ec != std::errc() || first.ptr != middle || last.ec != std::errc() || last.ptr != end ||
      range.last < range.first) {
    return std::nullopt;
  }
  return range;
}

// What comes must begin where the session stands; a 416 tells where that is.
std::optional<http::Response> check_range(const Call& call, const RepositoryView& repository,
                                          const Upload& upload) {
  const std::string_view text = call.request.headers().get("content-range");
  if (text.empty()) return std::nullopt;
  const auto range = parse_content_range(text);
  if (!range || range->first != upload.offset_bytes()) {
    http::Response refused =
        ApiError(416, "BLOB_UPLOAD_INVALID", "the upload goes on at another offset").response();
    for (const auto& [name, value] : progress(416, repository, upload).headers) {
      refused.headers.set(name, value);
    }
    return refused;
  }
  const auto length = call.request.content_length();
  if (length && range->last - range->first != *length - 1) {
    throw ApiError(400, "SIZE_INVALID", "Content-Range and Content-Length disagree");
  }
  return std::nullopt;
}

// Where the blob to mount may be: the repository named, or, without a name, any that has it.
std::vector<RepositoryView> mount_sources(Call& call, const RepositoryView& repository,
                                          const Digest& digest) {
  const Principal& principal = call.identity.principal;
  Repositories& repositories = call.services.repositories;
  const std::string from(call.request.query().get("from"));
  if (!from.empty()) return {repositories.view(from, principal)};
  std::vector<RepositoryView> sources = {repository};
  for (const std::string& name :
       call.services.blobs.repositories_with(digest, call.account().id, kMaxMountCandidates)) {
    sources.push_back(repositories.view(name, principal));
  }
  return sources;
}

// A client that names no source can't ask for a token for it: its account's own repositories will
// do.
bool may_mount(const Call& call, const RepositoryView& source) {
  const bool named = !call.request.query().get("from").empty();
  return call.may(Action::kPull, source) || (!named && source.owner_id == call.account().id);
}

// The answer of a mount; nothing when an upload has to do it. What the account may pull but its
// token does not say is asked for by a challenge.
std::optional<http::Response> try_mount(Call& call, const RepositoryView& repository) {
  const auto digest = Digest::try_parse(call.request.query().get("mount"));
  if (!digest) return std::nullopt;
  std::string beyond_token;
  for (const RepositoryView& source : mount_sources(call, repository, *digest)) {
    if (!source.exists()) continue;
    if (may_mount(call, source)) {
      if (const auto blob = call.services.blobs.find(*source.id, *digest);
          blob && source.id != repository.id) {
        call.services.quotas.check(repository, blob->size_bytes);
      }
      if (call.services.blobs.mount(*repository.id, *source.id, *digest)) {
        return created(repository, *digest);
      }
    } else if (allowed(call.identity.principal, Action::kPull, source) &&
               call.services.blobs.find(*source.id, *digest)) {
      beyond_token = source.name;
    }
  }
  if (beyond_token.empty()) return std::nullopt;
  throw Unauthorized("repository:" + repository.name + ":pull,push repository:" + beyond_token +
                     ":pull");
}

// A push that wants to mount is told at once of both scopes that it needs.
RepositoryView authorize_upload(Call& call) {
  try {
    return call.authorize(Action::kPush);
  } catch (const Unauthorized& refused) {
    const std::string from(call.request.query().get("from"));
    if (!is_valid_repository_path(from) || from == call.route.repository) throw;
    throw Unauthorized(refused.scope() + " repository:" + from + ":pull");
  }
}

// The algorithm that the client will name the blob with, so that it is hashed as it arrives.
HashAlgorithm announced_algorithm(const Call& call) {
  const std::string_view name = call.request.query().get("digest-algorithm");
  if (name.empty() || name == "sha256") return HashAlgorithm::kSha256;
  if (name == "sha512") return HashAlgorithm::kSha512;
  throw ApiError(400, "DIGEST_INVALID", "digest-algorithm must be sha256 or sha512");
}

http::Response patch_upload(Call& call, const RepositoryView& repository, Upload& upload) {
  if (auto refused = check_range(call, repository, upload)) return std::move(*refused);
  append(call, repository, upload);
  return progress(202, repository, upload);
}

http::Response put_upload(Call& call, const RepositoryView& repository, Upload& upload) {
  const Digest digest = parse_digest(call.request.query().get("digest"));
  if (auto refused = check_range(call, repository, upload)) return std::move(*refused);
  append(call, repository, upload);
  finish(upload, repository, digest);
  return created(repository, digest);
}

}  // namespace

http::Response answer_uploads(Call& call) {
  if (call.request.method() != "POST") refuse_method("POST");
  RepositoryView repository = authorize_upload(call);
  const std::string_view digest_text = call.request.query().get("digest");
  const std::optional<Digest> digest =
      digest_text.empty() ? std::nullopt : std::optional(parse_digest(digest_text));
  const HashAlgorithm algorithm = digest ? digest->algorithm() : announced_algorithm(call);
  call.ensure_exists(repository);
  if (auto mounted = try_mount(call, repository)) return std::move(*mounted);
  call.services.quotas.check(repository, call.request.content_length().value_or(0));
  Upload upload = call.services.uploads.begin(*repository.id, call.account().id, algorithm);
  if (!digest) return progress(202, repository, upload);
  try {
    append(call, repository, upload);
    finish(upload, repository, *digest);
  } catch (...) {
    upload.cancel();  // nobody knows of this session
    throw;
  }
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
