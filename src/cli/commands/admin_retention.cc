#include "base/error.h"
#include "base/time.h"
#include "cli/commands/admin.h"
#include "cli/output.h"
#include "cli/session.h"
#include "cli/table.h"
#include "registry/repository_rules.h"
#include "registry/retention.h"

namespace estiba::cli {
namespace {

struct RetentionOptions {
  RegistryOptions registry;
  std::string repository;
  std::string pattern = "*";
  std::string younger_than;
  int keep_last = 0;
  int rule = 0;
};

// The repository, and the rules to do something with.
struct Opened {
  std::unique_ptr<sql::ConnectionPool> metadata;
  std::int64_t id;
  registry::Retention retention;
};

Opened open_rules(const Session& session, const RetentionOptions& options) {
  auto metadata = open_registry(session, options.registry);
  const std::int64_t id = registry::RepositoryRules(*metadata).id_of(options.repository);
  registry::Retention retention(*metadata);
  return {std::move(metadata), id, retention};
}

void print_tags(const std::vector<registry::ExpiringTag>& tags) {
  Table table({"TAG", "SINCE", "DIGEST"});
  for (const registry::ExpiringTag& tag : tags) {
    table.add({tag.name, format_rfc3339(tag.started_at), tag.digest});
  }
  print(table.render());
}

int add_rule(Session& session, const RetentionOptions& options) {
  registry::RetentionRule rule;
  rule.pattern = options.pattern;
  if (options.keep_last != 0) rule.keep_last = options.keep_last;
  if (!options.younger_than.empty()) rule.keep_younger = parse_age(options.younger_than);
  Opened opened = open_rules(session, options);
  print_line(std::to_string(opened.retention.add(opened.id, rule)));
  print_error(
      "The rule is not enabled yet: see what it would end with \"estiba admin retention "
      "preview " +
      options.repository + "\".\n");
  return 0;
}

int list_rules(Session& session, const RetentionOptions& options) {
  Opened opened = open_rules(session, options);
  Table table({"RULE", "PATTERN", "KEEP LAST", "YOUNGER THAN", "ENABLED"});
  for (const registry::RetentionRule& rule : opened.retention.list(opened.id)) {
    table.add({std::to_string(rule.id), rule.pattern,
               rule.keep_last ? std::to_string(*rule.keep_last) : "-",
               rule.keep_younger ? std::to_string(rule.keep_younger->count()) + "s" : "-",
               rule.enabled ? "yes" : "no"});
  }
  print(table.render());
  return 0;
}

int remove_rule(Session& session, const RetentionOptions& options) {
  Opened opened = open_rules(session, options);
  opened.retention.remove(opened.id, options.rule);
  return 0;
}

int preview_rules(Session& session, const RetentionOptions& options) {
  Opened opened = open_rules(session, options);
  print_tags(opened.retention.preview(opened.id));
  return 0;
}

int apply_rules(Session& session, const RetentionOptions& options) {
  Opened opened = open_rules(session, options);
  print_tags(opened.retention.apply(opened.id));
  return 0;
}

int enable_rules(Session& session, const RetentionOptions& options) {
  Opened opened = open_rules(session, options);
  opened.retention.enable(opened.id, true);
  return 0;
}

int disable_rules(Session& session, const RetentionOptions& options) {
  Opened opened = open_rules(session, options);
  opened.retention.enable(opened.id, false);
  return 0;
}

using RetentionAction = int (*)(Session&, const RetentionOptions&);

Command retention_action(const std::string& name, const std::string& summary,
                         RetentionAction action) {
  Command command;
  command.name = name;
  command.summary = summary;
  command.declare = [action, name](CommandLine& line) -> Runner {
    auto options = std::make_shared<RetentionOptions>();
    declare_registry(line, options->registry);
    if (name == "add") {
      line.option("--pattern", options->pattern, "PATTERN",
                  "Which tags: '*' is any text, '?' one character");
      line.option("--keep-last", options->keep_last, "COUNT", "Keep the newest so many of them");
      line.option("--younger-than", options->younger_than, "AGE",
                  "Keep those moved within this time: 12h, 30d, 2w");
    }
    line.positional("REPOSITORY", options->repository, "The repository's name");
    if (name == "rm") {
      line.option("--rule", options->rule, "NUMBER", "Which, as ls shows it");
    }
    return [options, action](Session& session) { return action(session, *options); };
  };
  return command;
}

}  // namespace

Command retention_group() {
  Command group;
  group.name = "retention";
  group.summary = "Rules by which tags end by themselves";
  group.subcommands = {
      retention_action("add", "Add a rule, not enabled yet", add_rule),
      retention_action("apply", "End now what the rules do not keep", apply_rules),
      retention_action("disable", "Let the server no longer apply the rules", disable_rules),
      retention_action("enable", "Let the server apply the rules from now on", enable_rules),
      retention_action("ls", "List the rules", list_rules),
      retention_action("preview", "Show what the rules would end, and end nothing", preview_rules),
      retention_action("rm", "Remove a rule", remove_rule)};
  group.subcommands.front().examples =
      "  estiba admin retention add ana/demo --pattern 'pr-*' --keep-last 10 --younger-than 30d";
  return group;
}

}  // namespace estiba::cli
