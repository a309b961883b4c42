#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/size.h"
#include "base/time.h"
#include "cli/commands/commands.h"
#include "cli/image_format.h"
#include "cli/listing.h"
#include "cli/session.h"
#include "store/image_store.h"
#include "store/layer_store.h"
#include "store/store.h"

namespace estiba::cli {
namespace {

using Json = nlohmann::ordered_json;

struct HistoryOptions {
  bool quiet = false;
  bool no_truncation = false;
  std::string format;
  std::string image;
};

constexpr std::size_t kShownInstruction = 45;

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

int show_history(Session& session, const HistoryOptions& options) {
  const store::Image image = session.store().images().find(options.image);
  const std::vector<HistoryRow> rows = rows_of(session, image);
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
  command.examples = "  estiba history --no-trunc demo";
  command.declare = [](CommandLine& line) -> Runner {
    auto options = std::make_shared<HistoryOptions>();
    line.flag("-q,--quiet", options->quiet, "Only show image IDs");
    line.flag("--no-trunc", options->no_truncation, "Don't shorten");
    line.option("--format", options->format, "FORMAT", "json, table, or a Go template");
    line.positional("IMAGE", options->image, "A name, tag or ID");
    return [options](Session& session) { return show_history(session, *options); };
  };
  return command;
}

}  // namespace estiba::cli
