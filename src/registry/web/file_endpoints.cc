// The files of an image: which layer added, changed or deleted each, and what small ones say.
#include <fmt/format.h>

#include <array>
#include <charconv>

#include "archive/listing/image_tree.h"
#include "archive/tar_entry.h"
#include "base/error.h"
#include "base/text.h"
#include "base/time.h"
#include "registry/layer_listings.h"
#include "registry/limits.h"
#include "registry/web/image_json.h"
#include "registry/web/text_content.h"

namespace estiba::registry::web {
namespace {

using archive::DirectoryCursor;
using archive::EntryType;
using archive::FileChange;
using archive::ImageTree;
using archive::ListedEntry;
using archive::TreeItem;

// What a request is about: an image, or one of its layers.
struct FileRequest {
  RepositoryView repository;
  std::vector<Descriptor> layers;
  ImageTree tree;
  std::string path;
  std::optional<std::size_t> layer;
};

std::optional<std::size_t> read_layer(const ApiCall& call, std::size_t layer_count) {
  const std::string text = call.query("layer");
  if (text.empty()) return std::nullopt;
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number >= layer_count) {
    throw Problem(400, "invalid", "the image has no such layer", {{"layer", "is none of its"}});
  }
  return number;
}

std::string read_path(const ApiCall& call) {
  try {
    return archive::clean_entry_path(call.query("path"));
  } catch (const Error& error) {
    throw Problem(400, "invalid", error.message(), {{"path", "is no path in an image"}});
  }
}

FileRequest read_request(ApiCall& call) {
  const RepositoryView repository = call.repository(Action::kPull);
  const ChosenImage image = choose_image(call, repository, call.part("reference"));
  std::string path = read_path(call);
  const auto layer = read_layer(call, image.view.layers.size());
  return {repository, image.view.layers,
          ImageTree(list_layers(call, repository, image.view.layers)), std::move(path), layer};
}

[[noreturn]] void refuse_missing_file(const FileRequest& request) {
  if (request.tree.truncated()) {
    throw Problem(
        413, "too-large",
        "a layer of the image has more entries than are read; this one is not among them");
  }
  throw Problem(404, "not-found", "the image has no /" + request.path);
}

const char* type_name(EntryType type) {
  switch (type) {
    case EntryType::kFile:
      return "file";
    case EntryType::kHardLink:
      return "hardlink";
    case EntryType::kSymlink:
      return "symlink";
    case EntryType::kDirectory:
      return "directory";
    case EntryType::kFifo:
      return "fifo";
    case EntryType::kCharDevice:
    case EntryType::kBlockDevice:
      break;
  }
  return "device";
}

const char* change_name(FileChange change) {
  switch (change) {
    case FileChange::kAdded:
      return "added";
    case FileChange::kChanged:
      return "changed";
    case FileChange::kDeleted:
      break;
  }
  return "deleted";
}

Json item_json(const ImageTree& tree, const TreeItem& item) {
  const ListedEntry& entry = item.entry;
  const auto content = tree.content_of(item);
  return {{"name", entry.name},
          {"type", type_name(entry.type)},
          {"size_bytes", content ? content->size_bytes : 0},
          {"mode", fmt::format("{:04o}", entry.mode)},
          {"uid", entry.uid},
          {"gid", entry.gid},
          {"modified_at", entry.implied ? Json(nullptr) : Json(seconds_text(entry.mtime_seconds))},
          {"target", entry.type == EntryType::kHardLink ? "/" + std::string(entry.link)
                                                        : std::string(entry.link)},
          {"layer", item.layer},
          {"change", change_name(item.change)}};
}

// Names are any bytes: as a cursor they travel in hexadecimal.
std::string from_hex(const std::string& text) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    unsigned value = 0;
    const auto [end, error] = std::from_chars(text.data() + i, text.data() + i + 2, value, 16);
    if (text.size() % 2 != 0 || error != std::errc() || end != text.data() + i + 2) {
      throw Problem(400, "invalid", "there is no such cursor");
    }
    bytes.push_back(static_cast<char>(value));
  }
  return bytes;
}

// The directory that is meant, links followed; of one layer as the layer has it.
std::string find_directory(const FileRequest& request) {
  if (request.path.empty()) return {};
  if (request.layer) {
    DirectoryCursor inside(request.tree, request.path, {.from = {}, .only = request.layer});
    if (!inside.next()) refuse_missing_file(request);
    return request.path;
  }
  const auto resolved = request.tree.resolve(request.path, true);
  const auto item = resolved ? request.tree.find(*resolved) : std::nullopt;
  if (resolved && resolved->empty()) return {};
  if (!item) refuse_missing_file(request);
  if (!item->entry.is_directory()) {
    throw Problem(400, "invalid", "/" + request.path + " is no directory",
                  {{"path", "is no directory"}});
  }
  return *resolved;
}

http::Response list_files(ApiCall& call) {
  const PageRequest page = read_page(call);
  const FileRequest request = read_request(call);
  const std::string directory = find_directory(request);
  DirectoryCursor cursor(request.tree, directory,
                         {.from = from_hex(page.cursor), .only = request.layer});
  Json items = Json::array();
  Json next = nullptr;
  while (const auto item = cursor.next()) {
    if (items.size() == page.limit) {
      next = to_hex(item->entry.name);
      break;
    }
    items.push_back(item_json(request.tree, *item));
  }
  return answer_json({{"path", "/" + directory},
                      {"items", std::move(items)},
                      {"next", std::move(next)},
                      {"truncated", request.tree.truncated()}});
}

// The file that is meant, and the layer that holds it.
struct FoundFile {
  std::string path;
  ListedEntry content;
  std::size_t layer = 0;
};

FoundFile find_file(const FileRequest& request) {
  std::optional<TreeItem> item;
  std::string path = request.path;
  if (request.layer) {
    const auto entry = request.tree.layers()[*request.layer]->find(path);
    if (entry && entry->is_there) item = TreeItem{*entry, *request.layer, FileChange::kAdded};
  } else if (const auto resolved = request.tree.resolve(path, true)) {
    path = *resolved;
    item = request.tree.find(path);
  }
  const auto content = item ? request.tree.content_of(*item) : std::nullopt;
  if (!content) refuse_missing_file(request);
  if (content->type != EntryType::kFile) {
    throw Problem(400, "invalid", "/" + request.path + " is no file", {{"path", "is no file"}});
  }
  return {std::move(path), *content, item->layer};
}

http::Response get_file(ApiCall& call) {
  const FileRequest request = read_request(call);
  const FoundFile file = find_file(request);
  Json text = nullptr;
  if (file.content.size_bytes <= kMaxViewedFileBytes && !file.content.has_holes) {
    const std::string content = with_layer_problems([&] {
      return call.services.listings.read(*request.repository.id, request.layers[file.layer].digest,
                                         file.content, [&] { return call.request.is_abandoned(); });
    });
    if (is_text(content)) text = content;
  }
  return answer_json({{"path", "/" + file.path},
                      {"size_bytes", file.content.size_bytes},
                      {"layer", file.layer},
                      {"text", std::move(text)}});
}

constexpr std::array<ApiRoute, 2> kFileRoutes = {{
    {"GET", "/repositories/{repository}/manifests/{reference}/files", "listFiles",
     Audience::kOptional, list_files},
    {"GET", "/repositories/{repository}/manifests/{reference}/file", "getFile", Audience::kOptional,
     get_file},
}};

}  // namespace

std::span<const ApiRoute> file_routes() {
  return kFileRoutes;
}

}  // namespace estiba::registry::web
