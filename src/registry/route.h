// Which endpoint of the OCI distribution specification a path means.
#pragma once

#include <string>
#include <string_view>

#include "http/target.h"

namespace estiba::registry {

enum class Endpoint {
  kUnknown,
  kBase,       // /v2/
  kToken,      // /v2/token
  kCatalog,    // /v2/_catalog
  kTags,       // /v2/<name>/tags/list
  kManifest,   // /v2/<name>/manifests/<reference>
  kBlob,       // /v2/<name>/blobs/<digest>
  kUploads,    // /v2/<name>/blobs/uploads/
  kUpload,     // /v2/<name>/blobs/uploads/<id>
  kReferrers,  // /v2/<name>/referrers/<digest>
  kV1Ping,     // /v1/_ping
  kV1Search,   // /v1/search
  kMetrics,    // /metrics
};

struct Route {
  Endpoint endpoint = Endpoint::kUnknown;
  std::string repository;
  std::string reference;  // tag, digest or session
};

// For logs and metrics; docker's names where it has the same ("blob_upload").
[[nodiscard]] std::string_view endpoint_name(Endpoint endpoint);
[[nodiscard]] Route parse_route(const http::Target& target);

}  // namespace estiba::registry
