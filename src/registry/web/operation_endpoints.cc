// What those who run the registry look at, and what they tell everybody.
#include <array>

#include "registry/web/api.h"
#include "sql/connection.h"

namespace estiba::registry::web {
namespace {

std::int64_t count_of(sql::Connection& connection, std::string_view query) {
  sql::Statement row = connection.query(query);
  return row.step() ? row.integer(0) : 0;
}

http::Response get_storage(ApiCall& call) {
  const auto reader = call.web.metadata.reader();
  const auto count = [&](std::string_view query) { return count_of(*reader, query); };
  return answer_json(
      {{"repositories", count("SELECT count(*) FROM repositories WHERE deleted_at IS NULL")},
       {"manifests", count("SELECT count(*) FROM manifests")},
       {"blobs", count("SELECT count(*) FROM blobs")},
       {"size_bytes", count("SELECT CAST(coalesce(sum(size_bytes), 0) AS BIGINT) FROM blobs")},
       {"free_bytes", call.services.operations.free_bytes()},
       {"queued_for_collection", count("SELECT count(*) FROM collection_queue")},
       {"files_to_delete", count("SELECT count(*) FROM doomed_files")},
       {"damaged_blobs", count("SELECT count(*) FROM blobs WHERE damaged_at IS NOT NULL")},
       {"deleted_repositories",
        count("SELECT count(*) FROM repositories WHERE deleted_at IS NOT NULL")},
       {"deleted_manifests", count("SELECT count(*) FROM deleted_manifests")}});
}

http::Response get_quota(ApiCall& call) {
  const QuotaSettings& quota = call.services.quotas.settings();
  const auto bytes = [](const std::optional<std::uint64_t>& limit) {
    return limit ? Json(*limit) : Json(nullptr);
  };
  const auto exceptions = [](const std::map<std::string, std::uint64_t>& limits) {
    Json json = Json::object();
    for (const auto& [name, limit] : limits) json[name] = limit;
    return json;
  };
  return answer_json({{"repository_bytes", bytes(quota.repository_bytes)},
                      {"owner_bytes", bytes(quota.owner_bytes)},
                      {"repositories", exceptions(quota.repositories)},
                      {"owners", exceptions(quota.owners)}});
}

http::Response get_health(ApiCall& call) {
  const bool ready = call.services.operations.unreadiness().empty();
  const auto reader = call.web.metadata.reader();
  const bool is_sqlite = reader->engine() == sql::Engine::kSqlite;
  return answer_json({{"ready", ready},
                      {"database", is_sqlite ? "sqlite" : "postgresql"},
                      {"schema_version", reader->schema_version()},
                      {"started_at", time_json(call.services.operations.started_at())},
                      {"requests_running", call.services.metrics.running()}});
}

std::string name_of(sql::Connection& connection, std::string_view query, std::int64_t id) {
  sql::Statement row = connection.query(query, id);
  return row.step() ? row.text(0) : "";
}

http::Response list_uploads(ApiCall& call) {
  const PageRequest page = read_page(call);
  const auto uploads = call.services.uploads.list(page.cursor, page.limit + 1);
  const auto reader = call.web.metadata.reader();
  const auto describe = [&](const Uploads::Running& upload) -> Json {
    return {
        {"id", upload.id},
        {"repository",
         name_of(*reader, "SELECT coalesce(deleted_name, name) FROM repositories WHERE id = $1",
                 upload.repository)},
        {"account", name_of(*reader, "SELECT name FROM accounts WHERE id = $1", upload.account)},
        {"bytes", upload.bytes},
        {"used_at", time_json(upload.used_at)}};
  };
  return answer_json(
      page_of(uploads, page, describe, [](const Uploads::Running& upload) { return upload.id; }));
}

http::Response create_message(ApiCall& call) {
  Body body(call);
  const std::string text = body.text("text");
  const std::string severity = body.optional_text("severity").value_or("info");
  body.done();
  if (text.empty() || text.size() > kMaxMessageBytes) {
    throw Problem(400, "invalid",
                  "a message has 1 to " + std::to_string(kMaxMessageBytes) + " bytes",
                  {{"text", "is empty or too long"}});
  }
  if (severity != "info" && severity != "warning" && severity != "error") {
    throw Problem(400, "invalid", "severity must be info, warning or error",
                  {{"severity", "must be info, warning or error"}});
  }
  const auto writer = call.web.metadata.writer();
  sql::Transaction transaction(*writer);
  if (count_of(*writer, "SELECT count(*) FROM messages") >= kMaxMessages) {
    throw Problem(409, "conflict",
                  "there are " + std::to_string(kMaxMessages) + " messages already");
  }
  const std::int64_t time = unix_seconds(now());
  std::int64_t id = 0;
  {
    sql::Statement row = writer->query(
        "INSERT INTO messages (severity, text, created_at) VALUES ($1, $2, $3) RETURNING id",
        severity, text, time);
    if (row.step()) id = row.integer(0);
    (void)row.run();
  }
  transaction.commit();
  call.target = std::to_string(id);
  call.detail = text;
  return answer_json(
      {{"id", id}, {"severity", severity}, {"text", text}, {"created_at", seconds_text(time)}},
      201);
}

http::Response delete_message(ApiCall& call) {
  if (call.web.metadata.writer()->execute("DELETE FROM messages WHERE id = $1", call.id_part()) ==
      0) {
    refuse_unseen();
  }
  return answer_nothing();
}

constexpr std::array<ApiRoute, 6> kOperationRoutes = {{
    {"GET", "/admin/storage", "getStorage", Audience::kAdministrator, get_storage},
    {"GET", "/admin/quota", "getQuota", Audience::kAdministrator, get_quota},
    {"GET", "/admin/health", "getHealth", Audience::kAdministrator, get_health},
    {"GET", "/admin/uploads", "listUploads", Audience::kAdministrator, list_uploads},
    {"POST", "/admin/messages", "createMessage", Audience::kAdministrator, create_message},
    {"DELETE", "/admin/messages/{id}", "deleteMessage", Audience::kAdministrator, delete_message},
}};

}  // namespace

std::span<const ApiRoute> operation_routes() {
  return kOperationRoutes;
}

}  // namespace estiba::registry::web
