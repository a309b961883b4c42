// Tags as documents; for .cc files only: it includes the JSON library.
#pragma once

#include <string>

#include "registry/web/api.h"

namespace estiba::registry::web {

// Tags whose row (as t) fulfils `condition`, in `order`, up to `count`; parameters from $2 on are
// the condition's. With the id that a cursor by time is made of.
struct TagRow {
  std::int64_t id = 0;
  std::string name;
  std::string digest;
  std::int64_t started_at = 0;
  std::string started_by;
  std::string media_type;
  std::string bytes;
};
[[nodiscard]] Json tag_json(ApiCall& call, const RepositoryView& repository, const TagRow& tag);
[[nodiscard]] TagRow read_tag_row(const sql::Statement& row);
// The columns that read_tag_row reads, of tags as t with their manifests as m.
inline constexpr std::string_view kTagColumns =
    "SELECT t.id, t.name, t.digest, t.started_at, t.started_by, m.media_type, m.bytes FROM tags t "
    "LEFT JOIN manifests m ON m.repository_id = t.repository_id AND m.digest = t.digest ";
[[nodiscard]] Json platform_json(const Platform& platform);

}  // namespace estiba::registry::web
