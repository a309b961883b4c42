#include "cli/explored_image.h"

#include <algorithm>

#include "archive/tar_reader.h"
#include "archive/whiteout.h"
#include "base/cancel.h"
#include "base/stream.h"
#include "cli/image_format.h"
#include "store/layer_store.h"
#include "store/store.h"

namespace estiba::cli {
namespace {

bool lies_below(std::string_view path, std::string_view directory) {
  return directory.empty() || (path.size() > directory.size() && path.starts_with(directory) &&
                               path[directory.size()] == '/');
}

// Takes out what lies below `directory`; the sizes of its files are returned by path.
std::vector<WastedFile> remove_below(ExploredFiles& files, const std::string& directory) {
  std::vector<WastedFile> removed;
  auto file = files.lower_bound(directory.empty() ? "" : directory + "/");
  while (file != files.end() && lies_below(file->first, directory)) {
    if (file->second.size_bytes > 0) removed.push_back({file->first, file->second.size_bytes});
    file = files.erase(file);
  }
  return removed;
}

std::vector<WastedFile> remove_path(ExploredFiles& files, const std::string& path) {
  std::vector<WastedFile> removed = remove_below(files, path);
  const auto file = files.find(path);
  if (file == files.end()) return removed;
  if (file->second.size_bytes > 0) removed.push_back({path, file->second.size_bytes});
  files.erase(file);
  return removed;
}

void put(ExploredFiles& files, const std::string& path, const ExploredFile& file) {
  if (file.type != archive::EntryType::kDirectory) remove_below(files, path);
  files[path] = file;
}

std::uint64_t sum_of(const std::vector<WastedFile>& files) {
  std::uint64_t bytes = 0;
  for (const WastedFile& file : files) bytes += file.bytes;
  return bytes;
}

// What the whiteout takes away of `below`, noted as removed in the layer.
std::vector<WastedFile> apply_whiteout(const archive::Whiteout& whiteout, ExploredFiles& below,
                                       ExploredLayer& layer) {
  if (whiteout.kind == archive::WhiteoutKind::kOpaque) return remove_below(below, whiteout.path);
  const auto hidden = below.find(whiteout.path);
  ExploredFile mark;
  if (hidden != below.end()) mark = hidden->second;
  std::vector<WastedFile> removed = remove_path(below, whiteout.path);
  mark.size_bytes = sum_of(removed);
  mark.change = LayerChange::kRemoved;
  layer.files[whiteout.path] = mark;
  return removed;
}

std::vector<archive::TarEntry> entries_of(store::Store& store, const Digest& diff_id,
                                          std::stop_token stop) {
  FdSource source(store.layers().open_tar(diff_id, stop), diff_id.to_string());
  archive::TarReader reader(source);
  std::vector<archive::TarEntry> entries;
  while (auto entry = reader.next()) {
    throw_if_stopped(stop);
    entries.push_back(std::move(*entry));
  }
  return entries;
}

}  // namespace

std::uint64_t ExploredImage::size_bytes() const {
  std::uint64_t bytes = 0;
  for (const ExploredLayer& layer : layers) bytes += layer.size_bytes;
  return bytes;
}

std::uint64_t ExploredImage::wasted_bytes() const {
  return sum_of(wasted);
}

int ExploredImage::efficiency_percent() const {
  const std::uint64_t all = size_bytes();
  return all == 0 ? 100 : static_cast<int>(100 * (all - std::min(all, wasted_bytes())) / all);
}

ExploredFiles ExploredImage::files_up_to(std::size_t layer) const {
  ExploredFiles files;
  for (std::size_t i = 0; i <= layer && i < layers.size(); ++i) {
    for (auto& [path, file] : files) file.change = LayerChange::kSame;
    for (const auto& [path, file] : layers[i].files) {
      if (file.change != LayerChange::kRemoved) {
        put(files, path, file);
      } else if (i < layer) {
        remove_path(files, path);
      } else {
        remove_below(files, path);
        files[path] = file;
      }
    }
  }
  return files;
}

void add_layer(ExploredImage& image, const Digest& diff_id, const std::string& instruction,
               const std::vector<archive::TarEntry>& entries) {
  ExploredFiles below;
  if (!image.layers.empty()) {
    below = image.files_up_to(image.layers.size() - 1);
    std::erase_if(below, [](const auto& f) { return f.second.change == LayerChange::kRemoved; });
  }
  ExploredLayer layer{.diff_id = diff_id, .instruction = instruction, .files = {}};
  std::vector<WastedFile> hidden;
  const auto hide = [&hidden](const std::vector<WastedFile>& more) {
    hidden.insert(hidden.end(), more.begin(), more.end());
  };
  for (const archive::TarEntry& entry : entries) {
    const archive::Whiteout whiteout = archive::classify_whiteout(entry.path);
    if (whiteout.kind == archive::WhiteoutKind::kMetadata || entry.path.empty()) continue;
    if (whiteout.kind != archive::WhiteoutKind::kOrdinary) {
      hide(apply_whiteout(whiteout, below, layer));
      continue;
    }
    const auto lower = below.find(entry.path);
    ExploredFile file{.type = entry.type,
                      .mode = entry.mode,
                      .uid = entry.uid,
                      .gid = entry.gid,
                      .size_bytes = entry.size_bytes,
                      .link_target = entry.link_target};
    if (lower != below.end()) {
      file.change = LayerChange::kChanged;
      if (file.type != archive::EntryType::kDirectory) hide(remove_path(below, entry.path));
    }
    layer.size_bytes += file.size_bytes;
    layer.files[entry.path] = file;
  }
  layer.wasted_bytes = sum_of(hidden);
  image.wasted.insert(image.wasted.end(), hidden.begin(), hidden.end());
  std::ranges::stable_sort(image.wasted, std::greater<>(), &WastedFile::bytes);
  image.layers.push_back(std::move(layer));
}

ExploredImage explore_image(store::Store& store, const std::string& name, const store::Image& image,
                            std::stop_token stop) {
  std::vector<std::string> instructions;
  for (const HistoryEntry& entry : image.config.history) {
    if (!entry.empty_layer) instructions.push_back(printable_instruction(entry));
  }
  instructions.resize(image.config.diff_ids.size());
  ExploredImage explored{.name = name, .layers = {}, .wasted = {}};
  for (std::size_t i = 0; i < image.config.diff_ids.size(); ++i) {
    const Digest& diff_id = image.config.diff_ids[i];
    add_layer(explored, diff_id, instructions[i], entries_of(store, diff_id, stop));
  }
  return explored;
}

}  // namespace estiba::cli
