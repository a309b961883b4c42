#include "build/step_journal.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <cstdio>
#include <nlohmann/json.hpp>
#include <span>

#include "base/error.h"
#include "base/fd.h"

namespace estiba::build {
namespace {

constexpr std::size_t kMaxEntryBytes = 256u << 20;  // a COPY of a million files
constexpr std::size_t kKeyBytes = 71;               // "sha256:" and 64 digits, the file's beginning

std::string serialize_entry(const JournalEntry& entry) {
  nlohmann::json fields = nlohmann::json::array();
  for (const auto& [name, value] : entry.fields) fields.push_back({name, value});
  const nlohmann::json whole = {{"text", entry.text}, {"fields", std::move(fields)}};
  return entry.key.to_string() + "\n" +
         whole.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::optional<JournalEntry> read_entry(const std::string& path) {
  if (!path_exists(path)) return std::nullopt;
  try {
    const std::string bytes = read_file(path, kMaxEntryBytes);
    const auto key = Digest::try_parse(bytes.substr(0, kKeyBytes));
    if (!key) return std::nullopt;
    const nlohmann::json whole = nlohmann::json::parse(bytes.substr(kKeyBytes + 1));
    JournalEntry entry{*key, whole.at("text").get<std::string>(), {}};
    for (const auto& field : whole.at("fields")) {
      entry.fields.emplace_back(field.at(0).get<std::string>(), field.at(1).get<std::string>());
    }
    return entry;
  } catch (const std::exception&) {
    return std::nullopt;  // as good as none: see the header
  }
}

bool has_key(const std::string& path, const Digest& key) {
  if (!path_exists(path)) return false;
  const UniqueFd file = open_file(path, O_RDONLY);
  std::string start(kKeyBytes, '\0');
  const std::size_t size = read_at(file.get(), std::as_writable_bytes(std::span(start)), 0, path);
  return size == kKeyBytes && start == key.to_string();
}

}  // namespace

std::string StepJournal::path(const Step& step, std::size_t position) const {
  return fmt::format("{}/{}", directory_,
                     Digest::of(fmt::format("{}\n{}", step.stage, position)).hex().substr(0, 32));
}

std::optional<JournalEntry> StepJournal::find(const Step& step) const {
  std::optional<JournalEntry> same_place = read_entry(path(step, step.stage_number));
  if (same_place && same_place->text == step.text) return same_place;
  // Lines were inserted or taken away above it.
  for (std::size_t position = 1;; ++position) {
    if (position == step.stage_number) continue;
    std::optional<JournalEntry> entry = read_entry(path(step, position));
    if (!entry) return same_place;
    if (entry->text == step.text) return entry;
  }
}

void StepJournal::note(const Step& step, const JournalEntry& entry) noexcept {
  try {
    const std::string file = path(step, step.stage_number);
    if (has_key(file, entry.key)) return;
    make_directories(directory_, 0700);
    const std::string making = fmt::format("{}.{}", file, step.number);
    const UniqueFd out = open_file(making, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    write_all(out.get(), serialize_entry(entry), making);
    if (::rename(making.c_str(), file.c_str()) != 0) throw_errno("rename " + making);
  } catch (const std::exception&) {
    // The next build cannot say what changed.
  }
}

}  // namespace estiba::build
