// Header fields of a message: ordered, repeatable, names without case (RFC 9110, 5).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace estiba::http {

// ASCII comparison without case, as names of fields and schemes need it.
[[nodiscard]] bool equals_ignoring_case(std::string_view left, std::string_view right);

// Whether a token (a name, a method, a scheme) may hold it (RFC 9110, 5.6.2).
[[nodiscard]] bool is_token_character(char c);

class Headers {
 public:
  using Field = std::pair<std::string, std::string>;  // name as it was written, value trimmed

  Headers() = default;
  Headers(std::initializer_list<Field> fields) : fields_(fields) {}

  // The first value of that name.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
  // The first value, or an empty text.
  [[nodiscard]] std::string_view get(std::string_view name) const;
  // All values of that name, in order.
  [[nodiscard]] std::vector<std::string_view> all(std::string_view name) const;
  [[nodiscard]] bool contains(std::string_view name) const { return find(name).has_value(); }
  // Whether a comma-separated list ("Connection: keep-alive, upgrade") holds `token`.
  [[nodiscard]] bool has_token(std::string_view name, std::string_view token) const;

  void add(std::string name, std::string value);
  // Replaces every field of that name.
  void set(std::string_view name, std::string value);
  void remove(std::string_view name);

  [[nodiscard]] std::size_t size() const { return fields_.size(); }
  [[nodiscard]] auto begin() const { return fields_.begin(); }
  [[nodiscard]] auto end() const { return fields_.end(); }

 private:
  std::vector<Field> fields_;
};

// Throws kInvalidArgument unless `name` is a token and `value` has no control characters: what
// keeps text from input out of the framing of a message.
void check_field(std::string_view name, std::string_view value);

}  // namespace estiba::http
