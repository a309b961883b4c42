#include <nlohmann/json.hpp>

#include "base/error.h"
#include "cli/commands/commands.h"
#include "cli/containers.h"
#include "cli/error_report.h"
#include "cli/image_format.h"
#include "cli/output.h"
#include "cli/session.h"
#include "cli/template.h"
#include "store/image_store.h"
#include "store/store.h"

namespace estiba::cli {
namespace {

using Json = nlohmann::ordered_json;

struct InspectOptions {
  std::string format;
  std::string type;
  bool size = false;
  std::vector<std::string> names;
};

// What the name means: a container before an image, as docker looks.
std::optional<Json> find_object(Session& session, const InspectOptions& options,
                                const std::string& name) {
  if (options.type.empty() || options.type == "container") {
    if (session.store().containers().try_find(name)) {
      const run::Container container = run::Containers(session.store()).find(name);
      return Json::parse(describe_container(session, container, options.size));
    }
  }
  if (options.type.empty() || options.type == "image") {
    store::ImageStore& images = session.store().images();
    if (const auto image = images.try_find(name)) {
      return Json::parse(describe_image(*image, images.listing(image->id)));
    }
  }
  return std::nullopt;
}

int inspect(Session& session, const InspectOptions& options) {
  if (!options.type.empty() && options.type != "image" && options.type != "container") {
    throw Error(ErrorCode::kInvalidArgument,
                "\"" + options.type + "\" is not a valid value for --type",
                "use --type image or --type container");
  }
  const std::string kind = options.type.empty() ? "object" : options.type;
  Json found = Json::array();
  int exit_code = 0;
  for (const std::string& name : options.names) {
    if (auto object = find_object(session, options, name)) {
      found.push_back(std::move(*object));
    } else {
      report_error(Error(ErrorCode::kNotFound, "No such " + kind + ": " + name));
      exit_code = 1;
    }
  }
  if (options.format.empty() || options.format == "json") {
    print_line(found.dump(options.format.empty() ? 4 : -1));
    return exit_code;
  }
  const Template format(options.format);
  for (const Json& image : found) print_line(format.render(image.dump()));
  return exit_code;
}

}  // namespace

Command inspect_command() {
  Command command;
  command.name = "inspect";
  command.summary = "Show everything that is known of containers and images, as JSON";
  command.examples =
      "  estiba inspect debian\n"
      "  estiba inspect --format '{{json .Config.Env}}' demo";
  command.declare = [](CommandLine& line) -> Runner {
    auto options = std::make_shared<InspectOptions>();
    line.option("-f,--format", options->format, "FORMAT", "json, or a Go template");
    line.option("--type", options->type, "TYPE", "container or image");
    line.flag("-s,--size", options->size, "Show what containers take on the disk");
    line.positionals("NAME", options->names, "Names, tags or IDs", 1);
    return [options](Session& session) { return inspect(session, *options); };
  };
  return command;
}

}  // namespace estiba::cli
