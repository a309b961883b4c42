// The build checks by name: docker's own, and ours.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace estiba::dockerfile {

struct CheckRule {
  std::string_view name;
  std::string_view remedy;
  bool ours = false;  // advice beyond docker's rules: it does not fail a check
  bool experimental = false;
};

[[nodiscard]] std::span<const CheckRule> check_rules();
// Null for an unknown name.
[[nodiscard]] const CheckRule* find_check_rule(std::string_view name);
// Docker's page on one of its rules; empty for ours.
[[nodiscard]] std::string check_rule_url(const CheckRule& rule);

}  // namespace estiba::dockerfile
