#include "dockerfile/mount.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/size.h"
#include "base/text.h"
#include "dockerfile/csv.h"
#include "dockerfile/limits.h"
#include "dockerfile/located_error.h"

namespace estiba::dockerfile {
namespace {

constexpr std::array<std::pair<std::string_view, MountType>, 5> kTypes = {{
    {"bind", MountType::kBind},
    {"cache", MountType::kCache},
    {"tmpfs", MountType::kTmpfs},
    {"secret", MountType::kSecret},
    {"ssh", MountType::kSsh},
}};
constexpr std::array<std::pair<std::string_view, MountSharing>, 3> kSharings = {{
    {"shared", MountSharing::kShared},
    {"private", MountSharing::kPrivate},
    {"locked", MountSharing::kLocked},
}};

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates) {
  if (word.size() > kMaxSuggestedWordBytes) return {};
  const std::string nearest = nearest_word(word, candidates);
  return nearest.empty() ? "" : fmt::format("did you mean {}?", nearest);
}

template <typename Table>
auto look_up(const Table& table, std::string_view value, std::string_view what) {
  const std::string lower = to_lower(value);
  std::vector<std::string> names;
  for (const auto& [name, result] : table) {
    if (name == lower) return result;
    names.emplace_back(name);
  }
  refuse(fmt::format("unsupported {} \"{}\"", what, value), did_you_mean(lower, names));
}

// The spellings of Go's strconv.ParseBool.
bool parse_bool(std::string_view key, std::string_view value) {
  constexpr std::array<std::string_view, 6> kTrue = {"1", "t", "T", "TRUE", "true", "True"};
  constexpr std::array<std::string_view, 6> kFalse = {"0", "f", "F", "FALSE", "false", "False"};
  for (const std::string_view word : kTrue) {
    if (value == word) return true;
  }
  for (const std::string_view word : kFalse) {
    if (value == word) return false;
  }
  refuse(fmt::format("invalid value for {}: \"{}\"", key, value), "it is either true or false");
}

std::uint32_t parse_number(std::string_view key, std::string_view value, int base) {
  std::uint32_t number = 0;
  const char* end = value.data() + value.size();
  const auto [stopped, error] = std::from_chars(value.data(), end, number, base);
  if (error == std::errc() && stopped == end) return number;
  refuse(fmt::format("invalid value for {}: \"{}\"", key, value));
}

struct Field {
  std::string key;  // lower case
  std::string value;
  bool has_value = false;
};

Field split_field(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos) return {to_lower(text), {}, false};
  return {to_lower(text.substr(0, equals)), text.substr(equals + 1), true};
}

// Reads one field after another; what depends on all of them is checked at the end.
class MountReader {
 public:
  void read(const Field& field) {
    if (read_access(field)) return;
    if (!field.has_value) {
      refuse(fmt::format("\"{}\" needs a value", field.key),
             fmt::format("write {}=VALUE", field.key));
    }
    if (!read_place(field) && !read_owner(field) && !read_by_type(field)) {
      refuse(fmt::format("unexpected key \"{}\"", field.key), did_you_mean(field.key, kKeys));
    }
  }

  Mount finish(std::string_view text) {
    mount_.text = text;
    const bool writable = is(MountType::kCache) || is(MountType::kTmpfs);
    mount_.read_only = read_only_.value_or(!writable);
    if (is(MountType::kBind) || is(MountType::kTmpfs)) refuse_owner();
    if (is(MountType::kSecret)) check_secret();
    if (mount_.sharing && !is(MountType::kCache)) refuse_for_type("sharing");
    return std::move(mount_);
  }

 private:
  inline static const std::vector<std::string> kKeys = {
      "type",      "from",    "source", "src",  "target", "dst",      "destination",
      "readonly",  "ro",      "rw",     "size", "mode",   "required", "uid",
      "readwrite", "sharing", "gid",    "env",  "id"};

  [[nodiscard]] bool is(MountType type) const { return mount_.type == type; }
  [[noreturn]] void refuse_for_type(std::string_view key) const {
    refuse(fmt::format("\"{}\" has no meaning for a mount of type {}", key,
                       mount_type_name(mount_.type)));
  }

  // The keys that may stand without a value.
  bool read_access(const Field& field) {
    const bool reads = field.key == "readonly" || field.key == "ro";
    const bool writes = field.key == "readwrite" || field.key == "rw";
    const bool requires_it = field.key == "required";
    if (!reads && !writes && !requires_it) return false;
    const bool value = !field.has_value || parse_bool(field.key, field.value);
    if (requires_it) {
      if (!is(MountType::kSecret) && !is(MountType::kSsh)) refuse_for_type(field.key);
      mount_.required = value;
    } else {
      read_only_ = reads == value;
    }
    return true;
  }

  bool read_place(const Field& field) {
    if (field.key == "type") {
      mount_.type = look_up(kTypes, field.value, "mount type");
    } else if (field.key == "from") {
      mount_.from = field.value;
    } else if (field.key == "source" || field.key == "src") {
      mount_.source = field.value;
    } else if (field.key == "target" || field.key == "dst" || field.key == "destination") {
      mount_.target = field.value;
    } else if (field.key == "id") {
      mount_.id = field.value;
    } else {
      return false;
    }
    return true;
  }

  bool read_owner(const Field& field) {
    if (field.key == "mode") {
      mount_.mode = parse_number(field.key, field.value, 8);
    } else if (field.key == "uid") {
      mount_.user_id = parse_number(field.key, field.value, 10);
    } else if (field.key == "gid") {
      mount_.group_id = parse_number(field.key, field.value, 10);
    } else {
      return false;
    }
    return true;
  }

  bool read_by_type(const Field& field) {
    if (field.key == "size") {
      if (!is(MountType::kTmpfs)) refuse_for_type(field.key);
      mount_.size_limit_bytes = parse_size(field.value);
    } else if (field.key == "sharing") {
      mount_.sharing = look_up(kSharings, field.value, "sharing");
    } else if (field.key == "env") {
      mount_.environment = field.value;
    } else {
      return false;
    }
    return true;
  }

  void refuse_owner() const {
    if (mount_.mode) refuse_for_type("mode");
    if (mount_.user_id) refuse_for_type("uid");
    if (mount_.group_id) refuse_for_type("gid");
  }

  void check_secret() const {
    if (!mount_.from.empty()) refuse_for_type("from");
    if (mount_.sharing) refuse_for_type("sharing");
    if (mount_.source.empty() && mount_.target.empty() && mount_.id.empty()) {
      refuse("a secret mount needs an id, a source or a target");
    }
    if (!mount_.source.empty() && !mount_.id.empty()) {
      refuse("a secret mount has either a source or an id: they are the same");
    }
  }

  Mount mount_;
  std::optional<bool> read_only_;
};

template <typename Body>
auto about(std::string_view flag, std::string_view text, Body&& body) {
  return with_context([&] { return fmt::format("reading --{}={}", flag, text.substr(0, 120)); },
                      std::forward<Body>(body));
}

}  // namespace

Mount outline_mount(std::string_view text) {
  return about("mount", text, [text] {
    Mount mount;
    mount.text = text;
    for (const std::string& part : split_csv(text)) {
      const Field field = split_field(part);
      if (field.key != "from" || !field.has_value) continue;
      const std::size_t dollar = field.value.find('$');
      if (dollar != std::string::npos && dollar + 1 != field.value.size()) {
        refuse("the \"from\" of a mount cannot hold variables",
               "name a stage with FROM, which may use global ARGs, and mount from that");
      }
      mount.from = field.value;
    }
    return mount;
  });
}

Mount parse_mount(std::string_view text, const WordExpander& expand_value) {
  return about("mount", text, [&] {
    MountReader reader;
    for (const std::string& part : split_csv(text)) {
      Field field = split_field(part);
      if (field.has_value) field.value = expand_value(field.value);
      reader.read(field);
    }
    return reader.finish(text);
  });
}

Device parse_device(std::string_view text) {
  return about("device", text, [text] {
    Device device;
    for (const std::string& part : split_csv(text)) {
      const Field field = split_field(part);
      if (field.key == "required") {
        device.required = !field.has_value || parse_bool(field.key, field.value);
      } else if (field.key == "name" && field.has_value && device.name.empty()) {
        device.name = field.value;
      } else if (device.name.empty()) {
        device.name = part;
      } else {
        refuse(fmt::format("unexpected \"{}\"", part), "known are name=DEVICE and required");
      }
    }
    return device;
  });
}

std::string_view mount_type_name(MountType type) {
  for (const auto& [name, value] : kTypes) {
    if (value == type) return name;
  }
  return {};
}

}  // namespace estiba::dockerfile
