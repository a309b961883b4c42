#include <fmt/format.h>

#include <algorithm>

#include "build/bake/hcl_expressions.h"
#include "build/bake/limits.h"
#include "build/bake/syntax.h"

namespace estiba::build::bake {
namespace {

class BlockParser {
 public:
  explicit BlockParser(const Text& text) : reader_(text), expressions_(reader_) {}

  Block parse_file() {
    Block file{.type = {}, .labels = {}, .place = reader_.place(), .attributes = {}, .blocks = {}};
    if (reader_.looking_at("\xEF\xBB\xBF")) reader_.skip(3);
    parse_body(file, 0);
    if (!reader_.at_end()) reader_.refuse("a name expected, not " + reader_.found());
    return file;
  }

 private:
  void parse_body(Block& block, std::size_t depth) {
    if (depth > kMaxNesting) {
      refuse_at(reader_.place(), "too deeply nested", {}, ErrorCode::kResourceExhausted);
    }
    for (reader_.skip_space(true); !reader_.at_end() && reader_.peek() != '}';
         reader_.skip_space(true)) {
      parse_item(block, depth);
    }
  }

  void parse_item(Block& block, std::size_t depth) {
    const Place place = reader_.place();
    std::string name = reader_.peek() == '"' ? expressions_.parse_label() : reader_.take_name();
    if (name.empty()) reader_.refuse("a name expected, not " + reader_.found());
    reader_.skip_space(false);
    if (reader_.peek() == '=' && reader_.peek(1) != '=') {
      reader_.skip(1);
      if (block.find(name) != nullptr) refuse_at(place, name + " is set twice");
      block.attributes.push_back({std::move(name), place, expressions_.parse()});
    } else {
      block.blocks.push_back(parse_block(std::move(name), place, depth));
    }
    reader_.skip_space(false);
    if (reader_.at_end() || reader_.peek() == '\n' || reader_.peek() == '}') return;
    reader_.refuse("the end of the line expected, not " + reader_.found());
  }

  Block parse_block(std::string type, const Place& place, std::size_t depth) {
    Block block{std::move(type), {}, place, {}, {}};
    while (reader_.peek() != '{') {
      std::string label = reader_.peek() == '"' ? expressions_.parse_label() : reader_.take_name();
      if (label.empty()) {
        reader_.refuse("\"=\", a name or \"{\" expected, not " + reader_.found());
      }
      block.labels.push_back(std::move(label));
      reader_.skip_space(false);
    }
    reader_.skip(1);
    parse_body(block, depth + 1);
    reader_.expect("}", "at the end of the block " + block.type);
    return block;
  }

  HclReader reader_;
  HclExpressions expressions_;
};

// Blocks that have a name each, in the order of their names in HCL's JSON.
constexpr std::string_view kNamedBlocks[] = {"group", "target", "variable", "function"};

std::string json_key(const Expression& key) {
  const std::string* text = key.literal.text();
  if (key.kind != ExpressionKind::kLiteral || text == nullptr) {
    refuse_at(key.place, "a plain string expected as a name");
  }
  return *text;
}

void require_object(const Expression& value) {
  if (value.kind != ExpressionKind::kMap) refuse_at(value.place, "an object expected");
}

Block json_block(std::string type, std::string label, Expression& body) {
  require_object(body);
  Block block{std::move(type), {std::move(label)}, body.place, {}, {}};
  for (std::size_t i = 0; i < body.parts.size(); i += 2) {
    std::string name = json_key(body.parts[i]);
    const Place place = body.parts[i].place;
    block.attributes.push_back({std::move(name), place, std::move(body.parts[i + 1])});
  }
  return block;
}

}  // namespace

Block parse_hcl(const Text& text) {
  return BlockParser(text).parse_file();
}

// JSON's values are written as HCL's are, down to the letter; what is a block is told by its name.
Block parse_hcl_json(const Text& text) {
  HclReader reader(text);
  if (reader.looking_at("\xEF\xBB\xBF")) reader.skip(3);
  Expression all = HclExpressions(reader).parse();
  reader.skip_space(true);
  if (!reader.at_end()) reader.refuse("the end of the file expected, not " + reader.found());
  require_object(all);
  Block file{{}, {}, all.place, {}, {}};
  for (std::size_t i = 0; i < all.parts.size(); i += 2) {
    std::string type = json_key(all.parts[i]);
    Expression& value = all.parts[i + 1];
    if (std::ranges::find(kNamedBlocks, type) == std::end(kNamedBlocks)) {
      const Place place = all.parts[i].place;
      file.attributes.push_back({std::move(type), place, std::move(value)});
      continue;
    }
    require_object(value);
    for (std::size_t j = 0; j < value.parts.size(); j += 2) {
      file.blocks.push_back(json_block(type, json_key(value.parts[j]), value.parts[j + 1]));
    }
  }
  return file;
}

}  // namespace estiba::build::bake
