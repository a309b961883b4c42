#include <nlohmann/json.hpp>

#include "base/error.h"
#include "cli/commands/commands.h"
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

int inspect(Session& session, const InspectOptions& options) {
  if (!options.type.empty() && options.type != "image") {
    throw Error(ErrorCode::kInvalidArgument,
                "\"" + options.type + "\" is not a valid value for --type", "use --type image");
  }
  store::ImageStore& images = session.store().images();
  Json found = Json::array();
  int exit_code = 0;
  for (const std::string& name : options.names) {
    try {
      const store::Image image = images.find(name);
      found.push_back(Json::parse(describe_image(image, images.listing(image.id))));
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kNotFound) throw;
      report_error(error);
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
  command.summary = "Show everything that is known of images, as JSON";
  command.examples =
      "  estiba inspect debian\n"
      "  estiba inspect --format '{{json .Config.Env}}' demo";
  command.declare = [](CommandLine& line) -> Runner {
    auto options = std::make_shared<InspectOptions>();
    line.option("-f,--format", options->format, "FORMAT", "json, or a Go template");
    line.option("--type", options->type, "TYPE", "image");
    line.flag("-s,--size", options->size, "Accepted for docker's sake: sizes are always shown");
    line.positionals("NAME", options->names, "Names, tags or IDs", 1);
    return [options](Session& session) { return inspect(session, *options); };
  };
  return command;
}

}  // namespace estiba::cli
