#include "oci/reference.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/text.h"

namespace estiba {
namespace {

constexpr std::string_view kDefaultRegistry = "docker.io";
constexpr std::string_view kLegacyRegistry = "index.docker.io";
constexpr std::string_view kOfficialPrefix = "library/";
constexpr std::size_t kMaxPathBytes = 255;
constexpr std::size_t kMaxTagBytes = 128;
// No valid reference is longer: host and port, path, tag and a SHA-512 digest.
constexpr std::size_t kMaxReferenceBytes = 1024;

bool is_lower_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}
bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_alphanumeric(char c) {
  return is_lower_alphanumeric(c) || is_upper(c);
}
bool has_upper(std::string_view text) {
  return std::any_of(text.begin(), text.end(), is_upper);
}

[[noreturn]] void refuse_reference(std::string_view text, std::string_view why) {
  constexpr std::size_t kShown = 256;
  throw Error(ErrorCode::kInvalidArgument,
              fmt::format("invalid reference format: {} (\"{}\")", why, text.substr(0, kShown)));
}

// alphanumeric (separator alphanumeric)*, separator: "." | "_" | "__" | "-"+
bool is_path_component(std::string_view text) {
  std::size_t i = 0;
  while (true) {
    const std::size_t start = i;
    while (i < text.size() && is_lower_alphanumeric(text[i])) ++i;
    if (i == start) return false;
    if (i == text.size()) return true;
    if (text[i] == '-') {
      while (i < text.size() && text[i] == '-') ++i;
    } else if (text[i] == '.') {
      ++i;
    } else if (text[i] == '_') {
      ++i;
      if (i < text.size() && text[i] == '_') ++i;
    } else {
      return false;
    }
  }
}

bool is_domain_component(std::string_view text) {
  return !text.empty() && is_alphanumeric(text.front()) && is_alphanumeric(text.back()) &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return is_alphanumeric(c) || c == '-'; });
}

bool is_bracketed_address(std::string_view text) {
  return text.size() > 2 && text.front() == '[' && text.back() == ']' &&
         text.substr(1, text.size() - 2).find_first_not_of("0123456789abcdefABCDEF:") ==
             std::string_view::npos;
}

// Host with an optional port; the host is a name, an IPv4 or a bracketed IPv6 address.
bool is_registry(std::string_view text) {
  if (text.empty() || text.size() > kMaxPathBytes) return false;
  const std::size_t host_end = text.front() == '[' ? text.find(']') : 0;
  if (host_end == std::string_view::npos) return false;
  const std::size_t colon = text.find(':', host_end);
  const std::string_view host = text.substr(0, colon);
  if (colon != std::string_view::npos) {
    const std::string_view port = text.substr(colon + 1);
    if (port.empty() || !std::all_of(port.begin(), port.end(), is_digit)) return false;
  }
  if (host.front() == '[') return is_bracketed_address(host);
  const std::vector<std::string> components = split(host, '.');
  return std::all_of(components.begin(), components.end(), is_domain_component);
}

bool looks_like_registry(std::string_view first_component) {
  return first_component == "localhost" ||
         first_component.find_first_of(".:") != std::string_view::npos ||
         has_upper(first_component);
}

struct Split {
  std::string registry;
  std::string remainder;  // path with whatever follows it
};

// splitDockerDomain of github.com/distribution/reference.
Split split_registry(std::string_view text) {
  Split result{std::string(kDefaultRegistry), std::string(text)};
  const std::size_t slash = text.find('/');
  if (slash != std::string_view::npos && looks_like_registry(text.substr(0, slash))) {
    result.registry = text.substr(0, slash);
    result.remainder = text.substr(slash + 1);
    if (result.registry == kLegacyRegistry) result.registry = kDefaultRegistry;
  }
  if (result.registry == kDefaultRegistry && result.remainder.find('/') == std::string::npos) {
    result.remainder.insert(0, kOfficialPrefix);
  }
  return result;
}

bool is_identifier(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

void check_text(std::string_view text) {
  if (text.empty()) refuse_reference(text, "it is empty");
  if (text.size() > kMaxReferenceBytes) {
    refuse_reference(text, fmt::format("it is longer than {} bytes", kMaxReferenceBytes));
  }
  if (is_identifier(text)) {
    refuse_reference(text,
                     "a repository name cannot be 64 hexadecimal digits, which is an image ID");
  }
}

// Says why a path that the grammar refuses is wrong, as far as a person can use it.
void check_path(std::string_view path, std::string_view text) {
  if (has_upper(path)) {
    refuse_reference(text, fmt::format("repository name ({}) must be lowercase", path));
  }
  if (path.size() > kMaxPathBytes) {
    refuse_reference(
        text, fmt::format("repository name must not be more than {} characters", kMaxPathBytes));
  }
  if (!is_valid_repository_path(path)) {
    refuse_reference(text, fmt::format("\"{}\" is not a repository name", path));
  }
}

void check_registry(std::string_view registry, std::string_view text) {
  if (!is_registry(registry)) {
    refuse_reference(text, fmt::format("\"{}\" is not the address of a registry", registry));
  }
}

}  // namespace

bool is_valid_tag(std::string_view text) {
  return !text.empty() && text.size() <= kMaxTagBytes &&
         (is_alphanumeric(text.front()) || text.front() == '_') &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return is_alphanumeric(c) || c == '_' || c == '.' || c == '-'; });
}

bool is_valid_repository_path(std::string_view text) {
  if (text.empty() || text.size() > kMaxPathBytes) return false;
  const std::vector<std::string> components = split(text, '/');
  return std::all_of(components.begin(), components.end(), is_path_component);
}

Repository Repository::parse(std::string_view text) {
  const Reference reference = Reference::parse(text);
  if (reference.tag() || reference.digest()) {
    refuse_reference(text, "expected the name of a repository, without tag or digest");
  }
  return reference.repository();
}

Repository Repository::from_parts(std::string registry, std::string path) {
  const std::string text = registry + "/" + path;
  check_registry(registry, text);
  check_path(path, text);
  return {std::move(registry), std::move(path)};
}

std::string Repository::familiar_name() const {
  if (registry_ != kDefaultRegistry) return name();
  const std::size_t slash = path_.find('/');
  const bool official =
      path_.starts_with(kOfficialPrefix) && path_.find('/', slash + 1) == std::string::npos;
  // What would be read as something else must not be shortened: "docker.io/localhost/x" would name
  // another registry.
  if (official) return is_identifier(path_.substr(slash + 1)) ? name() : path_.substr(slash + 1);
  return looks_like_registry(path_.substr(0, slash)) ? name() : path_;
}

Reference::Reference(Repository repository, std::optional<std::string> tag,
                     std::optional<Digest> digest)
    : repository_(std::move(repository)), tag_(std::move(tag)), digest_(std::move(digest)) {
  if (tag_ && !is_valid_tag(*tag_)) {
    refuse_reference(
        repository_.familiar_name() + ":" + *tag_,
        "a tag has up to 128 letters, digits, '_', '.' and '-', and starts with none of the "
        "last two");
  }
}

Reference Reference::parse(std::string_view text) {
  check_text(text);
  Split parts = split_registry(text);
  std::string_view rest = parts.remainder;

  std::optional<Digest> digest;
  const std::size_t at = rest.find('@');
  if (at != std::string_view::npos) {
    digest = Digest::try_parse(rest.substr(at + 1));
    if (!digest) refuse_reference(text, "the part after '@' is not a sha256 or sha512 digest");
    rest = rest.substr(0, at);
  }
  std::optional<std::string> tag;
  const std::size_t colon = rest.find(':');
  if (colon != std::string_view::npos) {
    tag = rest.substr(colon + 1);
    if (!is_valid_tag(*tag)) refuse_reference(text, fmt::format("\"{}\" is not a tag", *tag));
    rest = rest.substr(0, colon);
  }
  check_path(rest, text);
  check_registry(parts.registry, text);
  return {Repository::from_parts(std::move(parts.registry), std::string(rest)), std::move(tag),
          std::move(digest)};
}

Reference Reference::with_default_tag() const {
  if (tag_ || digest_) return *this;
  return with_tag("latest");
}

Reference Reference::with_tag(std::string tag) const {
  return {repository_, std::move(tag), std::nullopt};
}

Reference Reference::with_digest(Digest digest) const {
  return {repository_, tag_, std::move(digest)};
}

namespace {

std::string with_suffixes(std::string name, const Reference& reference) {
  if (reference.tag()) name += ":" + *reference.tag();
  if (reference.digest()) name += "@" + reference.digest()->to_string();
  return name;
}

}  // namespace

std::string Reference::to_string() const {
  return with_suffixes(repository_.name(), *this);
}

std::string Reference::familiar() const {
  return with_suffixes(repository_.familiar_name(), *this);
}

}  // namespace estiba
