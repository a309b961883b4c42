#include "store/build_cache.h"

#include <fmt/format.h>

#include "base/error.h"
#include "store/database.h"
#include "store/layer_rows.h"
#include "store/temporary_area.h"

namespace estiba::store {
namespace {

constexpr std::chrono::hours kUseResolution{1};

}  // namespace

std::optional<CacheRecord> BuildCache::find(const Digest& key) {
  std::optional<CacheRecord> record;
  std::int64_t last_used = 0;
  database_.read([&](sql::Connection& connection) {
    sql::Statement query = connection.query(
        "SELECT layer, created, last_used FROM build_cache WHERE key = $1", key.to_string());
    if (!query.step()) return;
    record.emplace();
    if (const auto layer = query.optional_text(0)) record->layer = Digest::parse(*layer);
    record->created = time_from_column(query.integer(1));
    last_used = query.integer(2);
  });
  const Timestamp current = now();
  if (record && current - time_from_column(last_used) > kUseResolution) {
    database_.write([&](sql::Connection& connection) {
      connection.execute("UPDATE build_cache SET last_used = $2 WHERE key = $1", key.to_string(),
                         to_column(current));
    });
  }
  return record;
}

void BuildCache::put(const Digest& key, const CacheRecord& record, std::string_view description) {
  database_.write([&](sql::Connection& connection) {
    if (record.layer && !find_layer(connection, *record.layer)) {
      throw Error(ErrorCode::kNotFound,
                  fmt::format("the layer {} of a build step is not in the store",
                              record.layer->to_string()));
    }
    const std::optional<std::string> layer =
        record.layer ? std::optional(record.layer->to_string()) : std::nullopt;
    connection.execute(
        "INSERT INTO build_cache (key, layer, description, created, last_used)"
        " VALUES ($1, $2, $3, $4, $5)"
        " ON CONFLICT (key) DO UPDATE SET layer = excluded.layer,"
        "   description = excluded.description, created = excluded.created,"
        "   last_used = excluded.last_used",
        key.to_string(), layer, description, to_column(record.created), to_column(now()));
  });
}

fs::FileLock BuildCache::lock(const Digest& key, std::stop_token stop) const {
  return fs::FileLock::exclusive(temporary_.lock_path("step-" + key.hex()), std::move(stop));
}

}  // namespace estiba::store
