// Which options of curl a request becomes.
#include <curl/curl.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "http/transfer.h"

namespace estiba::http {
namespace {

constexpr long kReceiveBufferBytes = 256 * 1024;
constexpr long kUploadBufferBytes = 512 * 1024;
// Servers close idle connections after 60 s and more; reusing one that is just being closed fails.
constexpr long kMaxIdleConnectionSeconds = 50;

bool may_have_body(const std::string& method) {
  return method == "POST" || method == "PUT" || method == "PATCH";
}

}  // namespace

struct Transfer::HeaderList {
  curl_slist* first = nullptr;

  HeaderList() = default;
  HeaderList(const HeaderList&) = delete;
  HeaderList& operator=(const HeaderList&) = delete;
  ~HeaderList() { ::curl_slist_free_all(first); }

  void add(const std::string& line) {
    curl_slist* longer = ::curl_slist_append(first, line.c_str());
    if (longer == nullptr) throw Error(ErrorCode::kResourceExhausted, "out of memory");
    first = longer;
  }
};

// Exceptions must not pass through curl: they are kept and thrown again by perform().
struct Transfer::Callbacks {
  template <typename Work>
  static auto guarded(void* self,
                      decltype(std::declval<Work>()(std::declval<Transfer&>())) on_failure,
                      Work&& work) {
    auto& transfer = *static_cast<Transfer*>(self);
    try {
      return work(transfer);
    } catch (...) {
      transfer.failure_ = std::current_exception();
      return on_failure;
    }
  }

  static std::size_t on_body(char* data, std::size_t one, std::size_t size, void* self) {
    return guarded(self, 0, [&](Transfer& transfer) {
      return transfer.take_body(as_bytes(std::string_view(data, one * size)));
    });
  }

  static std::size_t on_header(char* data, std::size_t one, std::size_t size, void* self) {
    return guarded(self, 0, [&](Transfer& transfer) {
      transfer.take_header_line(std::string_view(data, one * size));
      return one * size;
    });
  }

  static std::size_t on_upload(char* buffer, std::size_t one, std::size_t size, void* self) {
    return guarded(self, std::size_t{CURL_READFUNC_ABORT}, [&](Transfer& transfer) {
      return transfer.give_body(std::as_writable_bytes(std::span(buffer, one * size)));
    });
  }

  // The address is the one that is connected to, whatever the name meant a moment ago.
  static curl_socket_t on_socket(void* self, curlsocktype, curl_sockaddr* address) {
    return guarded(self, CURL_SOCKET_BAD, [&](Transfer& transfer) {
      if (!transfer.options_.address_filter->accepts(address->addr)) {
        throw Error(ErrorCode::kPermissionDenied,
                    "the address of " + transfer.url_.host + " is not public, and not allowed",
                    "networks are allowed by \"allowed-networks\"");
      }
      return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    });
  }

  // CURLOPT_CAINFO would replace the system's authorities; these come on top of them.
  static CURLcode on_tls_context(CURL*, void* context, void* self) {
    const TlsOptions& tls = static_cast<Transfer*>(self)->tls_;
    for (const std::string& file : tls.ca_files) {
      if (::SSL_CTX_load_verify_locations(static_cast<SSL_CTX*>(context), file.c_str(), nullptr) !=
          1) {
        return CURLE_SSL_CACERT_BADFILE;
      }
    }
    return CURLE_OK;
  }
};

namespace {

template <typename Value>
void set(CURL* easy, CURLoption option, Value value) {
  const CURLcode status = ::curl_easy_setopt(easy, option, value);
  if (status != CURLE_OK) {
    throw Error(ErrorCode::kInternal,
                std::string("libcurl refuses an option: ") + ::curl_easy_strerror(status));
  }
}

}  // namespace

Transfer::Transfer(std::unique_ptr<Session> session, const ClientRequest& request,
                   const Headers& headers, const Url& url, const ClientOptions& options,
                   std::stop_token stop)
    : session_(std::move(session)),
      options_(options),
      tls_(request.tls),
      url_(url),
      method_(request.method),
      request_body_(request.body),
      source_(request.source),
      source_left_(request.source_size_bytes),
      header_list_(std::make_unique<HeaderList>()),
      error_text_(CURL_ERROR_SIZE, '\0'),
      stop_(std::move(stop)),
      request_sent_(request.source == nullptr) {
  set_options(request, headers);
  const CURLMcode status = ::curl_multi_add_handle(session_->multi(), session_->easy());
  if (status != CURLM_OK) {
    throw Error(ErrorCode::kInternal,
                std::string("libcurl cannot begin: ") + ::curl_multi_strerror(status));
  }
  wake_on_stop_.emplace(stop_, [this] { session_->wake_up(); });
}

Transfer::~Transfer() {
  detach();
}

void Transfer::set_options(const ClientRequest& request, const Headers& headers) {
  CURL* easy = session_->easy();
  set(easy, CURLOPT_URL, url_.to_string().c_str());
  set(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  // One connection for each transfer: it can be held back without holding others back, and the
  // HTTP/2 uploads of curl 7.88 stall at times.
  set(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(easy, CURLOPT_NOSIGNAL, 1L);
  set(easy, CURLOPT_QUICK_EXIT, 1L);  // cancelling does not wait for a name server
  set(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  set(easy, CURLOPT_MAXAGE_CONN, kMaxIdleConnectionSeconds);
  set(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options_.connect_timeout.count()));
  set(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  set(easy, CURLOPT_BUFFERSIZE, kReceiveBufferBytes);
  set(easy, CURLOPT_ERRORBUFFER, error_text_.data());
  set(easy, CURLOPT_USERAGENT, options_.user_agent.c_str());
  set(easy, CURLOPT_WRITEFUNCTION, &Callbacks::on_body);
  set(easy, CURLOPT_WRITEDATA, static_cast<void*>(this));
  set(easy, CURLOPT_HEADERFUNCTION, &Callbacks::on_header);
  set(easy, CURLOPT_HEADERDATA, static_cast<void*>(this));
  if (options_.address_filter) {
    set(easy, CURLOPT_OPENSOCKETFUNCTION, &Callbacks::on_socket);
    set(easy, CURLOPT_OPENSOCKETDATA, static_cast<void*>(this));
    set(easy, CURLOPT_PROXY, "");
  }
  set_request_body(request);
  set_tls(request.tls);
  set_headers(request, headers);
}

void Transfer::set_request_body(const ClientRequest& request) {
  CURL* easy = session_->easy();
  check_field(method_, "");  // a method is a token as names of fields are
  if (source_ != nullptr) {
    set(easy, CURLOPT_UPLOAD, 1L);
    set(easy, CURLOPT_UPLOAD_BUFFERSIZE, kUploadBufferBytes);
    set(easy, CURLOPT_READFUNCTION, &Callbacks::on_upload);
    set(easy, CURLOPT_READDATA, static_cast<void*>(this));
    set(easy, CURLOPT_INFILESIZE_LARGE,
        request.source_size_bytes ? static_cast<curl_off_t>(*request.source_size_bytes)
                                  : curl_off_t{-1});
  } else if (method_ == "HEAD") {
    set(easy, CURLOPT_NOBODY, 1L);
    return;
  } else if (may_have_body(method_) || !request_body_.empty()) {
    set(easy, CURLOPT_POST, 1L);
    set(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_body_.size()));
    set(easy, CURLOPT_POSTFIELDS, request_body_.c_str());
  }
  set(easy, CURLOPT_CUSTOMREQUEST, method_.c_str());
}

void Transfer::set_tls(const TlsOptions& tls) {
  CURL* easy = session_->easy();
  set(easy, CURLOPT_SSL_VERIFYPEER, tls.verify_peer ? 1L : 0L);
  set(easy, CURLOPT_SSL_VERIFYHOST, tls.verify_peer ? 2L : 0L);
  set(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!tls.ca_files.empty()) {
    set(easy, CURLOPT_SSL_CTX_FUNCTION, &Callbacks::on_tls_context);
    set(easy, CURLOPT_SSL_CTX_DATA, static_cast<void*>(this));
  }
  if (!tls.client_certificate_file.empty()) {
    set(easy, CURLOPT_SSLCERT, tls.client_certificate_file.c_str());
  }
  if (!tls.client_key_file.empty()) set(easy, CURLOPT_SSLKEY, tls.client_key_file.c_str());
}

void Transfer::set_headers(const ClientRequest& request, const Headers& headers) {
  for (const auto& [name, value] : headers) {
    check_field(name, value);
    header_list_->add(value.empty() ? name + ";" : name + ": " + value);
  }
  // A name without a value takes away what curl would add: a wait for "100 Continue", which many
  // servers never send, and a type that is wrong.
  header_list_->add("Expect:");
  if (!headers.contains("Content-Type")) header_list_->add("Content-Type:");
  if (source_ != nullptr && !request.source_size_bytes) {
    header_list_->add("Transfer-Encoding: chunked");
  }
  set(session_->easy(), CURLOPT_HTTPHEADER, header_list_->first);
}

}  // namespace estiba::http
