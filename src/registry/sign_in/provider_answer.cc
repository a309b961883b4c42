#include "registry/sign_in/provider_answer.h"

#include "base/error.h"
#include "oci/json_document.h"
#include "registry/limits.h"

namespace estiba::registry {
namespace {

nlohmann::json parse_provider_json(const std::string& body, const std::string& what) {
  try {
    return parse_json(body, kMaxProviderAnswerBytes, what);
  } catch (const Error& error) {
    throw Error(ErrorCode::kUnavailable, error.message());
  }
}

}  // namespace

nlohmann::json parse_provider_answer(const std::string& body, const std::string& what) {
  nlohmann::json answer = parse_provider_json(body, what);
  if (answer.is_object()) return answer;
  throw Error(ErrorCode::kUnavailable, what + " is no object");
}

nlohmann::json parse_provider_list(const std::string& body, const std::string& what) {
  nlohmann::json answer = parse_provider_json(body, what);
  if (answer.is_array()) return answer;
  throw Error(ErrorCode::kUnavailable, what + " is no list");
}

}  // namespace estiba::registry
