#include "base/toml_table.h"

#include <toml++/toml.h>

#include <charconv>
#include <set>

#include "base/error.h"
#include "base/fd.h"
#include "base/size.h"

namespace estiba {
namespace {

constexpr std::size_t kMaxTomlBytes = 1u << 20;

[[noreturn]] void fail_at(const std::string& file, const toml::source_region& where,
                          const std::string& message) {
  throw Error(ErrorCode::kInvalidArgument,
              file + ":" + std::to_string(where.begin.line) + ": " + message);
}

// A number and its unit.
std::optional<std::chrono::milliseconds> parse_duration(const std::string& text) {
  std::int64_t count = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, count);
  if (error != std::errc() || count < 0 || count > 100'000'000) return std::nullopt;
  const std::string unit(rest, end);
  if (unit == "ms") return std::chrono::milliseconds(count);
  if (unit == "s") return std::chrono::seconds(count);
  if (unit == "m") return std::chrono::minutes(count);
  if (unit == "h") return std::chrono::hours(count);
  if (unit == "d") return std::chrono::hours(24 * count);
  return std::nullopt;
}

}  // namespace

struct TomlTable::Node {
  std::string file;
  const toml::table& table;
  std::set<std::string> asked{};

  const toml::node* find(const std::string& key) {
    asked.insert(key);
    return table.get(key);
  }
};

void TomlTable::read_file(const std::string& file, const std::function<void(TomlTable&)>& read) {
  const std::string content = estiba::read_file(file, kMaxTomlBytes);
  try {
    const toml::table document = toml::parse(content, file);
    read_table(std::make_shared<Node>(Node{file, document}), read);
  } catch (const toml::parse_error& error) {
    fail_at(file, error.source(), std::string(error.description()));
  }
}

void TomlTable::read_table(std::shared_ptr<Node> node,
                           const std::function<void(TomlTable&)>& read) {
  TomlTable table(std::move(node));
  read(table);
  table.refuse_unknown();
}

void TomlTable::refuse_unknown() const {
  for (const auto& [key, value] : node_->table) {
    if (node_->asked.contains(std::string(key.str()))) continue;
    fail_at(node_->file, key.source(), "unknown key \"" + std::string(key.str()) + "\"");
  }
}

void TomlTable::fail(const std::string& key, const std::string& message) const {
  const toml::node* node = node_->table.get(key);
  fail_at(node_->file, node == nullptr ? node_->table.source() : node->source(),
          key.empty() ? message : key + " " + message);
}

std::optional<std::string> TomlTable::text(const std::string& key) {
  const toml::node* node = node_->find(key);
  if (node == nullptr) return std::nullopt;
  if (!node->is_string()) fail(key, "must be a text");
  return node->value<std::string>();
}

std::optional<bool> TomlTable::boolean(const std::string& key) {
  const toml::node* node = node_->find(key);
  if (node == nullptr) return std::nullopt;
  if (!node->is_boolean()) fail(key, "must be true or false");
  return node->value<bool>();
}

std::optional<std::int64_t> TomlTable::integer(const std::string& key, std::int64_t least,
                                               std::int64_t most) {
  const toml::node* node = node_->find(key);
  if (node == nullptr) return std::nullopt;
  const auto value = node->is_integer() ? node->value<std::int64_t>() : std::nullopt;
  if (!value || *value < least || *value > most) {
    fail(key, "must be a number from " + std::to_string(least) + " to " + std::to_string(most));
  }
  return value;
}

std::optional<std::chrono::milliseconds> TomlTable::duration(const std::string& key) {
  const auto value = text(key);
  if (!value) return std::nullopt;
  const auto parsed = parse_duration(*value);
  if (!parsed) fail(key, "must be a time such as \"30s\", \"15m\", \"12h\" or \"7d\"");
  return parsed;
}

std::optional<std::uint64_t> TomlTable::size(const std::string& key) {
  const toml::node* node = node_->find(key);
  if (node == nullptr) return std::nullopt;
  if (node->is_integer() && node->value_or<std::int64_t>(-1) >= 0) {
    return static_cast<std::uint64_t>(node->value_or<std::int64_t>(0));
  }
  if (!node->is_string()) fail(key, "must be a size such as \"10GB\"");
  try {
    return parse_size(node->value_or<std::string>(""));
  } catch (const Error&) {
    fail(key, "must be a size such as \"10GB\"");
  }
}

std::optional<std::vector<std::string>> TomlTable::texts(const std::string& key) {
  const toml::node* node = node_->find(key);
  if (node == nullptr) return std::nullopt;
  if (node->is_string()) return std::vector<std::string>{node->value_or<std::string>("")};
  const toml::array* list = node->as_array();
  if (list == nullptr) fail(key, "must be a list of texts");
  std::vector<std::string> values;
  for (const toml::node& item : *list) {
    if (!item.is_string()) fail(key, "must be a list of texts");
    values.push_back(item.value_or<std::string>(""));
  }
  return values;
}

void TomlTable::table(const std::string& key, const std::function<void(TomlTable&)>& read) {
  const toml::node* node = node_->find(key);
  if (node == nullptr) return;
  const toml::table* table = node->as_table();
  if (table == nullptr) fail(key, "must be a table: [" + key + "]");
  read_table(std::make_shared<Node>(Node{node_->file, *table}), read);
}

void TomlTable::each(const std::string& key, const std::function<void(TomlTable&)>& read) {
  const toml::node* node = node_->find(key);
  if (node == nullptr) return;
  const toml::array* list = node->as_array();
  if (list == nullptr) fail(key, "must be tables: [[" + key + "]]");
  for (const toml::node& item : *list) {
    const toml::table* table = item.as_table();
    if (table == nullptr) fail(key, "must be tables: [[" + key + "]]");
    read_table(std::make_shared<Node>(Node{node_->file, *table}), read);
  }
}

void TomlTable::named(const std::string& key,
                      const std::function<void(const std::string& name, TomlTable&)>& read) {
  const toml::node* node = node_->find(key);
  if (node == nullptr) return;
  const toml::table* tables = node->as_table();
  if (tables == nullptr) fail(key, "must be tables: [" + key + ".NAME]");
  for (const auto& [name, value] : *tables) {
    const toml::table* table = value.as_table();
    if (table == nullptr) fail(key, "must be tables: [" + key + ".NAME]");
    read_table(std::make_shared<Node>(Node{node_->file, *table}),
               [&](TomlTable& one) { read(std::string(name.str()), one); });
  }
}

}  // namespace estiba
