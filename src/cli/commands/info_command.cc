#include <fmt/format.h>
#include <sys/utsname.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/size.h"
#include "cli/commands/commands.h"
#include "cli/host_offers.h"
#include "cli/output.h"
#include "cli/session.h"
#include "cli/template.h"
#include "cli/version.h"
#include "fs/user_namespace.h"
#include "run/runtime.h"
#include "store/layer_store.h"
#include "store/maintenance.h"
#include "store/store.h"

namespace estiba::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string runtime_program(Session& session) {
  try {
    return session.runtime().program();
  } catch (const Error& error) {
    return std::string("none: ") + error.what();
  }
}

Json describe_host(Session& session) {
  struct utsname kernel {};
  ::uname(&kernel);
  const store::LayerStore& layers = session.store().layers();
  const store::Usage usage = store::disk_usage(session.store());
  Json info;
  info["Version"] = kVersion;
  info["Root"] = session.root();
  info["Images"] = usage.images.count;
  info["Containers"] = usage.containers.count;
  info["LayerForm"] = layers.form() == store::LayerForm::kIndex ? "index" : "tree";
  info["LayerFormReason"] = layers.form_reason();
  info["Runtime"] = runtime_program(session);
  info["KernelVersion"] = kernel.release;
  info["OSType"] = Platform::host().os;
  info["Architecture"] = Platform::host().architecture;
  info["Rootless"] = fs::ordinary_user().has_value();
  info["Host"] = Json::array();
  for (const HostOffer& offer : host_offers(session)) {
    info["Host"].push_back({{"Name", offer.name},
                            {"State", offer.present ? "yes" : "no"},
                            {"Detail", offer.detail},
                            {"Remedy", offer.present ? std::string() : offer.remedy}});
  }
  return info;
}

void print_host(const Json& offers) {
  print_line("Host:");
  const auto text = [](const Json& offer, const char* key) {
    return offer.at(key).get<std::string>();
  };
  for (const Json& offer : offers) {
    print_line(fmt::format("  {}: {} ({})", text(offer, "Name"), text(offer, "State"),
                           text(offer, "Detail")));
    const std::string remedy = text(offer, "Remedy");
    if (!remedy.empty()) print_line("    hint: " + remedy);
  }
}

int show_info(Session& session, const std::string& format) {
  const Json info = describe_host(session);
  if (format == "json") {
    print_line(info.dump());
  } else if (!format.empty()) {
    print_line(Template(format).render(info.dump()));
  } else {
    for (const auto& [key, value] : info.items()) {
      if (value.is_array()) continue;
      print_line(key + ": " + (value.is_string() ? value.get<std::string>() : value.dump()));
    }
    print_host(info["Host"]);
  }
  return 0;
}

}  // namespace

Command info_command() {
  Command command;
  command.name = "info";
  command.summary = "Show what this host can do and what is in use";
  command.mounts = true;
  command.examples = "  estiba info --format '{{.LayerForm}}'";
  command.declare = [](CommandLine& line) -> Runner {
    auto format = std::make_shared<std::string>();
    line.option("-f,--format", *format, "FORMAT", "json, or a Go template");
    return [format](Session& session) { return show_info(session, *format); };
  };
  return command;
}

}  // namespace estiba::cli
