#include "client/blob_download.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/error.h"
#include "client/limits.h"
#include "client/registry_error.h"

namespace estiba::client {
namespace {

// "bytes 100-199/200" begins at 100.
std::optional<std::uint64_t> content_range_start(std::string_view value) {
  constexpr std::string_view kUnit = "bytes ";
  if (!value.starts_with(kUnit)) return std::nullopt;
  value.remove_prefix(kUnit.size());
  std::uint64_t start = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), start);
  if (error != std::errc() || end == value.data() + value.size() || *end != '-') {
    return std::nullopt;
  }
  return start;
}

}  // namespace

BlobDownload::BlobDownload(RegistrySession& session, std::string repository_path, Descriptor blob,
                           std::uint64_t offset_bytes, const RetryPolicy& retries,
                           std::stop_token stop)
    : session_(session),
      repository_path_(std::move(repository_path)),
      blob_(std::move(blob)),
      offset_bytes_(offset_bytes),
      stop_(stop),
      backoff_(retries, stop) {
  if (offset_bytes_ > blob_.size_bytes) {
    throw Error(ErrorCode::kInternal, fmt::format("asked for {} beyond its end", name()));
  }
  if (offset_bytes_ < blob_.size_bytes || offset_bytes_ == 0) open_with_retries();
}

std::string BlobDownload::name() const {
  return "blob " + blob_.digest.to_string();
}

void BlobDownload::open_with_retries() {
  while (true) {
    try {
      open();
      return;
    } catch (const Error& error) {
      backoff_.wait_or_rethrow(error);
    }
  }
}

void BlobDownload::open() {
  RegistryRequest request{
      .target = fmt::format("/v2/{}/blobs/{}", repository_path_, blob_.digest.to_string()),
      .scopes = {pull_scope(repository_path_)}};
  if (offset_bytes_ > 0) request.headers.add("Range", fmt::format("bytes={}-", offset_bytes_));
  exchange_ = session_.send(request, stop_);
  const int status = exchange_->status();
  if (status == 206 && offset_bytes_ > 0) {
    check_part(*exchange_);
  } else if (status == 200) {
    if (const auto length = exchange_->content_length(); length && *length != blob_.size_bytes) {
      throw Error(ErrorCode::kDataLoss, fmt::format("{} has {} bytes at the registry instead of {}",
                                                    name(), *length, blob_.size_bytes));
    }
    // It does not know ranges: what we have comes once more.
    exchange_->body().skip(offset_bytes_);
  } else {
    throw read_failure(*exchange_, name());
  }
}

void BlobDownload::check_part(http::Exchange& exchange) const {
  const auto start = content_range_start(exchange.header("Content-Range"));
  const auto length = exchange.content_length();
  const bool right_start = start == offset_bytes_;
  const bool right_length = !length || *length == blob_.size_bytes - offset_bytes_;
  if (right_start && right_length) return;
  throw Error(ErrorCode::kDataLoss,
              fmt::format("the registry sent another part of {} than the one asked for", name()));
}

void BlobDownload::expect_end() {
  std::array<std::byte, 1> more{};
  std::size_t count = 0;
  try {
    count = exchange_->body().read(more);
  } catch (const Error& error) {
    // All bytes are here; how the connection ends does not matter any more.
    if (error.code() == ErrorCode::kCancelled) throw;
  }
  exchange_.reset();
  if (count > 0) {
    throw Error(ErrorCode::kDataLoss,
                fmt::format("{} is longer than its {} bytes", name(), blob_.size_bytes));
  }
}

std::size_t BlobDownload::read(MutableBytes buffer) {
  const std::uint64_t remaining_bytes = blob_.size_bytes - offset_bytes_;
  if (remaining_bytes == 0) {
    if (exchange_) expect_end();
    return 0;
  }
  const auto wanted =
      static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), remaining_bytes));
  while (true) {
    try {
      const std::size_t count = exchange_->body().read(buffer.first(wanted));
      if (count == 0) {
        throw Error(ErrorCode::kUnavailable, fmt::format("{} ended after {} of {} bytes", name(),
                                                         offset_bytes_, blob_.size_bytes));
      }
      offset_bytes_ += count;
      backoff_.reset();
      return count;
    } catch (const Error& error) {
      exchange_.reset();
      if (++resumptions_ > kMaxResumptions) throw;
      backoff_.wait_or_rethrow(error);
    }
    open_with_retries();
  }
}

}  // namespace estiba::client
