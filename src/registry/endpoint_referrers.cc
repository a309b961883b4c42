// Manifests that refer to another (OCI distribution specification, "Listing Referrers").
#include <algorithm>

#include "oci/manifest.h"
#include "registry/api_error.h"
#include "registry/endpoints.h"
#include "registry/limits.h"
#include "registry/referrers.h"

namespace estiba::registry {
namespace {

// Keeps what fits into one answer; true when something was left for the next.
bool cut_page(std::vector<Descriptor>& found) {
  constexpr std::size_t kHeadroomBytes = 64 * 1024;
  std::size_t size = kHeadroomBytes;
  std::size_t kept = 0;
  for (; kept < std::min(found.size(), kReferrersPageSize); ++kept) {
    size += 512 + found[kept].artifact_type.size();
    for (const auto& [key, value] : found[kept].annotations)
      size += 8 + 2 * (key.size() + value.size());
    if (size > kMaxManifestBytes && kept > 0) break;
  }
  const bool more = kept < found.size();
  found.erase(found.begin() + static_cast<std::ptrdiff_t>(kept), found.end());
  return more;
}

}  // namespace

http::Response answer_referrers(Call& call) {
  require_read(call);
  const Digest subject = parse_digest(call.route.reference);
  const RepositoryView repository = call.authorize_name(Action::kPull);
  const std::string type(call.request.query().get("artifactType"));
  const std::string last(call.request.query().get("last"));
  Index index;
  index.media_type = media_types::kOciIndex;
  bool more = false;
  if (repository.exists()) {
    index.manifests = call.services.manifests.referrers(*repository.id, subject,
                                                        {type, last, kReferrersPageSize + 1});
    more = cut_page(index.manifests);
    if (last.empty()) {
      for (Descriptor& entry :
           tagged_referrers(call.services.manifests, *repository.id, subject, type)) {
        // First, so that the last one of the page is where the next page goes on.
        index.manifests.insert(index.manifests.begin(), std::move(entry));
      }
    }
  }
  http::Response response = json_response(200, index.serialize());
  response.headers.set("Content-Type", std::string(media_types::kOciIndex));
  if (!type.empty()) response.headers.set("OCI-Filters-Applied", "artifactType");
  if (more) {
    http::Query query;
    if (!type.empty()) query.add("artifactType", type);
    query.add("last", index.manifests.back().digest.to_string());
    response.headers.set("Link", "</v2/" + repository.name + "/referrers/" + subject.to_string() +
                                     "?" + query.to_string() + ">; rel=\"next\"");
  }
  return response;
}

}  // namespace estiba::registry
