#include "cli/image_difference_text.h"

#include <fmt/format.h>

#include "archive/listing/image_difference.h"
#include "base/size.h"
#include "cli/output.h"
#include "cli/session.h"
#include "oci/config_difference.h"
#include "store/image_files.h"

namespace estiba::cli {
namespace {

char change_letter(bool in_from, bool in_to) {
  return !in_from ? 'A' : !in_to ? 'D' : 'C';
}

// Names and values are whatever somebody wrote: no terminal obeys them.
std::string on_one_line(std::string_view text) {
  std::string shown;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    shown += byte < 0x20 || byte == 0x7f ? fmt::format("\\x{:02x}", byte) : std::string(1, c);
  }
  return shown;
}

// A title above the first line of its part; nothing for parts without lines.
class DifferenceLines {
 public:
  void begin(std::string title) { title_ = std::move(title); }
  void print(char letter, const std::string& text) {
    if (!title_.empty()) print_line((any_ ? "\n" : "") + title_);
    title_.clear();
    any_ = true;
    print_line(std::string(1, letter) + " " + text);
  }

 private:
  std::string title_;
  bool any_ = false;
};

std::string before_and_after(const std::optional<std::string>& from,
                             const std::optional<std::string>& to) {
  if (from && to) return on_one_line(*from) + " -> " + on_one_line(*to);
  return on_one_line(from ? *from : *to);
}

void print_values(DifferenceLines& lines, const std::vector<ValueDifference>& values) {
  for (const ValueDifference& one : values) {
    lines.print(change_letter(one.from.has_value(), one.to.has_value()),
                on_one_line(one.name) + ": " + before_and_after(one.from, one.to));
  }
}

void print_packages(DifferenceLines& lines,
                    const std::vector<archive::PackageDifference>& packages) {
  const auto version = [](const std::string& text) {
    return text.empty() ? std::nullopt : std::optional(text);
  };
  for (const archive::PackageDifference& one : packages) {
    lines.print(change_letter(!one.from.empty(), !one.to.empty()),
                on_one_line(one.name) + " " + before_and_after(version(one.from), version(one.to)) +
                    " (" + std::string(archive::package_kind_name(one.kind)) + ")");
  }
}

void print_files(DifferenceLines& lines, const archive::ImageTree& from,
                 const archive::ImageTree& to) {
  archive::compare_files(from, to, [&](const archive::FileDifference& one) {
    const auto& [path, change, before, after] = one;
    std::string sizes = format_size(before ? *before : *after);
    if (before && after) sizes += " -> " + format_size(*after);
    // A directory's own size says nothing.
    const bool is_file = !path.ends_with('/');
    lines.print(change_letter(before.has_value(), after.has_value()),
                "/" + on_one_line(path) + (is_file ? " (" + sizes + ")" : std::string()));
    return true;
  });
}

}  // namespace

void print_image_difference(Session& session, const std::string& from, const std::string& to) {
  store::Store& store = session.store();
  const std::vector<store::Image> images = {store.images().find(from), store.images().find(to)};
  const auto trees = store::list_images_files(store, images, session.stop());
  DifferenceLines lines;
  lines.begin("Instructions");
  print_values(lines, compare_instructions(images[0].config.history, images[1].config.history));
  lines.begin("Configuration");
  print_values(lines, compare_configs(images[0].config, images[1].config));
  lines.begin("Packages");
  print_packages(lines, archive::compare_packages(trees[0], trees[1]));
  lines.begin("Files");
  print_files(lines, trees[0], trees[1]);
}

}  // namespace estiba::cli
