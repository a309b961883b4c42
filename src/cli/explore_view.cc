#include "cli/explore_view.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/size.h"
#include "cli/table.h"
#include "cli/tree_drawing.h"

namespace estiba::cli {
namespace {

constexpr std::size_t kReportedWaste = 20;
constexpr int kExploreSizeDigits = 3;
constexpr const char* kKeys =
    " ↑↓ move  Tab layers/files  Enter open  a all layers  w wasted  q leave";

std::string exploration_size(std::uint64_t size_bytes) {
  return format_size(size_bytes, kExploreSizeDigits);
}

// Exactly `width` columns. What would move a terminal's cursor becomes a question mark.
std::string fitted(const std::string& text, std::size_t width) {
  std::string result;
  std::size_t columns = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool begins = (byte & 0xc0) != 0x80;
    if (begins && columns == width) break;
    if (begins) ++columns;
    result += byte < 0x20 || byte == 0x7f ? '?' : c;
  }
  return result + std::string(width - columns, ' ');
}

std::string summary_of(const ExploredImage& image) {
  return fmt::format("{}: {} layers, {} of files, {} wasted, {}% efficient", image.name,
                     image.layers.size(), exploration_size(image.size_bytes()),
                     exploration_size(image.wasted_bytes()), image.efficiency_percent());
}

std::string mode_text(const ExploredFile& file) {
  std::string text(1, "-hlcbdp"[static_cast<std::size_t>(file.type)]);
  for (int shift = 6; shift >= 0; shift -= 3) {
    const std::uint32_t bits = file.mode >> shift;
    text += (bits & 4) != 0 ? 'r' : '-';
    text += (bits & 2) != 0 ? 'w' : '-';
    text += (bits & 1) != 0 ? 'x' : '-';
  }
  return text;
}

TextStyle style_of(const ExploredFile* file) {
  if (file == nullptr) return TextStyle::kPlain;
  switch (file->change) {
    case LayerChange::kAdded:
      return TextStyle::kAdded;
    case LayerChange::kChanged:
      return TextStyle::kChanged;
    case LayerChange::kRemoved:
      return TextStyle::kRemoved;
    case LayerChange::kSame:
      break;
  }
  return TextStyle::kPlain;
}

char sign_of(const ExploredFile* file) {
  return file == nullptr ? ' ' : " +~-"[static_cast<std::size_t>(file->change)];
}

}  // namespace

ExploreView::ExploreView(const ExploredImage& image) : image_(image) {
  select_layer(0);
}

void ExploreView::select_layer(std::size_t layer) {
  layer_ = layer;
  cursor_ = first_row_ = 0;
  files_.clear();
  if (layer_ < image_.layers.size()) {
    files_ = whole_ ? image_.files_up_to(layer_) : image_.layers[layer_].files;
  }
  list_rows();
}

// Directories are rows also where only their content is named; closed ones hide it.
void ExploreView::list_rows() {
  rows_.clear();
  if (waste_) return list_waste();
  std::map<std::string, std::uint64_t> sizes;  // of directories, all that is below them
  std::map<std::string, const ExploredFile*> shown;
  for (const auto& [path, file] : files_) {
    shown[path] = &file;
    for (std::size_t slash = path.find('/'); slash != std::string::npos;
         slash = path.find('/', slash + 1)) {
      shown.try_emplace(path.substr(0, slash), nullptr);
      sizes[path.substr(0, slash)] += file.size_bytes;
    }
  }
  // A directory stands right before what is in it: '/' sorts before all other characters.
  std::vector<std::pair<std::string, const ExploredFile*>> sorted(shown.begin(), shown.end());
  std::ranges::sort(sorted, [](const auto& a, const auto& b) {
    return std::ranges::lexicographical_compare(
        a.first, b.first, {},
        [](char c) { return c == '/' ? 0 : static_cast<int>(static_cast<unsigned char>(c)); },
        [](char c) { return c == '/' ? 0 : static_cast<int>(static_cast<unsigned char>(c)); });
  });
  std::string closed;
  for (const auto& [path, file] : sorted) {
    if (!closed.empty() && path.starts_with(closed)) continue;
    const std::size_t slash = path.rfind('/');
    Row row{.path = path,
            .name = slash == std::string::npos ? path : path.substr(slash + 1),
            .depth = static_cast<std::size_t>(std::ranges::count(path, '/')),
            .directory = file == nullptr || file->type == archive::EntryType::kDirectory,
            .size_bytes = (file != nullptr ? file->size_bytes : 0) + sizes[path],
            .file = file};
    if (row.directory && !open_.contains(path)) closed = path + "/";
    rows_.push_back(std::move(row));
  }
  cursor_ = std::min(cursor_, rows_.empty() ? 0 : rows_.size() - 1);
}

void ExploreView::list_waste() {
  for (const WastedFile& file : image_.wasted) {
    rows_.push_back({.path = file.path, .name = file.path, .size_bytes = file.bytes});
  }
  cursor_ = first_row_ = 0;
}

void ExploreView::move(long steps) {
  const std::size_t count = in_files_ ? rows_.size() : image_.layers.size();
  if (count == 0) return;
  const long now = static_cast<long>(in_files_ ? cursor_ : layer_);
  const auto next =
      static_cast<std::size_t>(std::clamp(now + steps, 0L, static_cast<long>(count) - 1));
  if (in_files_) {
    cursor_ = next;
  } else if (next != layer_) {
    select_layer(next);
  }
}

void ExploreView::toggle() {
  if (!in_files_ || rows_.empty() || !rows_[cursor_].directory) return;
  const std::string& path = rows_[cursor_].path;
  if (!open_.erase(path)) open_.insert(path);
  list_rows();
}

bool ExploreView::press(ExploreKey key) {
  constexpr long kFar = 1L << 40;
  switch (key) {
    case ExploreKey::kUp:
      move(-1);
      break;
    case ExploreKey::kDown:
      move(1);
      break;
    case ExploreKey::kPageUp:
      move(-static_cast<long>(page_));
      break;
    case ExploreKey::kPageDown:
      move(static_cast<long>(page_));
      break;
    case ExploreKey::kFirst:
      move(-kFar);
      break;
    case ExploreKey::kLast:
      move(kFar);
      break;
    case ExploreKey::kOpen:
      toggle();
      break;
    case ExploreKey::kSwitch:
      in_files_ = !in_files_;
      break;
    case ExploreKey::kWhole:
      whole_ = !whole_;
      select_layer(layer_);
      break;
    case ExploreKey::kWaste:
      waste_ = !waste_;
      select_layer(layer_);
      break;
    case ExploreKey::kQuit:
      return false;
    case ExploreKey::kOther:
      break;
  }
  return true;
}

StyledLine ExploreView::layer_line(std::size_t layer, std::size_t width) const {
  if (layer >= image_.layers.size()) return {{std::string(width, ' ')}};
  const ExploredLayer& shown = image_.layers[layer];
  const std::string text = fmt::format("{:>3} {:>7}  {}", layer + 1,
                                       exploration_size(shown.size_bytes), shown.instruction);
  const TextStyle style = layer != layer_ ? TextStyle::kPlain
                          : in_files_     ? TextStyle::kMarked
                                          : TextStyle::kSelected;
  return {{fitted(text, width), style}};
}

StyledLine ExploreView::file_line(std::size_t index, std::size_t width) const {
  if (index >= rows_.size()) return {{std::string(width, ' ')}};
  const Row& row = rows_[index];
  std::string text = row.file == nullptr ? std::string(10, ' ') : mode_text(*row.file);
  text += fmt::format(" {:>7} {} ", exploration_size(row.size_bytes), sign_of(row.file));
  if (waste_) text = fmt::format(" {:>7}  ", exploration_size(row.size_bytes));
  text += std::string(2 * row.depth, ' ');
  if (row.directory) text += open_.contains(row.path) ? "▾ " : "▸ ";
  text += row.name;
  if (row.file != nullptr && !row.file->link_target.empty()) text += " → " + row.file->link_target;
  const bool selected = in_files_ && index == cursor_;
  return {{fitted(text, width), selected ? TextStyle::kSelected : style_of(row.file)}};
}

std::vector<StyledLine> ExploreView::draw(std::size_t rows, std::size_t columns) {
  rows = std::max<std::size_t>(rows, 8);
  columns = std::max<std::size_t>(columns, 40);
  const std::size_t left = columns * 2 / 5;
  const std::size_t right = columns - left - 1;
  const std::size_t body = rows - 4;
  page_ = body - 1;
  first_row_ = std::clamp(first_row_, cursor_ < body ? 0 : cursor_ - body + 1, cursor_);
  first_layer_ = std::clamp(first_layer_, layer_ < body ? 0 : layer_ - body + 1, layer_);
  std::vector<StyledLine> lines;
  lines.push_back({{fitted(" " + summary_of(image_), columns), TextStyle::kHeading}});
  const std::string files = waste_   ? " WASTED   path"
                            : whole_ ? " FILES of the layers up to this one"
                                     : " FILES of this layer";
  lines.push_back({{fitted("   #    SIZE  LAYER", left), TextStyle::kFaint},
                   {"│", TextStyle::kFaint},
                   {fitted(files, right), TextStyle::kFaint}});
  for (std::size_t i = 0; i < body; ++i) {
    StyledLine line = layer_line(first_layer_ + i, left);
    line.push_back({"│", TextStyle::kFaint});
    for (StyledText& part : file_line(first_row_ + i, right)) line.push_back(std::move(part));
    lines.push_back(std::move(line));
  }
  std::string detail;
  if (layer_ < image_.layers.size()) {
    const ExploredLayer& layer = image_.layers[layer_];
    detail = fmt::format(" {}  adds {}, hides {}  {}", layer.diff_id.short_hex(),
                         exploration_size(layer.size_bytes), exploration_size(layer.wasted_bytes),
                         layer.instruction);
  }
  lines.push_back({{fitted(detail, columns), TextStyle::kFaint}});
  lines.push_back({{fitted(kKeys, columns), TextStyle::kHeading}});
  return lines;
}

std::string exploration_report(const ExploredImage& image) {
  Table layers({"LAYER", "ADDS", "HIDES", "FILES", "INSTRUCTION"});
  for (const ExploredLayer& layer : image.layers) {
    layers.add({layer.diff_id.short_hex(), exploration_size(layer.size_bytes),
                exploration_size(layer.wasted_bytes), std::to_string(layer.files.size()),
                layer.instruction});
  }
  std::string text = summary_of(image) + "\n\n" + layers.render();
  if (image.wasted.empty()) return text;
  Table waste({"WASTED", "PATH"});
  for (std::size_t i = 0; i < std::min(kReportedWaste, image.wasted.size()); ++i) {
    waste.add({exploration_size(image.wasted[i].bytes), "/" + image.wasted[i].path});
  }
  return text + "\n" + waste.render();
}

}  // namespace estiba::cli
