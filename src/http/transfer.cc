#include "http/transfer.h"

#include <curl/curl.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "base/error.h"
#include "base/text.h"
#include "http/limits.h"
#include "http/transfer_error.h"

namespace estiba::http {
namespace {

// What curl may hand over beyond the reader's buffer before it is told to pause.
constexpr std::size_t kMaxSurplusBytes = 512 * 1024;
// How long a dead end (the body of a redirect) may take to be read away.
constexpr std::chrono::milliseconds kDrainPatience{50};

}  // namespace

void Transfer::wait_for_head() {
  pump_until([this] { return head_complete_; });
  if (!head_complete_) {
    check_result();
    throw Error(ErrorCode::kUnavailable, url_.origin() + " ended without an answer");
  }
}

std::size_t Transfer::read(MutableBytes buffer) {
  if (surplus_read_ < surplus_.size()) {
    const std::size_t count = std::min(buffer.size(), surplus_.size() - surplus_read_);
    std::memcpy(buffer.data(), surplus_.data() + surplus_read_, count);
    surplus_read_ += count;
    return count;
  }
  surplus_.clear();
  surplus_read_ = 0;

  wanted_ = buffer;
  filled_ = 0;
  try {
    if (std::exchange(paused_, false)) ::curl_easy_pause(session_->easy(), CURLPAUSE_CONT);
    pump_until([this] { return filled_ > 0; });
  } catch (...) {
    wanted_ = {};
    throw;
  }
  wanted_ = {};
  if (filled_ == 0) check_result();
  return filled_;
}

void Transfer::drain(std::size_t limit_bytes) noexcept {
  const auto deadline = Clock::now() + kDrainPatience;
  try {
    while (!result_ && received_bytes_ <= limit_bytes && !stop_.stop_requested()) {
      surplus_.clear();
      surplus_read_ = 0;
      if (std::exchange(paused_, false)) ::curl_easy_pause(session_->easy(), CURLPAUSE_CONT);
      perform();
      if (result_ || Clock::now() > deadline) return;
      ::curl_multi_poll(session_->multi(), nullptr, 0, 5, nullptr);
    }
  } catch (const std::exception&) {
    // The connection is lost to us; it was only to be kept.
  }
}

void Transfer::pump_until(const std::function<bool()>& satisfied) {
  // Time that passed outside is the caller's, not the peer's.
  last_activity_ = Clock::now();
  while (!satisfied() && !result_) {
    if (stop_.stop_requested()) {
      throw Error(ErrorCode::kCancelled, "stopped while talking to " + url_.origin());
    }
    perform();
    if (!satisfied() && !result_) wait_for_activity();
  }
}

void Transfer::perform() {
  int running = 0;
  const CURLMcode status = ::curl_multi_perform(session_->multi(), &running);
  int left = 0;
  while (const CURLMsg* message = ::curl_multi_info_read(session_->multi(), &left)) {
    if (message->msg == CURLMSG_DONE) result_ = message->data.result;
  }
  if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
  if (status != CURLM_OK) {
    throw Error(ErrorCode::kInternal,
                std::string("libcurl cannot go on: ") + ::curl_multi_strerror(status));
  }
}

void Transfer::wait_for_activity() {
  constexpr std::chrono::milliseconds kLongest{1'000};
  const bool server_works =
      request_sent_ && !head_complete_ && method_ != "GET" && method_ != "HEAD";
  const auto allowed = server_works ? options_.response_timeout : options_.stall_timeout;
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(last_activity_ + allowed - Clock::now());
  if (left.count() <= 0) throw_stalled();
  ::curl_multi_poll(session_->multi(), nullptr, 0,
                    static_cast<int>(std::min(left, kLongest).count()), nullptr);
}

void Transfer::throw_stalled() const {
  std::string message = url_.origin() + " does not answer";
  if (head_complete_) {
    message = "the transfer from " + url_.origin() + " stalled after " +
              std::to_string(received_bytes_) + " bytes";
  } else if (!request_sent_) {
    message = "the transfer to " + url_.origin() + " stalled";
  }
  throw Error(ErrorCode::kUnavailable, message);
}

void Transfer::check_result() const {
  if (result_ == CURLE_OK) return;
  long os_errno = 0;
  ::curl_easy_getinfo(session_->easy(), CURLINFO_OS_ERRNO, &os_errno);
  throw describe_transfer_error(*result_, error_text_.c_str(), os_errno, url_);
}

std::unique_ptr<Session> Transfer::release() {
  detach();
  return std::move(session_);
}

void Transfer::detach() noexcept {
  if (!session_) return;
  wake_on_stop_.reset();
  ::curl_multi_remove_handle(session_->multi(), session_->easy());
}

std::size_t Transfer::take_body(Bytes data) {
  last_activity_ = Clock::now();
  if (wanted_.empty() && surplus_.size() - surplus_read_ >= kMaxSurplusBytes) {
    paused_ = true;
    return CURL_WRITEFUNC_PAUSE;
  }
  received_bytes_ += data.size();
  const std::size_t direct = std::min(data.size(), wanted_.size());
  if (direct > 0) std::memcpy(wanted_.data(), data.data(), direct);
  wanted_ = wanted_.subspan(direct);
  filled_ += direct;
  surplus_.append(as_text(data.subspan(direct)));
  return data.size();
}

void Transfer::take_header_line(std::string_view line) {
  last_activity_ = Clock::now();
  if (head_complete_) return;  // a trailer
  header_bytes_ += line.size();
  if (header_bytes_ > kMaxResponseHeaderBytes) {
    throw Error(ErrorCode::kUnavailable, "the response header of " + url_.origin() +
                                             " is larger than " +
                                             std::to_string(kMaxResponseHeaderBytes) + " bytes");
  }
  line = trim(line);
  if (line.starts_with("HTTP/")) {  // the final response, or an interim one before it
    headers_ = {};
    const std::size_t space = line.find(' ');
    const std::string_view code = space == std::string_view::npos ? "" : line.substr(space + 1, 3);
    status_ = 0;
    std::from_chars(code.data(), code.data() + code.size(), status_);
  } else if (line.empty()) {
    head_complete_ = status_ >= 200;
  } else if (const std::size_t colon = line.find(':'); colon != std::string_view::npos) {
    headers_.add(std::string(trim(line.substr(0, colon))),
                 std::string(trim(line.substr(colon + 1))));
  }
}

std::size_t Transfer::give_body(MutableBytes buffer) {
  const std::size_t room =
      std::min<std::uint64_t>(buffer.size(), source_left_.value_or(UINT64_MAX));
  const std::size_t count = room == 0 ? 0 : source_->read(buffer.first(room));
  // The source's own time does not count as the peer's silence.
  last_activity_ = Clock::now();
  if (count == 0) request_sent_ = true;
  if (!source_left_) return count;
  if (count == 0 && *source_left_ > 0) {
    throw Error(ErrorCode::kDataLoss, "the data to be sent to " + url_.origin() + " ended " +
                                          std::to_string(*source_left_) + " bytes too early");
  }
  *source_left_ -= count;
  request_sent_ = *source_left_ == 0;
  return count;
}

}  // namespace estiba::http
