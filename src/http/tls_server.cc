#include "http/tls_server.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <limits>
#include <string_view>

#include "base/error.h"

namespace estiba::http {
namespace {

// Between two looks at the files.
constexpr std::chrono::milliseconds kLookInterval{1000};
// For the few bytes of a handshake that do not fit into the socket at once.
constexpr int kHandshakeWriteMs = 1000;

constexpr const char* kCiphersOfTls12 =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";

std::string tls_error_text() {
  std::array<char, 256> text{};
  ::ERR_error_string_n(::ERR_get_error(), text.data(), text.size());
  ::ERR_clear_error();
  return text.data();
}

int clamp_size(std::size_t size) {
  return static_cast<int>(std::min<std::size_t>(size, std::numeric_limits<int>::max()));
}

// "http/1.1" where the client offers it; what else it offers is not ours.
int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* chosen_size,
                    const unsigned char* offered, unsigned offered_size, void*) {
  static constexpr std::array<unsigned char, 9> kOurs = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  unsigned char* found = nullptr;
  if (::SSL_select_next_proto(&found, chosen_size, kOurs.data(), kOurs.size(), offered,
                              offered_size) != OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_NOACK;
  }
  *chosen = found;
  return SSL_TLSEXT_ERR_OK;
}

// Changes whenever a file is replaced or written.
std::string fingerprint(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return "-";
  return std::to_string(status.st_ino) + " " + std::to_string(status.st_size) + " " +
         std::to_string(status.st_mtim.tv_sec) + "." + std::to_string(status.st_mtim.tv_nsec);
}

}  // namespace

struct ServerTls::Context {
  SSL_CTX* context;
  std::string mark;

  explicit Context(const ServerTlsOptions& options)
      : context(::SSL_CTX_new(::TLS_server_method())),
        mark(fingerprint(options.certificate_file) + " " + fingerprint(options.key_file)) {
    if (context == nullptr) throw Error(ErrorCode::kInternal, "TLS: " + tls_error_text());
    try {
      set_up(options);
    } catch (...) {
      ::SSL_CTX_free(context);
      throw;
    }
  }
  ~Context() { ::SSL_CTX_free(context); }
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

 private:
  void set_up(const ServerTlsOptions& options) {
    ::SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    ::SSL_CTX_set_cipher_list(context, kCiphersOfTls12);
    ::SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                       SSL_OP_IGNORE_UNEXPECTED_EOF |
                                       SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
    // A write is tried again with the same bytes, perhaps at another place in memory. Buffers of
    // idle connections are given back: there may be thousands.
    ::SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE |
                                    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    ::SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
    if (::SSL_CTX_use_certificate_chain_file(context, options.certificate_file.c_str()) != 1) {
      fail("the certificate " + options.certificate_file + " cannot be used");
    }
    if (::SSL_CTX_use_PrivateKey_file(context, options.key_file.c_str(), SSL_FILETYPE_PEM) != 1 ||
        ::SSL_CTX_check_private_key(context) != 1) {
      fail("the key " + options.key_file + " cannot be used, or is not that of the certificate");
    }
  }

  [[noreturn]] static void fail(const std::string& message) {
    throw Error(ErrorCode::kInvalidArgument, message + ": " + tls_error_text(),
                "both are PEM files; the certificate's file holds the chain, ours first");
  }
};

struct TlsChannel::State {
  SSL* ssl = nullptr;
  int fd = -1;
  bool broken = false;  // after a fatal error nothing may be sent
  ~State() { ::SSL_free(ssl); }

  [[noreturn]] void fail(std::string_view doing, int status) {
    broken = true;
    const unsigned long reason = ::ERR_peek_error();
    if (ERR_GET_REASON(reason) == SSL_R_HTTP_REQUEST) tell_plain_client();
    const std::string text =
        status == SSL_ERROR_SSL ? tls_error_text() : std::string("the connection is broken");
    throw Error(ErrorCode::kUnavailable, "TLS failed while " + std::string(doing) + ": " + text);
  }

  // Whoever speaks plain HTTP to us learns it in his own language.
  void tell_plain_client() const {
    constexpr std::string_view kAnswer =
        "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nConnection: close\r\n"
        "Content-Length: 48\r\n\r\nClient sent an HTTP request to an HTTPS server.\n";
    [[maybe_unused]] const ssize_t sent =
        ::send(fd, kAnswer.data(), kAnswer.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  }
};

TlsChannel::TlsChannel(std::unique_ptr<State> state) : state_(std::move(state)) {}
TlsChannel::~TlsChannel() = default;

std::optional<std::size_t> TlsChannel::read_now(MutableBytes buffer) {
  while (true) {
    ::ERR_clear_error();
    const int count = ::SSL_read(state_->ssl, buffer.data(), clamp_size(buffer.size()));
    if (count > 0) return static_cast<std::size_t>(count);
    const int status = ::SSL_get_error(state_->ssl, count);
    if (status == SSL_ERROR_WANT_READ) return std::nullopt;
    if (status == SSL_ERROR_ZERO_RETURN) return 0;
    if (status != SSL_ERROR_WANT_WRITE) state_->fail("it was read from", status);
    pollfd entry{.fd = state_->fd, .events = POLLOUT, .revents = 0};
    if (::poll(&entry, 1, kHandshakeWriteMs) <= 0) state_->fail("shaking hands", status);
  }
}

std::optional<std::size_t> TlsChannel::write_now(Bytes data) {
  ::ERR_clear_error();
  const int count = ::SSL_write(state_->ssl, data.data(), clamp_size(data.size()));
  if (count > 0) return static_cast<std::size_t>(count);
  const int status = ::SSL_get_error(state_->ssl, count);
  if (status == SSL_ERROR_WANT_WRITE) return std::nullopt;
  state_->fail("it was written to", status);
}

void TlsChannel::end_writing() noexcept {
  if (state_->broken || ::SSL_is_init_finished(state_->ssl) == 0) return;
  ::ERR_clear_error();
  ::SSL_shutdown(state_->ssl);
}

ServerTls::ServerTls(ServerTlsOptions options, const Logger* logger)
    : options_(std::move(options)),
      logger_(logger),
      context_(std::make_shared<Context>(options_)),
      looked_(std::chrono::steady_clock::now()) {}

ServerTls::~ServerTls() = default;

void ServerTls::reload_if_changed() {
  const auto now = std::chrono::steady_clock::now();
  if (now - looked_ < kLookInterval) return;
  looked_ = now;
  const std::string mark =
      fingerprint(options_.certificate_file) + " " + fingerprint(options_.key_file);
  if (mark == context_->mark) return;
  try {
    context_ = std::make_shared<Context>(options_);
    if (logger_ != nullptr) logger_->info("took the new certificate " + options_.certificate_file);
  } catch (const Error& error) {
    context_->mark = mark;  // not again for the same files
    if (logger_ != nullptr)
      logger_->error(std::string("kept the old certificate: ") + error.what());
  }
}

std::unique_ptr<TlsChannel> ServerTls::begin(int fd) {
  std::shared_ptr<Context> context;
  {
    const std::lock_guard lock(mutex_);
    reload_if_changed();
    context = context_;
  }
  auto state = std::make_unique<TlsChannel::State>();
  state->ssl = ::SSL_new(context->context);  // counts a reference of its own
  state->fd = fd;
  if (state->ssl == nullptr || ::SSL_set_fd(state->ssl, fd) != 1) {
    throw Error(ErrorCode::kResourceExhausted, "TLS: " + tls_error_text());
  }
  ::SSL_set_accept_state(state->ssl);
  return std::make_unique<TlsChannel>(std::move(state));
}

}  // namespace estiba::http
