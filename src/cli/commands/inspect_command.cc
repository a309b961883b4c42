#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "cli/commands/commands.h"
#include "cli/containers.h"
#include "cli/image_format.h"
#include "cli/listing.h"
#include "cli/object_views.h"
#include "cli/session.h"
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
  if (options.type.empty() || options.type == "network") {
    if (const auto network = run::NetworkStore(session.root()).try_find(name)) {
      return Json::parse(describe_network(*network));
    }
  }
  if (options.type.empty() || options.type == "volume") {
    if (const auto volume = run::VolumeStore(session.root()).try_find(name)) {
      return Json::parse(describe_volume(*volume));
    }
  }
  return std::nullopt;
}

int inspect(Session& session, const InspectOptions& options) {
  constexpr std::array<std::string_view, 5> kTypes = {"", "container", "image", "network",
                                                      "volume"};
  if (std::ranges::find(kTypes, options.type) == kTypes.end()) {
    throw Error(ErrorCode::kInvalidArgument,
                "\"" + options.type + "\" is not a valid value for --type",
                "use container, image, network or volume");
  }
  const std::string kind = options.type.empty() ? "object" : options.type;
  return print_objects(options.names, options.format, [&](const std::string& name) {
    const auto object = find_object(session, options, name);
    if (!object) throw Error(ErrorCode::kNotFound, "No such " + kind + ": " + name);
    return object->dump();
  });
}

}  // namespace

Command inspect_command(const std::string& type) {
  Command command;
  command.name = "inspect";
  command.summary = "Show everything that is known of containers, images, networks and volumes";
  command.examples =
      "  estiba inspect debian\n"
      "  estiba inspect --format '{{json .Config.Env}}' demo";
  command.declare = [type](CommandLine& line) -> Runner {
    auto options = std::make_shared<InspectOptions>();
    options->type = type;
    line.option("-f,--format", options->format, "FORMAT", "json, or a Go template");
    if (type.empty()) {
      line.option("--type", options->type, "TYPE", "container, image, network or volume");
    }
    line.flag("-s,--size", options->size, "Show what containers take on the disk");
    line.positionals("NAME", options->names, "Names, tags or IDs", 1);
    return [options](Session& session) { return inspect(session, *options); };
  };
  return command;
}

}  // namespace estiba::cli
