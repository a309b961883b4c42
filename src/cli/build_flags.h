// What `build` is told on its command line, and what it means to the builder.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "build/build.h"
#include "cli/build_context.h"
#include "cli/build_export.h"

namespace estiba::cli {

class CommandLine;

// As the flags say it; a target of a bake says the same.
struct BuildFlags {
  std::vector<std::string> tags;
  std::string file;
  std::vector<std::string> arguments;
  std::vector<std::string> labels;
  std::string target;
  bool no_cache = false;
  std::vector<std::string> no_cache_stages;
  int jobs = 0;
  bool explain = false;
  std::string on_fail;
  std::vector<std::string> cache_from;
  std::vector<std::string> cache_to;
  bool pull = false;
  bool quiet = false;
  bool check = false;
  std::string network = "host";
  std::vector<std::string> secrets;
  std::vector<std::string> ssh;
  std::vector<std::string> hosts;
  std::vector<std::string> limits;
  std::vector<std::string> entitlements;
  std::string shm_size;
  std::string iid_file;
  std::string graph_file;
  std::string progress = "auto";
  std::vector<std::string> platforms;
  std::vector<std::string> contexts;
  bool verify_reproducible = false;
  ExportFlags exports;
  std::string context;
  std::optional<std::string> dockerfile_text{};  // instead of a file
};

// All but the positional argument.
void declare_build(CommandLine& line, BuildFlags& flags);

// What the flags decide alone; caches and named contexts are opened elsewhere. Throws
// kInvalidArgument.
[[nodiscard]] build::BuildOptions build_options(const BuildFlags& flags,
                                                const BuildContext& context);

[[nodiscard]] std::vector<Reference> parse_tags(const std::vector<std::string>& names);

}  // namespace estiba::cli
