// What a tag meant and when, and its way back.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "registry/tags.h"
#include "sql/connection_pool.h"

namespace estiba::registry {

struct TagInterval {
  std::string tag;
  std::string digest;
  Timestamp started_at;
  std::string started_by;             // account name, '' for nobody
  std::optional<Timestamp> ended_at;  // nothing: it still means this
  std::string ended_by;
  bool available = false;  // the manifest is there, or in the trash
};

// The newest first, up to `count`; an empty tag means all of the repository.
[[nodiscard]] std::vector<TagInterval> tag_history(sql::ConnectionPool& metadata,
                                                   std::int64_t repository, const std::string& tag,
                                                   std::size_t count);

struct TagRestore {
  std::string tag;
  // What it meant at this time; without it, what it meant before it ended or was moved last.
  std::optional<Timestamp> at;
  std::string account;
  // Where several were its meaning within the one second that times tell apart: which of them.
  std::string digest{};
  // Within the transaction, when the tag means something else than before; may be empty.
  std::function<void(sql::Connection&, const TagMove&, const Digest&)> on_moved{};
};
// Points the tag there again, bringing the manifest back from the trash where it must. Returns the
// digest. kNotFound when there is nothing to go back to, kConflict for an immutable tag that exists
// and for manifests that are gone for good.
std::string restore_tag(sql::ConnectionPool& metadata, std::int64_t repository,
                        const TagRestore& restore);

}  // namespace estiba::registry
