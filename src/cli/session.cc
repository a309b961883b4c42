#include "cli/session.h"

#include <cstdlib>

#include "base/error.h"
#include "cli/settings_file.h"
#include "cli/stop_on_signal.h"
#include "fs/user_namespace.h"
#include "run/runtime.h"
#include "store/snapshot.h"
#include "store/store.h"

namespace estiba::cli {
namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : value;
}

std::string default_root() {
  if (!fs::ordinary_user()) return "/var/lib/estiba";
  const std::string data = environment("XDG_DATA_HOME");
  if (!data.empty()) return data + "/estiba";
  return environment("HOME") + "/.local/share/estiba";
}

// For tests and for hosts where the automatic choice is wrong.
std::optional<store::LayerForm> forced_layer_form() {
  const std::string form = environment("ESTIBA_LAYER_FORM");
  if (form.empty() || form == "auto") return std::nullopt;
  if (form == "index") return store::LayerForm::kIndex;
  if (form == "tree") return store::LayerForm::kTree;
  throw Error(ErrorCode::kInvalidArgument, "ESTIBA_LAYER_FORM is \"" + form + "\"",
              "use auto, index or tree");
}

}  // namespace

Session::Session(GlobalOptions globals)
    : globals_(std::move(globals)), root_(globals_.root.empty() ? default_root() : globals_.root) {}

Session::~Session() = default;

store::Store& Session::store() {
  if (!store_) store_ = store::Store::open({root_, forced_layer_form()});
  return *store_;
}

store::SnapshotMounter& Session::mounter() {
  if (!mounter_) mounter_ = std::make_unique<store::SnapshotMounter>(store());
  return *mounter_;
}

const run::OciRuntime& Session::runtime() {
  if (!runtime_) runtime_ = std::make_unique<run::OciRuntime>(run::OciRuntime::find());
  return *runtime_;
}

const client::Settings& Session::settings() {
  if (!settings_) {
    settings_ = std::make_unique<client::Settings>(read_settings(globals_.config_file));
  }
  return *settings_;
}

client::CredentialStore Session::credentials() const {
  return client::CredentialStore(client::CredentialStore::default_path());
}

std::stop_token Session::stop() {
  if (!signals_) signals_ = std::make_unique<StopOnSignal>();
  return signals_->token();
}

int Session::stop_exit_code() const {
  return signals_ && signals_->signal() != 0 ? 128 + signals_->signal() : 0;
}

}  // namespace estiba::cli
