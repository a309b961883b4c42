// A definition as it is written: blocks of attributes, whose values are expressions.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "build/bake/value.h"

namespace estiba::build::bake {

struct Text {
  std::string name;  // of the file, as messages call it
  std::string content;
};

// A place in a text, which outlives it.
struct Place {
  const Text* text = nullptr;
  std::size_t offset = 0;
};

// "FILE:LINE: what is wrong", the line, and a caret.
[[noreturn]] void refuse_at(const Place& place, const std::string& what, std::string hint = {},
                            ErrorCode code = ErrorCode::kInvalidArgument);

// What `body` cannot do is told of this place. Errors that have a place already keep it.
class PlacedError : public Error {
 public:
  using Error::Error;
};
template <typename Body>
auto at_place(const Place& place, Body&& body) -> decltype(body()) {
  try {
    return std::forward<Body>(body)();
  } catch (const PlacedError&) {
    throw;
  } catch (const Error& error) {
    refuse_at(place, error.message(), error.hint(), error.code());
  }
}

enum class ExpressionKind {
  kLiteral,      // literal
  kTemplate,     // parts, joined as text
  kVariable,     // name
  kAttribute,    // parts[0].name
  kIndex,        // parts[0][parts[1]]
  kSplat,        // parts[0][*].name..., names in `path`
  kCall,         // name(parts...), the last one spread with `spreads`
  kList,         // parts
  kMap,          // parts: key, value, key, value
  kUnary,        // name parts[0]
  kBinary,       // parts[0] name parts[1]
  kConditional,  // parts[0] ? parts[1] : parts[2]
  kForList,      // [for key, name in parts[0] : parts[1] if parts[2]]
  kForMap,       // {for key, name in parts[0] : parts[1] => parts[2] if parts[3]}
};

struct Expression {
  ExpressionKind kind = ExpressionKind::kLiteral;
  Place place{};
  Value literal{};
  std::string name{};
  std::string key{};
  std::vector<std::string> path{};
  std::vector<Expression> parts{};
  bool spreads = false;
};

struct Attribute {
  std::string name;
  Place place;
  Expression value;
};

struct Block {
  std::string type;
  std::vector<std::string> labels;
  Place place;
  std::vector<Attribute> attributes;
  std::vector<Block> blocks;

  [[nodiscard]] const Attribute* find(std::string_view name) const;
};

// The whole file is a block without a type. Throws PlacedError.
[[nodiscard]] Block parse_hcl(const Text& text);
// HCL's JSON: the same blocks as objects within objects, strings as templates.
[[nodiscard]] Block parse_hcl_json(const Text& text);

}  // namespace estiba::build::bake
