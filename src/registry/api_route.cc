#include "registry/api_route.h"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

#include "base/text.h"

namespace estiba::registry {
namespace {

using ApiSegments = std::span<const std::string>;

// "*" is the item.
struct ApiPattern {
  std::array<std::string_view, 3> words;
  std::size_t count;
  ApiResource resource;
};
constexpr std::array kBelowRepository = {
    ApiPattern{{"restore"}, 1, ApiResource::kRepositoryRestore},
    ApiPattern{{"history"}, 1, ApiResource::kHistory},
    ApiPattern{{"tags"}, 1, ApiResource::kTags},
    ApiPattern{{"tags", "*"}, 2, ApiResource::kTag},
    ApiPattern{{"tags", "*", "history"}, 3, ApiResource::kTagHistory},
    ApiPattern{{"tags", "*", "restore"}, 3, ApiResource::kTagRestore},
    ApiPattern{{"trash"}, 1, ApiResource::kTrash},
    ApiPattern{{"trash", "*", "restore"}, 3, ApiResource::kTrashRestore},
    ApiPattern{{"retention"}, 1, ApiResource::kRetention},
    ApiPattern{{"retention", "preview"}, 2, ApiResource::kRetentionPreview},
    ApiPattern{{"retention", "apply"}, 2, ApiResource::kRetentionApply},
    ApiPattern{{"retention", "*"}, 2, ApiResource::kRetentionRule},
};

bool fits(const ApiPattern& pattern, ApiSegments words) {
  if (words.size() != pattern.count) return false;
  for (std::size_t i = 0; i < pattern.count; ++i) {
    if (pattern.words[i] != "*" && pattern.words[i] != words[i]) return false;
  }
  return true;
}

std::string item_of(const ApiPattern& pattern, ApiSegments words) {
  for (std::size_t i = 0; i < pattern.count; ++i) {
    if (pattern.words[i] == "*") return words[i];
  }
  return {};
}

ApiRoute parse_below_repository(std::string repository, ApiSegments words) {
  for (const ApiPattern& pattern : kBelowRepository) {
    if (fits(pattern, words)) {
      return {pattern.resource, std::move(repository), item_of(pattern, words)};
    }
  }
  return {};
}

}  // namespace

ApiRoute parse_api_route(const http::Target& target) {
  const ApiSegments words = ApiSegments(target.segments).subspan(2);  // after api, v1
  if (words.size() == 1 && words[0] == "search") return {ApiResource::kSearch};
  if (words.empty() || words[0] != "repositories") return {};
  const ApiSegments rest = words.subspan(1);
  if (rest.empty()) return {ApiResource::kRepositories};
  const auto dash = std::find(rest.begin(), rest.end(), "-");
  std::string repository = join({rest.begin(), dash}, "/");
  if (dash == rest.end()) return {ApiResource::kRepository, std::move(repository)};
  const auto taken = static_cast<std::size_t>(dash - rest.begin()) + 1;
  return parse_below_repository(std::move(repository), rest.subspan(taken));
}

}  // namespace estiba::registry
