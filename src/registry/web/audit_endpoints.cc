// Search, and who did what.
#include <array>

#include "oci/json_document.h"
#include "registry/web/api.h"

namespace estiba::registry::web {
namespace {

std::optional<Timestamp> time_query(const ApiCall& call, std::string_view name) {
  const std::string text = call.query(name);
  if (text.empty()) return std::nullopt;
  return parse_rfc3339(text);
}

// Administrators of the registry see all, those of a namespace what concerns it, everybody their
// own deeds.
AuditFilter read_filter(const ApiCall& call) {
  if (!acts_for_account(call.principal())) {
    throw Problem(403, "forbidden", "this token does not reach the account itself");
  }
  AuditFilter filter;
  filter.actor = call.query("actor");
  filter.action = call.query("action");
  filter.target = call.query("target");
  filter.outcome = call.query("outcome");
  filter.since = time_query(call, "since");
  filter.until = time_query(call, "until");
  filter.space = call.query("namespace");
  if (!filter.space.empty()) {
    (void)call.space(filter.space, NamespaceAction::kManage);
  } else if (!administers(call.principal())) {
    if (!filter.actor.empty() && filter.actor != call.account().name) refuse_unseen();
    filter.actor = call.account().name;
  }
  return filter;
}

Json entry_json(const AuditEntry& entry) {
  return {{"id", entry.id},
          {"at", time_json(entry.at)},
          {"actor", entry.actor},
          {"credential", entry.credential},
          {"address", entry.address},
          {"action", entry.action},
          {"target", entry.target},
          {"outcome", entry.outcome},
          {"status", entry.status},
          {"detail", entry.detail},
          {"request_id", entry.request_id}};
}

http::Response list_audit(ApiCall& call) {
  const AuditFilter filter = read_filter(call);
  const PageRequest page = read_page(call);
  const auto entries = call.web.audit.list(filter, page.number(), page.limit + 1);
  return answer_json(page_of(entries, page, entry_json,
                             [](const AuditEntry& entry) { return std::to_string(entry.id); }));
}

// RFC 4180; a text that a spreadsheet would take for a formula is kept from being one.
std::string csv_field(const std::string& text) {
  std::string field = "\"";
  if (!text.empty() && std::string_view("=+-@\t\r").find(text.front()) != std::string_view::npos) {
    field += '\'';
  }
  for (const char c : text) {
    field += c;
    if (c == '"') field += c;
  }
  return field + "\"";
}

std::string csv_line(const Json& entry) {
  std::string line;
  for (const auto& member : entry) {
    if (!line.empty()) line += ',';
    line += csv_field(member.is_string() ? member.get<std::string>() : member.dump());
  }
  return line + "\r\n";
}

std::string csv_header() {
  const Json entry = entry_json({});
  std::string line;
  for (const auto& [name, value] : entry.items()) {
    line += (line.empty() ? "" : ",") + name;
  }
  return line + "\r\n";
}

http::Response export_audit(ApiCall& call) {
  const AuditFilter filter = read_filter(call);
  const std::string format = call.query("format").empty() ? "jsonl" : call.query("format");
  if (format != "jsonl" && format != "csv") {
    throw Problem(400, "invalid", "format must be jsonl or csv");
  }
  const bool csv = format == "csv";
  http::StreamedBody body;
  body.write = [&audit = call.web.audit, filter, csv](Sink& sink) {
    if (csv) sink.write(as_bytes(csv_header()));
    for (std::int64_t before = 0;;) {
      const auto entries = audit.list(filter, before, kMaxPageSize);
      for (const AuditEntry& entry : entries) {
        const Json json = entry_json(entry);
        sink.write(as_bytes(csv ? csv_line(json) : dump_json(json) + "\n"));
      }
      if (entries.size() < kMaxPageSize) return;
      before = entries.back().id;
    }
  };
  http::Response response;
  response.headers = {{"Content-Type", csv ? "text/csv; charset=utf-8" : "application/jsonl"},
                      {"Content-Disposition", "attachment; filename=\"audit." + format + "\""}};
  response.body = std::move(body);
  return response;
}

http::Response search_repositories(ApiCall& call) {
  const PageRequest asked = read_page(call);
  SearchQuery query;
  query.text = call.query("q");
  if (query.text.size() > kMaxSearchTextBytes) {
    throw Problem(400, "invalid", "the search term is too long");
  }
  query.page_size = std::min(asked.limit, kMaxSearchPage);
  query.page = static_cast<std::size_t>(std::max<std::int64_t>(asked.number(), 1));
  if (query.page > kMaxSearchPages) throw Problem(400, "invalid", "there is no such cursor");
  const SearchPage page = call.services.search.find(call.principal(), query);
  Json items = Json::array();
  for (const SearchHit& hit : page.hits) {
    items.push_back({{"name", hit.name},
                     {"description", hit.description},
                     {"visibility", std::string(visibility_name(hit.visibility))}});
  }
  const bool more = query.page * query.page_size < page.total;
  return answer_json({{"items", std::move(items)},
                      {"total", page.total},
                      {"next", more ? Json(std::to_string(query.page + 1)) : Json(nullptr)}});
}

constexpr std::array<ApiRoute, 3> kAuditRoutes = {{
    {"GET", "/search", "search", Audience::kOptional, search_repositories},
    {"GET", "/audit", "listAudit", Audience::kAccount, list_audit},
    {"GET", "/audit/export", "exportAudit", Audience::kAccount, export_audit},
}};

}  // namespace

std::span<const ApiRoute> audit_routes() {
  return kAuditRoutes;
}

}  // namespace estiba::registry::web
