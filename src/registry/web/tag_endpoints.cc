// Tags: what they mean, meant, and are made to mean.
#include "registry/tags.h"

#include <algorithm>
#include <array>
#include <limits>

#include "base/error.h"
#include "oci/reference.h"
#include "registry/events.h"
#include "registry/image_summary.h"
#include "registry/name_pattern.h"
#include "registry/tag_history.h"
#include "registry/web/api.h"
#include "registry/web/tag_json.h"
#include "sql/connection.h"

namespace estiba::registry::web {
namespace {

std::string tag_part(const ApiCall& call) {
  const std::string& tag = call.part("tag");
  if (!is_valid_tag(tag)) refuse_unseen();
  return tag;
}

Json tag_by_name(ApiCall& call, const RepositoryView& repository, const std::string& tag) {
  std::optional<TagRow> found;
  {
    const auto reader = call.web.metadata.reader();
    sql::Statement row =
        reader->query(std::string(kTagColumns) +
                          "WHERE t.repository_id = $1 AND t.name = $2 AND t.ended_at IS NULL",
                      *repository.id, tag);
    if (row.step()) found = read_tag_row(row);
  }
  if (!found) refuse_unseen();
  return tag_json(call, repository, *found);
}

std::vector<TagRow> find_tags(ApiCall& call, const RepositoryView& repository,
                              const PageRequest& page, bool newest) {
  const auto reader = call.web.metadata.reader();
  const std::string condition =
      std::string(kTagColumns) +
      "WHERE t.repository_id = $1 AND t.ended_at IS NULL AND ($2 = '' "
      "OR " +
      (reader->engine() == sql::Engine::kSqlite ? "instr(t.name, $2)" : "strpos(t.name, $2)") +
      " > 0) AND ($3 = '' OR t.digest = $3) ";
  sql::Statement rows =
      newest ? reader->query(
                   condition + "AND t.id < $4 ORDER BY t.id DESC LIMIT $5", *repository.id,
                   call.query("q"), call.query("digest"),
                   page.cursor.empty() ? std::numeric_limits<std::int64_t>::max() : page.number(),
                   page.limit + 1)
             : reader->query(condition + "AND t.name > $4 ORDER BY t.name LIMIT $5", *repository.id,
                             call.query("q"), call.query("digest"), page.cursor, page.limit + 1);
  std::vector<TagRow> tags;
  for (const sql::Statement& row : rows) tags.push_back(read_tag_row(row));
  return tags;
}

http::Response list_tags(ApiCall& call) {
  const RepositoryView repository = call.repository(Action::kPull);
  const PageRequest page = read_page(call);
  const std::string order = call.query("order");
  if (!order.empty() && order != "name" && order != "newest") {
    throw Problem(400, "invalid", "order must be name or newest");
  }
  const bool newest = order == "newest";
  return answer_json(page_of(
      find_tags(call, repository, page, newest), page,
      [&](const TagRow& tag) { return tag_json(call, repository, tag); },
      [&](const TagRow& tag) { return newest ? std::to_string(tag.id) : tag.name; }));
}

// "?at=2026-11-01T12:00:00Z": what it meant then.
http::Response get_past_tag(ApiCall& call, const RepositoryView& repository, const std::string& tag,
                            const std::string& at) {
  const auto time = blaming("at", [&] { return parse_rfc3339(at); });
  const auto manifest = call.services.manifests.find(*repository.id, tag, time);
  if (!manifest) refuse_unseen();
  TagRow row;
  row.name = tag;
  row.digest = manifest->digest.to_string();
  row.media_type = manifest->media_type;
  row.bytes = manifest->bytes;
  {
    const auto reader = call.web.metadata.reader();
    sql::Statement interval = reader->query(
        "SELECT started_at, started_by FROM tags WHERE repository_id = $1 AND name = $2 "
        "AND digest = $3 AND started_at <= $4 ORDER BY started_at DESC, id DESC LIMIT 1",
        *repository.id, tag, row.digest, unix_seconds(time));
    if (!interval.step()) refuse_unseen();
    row.started_at = interval.integer(0);
    row.started_by = interval.text(1);
  }
  return answer_json(tag_json(call, repository, row));
}

http::Response get_tag(ApiCall& call) {
  const RepositoryView repository = call.repository(Action::kPull);
  if (const std::string at = call.query("at"); !at.empty()) {
    return get_past_tag(call, repository, tag_part(call), at);
  }
  return answer_json(tag_by_name(call, repository, tag_part(call)));
}

http::Response set_tag(ApiCall& call) {
  Body body(call);
  const std::string digest_text = body.text("digest");
  body.done();
  const RepositoryView repository = call.repository(Action::kPush);
  const std::string tag = call.part("tag");
  if (!is_valid_tag(tag)) {
    throw Problem(400, "invalid", "\"" + tag.substr(0, 200) + "\" is no tag");
  }
  const auto digest = Digest::try_parse(digest_text);
  if (!digest || !call.services.manifests.find(*repository.id, *digest)) {
    throw Problem(400, "invalid", "the repository has no such manifest",
                  {{"digest", "is none of the repository's"}});
  }
  call.detail = digest->to_string();
  {
    ChangeEvents events(call.services.webhooks, call.services.live, call.origin(repository));
    call.services.tags.move(*repository.id, tag, *digest, call.account().name,
                            [&](sql::Connection& connection, const TagMove& move) {
                              events.tag_moved(connection, move, *digest);
                            });
  }
  return answer_json(tag_by_name(call, repository, tag));
}

http::Response delete_tag(ApiCall& call) {
  const RepositoryView repository = call.repository(Action::kDelete);
  const std::string tag = tag_part(call);
  ChangeEvents events(call.services.webhooks, call.services.live, call.origin(repository));
  const bool ended = call.services.tags.end(
      *repository.id, tag, call.account().name,
      [&](sql::Connection& connection) { events.deleted(connection, tag, ""); });
  if (!ended) refuse_unseen();
  return answer_nothing();
}

Json interval_json(const TagInterval& interval) {
  return {{"tag", interval.tag},
          {"digest", interval.digest},
          {"started_at", time_json(interval.started_at)},
          {"started_by", interval.started_by},
          {"ended_at", time_json(interval.ended_at)},
          {"ended_by", interval.ended_at ? Json(interval.ended_by) : Json(nullptr)},
          {"available", interval.available}};
}

// The history has no ids of its own to go on from: the cursor is how many came before.
http::Response answer_history(ApiCall& call, const std::string& tag) {
  const RepositoryView repository = call.repository(Action::kPull);
  const PageRequest page = read_page(call);
  const auto skipped = static_cast<std::size_t>(page.number());
  if (skipped > kMaxHistory) throw Problem(400, "invalid", "there is no such cursor");
  auto intervals = tag_history(call.web.metadata, *repository.id, tag, skipped + page.limit + 1);
  intervals.erase(intervals.begin(), intervals.begin() + static_cast<std::ptrdiff_t>(
                                                             std::min(skipped, intervals.size())));
  return answer_json(page_of(intervals, page, interval_json, [&](const TagInterval&) {
    return std::to_string(skipped + page.limit);
  }));
}

http::Response list_repository_history(ApiCall& call) {
  return answer_history(call, "");
}

http::Response list_tag_history(ApiCall& call) {
  return answer_history(call, tag_part(call));
}

http::Response restore_tag_endpoint(ApiCall& call) {
  Body body(call);
  const auto at = body.optional_time("at");
  const std::string once = body.optional_text("digest").value_or("");
  body.done();
  const RepositoryView repository = call.repository(Action::kPush);
  const std::string tag = tag_part(call);
  {
    ChangeEvents events(call.services.webhooks, call.services.live, call.origin(repository));
    const TagRestore restore{
        tag, at, call.account().name, once,
        [&](sql::Connection& connection, const TagMove& move, const Digest& digest) {
          events.tag_moved(connection, move, digest);
        }};
    call.detail = restore_tag(call.web.metadata, *repository.id, restore);
  }
  return answer_json(tag_by_name(call, repository, tag));
}

// A tag is protected by a pattern that is its name.
http::Response change_protection(ApiCall& call, bool wanted) {
  const RepositoryView repository = call.repository(Action::kManage);
  const std::string tag = tag_part(call);
  (void)tag_by_name(call, repository, tag);
  auto patterns = call.services.rules.immutable_tags(repository.name);
  patterns.erase(std::remove(patterns.begin(), patterns.end(), tag), patterns.end());
  if (wanted) patterns.push_back(tag);
  call.services.rules.set_immutable_tags(repository.name, patterns);
  return answer_json(tag_by_name(call, repository, tag));
}

http::Response protect_tag(ApiCall& call) {
  return change_protection(call, true);
}

http::Response unprotect_tag(ApiCall& call) {
  return change_protection(call, false);
}

constexpr std::string_view kTagPath = "/repositories/{repository}/tags/{tag}";

constexpr std::array<ApiRoute, 9> kTagRoutes = {{
    {"GET", "/repositories/{repository}/history", "listRepositoryHistory", Audience::kOptional,
     list_repository_history},
    {"GET", "/repositories/{repository}/tags", "listTags", Audience::kOptional, list_tags},
    {"GET", kTagPath, "getTag", Audience::kOptional, get_tag},
    {"PUT", kTagPath, "setTag", Audience::kAccount, set_tag},
    {"DELETE", kTagPath, "deleteTag", Audience::kAccount, delete_tag},
    {"GET", "/repositories/{repository}/tags/{tag}/history", "listTagHistory", Audience::kOptional,
     list_tag_history},
    {"POST", "/repositories/{repository}/tags/{tag}/restore", "restoreTag", Audience::kAccount,
     restore_tag_endpoint},
    {"PUT", "/repositories/{repository}/tags/{tag}/protection", "protectTag", Audience::kAccount,
     protect_tag},
    {"DELETE", "/repositories/{repository}/tags/{tag}/protection", "unprotectTag",
     Audience::kAccount, unprotect_tag},
}};

struct TagFigures {
  std::int64_t pulls = 0;
  std::optional<std::int64_t> pulled_at;
  std::vector<std::string> same_digest;
  bool is_protected = false;
};

TagFigures read_figures(sql::Connection& connection, std::int64_t repository, const TagRow& tag) {
  TagFigures figures;
  {
    sql::Statement row = connection.query(
        "SELECT CAST(coalesce(sum(pulls), 0) AS BIGINT), max(last_at) FROM pull_counts "
        "WHERE repository_id = $1 AND tag = $2",
        repository, tag.name);
    if (row.step()) {
      figures.pulls = row.integer(0);
      figures.pulled_at = row.optional_integer(1);
    }
  }
  {
    sql::Statement rows = connection.query(
        "SELECT name FROM tags WHERE repository_id = $1 AND digest = $2 AND ended_at IS NULL "
        "AND name <> $3 ORDER BY name LIMIT 20",
        repository, tag.digest, tag.name);
    for (const sql::Statement& row : rows) figures.same_digest.push_back(row.text(0));
  }
  sql::Statement row =
      connection.query("SELECT immutable_tags FROM repositories WHERE id = $1", repository);
  figures.is_protected = row.step() && matches_any_pattern(tag.name, row.text(0));
  return figures;
}

}  // namespace

TagRow read_tag_row(const sql::Statement& row) {
  return {row.integer(0),
          row.text(1),
          row.text(2),
          row.integer(3),
          row.text(4),
          row.optional_text(5).value_or(""),
          row.is_null(6) ? "" : row.blob(6)};
}

Json platform_json(const Platform& platform) {
  return {
      {"os", platform.os}, {"architecture", platform.architecture}, {"variant", platform.variant}};
}

Json tag_json(ApiCall& call, const RepositoryView& repository, const TagRow& tag) {
  const ImageSummary summary = summarize_image(call.web.metadata, call.services.blobs,
                                               *repository.id, tag.media_type, tag.bytes);
  Json platforms = Json::array();
  for (const Platform& platform : summary.platforms) platforms.push_back(platform_json(platform));
  const TagFigures figures = read_figures(*call.web.metadata.reader(), *repository.id, tag);
  return {{"name", tag.name},
          {"digest", tag.digest},
          {"media_type", tag.media_type},
          {"size_bytes", summary.size_bytes},
          {"platforms", std::move(platforms)},
          {"pushed_at", seconds_text(tag.started_at)},
          {"pushed_by", tag.started_by},
          {"pulls", figures.pulls},
          {"pulled_at", seconds_json(figures.pulled_at)},
          {"protected", figures.is_protected},
          {"same_digest", figures.same_digest}};
}

std::span<const ApiRoute> tag_routes() {
  return kTagRoutes;
}

}  // namespace estiba::registry::web
