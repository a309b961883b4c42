// Two images of a repository beside each other.
#include <algorithm>
#include <array>

#include "archive/listing/image_difference.h"
#include "oci/config_difference.h"
#include "registry/limits.h"
#include "registry/web/image_json.h"

namespace estiba::registry::web {
namespace {

Json text_or_null(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(text);
}

Json values_json(const std::vector<ValueDifference>& differences) {
  Json list = Json::array();
  for (const ValueDifference& one : differences) {
    list.push_back({{"name", one.name},
                    {"change", !one.from ? "added"
                               : !one.to ? "removed"
                                         : "changed"},
                    {"from", one.from ? Json(*one.from) : Json(nullptr)},
                    {"to", one.to ? Json(*one.to) : Json(nullptr)}});
  }
  return list;
}

Json bytes_json(const std::optional<std::uint64_t>& size) {
  return size ? Json(*size) : Json(nullptr);
}

// Up to kMaxComparedFiles; whether there are more.
std::pair<Json, bool> files_json(const ApiCall& call, const archive::ImageTree& from,
                                 const archive::ImageTree& to) {
  Json list = Json::array();
  bool more = false;
  archive::compare_files(from, to, [&](const archive::FileDifference& one) {
    more = list.size() == kMaxComparedFiles || call.request.is_abandoned();
    if (more) return false;
    list.push_back({{"path", "/" + one.path},
                    {"change", archive::difference_name(one.change)},
                    {"from_bytes", bytes_json(one.from_bytes)},
                    {"to_bytes", bytes_json(one.to_bytes)}});
    return true;
  });
  return {std::move(list), more};
}

Json packages_json(const archive::ImageTree& from, const archive::ImageTree& to) {
  Json list = Json::array();
  for (const archive::PackageDifference& one : archive::compare_packages(from, to)) {
    if (list.size() == kMaxComparedPackages) break;
    list.push_back({{"name", one.name},
                    {"kind", archive::package_kind_name(one.kind)},
                    {"change", archive::difference_name(one.change)},
                    {"from", text_or_null(one.from)},
                    {"to", text_or_null(one.to)}});
  }
  return list;
}

std::size_t common_layers(const ManifestView& from, const ManifestView& to) {
  std::size_t common = 0;
  while (common < std::min(from.layers.size(), to.layers.size()) &&
         from.layers[common].digest == to.layers[common].digest) {
    ++common;
  }
  return common;
}

std::uint64_t pull_bytes(const ManifestView& view) {
  std::uint64_t size = view.config_descriptor ? view.config_descriptor->size_bytes : 0;
  for (const Descriptor& layer : view.layers) size += layer.size_bytes;
  return size;
}

std::string required_query(const ApiCall& call, const std::string& name) {
  std::string value = call.query(name);
  if (value.empty()) throw Problem(400, "invalid", name + " is missing", {{name, "is missing"}});
  return value;
}

http::Response compare_images(ApiCall& call) {
  const RepositoryView repository = call.repository(Action::kPull);
  const ChosenImage from = choose_image(call, repository, required_query(call, "from"));
  const ChosenImage to = choose_image(call, repository, required_query(call, "to"));
  // Of both at once, so that they are read side by side.
  std::vector<Descriptor> layers = from.view.layers;
  layers.insert(layers.end(), to.view.layers.begin(), to.view.layers.end());
  const auto listings = list_layers(call, repository, layers);
  const auto middle = listings.begin() + static_cast<std::ptrdiff_t>(from.view.layers.size());
  const archive::ImageTree before({listings.begin(), middle});
  const archive::ImageTree after({middle, listings.end()});
  auto [files, more] = files_json(call, before, after);
  const ImageConfig none;
  const ImageConfig& old_config = from.view.config ? *from.view.config : none;
  const ImageConfig& new_config = to.view.config ? *to.view.config : none;
  return answer_json(
      {{"from", from.stored.digest.to_string()},
       {"to", to.stored.digest.to_string()},
       {"common_layers", common_layers(from.view, to.view)},
       {"instructions", values_json(compare_instructions(old_config.history, new_config.history))},
       {"config", values_json(compare_configs(old_config, new_config))},
       {"files", std::move(files)},
       {"files_truncated", more || before.truncated() || after.truncated()},
       {"packages", packages_json(before, after)},
       {"from_bytes", pull_bytes(from.view)},
       {"to_bytes", pull_bytes(to.view)}});
}

constexpr std::array<ApiRoute, 1> kCompareRoutes = {{
    {"GET", "/repositories/{repository}/compare", "compareImages", Audience::kOptional,
     compare_images},
}};

}  // namespace

std::span<const ApiRoute> compare_routes() {
  return kCompareRoutes;
}

}  // namespace estiba::registry::web
