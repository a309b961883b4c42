#include "client/blob_upload.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/error.h"
#include "client/limits.h"
#include "client/registry_error.h"
#include "http/target.h"
#include "http/url.h"

namespace estiba::client {
namespace {

// Uploads begun anew because the bytes did not arrive as they are, or the registry forgot them.
constexpr int kMaxRestarts = 5;
// Answers that say: not with this token, not at this offset.
constexpr int kMaxRefusals = 3;

// "0-99" (with or without the unit that the specification leaves out): the registry has 100 bytes.
// "0-0" is what docker's registry says for none, and for one.
std::optional<std::uint64_t> parse_range(std::string_view value) {
  constexpr std::string_view kUnit = "bytes=";
  if (value.starts_with(kUnit)) value.remove_prefix(kUnit.size());
  if (!value.starts_with("0-")) return std::nullopt;
  value.remove_prefix(2);
  std::uint64_t last = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), last);
  if (error != std::errc() || end != value.data() + value.size()) return std::nullopt;
  return last == 0 ? 0 : last + 1;
}

}  // namespace

BlobUploader::BlobUploader(RegistrySession& session, std::string repository_path,
                           const RegistryClient::BlobUpload& upload, const RetryPolicy& retries,
                           std::stop_token stop)
    : session_(session),
      repository_path_(std::move(repository_path)),
      upload_(upload),
      stop_(stop),
      backoff_(retries, stop),
      scopes_{push_scope(repository_path_)} {}

std::string BlobUploader::name() const {
  return "blob " + upload_.blob.digest.to_string();
}

void BlobUploader::report(std::uint64_t bytes) const {
  if (upload_.on_bytes) upload_.on_bytes(bytes);
}

http::Exchange BlobUploader::send(RegistryRequest request) {
  if (request.scopes.empty()) request.scopes = scopes_;
  return session_.send(request, stop_);
}

void BlobUploader::take_location(const http::Exchange& exchange) {
  const std::string_view location = exchange.header("Location");
  if (location.empty()) return;
  location_ = http::Url::parse(exchange.url()).resolve(location).to_string();
}

std::optional<std::uint64_t> BlobUploader::received_bytes(const http::Exchange& exchange) const {
  const std::optional<std::uint64_t> bytes = parse_range(exchange.header("Range"));
  if (bytes && *bytes > upload_.blob.size_bytes) {
    throw Error(ErrorCode::kDataLoss, fmt::format("the registry says it has {} bytes of {}, which "
                                                  "has only {}",
                                                  *bytes, name(), upload_.blob.size_bytes));
  }
  return bytes;
}

// Opens an upload session; true when the registry mounted the blob instead.
bool BlobUploader::start(const std::string* mount_from) {
  RegistryRequest request{.method = "POST",
                          .target = fmt::format("/v2/{}/blobs/uploads/", repository_path_)};
  if (mount_from != nullptr) {
    request.target +=
        fmt::format("?mount={}&from={}", http::percent_encode(upload_.blob.digest.to_string(), ":"),
                    http::percent_encode(*mount_from, "/"));
    request.scopes = scopes_;
    request.scopes.insert(pull_scope(*mount_from));
  }
  http::Exchange exchange = send(std::move(request));
  if (exchange.status() == 201 && mount_from != nullptr) return true;
  if (exchange.status() != 202) throw read_failure(exchange, "the start of an upload");
  location_.clear();
  take_location(exchange);
  if (location_.empty()) {
    throw Error(ErrorCode::kUnavailable, "the registry began an upload but did not say where");
  }
  offset_bytes_ = 0;
  offset_is_known_ = true;
  return false;
}

// A refused mount is an upload session, so nothing is lost by asking.
std::optional<std::string> BlobUploader::try_mounts() {
  const std::size_t count = std::min(upload_.mount_from.size(), kMaxMountAttempts);
  for (std::size_t i = 0; i < count; ++i) {
    try {
      if (start(&upload_.mount_from[i])) return upload_.mount_from[i];
    } catch (const RegistryError& error) {
      // The source is gone or may not be read any more: the bytes are sent instead.
      if (error.status() >= 500 || error.status() == 429) throw;
    }
  }
  return std::nullopt;
}

void BlobUploader::forget_session() {
  location_.clear();
  offset_bytes_ = 0;
  offset_is_known_ = true;
  if (++restarts_ > kMaxRestarts) {
    throw Error(ErrorCode::kDataLoss,
                fmt::format("the registry lost the upload of {} {} times", name(), restarts_));
  }
}

void BlobUploader::count_refusal(http::Exchange& exchange, std::string_view doing) {
  offset_is_known_ = false;
  if (++refusals_ > kMaxRefusals) throw read_failure(exchange, doing);
}

void BlobUploader::ask_status() {
  // A registry that has one byte and one that has none say the same.
  if (upload_.blob.size_bytes == 1) {
    forget_session();
    return;
  }
  http::Exchange exchange = send({.target = location_});
  const int status = exchange.status();
  // Unknown, or (docker's registry after a broken connection) known but not to be gone on with.
  if (status == 400 || status == 404 || status == 405 || status == 416) {
    forget_session();
    return;
  }
  if (status < 200 || status > 204) throw read_failure(exchange, "the question for an upload");
  take_location(exchange);
  const std::uint64_t before = offset_bytes_;
  offset_bytes_ = received_bytes(exchange).value_or(0);
  offset_is_known_ = true;
  if (offset_bytes_ > before) backoff_.reset();
  report(offset_bytes_);
}

void BlobUploader::send_rest() {
  const std::uint64_t size_bytes = upload_.blob.size_bytes;
  const std::uint64_t before = offset_bytes_;
  const std::unique_ptr<Source> bytes = upload_.open(offset_bytes_);
  std::uint64_t sent_bytes = offset_bytes_;
  CountingSource counted(*bytes, [&](std::uint64_t count) { report(sent_bytes += count); });
  RegistryRequest request{.method = "PATCH",
                          .target = location_,
                          .headers = {{"Content-Type", "application/octet-stream"}},
                          .source = &counted,
                          .source_size_bytes = size_bytes - offset_bytes_};
  if (offset_bytes_ > 0) {
    request.headers.add("Content-Range", fmt::format("{}-{}", offset_bytes_, size_bytes - 1));
  }
  offset_is_known_ = false;  // until an answer tells
  http::Exchange exchange = send(std::move(request));
  const int status = exchange.status();
  if (status == 401 || status == 416) {
    count_refusal(exchange, "an upload");
    return;
  }
  if (status == 404) {
    forget_session();
    return;
  }
  if (status < 200 || status > 204) throw read_failure(exchange, "an upload");
  take_location(exchange);
  // Some do not say what they have, and "0-0" of one byte is ambiguous: the commit will tell.
  offset_bytes_ = size_bytes == 1 ? 1 : received_bytes(exchange).value_or(size_bytes);
  offset_is_known_ = true;
  if (offset_bytes_ <= before) {
    throw Error(ErrorCode::kUnavailable, fmt::format("the registry took nothing of {}", name()));
  }
  refusals_ = 0;
  backoff_.reset();
}

bool BlobUploader::is_there() {
  const http::Exchange exchange = send({.method = "HEAD",
                                        .target = fmt::format("/v2/{}/blobs/{}", repository_path_,
                                                              upload_.blob.digest.to_string())});
  return exchange.status() == 200;
}

bool BlobUploader::commit() {
  const http::Url target =
      http::Url::parse(location_).with_parameter("digest", upload_.blob.digest.to_string());
  commit_was_sent_ = true;
  offset_is_known_ = false;
  http::Exchange exchange = send({.method = "PUT",
                                  .target = target.to_string(),
                                  .headers = {{"Content-Type", "application/octet-stream"}}});
  const int status = exchange.status();
  if (status == 201 || status == 204) {
    const auto digest = Digest::try_parse(exchange.header("Docker-Content-Digest"));
    if (digest) check_digest(upload_.blob.digest, *digest, name() + " as the registry stored it");
    return true;
  }
  commit_was_sent_ = false;
  if (status == 416) {
    count_refusal(exchange, "the end of an upload");
    return false;
  }
  const RegistryError error = read_failure(exchange, "the end of an upload");
  const bool arrived_wrong = error.registry_code() == "DIGEST_INVALID";
  if (!arrived_wrong && status != 404) throw error;
  if (arrived_wrong && restarts_ > 0) {
    throw Error(ErrorCode::kDataLoss,
                fmt::format("the registry refuses {}: {}", name(), error.message()),
                "the local copy may be damaged: 'estiba system check' tells");
  }
  forget_session();
  return false;
}

bool BlobUploader::advance() {
  if (commit_was_sent_) {
    commit_was_sent_ = false;
    return is_there();
  }
  if (location_.empty()) {
    (void)start(nullptr);
  } else if (!offset_is_known_) {
    ask_status();
  } else if (offset_bytes_ < upload_.blob.size_bytes) {
    send_rest();
  } else {
    return commit();
  }
  return false;
}

RegistryClient::BlobUploaded BlobUploader::run() {
  for (int steps = 0; steps < kMaxUploadSteps; ++steps) {
    try {
      if (!mounts_tried_) {
        if (std::optional<std::string> from = try_mounts()) {
          return {.outcome = store::BlobOutcome::kMounted, .mounted_from = *std::move(from)};
        }
        mounts_tried_ = true;
      } else if (advance()) {
        return {};
      }
    } catch (const Error& error) {
      backoff_.wait_or_rethrow(error);
    }
  }
  throw Error(ErrorCode::kUnavailable,
              fmt::format("the upload of {} does not come to an end", name()));
}

}  // namespace estiba::client
