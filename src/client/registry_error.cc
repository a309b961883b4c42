#include "client/registry_error.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <ctime>

#include "base/text.h"
#include "client/limits.h"
#include "oci/json_document.h"

namespace estiba::client {
namespace {

ErrorCode code_for(int status) {
  switch (status) {
    case 400:
    case 416:
      return ErrorCode::kInvalidArgument;
    case 401:
      return ErrorCode::kUnauthenticated;
    case 403:
      return ErrorCode::kPermissionDenied;
    case 404:
      return ErrorCode::kNotFound;
    case 405:
    case 415:
      return ErrorCode::kUnsupported;
    case 409:
      return ErrorCode::kConflict;
    case 413:
    case 429:
      return ErrorCode::kResourceExhausted;
    default:
      return ErrorCode::kUnavailable;
  }
}

struct Complaint {
  std::string code;
  std::string sentence;
};

// "MANIFEST_UNKNOWN" reads "manifest unknown", as docker prints it.
std::string spoken(std::string_view code) {
  std::string text = to_lower(code);
  std::replace(text.begin(), text.end(), '_', ' ');
  return text;
}

Complaint read_entry(const JsonField& entry) {
  const std::string code = printable(entry["code"].string(), 64);
  const std::string message = printable(entry["message"].string(), kMaxErrorTextBytes);
  if (code.empty()) return {{}, message};
  return {code, message.empty() ? spoken(code) : spoken(code) + ": " + message};
}

// {"errors": [{"code", "message"}]} of the specification, or what token servers say instead.
Complaint parse_complaint(const std::string& body) {
  const nlohmann::json json = parse_json(body, kMaxErrorBodyBytes, "error");
  const JsonField document(json, "error");
  Complaint result;
  for (const JsonField& entry : document["errors"].elements()) {
    Complaint complaint = read_entry(entry);
    if (complaint.sentence.empty()) continue;
    if (result.sentence.empty()) {
      result = std::move(complaint);
    } else if (result.sentence.size() + complaint.sentence.size() < kMaxErrorTextBytes) {
      result.sentence += "; " + complaint.sentence;
    }
  }
  if (!result.sentence.empty()) return result;
  for (const char* key : {"error_description", "details", "detail", "message", "error"}) {
    if (!document[key].is_string()) continue;
    return {{}, printable(document[key].string(), kMaxErrorTextBytes)};
  }
  return {};
}

Complaint read_complaint(http::Exchange& exchange) {
  try {
    return parse_complaint(read_all(exchange.body(), kMaxErrorBodyBytes, "error"));
  } catch (const Error& error) {
    // The status tells enough when the body is no such document or breaks off.
    if (error.code() == ErrorCode::kCancelled) throw;
    return {};
  }
}

// Words for statuses that registries and what stands before them send without a body.
std::string_view words_for(int status) {
  switch (status) {
    case 401:
      return "unauthorized: authentication required";
    case 403:
      return "denied: requested access to the resource is denied";
    case 404:
      return "not found";
    case 413:
      return "too large for the registry or for a proxy before it";
    case 429:
      return "toomanyrequests: the registry asks to be asked less often";
    default:
      return {};
  }
}

[[noreturn]] void rethrow_as(const RegistryError& error, std::string message, std::string hint) {
  throw RegistryError(error.status(), error.registry_code(), std::move(message), std::move(hint));
}

bool is_access_refused(const RegistryError& error) {
  return error.status() == 401 || error.status() == 403;
}

std::string login_hint(const Repository& repository) {
  if (repository.registry() == "docker.io") return "estiba login";
  return "estiba login " + repository.registry();
}

}  // namespace

RegistryError::RegistryError(int status, std::string registry_code, std::string message,
                             std::string hint)
    : Error(code_for(status), std::move(message), std::move(hint)),
      status_(status),
      registry_code_(std::move(registry_code)) {}

std::string printable(std::string_view text, std::size_t max_bytes) {
  if (text.size() > max_bytes) {
    // Not within a UTF-8 sequence.
    while (max_bytes > 0 && (static_cast<unsigned char>(text[max_bytes]) & 0xc0u) == 0x80u) {
      --max_bytes;
    }
    text = text.substr(0, max_bytes);
  }
  std::string result;
  result.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    // U+0080 to U+009F, which terminals obey too, are 0xc2 and the byte.
    const bool is_c1 =
        byte == 0xc2u && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0u;
    if (is_c1) ++i;
    result += byte < 0x20u || byte == 0x7fu || is_c1 ? ' ' : text[i];
  }
  return std::string(trim(result));
}

std::optional<std::chrono::seconds> parse_retry_after(std::string_view value) {
  value = trim(value);
  std::uint32_t seconds = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
  if (error == std::errc() && end == value.data() + value.size()) {
    return std::chrono::seconds(seconds);
  }
  std::tm date{};
  const std::string text(value);
  const char* rest = strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &date);
  if (rest == nullptr || *rest != '\0') return std::nullopt;
  const std::time_t delta = timegm(&date) - std::time(nullptr);
  return std::chrono::seconds(std::max<std::time_t>(delta, 0));
}

RegistryError read_failure(http::Exchange& exchange, std::string_view doing) {
  const int status = exchange.status();
  Complaint complaint = read_complaint(exchange);
  if (complaint.sentence.empty()) {
    const std::string_view words = words_for(status);
    complaint.sentence = words.empty()
                             ? fmt::format("the registry answered {} with status {}", doing, status)
                             : fmt::format("{} (status {})", words, status);
  }
  RegistryError error(status, std::move(complaint.code), std::move(complaint.sentence));
  if (const auto pause = parse_retry_after(exchange.header("Retry-After"))) {
    error.set_retry_after(*pause);
  }
  return error;
}

void rethrow_pull_failure(const RegistryError& error, const Reference& reference) {
  const std::string name = reference.repository().familiar_name();
  if (is_access_refused(error)) {
    const std::string login = login_hint(reference.repository());
    rethrow_as(error,
               fmt::format("pull access denied for {}, repository does not exist or may require "
                           "'{}': {}",
                           name, login, error.message()),
               error.hint());
  }
  if (error.status() != 404 || error.registry_code() == "BLOB_UNKNOWN") throw;
  if (error.registry_code() == "NAME_UNKNOWN") {
    rethrow_as(error, fmt::format("repository {} not found: {}", name, error.message()),
               "check the name");
  }
  rethrow_as(error,
             fmt::format("manifest for {} not found: {}", reference.familiar(), error.message()),
             "check the tag");
}

void rethrow_push_failure(const RegistryError& error, const Reference& reference) {
  if (!is_access_refused(error)) throw;
  rethrow_as(error,
             fmt::format("push access denied for {}: {}", reference.repository().familiar_name(),
                         error.message()),
             fmt::format("log in with '{}' as a user who may write there",
                         login_hint(reference.repository())));
}

}  // namespace estiba::client
