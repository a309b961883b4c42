// The --name=value flags of one instruction.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace estiba::dockerfile {

enum class FlagKind { kBoolean, kText, kList };

struct FlagDefinition {
  std::string_view name;
  FlagKind kind;
};

class Flags {
 public:
  // Throws kInvalidArgument for unknown and repeated flags, and for missing or wrong values.
  Flags(const std::vector<std::string>& words, const std::vector<FlagDefinition>& known);

  [[nodiscard]] std::optional<bool> boolean(std::string_view name) const;
  [[nodiscard]] std::string text(std::string_view name) const;  // empty when not given
  [[nodiscard]] std::vector<std::string> list(std::string_view name) const;

 private:
  struct Value {
    std::string_view name;
    std::string text;
  };
  [[nodiscard]] const Value* find(std::string_view name) const;
  void add(std::string_view word, const std::vector<FlagDefinition>& known);

  std::vector<Value> values_;
};

// For the instructions that have none.
void refuse_flags(const std::vector<std::string>& words);

}  // namespace estiba::dockerfile
