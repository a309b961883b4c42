// Bake's targets: HCL and JSON definitions, compose files, overrides, and what they resolve to.
//
// The first byte chooses the language.
#include <array>
#include <string>

#include "build/bake/bake.h"
#include "build/bake/definition.h"
#include "fuzz/answered.h"

using namespace estiba;
using namespace estiba::build::bake;
using fuzz::answered;
using fuzz::Choices;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Choices choices({reinterpret_cast<const char*>(data), size});
  constexpr std::array kNames{"docker-bake.hcl", "docker-bake.json", "compose.yaml"};
  const Environment environment = [](const std::string& name) -> std::optional<std::string> {
    if (name.size() % 3 == 0) return std::nullopt;
    return "value of " + name;
  };
  const std::string name = kNames[choices.below(kNames.size())];
  const std::string text(choices.rest());
  answered([&] {
    const Definition definition = read_definition({{name, text}}, environment);
    Request request;
    for (const auto& [target, ignored] : definition.targets) request.names.push_back(target);
    (void)print_resolved(resolve(definition, request));
  });
  answered([&] { (void)parse_override(text, environment); });
  return 0;
}
