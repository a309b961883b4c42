// One table of a TOML file, read key by key: types are checked, and what nobody asked for is an
// error, since it is a mistyped key.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace estiba {

// Errors are kInvalidArgument: "FILE:LINE: what is wrong". For one thread.
class TomlTable {
 public:
  struct Node;

  // The whole file. Calls `read` with its top table, then makes sure that everything was asked for.
  static void read_file(const std::string& file, const std::function<void(TomlTable&)>& read);

  [[nodiscard]] std::optional<std::string> text(const std::string& key);
  [[nodiscard]] std::optional<bool> boolean(const std::string& key);
  // From `least` to `most`.
  [[nodiscard]] std::optional<std::int64_t> integer(const std::string& key, std::int64_t least,
                                                    std::int64_t most);
  // "90s", "15m", "12h", "30d", or "250ms".
  [[nodiscard]] std::optional<std::chrono::milliseconds> duration(const std::string& key);
  // "10GB", "512m", or a number of bytes.
  [[nodiscard]] std::optional<std::uint64_t> size(const std::string& key);
  // A list of texts, or one text.
  [[nodiscard]] std::optional<std::vector<std::string>> texts(const std::string& key);
  // Calls `read` with the table at [key], if there is one.
  void table(const std::string& key, const std::function<void(TomlTable&)>& read);
  // With each of [[key]].
  void each(const std::string& key, const std::function<void(TomlTable&)>& read);
  // With the name and the table of each [key.NAME].
  void named(const std::string& key,
             const std::function<void(const std::string& name, TomlTable&)>& read);

  // Complains about this key, or about the table when there is none.
  [[noreturn]] void fail(const std::string& key, const std::string& message) const;

 private:
  explicit TomlTable(std::shared_ptr<Node> node) : node_(std::move(node)) {}
  static void read_table(std::shared_ptr<Node> node, const std::function<void(TomlTable&)>& read);
  void refuse_unknown() const;

  std::shared_ptr<Node> node_;
};

}  // namespace estiba
