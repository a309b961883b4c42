// JSON from strangers, for .cc files only: it includes the JSON library.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace estiba {

// Total on any bytes: refuses what is not JSON, is larger than `max_bytes`, nests too deep, has too
// many values, or says a key twice (readers disagree on which one counts). Throws kInvalidArgument
// naming `what`.
[[nodiscard]] nlohmann::json parse_json(std::string_view bytes, std::size_t max_bytes,
                                        std::string_view what);

// Without white space; bytes that are not UTF-8 become U+FFFD, as Go's encoder does.
[[nodiscard]] std::string dump_json(const nlohmann::ordered_json& value);

// A place in a document that knows its path, so that every complaint names the field. "null" counts
// as absent, as it does for Go's decoder. Borrows the document.
class JsonField {
 public:
  // The top of a document.
  JsonField(const nlohmann::json& document, std::string what);

  [[nodiscard]] bool present() const { return value_ != nullptr; }
  // A member of this object; absent when this is absent. This must be an object otherwise.
  [[nodiscard]] JsonField operator[](const char* key) const;
  // Throws unless it is there.
  [[nodiscard]] const JsonField& required() const;

  // Absent gives the empty value; another type throws. A string with a NUL in it is refused, since
  // the kernel would read only its beginning.
  [[nodiscard]] std::string string() const;
  [[nodiscard]] bool boolean() const;
  [[nodiscard]] std::optional<std::int64_t> integer() const;
  // A whole number from 0 to 2^63 - 1.
  [[nodiscard]] std::uint64_t size() const;
  [[nodiscard]] std::vector<JsonField> elements() const;
  [[nodiscard]] std::vector<std::string> strings() const;
  [[nodiscard]] std::map<std::string, std::string> string_map() const;
  [[nodiscard]] std::map<std::string, JsonField> members() const;
  [[nodiscard]] bool is_string() const { return present() && value_->is_string(); }

  // Throws kInvalidArgument: "<what>: <path> <complaint>".
  [[noreturn]] void fail(std::string_view complaint) const;

 private:
  JsonField(const nlohmann::json* value, const std::string* what, std::string path);
  [[nodiscard]] JsonField child(const nlohmann::json& value, std::string path) const;

  const nlohmann::json* value_;
  std::string what_;
  std::string path_;
};

}  // namespace estiba
