#include <nlohmann/json.hpp>

#include "cli/commands/commands.h"
#include "cli/output.h"
#include "cli/template.h"
#include "cli/version.h"
#include "oci/platform.h"

namespace estiba::cli {
namespace {

int show_version(const std::string& format) {
  nlohmann::ordered_json version;
  version["Version"] = kVersion;
  version["Os"] = Platform::host().os;
  version["Arch"] = Platform::host().architecture;
  const nlohmann::ordered_json document = {{"Client", version}};
  if (format == "json") {
    print_line(document.dump());
  } else if (!format.empty()) {
    print_line(Template(format).render(document.dump()));
  } else {
    print_line("estiba version " + std::string(kVersion) + " (" + Platform::host().to_string() +
               ")");
  }
  return 0;
}

}  // namespace

Command version_command() {
  Command command;
  command.name = "version";
  command.stays_user = true;
  command.summary = "Show the version";
  command.examples = "  estiba version --format '{{.Client.Version}}'";
  command.declare = [](CommandLine& line) -> Runner {
    auto format = std::make_shared<std::string>();
    line.option("-f,--format", *format, "FORMAT", "json, or a Go template");
    return [format](Session&) { return show_version(*format); };
  };
  return command;
}

}  // namespace estiba::cli
