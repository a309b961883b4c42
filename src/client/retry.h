// Trying again, politely and not for ever.
#pragma once

#include <stop_token>
#include <utility>

#include "base/error.h"
#include "client/settings.h"

namespace estiba::client {

// Whether the same request may succeed later: a broken connection, a server that is busy or ill.
[[nodiscard]] bool is_transient(const Error& error);

// Counts tries since the last progress. Belongs to one thread.
class Backoff {
 public:
  Backoff(const RetryPolicy& policy, std::stop_token stop)
      : policy_(policy), stop_(std::move(stop)) {}

  // Called in a catch block: waits before the next try, or rethrows what is in flight when it is
  // not transient, the tries are used up, or the server wants a pause longer than the policy has.
  // Throws kCancelled when stopped meanwhile.
  void wait_or_rethrow(const Error& error);
  // Something was achieved: tries are counted anew.
  void reset() { failures_ = 0; }

 private:
  RetryPolicy policy_;
  std::stop_token stop_;
  int failures_ = 0;
};

// Calls `operation` until it succeeds or Backoff gives up.
template <typename Operation>
auto with_retries(const RetryPolicy& policy, const std::stop_token& stop, Operation&& operation)
    -> decltype(operation()) {
  Backoff backoff(policy, stop);
  while (true) {
    try {
      return operation();
    } catch (const Error& error) {
      backoff.wait_or_rethrow(error);
    }
  }
}

}  // namespace estiba::client
