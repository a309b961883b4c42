#include "run/spec_seccomp.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/text.h"
#include "fs/kernel.h"
#include "run/default_seccomp.h"

namespace estiba::run {
namespace {

using Json = nlohmann::json;

const char* operator_name(SeccompCondition::Compare compare) {
  switch (compare) {
    case SeccompCondition::Compare::kEqual:
      return "SCMP_CMP_EQ";
    case SeccompCondition::Compare::kNotEqual:
      return "SCMP_CMP_NE";
    case SeccompCondition::Compare::kMaskedEqual:
      return "SCMP_CMP_MASKED_EQ";
  }
  return "";
}

Json seccomp_condition(const SeccompCondition& condition) {
  // The specification names the mask first: (argument & value) == valueTwo.
  const bool masked = condition.compare == SeccompCondition::Compare::kMaskedEqual;
  return {{"index", condition.argument},
          {"op", operator_name(condition.compare)},
          {"value", masked ? condition.mask : condition.value},
          {"valueTwo", masked ? condition.value : 0}};
}

#if defined(__x86_64__)
constexpr const char* kNative = "SCMP_ARCH_X86_64";
constexpr const char* kGoArch = "amd64";
#elif defined(__aarch64__)
constexpr const char* kNative = "SCMP_ARCH_AARCH64";
constexpr const char* kGoArch = "arm64";
#else
#error "name this architecture as libseccomp and Go do"
#endif

// docker's "archMap" tells for each architecture which others its programs may be of.
Json architectures(const Json& profile) {
  if (profile.contains("architectures")) return profile.at("architectures");
  Json list = Json::array();
  for (const Json& entry : profile.value("archMap", Json::array())) {
    if (entry.at("architecture") != kNative) continue;
    list.push_back(kNative);
    for (const Json& other : entry.value("subArchitectures", Json::array())) list.push_back(other);
  }
  return list;
}

bool names_any(const Json& list, const std::set<std::string>& capabilities) {
  return std::ranges::any_of(
      list, [&](const Json& name) { return capabilities.contains(name.get<std::string>()); });
}

bool kernel_fits(const Json& conditions) {
  if (!conditions.contains("minKernel")) return true;
  const auto wanted = conditions.at("minKernel").get<std::string>();
  const std::vector<std::string> parts = split(wanted, '.');
  int major = 0;
  int minor = 0;
  if (parts.size() < 2 ||
      std::from_chars(parts[0].data(), parts[0].data() + parts[0].size(), major).ec !=
          std::errc() ||
      std::from_chars(parts[1].data(), parts[1].data() + parts[1].size(), minor).ec !=
          std::errc()) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("the seccomp profile names the kernel \"{}\"", wanted));
  }
  return fs::kernel_at_least(major, minor);
}

bool contains_word(const Json& list, const char* word) {
  return std::ranges::any_of(list, [&](const Json& entry) { return entry == word; });
}

bool applies(const Json& rule, const std::set<std::string>& capabilities) {
  const Json includes = rule.value("includes", Json::object());
  const Json excludes = rule.value("excludes", Json::object());
  const Json none = Json::array();
  if (includes.contains("arches") && !contains_word(includes.at("arches"), kGoArch)) return false;
  if (contains_word(excludes.value("arches", none), kGoArch)) return false;
  const Json wanted = includes.value("caps", none);
  for (const Json& name : wanted) {
    if (!capabilities.contains(name.get<std::string>())) return false;
  }
  if (names_any(excludes.value("caps", none), capabilities)) return false;
  return kernel_fits(includes);
}

Json translated(const Json& rule) {
  Json entry = {{"action", rule.at("action")}};
  entry["names"] = rule.contains("names") ? rule.at("names") : Json::array({rule.at("name")});
  if (rule.contains("errnoRet")) entry["errnoRet"] = rule.at("errnoRet");
  if (rule.contains("args") && rule.at("args").is_array() && !rule.at("args").empty()) {
    entry["args"] = rule.at("args");
  }
  return entry;
}

}  // namespace

Json default_seccomp_json(const std::set<std::string>& capabilities) {
  const SeccompProfile profile = default_seccomp_profile(capabilities);
  Json syscalls = Json::array();
  for (const SeccompRule& rule : profile.rules) {
    const bool allowed = rule.errno_value == 0;
    Json entry = {{"names", rule.names}, {"action", allowed ? "SCMP_ACT_ALLOW" : "SCMP_ACT_ERRNO"}};
    if (!allowed) entry["errnoRet"] = rule.errno_value;
    if (rule.condition) entry["args"] = Json::array({seccomp_condition(*rule.condition)});
    syscalls.push_back(std::move(entry));
  }
  return {{"defaultAction", "SCMP_ACT_ERRNO"},
          {"defaultErrnoRet", profile.default_errno},
          {"architectures", profile.architectures},
          {"syscalls", std::move(syscalls)}};
}

Json custom_seccomp_json(std::string_view profile, const std::set<std::string>& capabilities) {
  try {
    const Json document = Json::parse(profile);
    Json result = {{"defaultAction", document.at("defaultAction")}};
    if (document.contains("defaultErrnoRet")) {
      result["defaultErrnoRet"] = document.at("defaultErrnoRet");
    }
    if (Json list = architectures(document); !list.empty()) result["architectures"] = list;
    Json syscalls = Json::array();
    for (const Json& rule : document.value("syscalls", Json::array())) {
      if (applies(rule, capabilities)) syscalls.push_back(translated(rule));
    }
    if (!syscalls.empty()) result["syscalls"] = std::move(syscalls);
    return result;
  } catch (const Json::exception& error) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("decoding seccomp profile failed: {}", error.what()));
  }
}

}  // namespace estiba::run
