#include "dockerfile/check_rules.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace estiba::dockerfile {
namespace {

constexpr auto kRules = std::to_array<CheckRule>({
    {"StageNameCasing", "write the stage's name in lower case"},
    {"FromAsCasing", "write FROM and AS in the same case"},
    {"NoEmptyContinuation", "remove the empty line, or make it a comment"},
    {"ConsistentInstructionCasing", "write all instructions in the same case"},
    {"DuplicateStageName", "give each stage a name of its own"},
    {"ReservedStageName", "choose another name for the stage"},
    {"JSONArgsRecommended", "write the command as a JSON array: [\"program\", \"argument\"]"},
    {"MaintainerDeprecated", "use LABEL org.opencontainers.image.authors=\"...\""},
    {"UndefinedArgInFrom", "declare it with ARG before the first FROM"},
    {"WorkdirRelativePath", "begin with an absolute path"},
    {"UndefinedVar", "declare it with ARG or ENV in this stage"},
    {"MultipleInstructionsDisallowed", "keep one of them"},
    {"LegacyKeyValueFormat", "write key=value"},
    {"InvalidBaseImagePlatform", "pull the image for the platform that is built"},
    {"RedundantTargetPlatform", "leave the flag out"},
    {"SecretsUsedInArgOrEnv", "hand it to RUN with --mount=type=secret"},
    {"InvalidDefaultArgInFrom", "give the ARG a default that names an image"},
    {"FromPlatformFlagConstDisallowed",
     "leave the flag out and build with --platform, or name the stage after the platform"},
    {"CopyIgnoredFile", "take it out of .dockerignore, or do not copy it"},
    {"InvalidDefinitionDescription", "write \"# NAME what it is for\", or an empty line below",
     false, true},
    {"ExposeProtoCasing", "write the protocol in lower case"},
    {"ExposeInvalidFormat", "name the container's port only; run -p maps it"},
    {"BaseImageLatest", "name a version, and pin it with \"estiba pin\"", true},
    {"BaseImageNotPinned", "\"estiba pin\" writes the digest that the tag means today", true},
    {"AptCleanup", "end the same RUN with: && rm -rf /var/lib/apt/lists/*", true},
    {"AptRecommends", "add --no-install-recommends, and name what is needed", true},
    {"SecretValue", "revoke it, and hand the new one to RUN with --mount=type=secret", true},
    {"CopyAllBeforeDependencies",
     "copy the files that list the dependencies first, install, then copy the rest", true},
});

}  // namespace

std::span<const CheckRule> check_rules() {
  return kRules;
}

const CheckRule* find_check_rule(std::string_view name) {
  const auto found = std::find_if(kRules.begin(), kRules.end(),
                                  [name](const CheckRule& rule) { return rule.name == name; });
  return found == kRules.end() ? nullptr : &*found;
}

std::string check_rule_url(const CheckRule& rule) {
  if (rule.ours) return {};
  std::string words;
  for (std::size_t i = 0; i < rule.name.size(); ++i) {
    const auto upper = [&](std::size_t at) {
      return at < rule.name.size() && rule.name[at] >= 'A' && rule.name[at] <= 'Z';
    };
    // "JSONArgs" is "json-args".
    const bool begins_word = upper(i) && i > 0 && (!upper(i - 1) || !upper(i + 1));
    if (begins_word) words += '-';
    words += rule.name[i];
  }
  return "https://docs.docker.com/go/dockerfile/rule/" + to_lower(words) + "/";
}

}  // namespace estiba::dockerfile
