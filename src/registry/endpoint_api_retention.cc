#include <charconv>
#include <nlohmann/json.hpp>

#include "registry/api_error.h"
#include "registry/endpoint_api.h"
#include "registry/endpoints.h"
#include "registry/json_body.h"
#include "registry/retention.h"

namespace estiba::registry {
namespace {

using RetentionJson = nlohmann::ordered_json;

RetentionJson describe_rule(const RetentionRule& rule) {
  RetentionJson one = {{"id", rule.id}, {"pattern", rule.pattern}, {"enabled", rule.enabled}};
  if (rule.keep_last) one["keep_last"] = *rule.keep_last;
  if (rule.keep_younger) one["keep_younger_seconds"] = rule.keep_younger->count();
  return one;
}

http::Response show_rules(Retention& retention, std::int64_t repository, int status) {
  RetentionJson rules = RetentionJson::array();
  for (const RetentionRule& rule : retention.list(repository)) rules.push_back(describe_rule(rule));
  return json_response(status, RetentionJson{{"rules", std::move(rules)}}.dump());
}

http::Response show_expiring(const std::vector<ExpiringTag>& expiring) {
  RetentionJson tags = RetentionJson::array();
  for (const ExpiringTag& tag : expiring) {
    tags.push_back(
        {{"name", tag.name}, {"digest", tag.digest}, {"moved_at", format_rfc3339(tag.started_at)}});
  }
  return json_response(200, RetentionJson{{"tags", std::move(tags)}}.dump());
}

http::Response add_rule(Call& call, Retention& retention, std::int64_t repository) {
  JsonBody body(call.request);
  RetentionRule rule;
  rule.pattern = body.required_text("pattern");
  rule.keep_last = body.count("keep_last");
  if (const auto age = body.count("keep_younger_seconds")) {
    rule.keep_younger = std::chrono::seconds(*age);
  }
  body.finish();
  retention.add(repository, rule);
  return show_rules(retention, repository, 201);
}

// All rules of a repository are enabled together: together they were looked at.
http::Response enable_rules(Call& call, Retention& retention, std::int64_t repository) {
  JsonBody body(call.request);
  const auto enabled = body.boolean("enabled");
  body.finish();
  if (!enabled) throw ApiError(400, "UNSUPPORTED", "\"enabled\" is missing");
  retention.enable(repository, *enabled);
  return show_rules(retention, repository, 200);
}

std::int64_t parse_rule_id(const std::string& text) {
  std::int64_t id = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, id);
  if (error != std::errc() || rest != end) {
    throw ApiError(404, "NAME_UNKNOWN", "the repository has no such rule");
  }
  return id;
}

http::Response answer_rules(Call& call, Retention& retention, std::int64_t repository) {
  const std::string& method = call.request.method();
  if (method == "GET" || method == "HEAD") return show_rules(retention, repository, 200);
  if (method == "POST") return add_rule(call, retention, repository);
  if (method == "PATCH") return enable_rules(call, retention, repository);
  refuse_method("GET, HEAD, POST, PATCH");
}

}  // namespace

http::Response answer_api_retention(Call& call, const ApiRoute& route) {
  const std::int64_t repository = *call.authorize(Action::kDelete).id;
  Retention retention(call.services.metadata);
  switch (route.resource) {
    case ApiResource::kRetentionPreview:
      require_read(call);
      return show_expiring(retention.preview(repository));
    case ApiResource::kRetentionApply:
      require_method(call, "POST");
      return show_expiring(retention.apply(repository));
    case ApiResource::kRetentionRule:
      require_method(call, "DELETE");
      retention.remove(repository, parse_rule_id(route.item));
      return empty_response(204);
    default:
      return answer_rules(call, retention, repository);
  }
}

}  // namespace estiba::registry
