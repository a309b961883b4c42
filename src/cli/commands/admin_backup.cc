#include <fmt/format.h>

#include "base/size.h"
#include "cli/commands/admin.h"
#include "cli/output.h"
#include "cli/session.h"
#include "registry/backup.h"

namespace estiba::cli {
namespace {

struct BackupOptions {
  RegistryOptions registry;
  std::string folder;
};

void print_report(const char* what, const registry::BackupReport& report) {
  print_line(fmt::format("{} {} blobs, {} of them copied ({})", what, report.blobs, report.copied,
                         format_size(report.copied_bytes)));
}

int back_up_registry(Session& session, const BackupOptions& options) {
  const auto metadata = open_registry(session, options.registry);
  print_report(
      "Backed up",
      registry::back_up(*metadata, {data_directory(session, options.registry), options.folder},
                        session.stop()));
  return 0;
}

int restore_registry(Session& session, const BackupOptions& options) {
  print_report("Restored",
               registry::restore_backup({data_directory(session, options.registry), options.folder},
                                        options.registry.database, session.stop()));
  return 0;
}

using BackupAction = int (*)(Session&, const BackupOptions&);

Command backup_action(const std::string& name, const std::string& summary, BackupAction action) {
  Command command;
  command.name = name;
  command.summary = summary;
  command.declare = [action](CommandLine& line) -> Runner {
    auto options = std::make_shared<BackupOptions>();
    declare_registry(line, options->registry);
    line.positional("DIR", options->folder, "The backup's directory");
    return [options, action](Session& session) { return action(session, *options); };
  };
  return command;
}

}  // namespace

Command backup_command() {
  return backup_action("backup",
                       "Copy a registry into a directory, also while it serves; again into the "
                       "same one, only what is new is copied",
                       back_up_registry);
}

Command restore_command() {
  return backup_action("restore",
                       "Make a registry of a backup; --database puts the metadata into an empty "
                       "PostgreSQL database",
                       restore_registry);
}

}  // namespace estiba::cli
