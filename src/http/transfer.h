// One request and its response over one session: curl's callbacks turned into calls that wait.
#pragma once

#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/stream.h"
#include "http/client.h"
#include "http/session.h"
#include "http/url.h"

namespace estiba::http {

// Belongs to one thread. Reading it reads the response's body.
class Transfer final : public Source {
 public:
  // Borrows the request's source. `headers` are sent instead of the request's own.
  Transfer(std::unique_ptr<Session> session, const ClientRequest& request, const Headers& headers,
           const Url& url, const ClientOptions& options, std::stop_token stop);
  ~Transfer() override;
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  // Sends the request and waits for the response's head.
  void wait_for_head();
  [[nodiscard]] std::size_t read(MutableBytes buffer) override;
  // Reads the rest of a small body, so that the connection can be kept; gives up on errors.
  void drain(std::size_t limit_bytes) noexcept;

  [[nodiscard]] int status() const { return status_; }
  [[nodiscard]] const Headers& headers() const { return headers_; }
  [[nodiscard]] const Url& url() const { return url_; }
  // Ends the transfer and gives the session away.
  [[nodiscard]] std::unique_ptr<Session> release();

 private:
  using Clock = std::chrono::steady_clock;
  struct Callbacks;  // curl's side, in the .cc
  struct HeaderList;

  void set_options(const ClientRequest& request, const Headers& headers);
  void set_request_body(const ClientRequest& request);
  void set_tls(const TlsOptions& tls);
  void set_headers(const ClientRequest& request, const Headers& headers);
  void pump_until(const std::function<bool()>& satisfied);
  void perform();
  void wait_for_activity();
  void detach() noexcept;
  void check_result() const;
  [[noreturn]] void throw_stalled() const;

  // The callbacks' work.
  std::size_t take_body(Bytes data);
  void take_header_line(std::string_view line);
  std::size_t give_body(MutableBytes buffer);

  std::unique_ptr<Session> session_;
  ClientOptions options_;
  TlsOptions tls_;
  Url url_;
  std::string method_;
  std::string request_body_;
  Source* source_;
  std::optional<std::uint64_t> source_left_;  // of its announced size
  std::unique_ptr<HeaderList> header_list_;
  std::string error_text_;
  std::stop_token stop_;
  std::optional<std::stop_callback<std::function<void()>>> wake_on_stop_;

  int status_ = 0;
  Headers headers_;
  std::size_t header_bytes_ = 0;
  bool head_complete_ = false;
  bool request_sent_ = false;  // nothing of its body is left to hand to curl
  bool paused_ = false;
  std::optional<int> result_;   // a CURLcode, once it is over
  std::exception_ptr failure_;  // of a callback
  Clock::time_point last_activity_;

  MutableBytes wanted_;     // what read() still wants to have filled
  std::size_t filled_ = 0;  // of it
  std::string surplus_;     // what came beyond it
  std::size_t surplus_read_ = 0;
  std::uint64_t received_bytes_ = 0;
};

}  // namespace estiba::http
