#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <span>

#include "base/size.h"
#include "base/text.h"
#include "base/time.h"
#include "cli/commands/commands.h"
#include "cli/image_format.h"
#include "cli/listing.h"
#include "cli/output.h"
#include "cli/session.h"
#include "cli/tree_drawing.h"
#include "store/image_store.h"
#include "store/layer_store.h"
#include "store/store.h"

namespace estiba::cli {
namespace {

using Json = nlohmann::ordered_json;

struct HistoryOptions {
  bool quiet = false;
  bool no_truncation = false;
  bool tree = false;
  std::string format;
  std::string image;
};

constexpr std::size_t kShownInstruction = 45;
constexpr std::size_t kStepBarWidth = 12;

struct HistoryRow {
  std::string id = "<missing>";
  const HistoryEntry* entry = nullptr;
  std::uint64_t size_bytes = 0;
};

// Newest first. The IDs of steps are known for images that were built here.
std::vector<HistoryRow> rows_of(Session& session, const store::Image& image) {
  const auto lineage = session.store().images().lineage(image.id);
  std::vector<HistoryRow> rows;
  std::size_t layers = image.config.diff_ids.size();
  const auto& history = image.config.history;
  for (std::size_t i = 0; i < history.size(); ++i) {
    const HistoryEntry& entry = history[history.size() - 1 - i];
    HistoryRow row;
    row.entry = &entry;
    if (i < lineage.size()) row.id = lineage[i].to_string();
    if (!entry.empty_layer && layers > 0) {
      row.size_bytes =
          session.store().layers().info(image.config.diff_ids[--layers]).tar_size_bytes;
    }
    rows.push_back(row);
  }
  return rows;
}

std::string shown_id(const HistoryOptions& options, const std::string& id) {
  const std::string prefix = "sha256:";
  if (options.no_truncation || !id.starts_with(prefix)) return id;
  return id.substr(prefix.size(), 12);
}

std::string shown_instruction(const HistoryOptions& options, const HistoryEntry& entry) {
  std::string text = printable_instruction(entry);
  if (options.no_truncation || text.size() <= kShownInstruction) return text;
  return text.substr(0, kShownInstruction - 1) + "…";
}

std::string as_json(const HistoryOptions& options, const HistoryRow& row) {
  Json object;
  object["Comment"] = row.entry->comment;
  object["CreatedAt"] = row.entry->created ? format_rfc3339(*row.entry->created) : "N/A";
  object["CreatedBy"] = shown_instruction(options, *row.entry);
  object["CreatedSince"] = row.entry->created ? format_ago(*row.entry->created, now()) : "N/A";
  object["ID"] = shown_id(options, row.id);
  object["Size"] = format_size(row.size_bytes);
  return object.dump();
}

// Where the images end that this one was built on: the number of their steps, and their names.
std::map<std::size_t, std::string> images_below(Session& session, const store::Image& image) {
  std::map<std::size_t, std::string> below;
  for (const store::ImageListing& listing : session.store().images().list(false)) {
    if (listing.id == image.id || listing.tags.empty()) continue;
    const ImageConfig config = session.store().images().get(listing.id).config;
    const auto& layers = image.config.diff_ids;
    if (config.history.empty() || config.history.size() >= image.config.history.size()) continue;
    if (config.diff_ids.empty() || config.diff_ids.size() > layers.size()) continue;
    if (!std::ranges::equal(config.diff_ids, std::span(layers).first(config.diff_ids.size()))) {
      continue;
    }
    std::string& name = below[config.history.size()];
    for (const Reference& tag : listing.tags) name += (name.empty() ? "" : ", ") + tag.familiar();
  }
  return below;
}

TreeNode tree_step(const HistoryOptions& options, const HistoryRow& row, std::uint64_t largest) {
  const std::size_t bar =
      largest == 0 ? 0 : (row.size_bytes * kStepBarWidth + largest - 1) / largest;
  std::string blocks;
  for (std::size_t i = 0; i < bar; ++i) blocks += "█";
  return {shown_instruction(options, *row.entry),
          {row.entry->empty_layer ? "" : format_size(row.size_bytes),
           blocks + std::string(kStepBarWidth - bar, ' ')},
          {}};
}

// From the base upwards, a trunk for each image that this one stands on.
std::string as_tree(Session& session, const HistoryOptions& options, const store::Image& image,
                    std::vector<HistoryRow> rows) {
  std::ranges::reverse(rows);
  auto ends = images_below(session, image);
  std::vector<std::string> names;
  for (const Reference& tag : session.store().images().listing(image.id).tags) {
    names.push_back(tag.familiar());
  }
  ends[rows.size()] = names.empty() ? shown_id(options, image.id.to_string()) : join(names, ", ");
  std::uint64_t largest = 0;
  for (const HistoryRow& row : rows) largest = std::max(largest, row.size_bytes);
  std::vector<TreeNode> trunks;
  std::size_t step = 0;
  for (const auto& [end, name] : ends) {
    TreeNode trunk{name, {"", ""}, {}};
    std::uint64_t added_bytes = 0;
    for (; step < end; ++step) {
      trunk.children.push_back(tree_step(options, rows[step], largest));
      added_bytes += rows[step].size_bytes;
    }
    trunk.cells = {(trunks.empty() ? "" : "+") + format_size(added_bytes),
                   std::string(kStepBarWidth, ' ')};
    trunks.push_back(std::move(trunk));
  }
  return draw_trees(trunks);
}

int show_history(Session& session, const HistoryOptions& options) {
  const store::Image image = session.store().images().find(options.image);
  const std::vector<HistoryRow> rows = rows_of(session, image);
  if (options.tree) {
    print(as_tree(session, options, image, rows));
    return 0;
  }
  Listing listing({{"ID", "IMAGE"},
                   {"CreatedSince", "CREATED"},
                   {"CreatedBy", "CREATED BY"},
                   {"Size", "SIZE"},
                   {"Comment", "COMMENT"},
                   {"CreatedAt", "CREATED AT", false}},
                  "ID");
  for (const HistoryRow& row : rows) listing.add(as_json(options, row));
  listing.print_as({.format = options.format, .quiet = options.quiet});
  return 0;
}

}  // namespace

Command history_command() {
  Command command;
  command.name = "history";
  command.summary = "Show how an image was made";
  command.examples =
      "  estiba history --no-trunc demo\n"
      "  estiba history --tree demo";
  command.declare = [](CommandLine& line) -> Runner {
    auto options = std::make_shared<HistoryOptions>();
    line.flag("-q,--quiet", options->quiet, "Only show image IDs");
    line.flag("--no-trunc", options->no_truncation, "Don't shorten");
    line.flag("--tree", options->tree, "Draw the images it stands on, and what each step added");
    line.option("--format", options->format, "FORMAT", "json, table, or a Go template");
    line.positional("IMAGE", options->image, "A name, tag or ID");
    return [options](Session& session) { return show_history(session, *options); };
  };
  return command;
}

}  // namespace estiba::cli
