#include "build/steps/download.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <ctime>
#include <optional>

#include "base/error.h"
#include "base/fd.h"
#include "base/stream.h"
#include "build/limits.h"
#include "http/client.h"
#include "http/url.h"
#include "oci/digest.h"

namespace estiba::build {
namespace {

std::string file_name(const DownloadRequest& request) {
  const http::Url url = http::Url::parse(request.url);
  const std::string name = url.path.substr(url.path.rfind('/') + 1);
  if (!name.empty() && name != "." && name != "..") return name;
  if (request.name_required) {
    throw Error(ErrorCode::kInvalidArgument, "cannot determine a file name from " + request.url,
                "name the file in the destination: ADD URL /directory/name");
  }
  return "download";
}

// RFC 9110, section 5.6.7, the preferred form.
std::optional<Timestamp> parse_http_date(std::string_view text) {
  struct tm broken {};
  const std::string copy(text);
  const char* end = ::strptime(copy.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &broken);
  if (end == nullptr || *end != '\0') return std::nullopt;
  return from_unix_seconds(::timegm(&broken));
}

void check_status(const DownloadRequest& request, int status) {
  if (status == 200) return;
  throw Error(status == 404 ? ErrorCode::kNotFound : ErrorCode::kUnavailable,
              "cannot download " + request.url + ": the server answered " + std::to_string(status));
}

}  // namespace

std::string download(const DownloadRequest& request,
                     const std::function<void(std::uint64_t, std::uint64_t)>& on_bytes,
                     std::stop_token stop) {
  const std::string name = file_name(request);
  http::Client client;
  http::ClientRequest get;
  get.url = request.url;
  get.allow_plain_http = true;  // what the Dockerfile says; --checksum guards the content
  http::Exchange exchange = client.open(get, stop);
  check_status(request, exchange.status());

  const UniqueFd file =
      open_file(request.directory + "/" + name, O_WRONLY | O_CREAT | O_EXCL, 0600);
  FdSink out(file.get(), name);
  HashSink hash(HashAlgorithm::kSha256, &out);
  const std::uint64_t total = exchange.content_length().value_or(0);
  std::uint64_t done = 0;
  CountingSource counted(exchange.body(), [&](std::uint64_t count) {
    done += count;
    on_bytes(done, total);
  });
  LimitedSource limited(counted, kMaxDownloadBytes, request.url);
  copy(limited, hash);
  if (!request.checksum.empty()) {
    check_digest(Digest::parse(request.checksum), Digest::finish(hash.hasher()), request.url);
  }
  set_modification_time(
      file.get(), parse_http_date(exchange.header("last-modified")).value_or(request.default_time));
  return name;
}

void set_modification_time(int fd, Timestamp time) {
  const struct timespec at { unix_seconds(time), 0 };
  const struct timespec times[2] = {at, at};
  if (::futimens(fd, times) != 0) throw_errno("set the time of a file");
}

}  // namespace estiba::build
