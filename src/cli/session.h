// What a running command works with: opened when first asked for, closed at its end.
#pragma once

#include <memory>
#include <stop_token>
#include <string>

#include "cli/command_line.h"
#include "client/credentials.h"
#include "client/settings.h"

namespace estiba::store {
class SnapshotMounter;
class Store;
}  // namespace estiba::store
namespace estiba::run {
class OciRuntime;
}

namespace estiba::cli {

class StopOnSignal;

class Session {
 public:
  explicit Session(GlobalOptions globals);
  ~Session();

  [[nodiscard]] const std::string& root() const { return root_; }
  [[nodiscard]] store::Store& store();
  [[nodiscard]] store::SnapshotMounter& mounter();
  [[nodiscard]] const run::OciRuntime& runtime();
  [[nodiscard]] const client::Settings& settings();
  [[nodiscard]] client::CredentialStore credentials() const;
  // Asked to stop by Ctrl-C or a termination signal. The first call begins to watch for them, so
  // commands that forward signals to a container do not call it.
  [[nodiscard]] std::stop_token stop();
  // 128 + the signal that asked to stop, or 0.
  [[nodiscard]] int stop_exit_code() const;

 private:
  GlobalOptions globals_;
  std::string root_;
  std::unique_ptr<StopOnSignal> signals_;
  std::unique_ptr<client::Settings> settings_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<store::SnapshotMounter> mounter_;
  std::unique_ptr<run::OciRuntime> runtime_;
};

}  // namespace estiba::cli
