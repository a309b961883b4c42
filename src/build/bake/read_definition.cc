#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "build/bake/bake.h"

namespace estiba::build::bake {
namespace {

enum class Format { kHcl, kJson, kCompose };

// A compose file that has no such name has "services:" at the start of a line.
Format format_of(const Text& text) {
  if (text.name.ends_with(".hcl")) return Format::kHcl;
  if (text.name.ends_with(".json")) return Format::kJson;
  if (text.name.ends_with(".yml") || text.name.ends_with(".yaml")) return Format::kCompose;
  if (trim(text.content).starts_with('{')) return Format::kJson;
  const bool has_services = text.content.starts_with("services:") ||
                            text.content.find("\nservices:") != std::string::npos;
  return has_services ? Format::kCompose : Format::kHcl;
}

}  // namespace

Definition read_definition(const std::vector<Text>& files, const Environment& environment) {
  Definition definition;
  std::vector<Block> blocks;
  for (const Text& text : files) {
    switch (format_of(text)) {
      case Format::kHcl:
        blocks.push_back(parse_hcl(text));
        break;
      case Format::kJson:
        blocks.push_back(parse_hcl_json(text));
        break;
      case Format::kCompose:
        read_compose(text, environment, definition);
        break;
    }
  }
  read_blocks(blocks, environment, definition);
  return definition;
}

}  // namespace estiba::build::bake
