#include <fmt/format.h>

#include "base/error.h"
#include "base/size.h"
#include "cli/commands/admin.h"
#include "cli/output.h"
#include "cli/session.h"
#include "client/registry_client.h"
#include "client/registry_error.h"
#include "registry/name_pattern.h"
#include "registry/repository_sync.h"

namespace estiba::cli {
namespace {

struct SyncFlags {
  std::string source;
  std::string destination;
  std::vector<std::string> tags;
  bool dry_run = false;
  bool delete_missing = false;
};

registry::SyncOptions sync_options(const SyncFlags& flags, const Reference& source) {
  if (source.digest()) {
    throw Error(ErrorCode::kInvalidArgument, "a sync goes by tags, not by digest");
  }
  if (source.tag() && !flags.tags.empty()) {
    throw Error(ErrorCode::kInvalidArgument, "say either SOURCE:TAG or --tags");
  }
  registry::SyncOptions options{
      .tags = flags.tags, .dry_run = flags.dry_run, .delete_missing = flags.delete_missing};
  if (source.tag()) options.tags = {*source.tag()};
  for (const std::string& pattern : options.tags) registry::check_pattern(pattern);
  return options;
}

void print_step(const registry::SyncStep& step, bool dry_run) {
  const char* would = dry_run ? "would be " : "";
  switch (step.kind) {
    case registry::SyncStepKind::kCopied:
      return print_line(fmt::format("{}: {}copied: {}", step.tag, would, step.digest));
    case registry::SyncStepKind::kUnchanged:
      return print_line(fmt::format("{}: is there: {}", step.tag, step.digest));
    case registry::SyncStepKind::kDeleted:
      return print_line(fmt::format("{}: {}deleted", step.tag, would));
    case registry::SyncStepKind::kFailed:
      return print_line(
          fmt::format("{}: failed: {}", step.tag, client::printable(step.failure, 1024)));
  }
}

// 1 when a tag did not come.
int sync_repository(Session& session, const SyncFlags& flags) {
  const Reference source = Reference::parse(flags.source);
  const Repository from = source.repository();
  const Repository to = Repository::parse(flags.destination);
  if (from == to) throw Error(ErrorCode::kInvalidArgument, "source and destination are the same");
  const registry::SyncOptions options = sync_options(flags, source);
  client::RegistryClient reader(from.registry(), session.settings(), session.credentials());
  client::RegistryClient writer(to.registry(), session.settings(), session.credentials());
  const auto target = registry::remote_sync_target(
      writer, to, from.registry() == to.registry() ? from.path() : "", session.stop());
  registry::RepositorySync sync(reader, from, *target, options, session.stop());
  const registry::SyncReport report =
      sync.run([&](const registry::SyncStep& step) { print_step(step, flags.dry_run); });
  if (!flags.dry_run) {
    print_line(
        fmt::format("Copied {} tags, {} manifests, {} blobs ({}), {} mounted; {} tags were there",
                    report.copied, report.manifests, report.blobs_copied,
                    format_size(report.copied_bytes), report.blobs_mounted, report.unchanged));
  }
  return report.failed > 0 ? 1 : session.stop_exit_code();
}

}  // namespace

Command sync_command() {
  Command command;
  command.name = "sync";
  command.summary = "Bring tags of a repository to another registry, with all that refers to them";
  command.examples =
      "  estiba admin sync docker.io/library/debian registry.example.com/mirror/debian --tags "
      "'12*'\n"
      "  estiba admin sync old.example.com/team/app new.example.com/team/app --delete --dry-run";
  command.declare = [](CommandLine& line) -> Runner {
    auto flags = std::make_shared<SyncFlags>();
    line.list("--tags", flags->tags, "PATTERN", "Only these tags ('1.*'); may be repeated");
    line.flag("--dry-run", flags->dry_run, "Say what would be done, and do nothing");
    line.flag("--delete", flags->delete_missing,
              "Delete tags of the destination that the source does not have");
    line.positional("SOURCE", flags->source, "REGISTRY/REPOSITORY[:TAG]");
    line.positional("DESTINATION", flags->destination, "REGISTRY/REPOSITORY");
    return [flags](Session& session) { return sync_repository(session, *flags); };
  };
  return command;
}

}  // namespace estiba::cli
