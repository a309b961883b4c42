#include "http/session.h"

#include <curl/curl.h>

#include <algorithm>

#include "base/error.h"

namespace estiba::http {
namespace {

// libcurl wants to be initialised once per process, before its first handle; the first session
// does it. Nothing is undone at the end: that would race with threads that still use OpenSSL.
void initialise_curl_once() {
  static const CURLcode status = ::curl_global_init(CURL_GLOBAL_DEFAULT);
  if (status != CURLE_OK) {
    throw Error(ErrorCode::kInternal,
                std::string("cannot initialise libcurl: ") + ::curl_easy_strerror(status));
  }
}

}  // namespace

Session::Session(std::string key) : key_(std::move(key)) {
  initialise_curl_once();
  easy_ = ::curl_easy_init();
  multi_ = ::curl_multi_init();
  if (easy_ == nullptr || multi_ == nullptr) {
    ::curl_multi_cleanup(multi_);
    ::curl_easy_cleanup(easy_);
    throw Error(ErrorCode::kResourceExhausted, "cannot make a libcurl handle");
  }
}

Session::~Session() {
  ::curl_easy_cleanup(easy_);
  ::curl_multi_cleanup(multi_);
}

void Session::wake_up() const {
  ::curl_multi_wakeup(multi_);
}

void Session::reset() {
  ::curl_easy_reset(easy_);
}

std::unique_ptr<Session> SessionPool::take(const std::string& key) {
  {
    const std::lock_guard lock(mutex_);
    const auto found = std::find_if(idle_.begin(), idle_.end(),
                                    [&](const auto& session) { return session->key() == key; });
    if (found != idle_.end()) {
      std::unique_ptr<Session> session = std::move(*found);
      idle_.erase(found);
      return session;
    }
  }
  return std::make_unique<Session>(key);
}

void SessionPool::give_back(std::unique_ptr<Session> session) {
  session->reset();
  std::unique_ptr<Session> oldest;  // destroyed without the lock: it may say good-bye to a server
  const std::lock_guard lock(mutex_);
  idle_.push_front(std::move(session));
  if (idle_.size() > max_idle_) {
    oldest = std::move(idle_.back());
    idle_.pop_back();
  }
}

}  // namespace estiba::http
