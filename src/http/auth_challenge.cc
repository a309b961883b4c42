#include "http/auth_challenge.h"

#include "base/text.h"
#include "http/headers.h"
#include "http/limits.h"

namespace estiba::http {
namespace {

// A cursor over one field value.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  [[nodiscard]] bool at_end() const { return rest_.empty(); }
  [[nodiscard]] char peek() const { return rest_.empty() ? '\0' : rest_.front(); }

  void skip_spaces() { skip_any(" \t"); }
  void skip_separators() { skip_any(" \t,"); }

  bool accept(char c) {
    if (peek() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }

  std::string_view token() {
    std::size_t size = 0;
    while (size < rest_.size() && is_token_character(rest_[size])) ++size;
    return take(size);
  }

  // What may stand instead of parameters: a token with "/" and padding.
  std::string_view token68() {
    std::size_t size = 0;
    while (size < rest_.size() && (is_token_character(rest_[size]) || rest_[size] == '/')) ++size;
    while (size < rest_.size() && rest_[size] == '=') ++size;
    return take(size);
  }

  // After the opening quote. Without a closing one there is no value.
  std::optional<std::string> quoted() {
    std::string value;
    while (!at_end()) {
      char c = peek();
      rest_.remove_prefix(1);
      if (c == '"') return value;
      if (c == '\\' && !at_end()) {
        c = peek();
        rest_.remove_prefix(1);
      }
      value.push_back(c);
    }
    return std::nullopt;
  }

 private:
  void skip_any(std::string_view characters) {
    const std::size_t first = rest_.find_first_not_of(characters);
    rest_.remove_prefix(first == std::string_view::npos ? rest_.size() : first);
  }
  std::string_view take(std::size_t size) {
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }

  std::string_view rest_;
};

// One "name=value". Leaves `reader` where it was when what comes is not a parameter.
bool read_parameter(Reader& reader, AuthChallenge& challenge) {
  Reader ahead = reader;
  const std::string_view name = ahead.token();
  ahead.skip_spaces();
  if (name.empty() || !ahead.accept('=')) return false;
  ahead.skip_spaces();
  std::optional<std::string> value;
  if (ahead.accept('"')) {
    value = ahead.quoted();
  } else {
    value = ahead.token();
    if (value->empty()) return false;
  }
  if (!value) return false;
  if (challenge.parameters.size() < kMaxChallengeParameters) {
    challenge.parameters.emplace_back(to_lower(name), std::move(*value));
  }
  reader = ahead;
  return true;
}

void read_parameters(Reader& reader, AuthChallenge& challenge) {
  while (!reader.at_end()) {
    Reader ahead = reader;
    ahead.skip_separators();
    if (!read_parameter(ahead, challenge)) return;
    reader = ahead;
  }
}

void read_token68(Reader& reader, AuthChallenge& challenge) {
  Reader ahead = reader;
  const std::string_view token = ahead.token68();
  ahead.skip_spaces();
  if (token.empty() || !(ahead.at_end() || ahead.peek() == ',')) return;
  challenge.token68 = token;
  reader = ahead;
}

void append_challenges(std::string_view field_value, std::vector<AuthChallenge>& challenges) {
  Reader reader(field_value);
  while (challenges.size() < kMaxChallenges) {
    reader.skip_separators();
    const std::string_view scheme = reader.token();
    if (scheme.empty()) return;
    AuthChallenge challenge{.scheme = to_lower(scheme), .token68 = {}, .parameters = {}};
    reader.skip_spaces();
    read_parameters(reader, challenge);
    if (challenge.parameters.empty() && reader.peek() != ',') read_token68(reader, challenge);
    challenges.push_back(std::move(challenge));
    if (!reader.at_end() && reader.peek() != ',' && reader.peek() != ' ') return;
  }
}

}  // namespace

std::optional<std::string_view> AuthChallenge::find(std::string_view name) const {
  for (const auto& [key, value] : parameters) {
    if (equals_ignoring_case(key, name)) return value;
  }
  return std::nullopt;
}

std::vector<AuthChallenge> parse_challenges(const Headers& headers) {
  std::vector<AuthChallenge> challenges;
  for (const std::string_view value : headers.all("WWW-Authenticate")) {
    append_challenges(value, challenges);
  }
  return challenges;
}

std::vector<AuthChallenge> parse_challenges(std::string_view field_value) {
  std::vector<AuthChallenge> challenges;
  append_challenges(field_value, challenges);
  return challenges;
}

}  // namespace estiba::http
