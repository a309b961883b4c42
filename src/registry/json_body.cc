#include "registry/json_body.h"

#include <nlohmann/json.hpp>
#include <set>

#include "base/text.h"
#include "http/headers.h"
#include "registry/api_error.h"
#include "registry/limits.h"

namespace estiba::registry {
namespace {

constexpr int kMaxBodyDepth = 8;

[[noreturn]] void refuse_body(const std::string& message) {
  throw ApiError(400, "UNSUPPORTED", message);
}

void check_body_type(const http::Request& request) {
  const std::string_view type = request.headers().get("Content-Type");
  if (http::equals_ignoring_case(trim(type.substr(0, type.find(';'))), "application/json")) return;
  throw ApiError(415, "UNSUPPORTED", "the body must be application/json");
}

std::string read_whole_body(http::Request& request) {
  try {
    return request.read_body(kMaxApiRequestBytes);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kResourceExhausted) throw;
    throw ApiError(413, "SIZE_INVALID", "the body is too large");
  }
}

nlohmann::json parse_body(const std::string& text) {
  // Deep nesting is refused while it is read: it would be recursion when it is destroyed.
  const auto shallow = [](int depth, nlohmann::json::parse_event_t, nlohmann::json&) {
    if (depth > kMaxBodyDepth) refuse_body("the body is nested too deeply");
    return true;
  };
  try {
    nlohmann::json parsed = nlohmann::json::parse(text, shallow);
    if (parsed.is_object()) return parsed;
  } catch (const nlohmann::json::exception&) {
    refuse_body("the body is no JSON");
  }
  refuse_body("the body must be a JSON object");
}

}  // namespace

struct JsonBody::Members {
  nlohmann::json object = nlohmann::json::object();
  std::set<std::string> known{};

  const nlohmann::json* find(const std::string& name) {
    known.insert(name);
    const auto found = object.find(name);
    return found == object.end() ? nullptr : &*found;
  }
};

JsonBody::JsonBody(http::Request& request) : members_(std::make_unique<Members>()) {
  if (!request.has_body()) return;
  check_body_type(request);
  const std::string text = read_whole_body(request);
  if (!text.empty()) members_->object = parse_body(text);
}

JsonBody::~JsonBody() = default;

std::optional<std::string> JsonBody::text(const std::string& name) {
  const nlohmann::json* found = members_->find(name);
  if (found == nullptr) return std::nullopt;
  if (!found->is_string()) refuse_body("\"" + name + "\" must be a string");
  return found->get<std::string>();
}

std::optional<bool> JsonBody::boolean(const std::string& name) {
  const nlohmann::json* found = members_->find(name);
  if (found == nullptr) return std::nullopt;
  if (!found->is_boolean()) refuse_body("\"" + name + "\" must be true or false");
  return found->get<bool>();
}

std::optional<std::int64_t> JsonBody::count(const std::string& name) {
  const nlohmann::json* found = members_->find(name);
  if (found == nullptr || found->is_null()) return std::nullopt;
  if (!found->is_number_integer() || *found < 1 || *found > kMaxApiNumber) {
    refuse_body("\"" + name + "\" must be a whole number from 1");
  }
  return found->get<std::int64_t>();
}

std::optional<std::vector<std::string>> JsonBody::texts(const std::string& name) {
  const nlohmann::json* found = members_->find(name);
  if (found == nullptr) return std::nullopt;
  const auto is_text = [](const nlohmann::json& one) { return one.is_string(); };
  if (!found->is_array() || !std::all_of(found->begin(), found->end(), is_text)) {
    refuse_body("\"" + name + "\" must be a list of strings");
  }
  return found->get<std::vector<std::string>>();
}

std::string JsonBody::required_text(const std::string& name) {
  auto found = text(name);
  if (!found || found->empty()) refuse_body("\"" + name + "\" is missing");
  return *std::move(found);
}

void JsonBody::finish() const {
  for (const auto& member : members_->object.items()) {
    if (!members_->known.contains(member.key())) {
      refuse_body("\"" + member.key().substr(0, 100) + "\" is unknown here");
    }
  }
}

}  // namespace estiba::registry
