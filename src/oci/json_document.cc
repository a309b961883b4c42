#include "oci/json_document.h"

#include <fmt/format.h>

#include <utility>

#include "base/error.h"
#include "oci/limits.h"

namespace estiba {
namespace {

using Json = nlohmann::json;

// Builds the document while counting what a hostile one could grow without bound.
class BoundedBuilder final : public nlohmann::json_sax<Json> {
 public:
  explicit BoundedBuilder(std::string_view what) : what_(what) {}

  [[nodiscard]] Json take() { return std::move(root_); }

  bool null() override { return add(nullptr); }
  bool boolean(bool value) override { return add(value); }
  bool number_integer(number_integer_t value) override { return add(value); }
  bool number_unsigned(number_unsigned_t value) override { return add(value); }
  bool number_float(number_float_t value, const string_t&) override { return add(value); }
  bool string(string_t& value) override { return add(std::move(value)); }
  bool binary(binary_t&) override { refuse("holds binary data"); }

  bool start_object(std::size_t) override { return open(Json::object()); }
  bool end_object() override { return close(); }
  bool start_array(std::size_t) override { return open(Json::array()); }
  bool end_array() override { return close(); }

  bool key(string_t& name) override {
    if (open_.back()->contains(name)) refuse(fmt::format("says the key \"{}\" twice", name));
    key_ = std::move(name);
    return true;
  }

  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception&) override {
    refuse(fmt::format("is not valid JSON (at byte {})", position));
  }

 private:
  [[noreturn]] void refuse(std::string_view why) const {
    throw Error(ErrorCode::kInvalidArgument, fmt::format("{} {}", what_, why));
  }

  Json* place(Json value) {
    if (++count_ > kMaxJsonValues) refuse(fmt::format("has more than {} values", kMaxJsonValues));
    if (open_.empty()) {
      root_ = std::move(value);
      return &root_;
    }
    Json& parent = *open_.back();
    if (parent.is_array()) {
      parent.push_back(std::move(value));
      return &parent.back();
    }
    Json& member = parent[key_];
    member = std::move(value);
    return &member;
  }

  bool add(Json value) {
    place(std::move(value));
    return true;
  }

  bool open(Json value) {
    if (open_.size() == kMaxJsonDepth) {
      refuse(fmt::format("is nested more than {} levels deep", kMaxJsonDepth));
    }
    // A parent is not touched while its child is open, so the pointer stays valid.
    open_.push_back(place(std::move(value)));
    return true;
  }

  bool close() {
    open_.pop_back();
    return true;
  }

  std::string_view what_;
  Json root_;
  std::vector<Json*> open_;
  std::string key_;
  std::size_t count_ = 0;
};

}  // namespace

Json parse_json(std::string_view bytes, std::size_t max_bytes, std::string_view what) {
  if (bytes.size() > max_bytes) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("{} is larger than {} bytes", what, max_bytes));
  }
  BoundedBuilder builder(what);
  Json::sax_parse(bytes.begin(), bytes.end(), &builder);
  return builder.take();
}

std::string dump_json(const nlohmann::ordered_json& value) {
  return value.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

JsonField::JsonField(const Json& document, std::string what)
    : value_(document.is_null() ? nullptr : &document), what_(std::move(what)) {}

JsonField::JsonField(const Json* value, const std::string* what, std::string path)
    : value_(value), what_(*what), path_(std::move(path)) {}

JsonField JsonField::child(const Json& value, std::string path) const {
  return {value.is_null() ? nullptr : &value, &what_, std::move(path)};
}

JsonField JsonField::operator[](const char* key) const {
  std::string path = path_.empty() ? key : path_ + "." + key;
  if (!present()) return {nullptr, &what_, std::move(path)};
  if (!value_->is_object()) fail("must be an object");
  const auto found = value_->find(key);
  if (found == value_->end()) return {nullptr, &what_, std::move(path)};
  return child(*found, std::move(path));
}

const JsonField& JsonField::required() const {
  if (!present()) fail("is missing");
  return *this;
}

std::string JsonField::string() const {
  if (!present()) return {};
  if (!value_->is_string()) fail("must be a string");
  const auto& text = value_->get_ref<const std::string&>();
  if (text.find('\0') != std::string::npos) fail("holds a NUL character");
  return text;
}

bool JsonField::boolean() const {
  if (!present()) return false;
  if (!value_->is_boolean()) fail("must be true or false");
  return value_->get<bool>();
}

std::optional<std::int64_t> JsonField::integer() const {
  if (!present()) return std::nullopt;
  if (value_->is_number_unsigned() && value_->get<std::uint64_t>() <= INT64_MAX) {
    return static_cast<std::int64_t>(value_->get<std::uint64_t>());
  }
  if (value_->is_number_unsigned() || !value_->is_number_integer()) {
    fail("must be a whole number");
  }
  return value_->get<std::int64_t>();
}

std::uint64_t JsonField::size() const {
  const std::int64_t value = integer().value_or(0);
  if (value < 0) fail("must not be negative");
  return static_cast<std::uint64_t>(value);
}

std::vector<JsonField> JsonField::elements() const {
  if (!present()) return {};
  if (!value_->is_array()) fail("must be a list");
  std::vector<JsonField> result;
  result.reserve(value_->size());
  for (const Json& element : *value_) {
    result.push_back(child(element, fmt::format("{}[{}]", path_, result.size())));
  }
  return result;
}

std::vector<std::string> JsonField::strings() const {
  std::vector<std::string> result;
  for (const JsonField& element : elements()) result.push_back(element.required().string());
  return result;
}

std::map<std::string, JsonField> JsonField::members() const {
  if (!present()) return {};
  if (!value_->is_object()) fail("must be an object");
  std::map<std::string, JsonField> result;
  for (const auto& [key, member] : value_->items()) {
    if (key.find('\0') != std::string::npos) fail("has a key with a NUL character");
    result.emplace(key, child(member, fmt::format("{}.{}", path_, key)));
  }
  return result;
}

std::map<std::string, std::string> JsonField::string_map() const {
  std::map<std::string, std::string> result;
  for (const auto& [key, member] : members()) result.emplace(key, member.string());
  return result;
}

void JsonField::fail(std::string_view complaint) const {
  throw Error(ErrorCode::kInvalidArgument,
              fmt::format("{}: {} {}", what_, path_.empty() ? "the document" : path_, complaint));
}

}  // namespace estiba
