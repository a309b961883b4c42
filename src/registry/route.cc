#include "registry/route.h"

#include <span>
#include <vector>

#include "base/text.h"

namespace estiba::registry {
namespace {

using Segments = std::span<const std::string>;

std::string repository_of(Segments segments, std::size_t taken_at_end) {
  const Segments name = segments.first(segments.size() - taken_at_end);
  return join({name.begin(), name.end()}, "/");
}

Route parse_repository_route(Segments segments) {
  const std::size_t count = segments.size();
  const std::string& last = segments[count - 1];
  const std::string& before = segments[count - 2];
  if (count >= 4 && segments[count - 3] == "blobs" && before == "uploads") {
    return {last.empty() ? Endpoint::kUploads : Endpoint::kUpload, repository_of(segments, 3),
            last};
  }
  if (before == "blobs") {
    return {last == "uploads" ? Endpoint::kUploads : Endpoint::kBlob, repository_of(segments, 2),
            last};
  }
  if (before == "manifests") return {Endpoint::kManifest, repository_of(segments, 2), last};
  if (before == "referrers") return {Endpoint::kReferrers, repository_of(segments, 2), last};
  if (before == "tags" && last == "list") return {Endpoint::kTags, repository_of(segments, 2), ""};
  return {};
}

}  // namespace

std::string_view endpoint_name(Endpoint endpoint) {
  switch (endpoint) {
    case Endpoint::kBase:
      return "base";
    case Endpoint::kToken:
      return "token";
    case Endpoint::kCatalog:
      return "catalog";
    case Endpoint::kTags:
      return "tags";
    case Endpoint::kManifest:
      return "manifest";
    case Endpoint::kBlob:
      return "blob";
    case Endpoint::kUploads:
      return "blob_upload";
    case Endpoint::kUpload:
      return "blob_upload_chunk";
    case Endpoint::kReferrers:
      return "referrers";
    case Endpoint::kV1Ping:
      return "v1_ping";
    case Endpoint::kV1Search:
      return "search";
    case Endpoint::kMetrics:
      return "metrics";
    case Endpoint::kUnknown:
      break;
  }
  return "none";
}

Route parse_route(const http::Target& target) {
  const Segments all(target.segments);
  if (all.size() == 1 && all[0] == "metrics") return {Endpoint::kMetrics, "", ""};
  if (all.size() == 2 && all[0] == "v1" && all[1] == "_ping") return {Endpoint::kV1Ping, "", ""};
  if (all.size() == 2 && all[0] == "v1" && all[1] == "search") return {Endpoint::kV1Search, "", ""};
  if (all.empty() || all[0] != "v2") return {};
  const Segments segments = all.subspan(1);
  if (segments.empty() || (segments.size() == 1 && segments[0].empty())) {
    return {Endpoint::kBase, "", ""};
  }
  if (segments.size() == 1 && segments[0] == "token") return {Endpoint::kToken, "", ""};
  if (segments.size() == 1 && segments[0] == "_catalog") return {Endpoint::kCatalog, "", ""};
  if (segments.size() < 3) return {};
  return parse_repository_route(segments);
}

}  // namespace estiba::registry
