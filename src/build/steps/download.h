// ADD of a URL.
#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>

#include "base/time.h"

namespace estiba::build {

struct DownloadRequest {
  std::string url;
  std::string directory;      // receives the file
  std::string checksum;       // "sha256:..."; empty: not checked
  bool name_required = true;  // fail for a URL whose path ends without a name
  Timestamp default_time;     // when the server tells no Last-Modified
};

// Returns the name of the file, of mode 0600 as docker has it. Fails with kDataLoss when the
// checksum differs, kResourceExhausted beyond the limit for a download.
[[nodiscard]] std::string download(
    const DownloadRequest& request,
    const std::function<void(std::uint64_t done, std::uint64_t total)>& on_bytes,
    std::stop_token stop);

void set_modification_time(int fd, Timestamp time);

}  // namespace estiba::build
