#include "http/transfer_error.h"

#include <curl/curl.h>

#include <system_error>

namespace estiba::http {
namespace {

// "Connection refused" says more than curl's "Couldn't connect to server".
std::string reason_of(int code, std::string_view detail, long os_errno) {
  if (code == CURLE_COULDNT_CONNECT && os_errno != 0) {
    return std::generic_category().message(static_cast<int>(os_errno));
  }
  return detail.empty() ? ::curl_easy_strerror(static_cast<CURLcode>(code)) : std::string(detail);
}

bool speaks_no_tls(std::string_view detail) {
  return detail.find("wrong version number") != std::string_view::npos ||
         detail.find("packet length too long") != std::string_view::npos ||
         detail.find("http request") != std::string_view::npos;
}

}  // namespace

Error describe_transfer_error(int code, std::string_view detail, long os_errno, const Url& url) {
  const std::string reason = reason_of(code, detail, os_errno);
  const std::string where = url.origin();
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
      return {ErrorCode::kUnavailable, "cannot find the host of " + where + ": " + reason,
              "check the name's spelling and this machine's DNS"};
    case CURLE_COULDNT_RESOLVE_PROXY:
      return {ErrorCode::kUnavailable, "cannot find the proxy for " + where + ": " + reason,
              "check http_proxy, HTTPS_PROXY and NO_PROXY in the environment"};
    case CURLE_COULDNT_CONNECT:
      return {ErrorCode::kUnavailable, "cannot connect to " + where + ": " + reason};
    case CURLE_OPERATION_TIMEDOUT:
      return {ErrorCode::kUnavailable, "cannot connect to " + where + " in time: " + reason};
    case CURLE_PEER_FAILED_VERIFICATION:
      return {ErrorCode::kUnavailable, "the certificate of " + where + " is not valid: " + reason,
              "trust the authority that signed it for this host, or add it to the system's "
              "certificates"};
    case CURLE_SSL_CONNECT_ERROR:
      return {ErrorCode::kUnavailable, "cannot agree on TLS with " + where + ": " + reason,
              speaks_no_tls(detail)
                  ? "the server speaks plain HTTP there; allow that for this host if you trust "
                    "the network"
                  : "the server may demand a client certificate or an older TLS version"};
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
      return {ErrorCode::kInvalidArgument,
              "cannot use the certificate files for " + where + ": " + reason,
              "they have to be readable and in PEM format"};
    case CURLE_GOT_NOTHING:
      return {ErrorCode::kUnavailable, where + " closed the connection without an answer"};
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_SEND_FAIL_REWIND:
      return {ErrorCode::kUnavailable, "the connection to " + where + " broke off: " + reason};
    default:
      return {ErrorCode::kUnavailable, "the transfer with " + where + " failed: " + reason};
  }
}

}  // namespace estiba::http
