// What the administrators of a repository decide about its tags: which stay, and which end.
#include <algorithm>
#include <array>

#include "base/error.h"
#include "registry/retention.h"
#include "registry/web/api.h"

namespace estiba::registry::web {
namespace {

Json immutability_json(ApiCall& call, const RepositoryView& repository) {
  return {{"patterns", call.services.rules.immutable_tags(repository.name)}};
}

// Who pushes wants to know which tags cannot be pushed again.
http::Response get_immutability(ApiCall& call) {
  return answer_json(immutability_json(call, call.repository(Action::kPull)));
}

http::Response set_immutability(ApiCall& call) {
  const RepositoryView repository = call.repository(Action::kManage);
  Body body(call);
  const auto patterns = body.optional_texts("patterns");
  body.done();
  if (!patterns) throw Problem(400, "invalid", "patterns is missing", {{"patterns", "is missing"}});
  check_unchanged(call, immutability_json(call, repository));
  blaming("patterns", [&] { call.services.rules.set_immutable_tags(repository.name, *patterns); });
  return answer_json(immutability_json(call, repository));
}

Json rule_json(const RetentionRule& rule) {
  return {{"id", rule.id},
          {"pattern", rule.pattern},
          {"keep_last", rule.keep_last ? Json(*rule.keep_last) : Json(nullptr)},
          {"keep_younger_seconds",
           rule.keep_younger ? Json(rule.keep_younger->count()) : Json(nullptr)},
          {"enabled", rule.enabled}};
}

http::Response list_rules(ApiCall& call) {
  const RepositoryView repository = call.repository(Action::kManage);
  const PageRequest page = read_page(call);
  auto rules = Retention(call.web.metadata).list(*repository.id);
  std::erase_if(rules,
                [after = page.number()](const RetentionRule& rule) { return rule.id <= after; });
  return answer_json(page_of(rules, page, rule_json,
                             [](const RetentionRule& rule) { return std::to_string(rule.id); }));
}

http::Response add_rule(ApiCall& call) {
  const RepositoryView repository = call.repository(Action::kManage);
  Body body(call);
  RetentionRule rule;
  rule.pattern = body.text("pattern");
  rule.keep_last = body.optional_count("keep_last");
  if (const auto age = body.optional_count("keep_younger_seconds")) {
    rule.keep_younger = std::chrono::seconds(*age);
  }
  body.done();
  call.detail = rule.pattern;
  rule.id =
      blaming("pattern", [&] { return Retention(call.web.metadata).add(*repository.id, rule); });
  return answer_json(rule_json(rule), 201);
}

http::Response enable_rules(ApiCall& call) {
  const RepositoryView repository = call.repository(Action::kManage);
  Body body(call);
  const auto enabled = body.optional_boolean("enabled");
  body.done();
  if (!enabled) throw Problem(400, "invalid", "enabled is missing", {{"enabled", "is missing"}});
  call.detail = *enabled ? "enabled" : "disabled";
  Retention(call.web.metadata).enable(*repository.id, *enabled);
  return answer_nothing();
}

http::Response remove_rule(ApiCall& call) {
  const RepositoryView repository = call.repository(Action::kManage);
  Retention(call.web.metadata).remove(*repository.id, call.id_part("rule"));
  return answer_nothing();
}

// The tags have no ids of their own to go on from: the cursor is how many came before.
http::Response answer_expiring(const ApiCall& call, std::vector<ExpiringTag> tags) {
  const PageRequest page = read_page(call);
  const auto skipped = std::min(static_cast<std::size_t>(page.number()), tags.size());
  tags.erase(tags.begin(), tags.begin() + static_cast<std::ptrdiff_t>(skipped));
  const auto describe = [](const ExpiringTag& tag) -> Json {
    return {{"name", tag.name}, {"digest", tag.digest}, {"started_at", time_json(tag.started_at)}};
  };
  return answer_json(page_of(tags, page, describe, [&](const ExpiringTag&) {
    return std::to_string(skipped + page.limit);
  }));
}

http::Response preview_rules(ApiCall& call) {
  const RepositoryView repository = call.repository(Action::kManage);
  return answer_expiring(call, Retention(call.web.metadata).preview(*repository.id));
}

// At once, whether the rules are in force or not.
http::Response apply_rules(ApiCall& call) {
  const RepositoryView repository = call.repository(Action::kManage);
  const auto ended = Retention(call.web.metadata).apply(*repository.id);
  call.detail = std::to_string(ended.size()) + " tags";
  return answer_json({{"ended", ended.size()}});
}

constexpr std::string_view kRulesPath = "/repositories/{repository}/retention";

constexpr std::array<ApiRoute, 8> kSettingsRoutes = {{
    {"GET", "/repositories/{repository}/immutability", "getImmutability", Audience::kAccount,
     get_immutability},
    {"PUT", "/repositories/{repository}/immutability", "setImmutability", Audience::kAccount,
     set_immutability},
    {"GET", kRulesPath, "listRetentionRules", Audience::kAccount, list_rules},
    {"POST", kRulesPath, "addRetentionRule", Audience::kAccount, add_rule},
    {"PUT", "/repositories/{repository}/retention/enabled", "enableRetention", Audience::kAccount,
     enable_rules},
    {"GET", "/repositories/{repository}/retention/preview", "previewRetention", Audience::kAccount,
     preview_rules},
    {"POST", "/repositories/{repository}/retention/apply", "applyRetention", Audience::kAccount,
     apply_rules},
    {"DELETE", "/repositories/{repository}/retention/{rule}", "removeRetentionRule",
     Audience::kAccount, remove_rule},
}};

}  // namespace

std::span<const ApiRoute> settings_routes() {
  return kSettingsRoutes;
}

}  // namespace estiba::registry::web
