// libcurl's handles for one transfer at a time, and the pool that keeps them with their
// connections.
#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <string>

namespace estiba::http {

// An easy and a multi handle, which hold the open connections. Belongs to one thread at a time.
class Session {
 public:
  // `key` says which connections may be shared: an origin and its TLS options.
  explicit Session(std::string key);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  [[nodiscard]] const std::string& key() const { return key_; }
  // CURL* and CURLM*; curl's header stays out of ours.
  [[nodiscard]] void* easy() const { return easy_; }
  [[nodiscard]] void* multi() const { return multi_; }
  // Makes curl_multi_poll() return. Safe from any thread.
  void wake_up() const;
  // Forgets the options of the last transfer, keeps the connections.
  void reset();

 private:
  std::string key_;
  void* easy_;
  void* multi_;
};

// Thread-safe.
class SessionPool {
 public:
  explicit SessionPool(std::size_t max_idle) : max_idle_(max_idle) {}

  // One that was used with this key, or a new one.
  [[nodiscard]] std::unique_ptr<Session> take(const std::string& key);
  // Keeps it; the one that was unused for longest makes room.
  void give_back(std::unique_ptr<Session> session);

 private:
  std::size_t max_idle_;
  std::mutex mutex_;
  std::list<std::unique_ptr<Session>> idle_;  // the last used in front
};

}  // namespace estiba::http
