// Containers without root: one user namespace for all commands of an ordinary user, in which he is
// root over ids of his own.
//
// Commands look into each other's containers (exec, stop, shared networks), which the kernel allows
// within one user namespace only. It is kept by a small process, the holder, that ends by itself
// when no command and no supervisor of the user is left. Which process that is stands in the user's
// runtime directory; mounts are not shared, each command has its own.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "fs/lock.h"

namespace estiba::fs {

// Whose ids files can be given.
enum class IdMapping {
  kHost,     // all there are: not in a user namespace
  kMany,     // a user's subordinate ids
  kOwnOnly,  // none but our own
};
[[nodiscard]] IdMapping id_mapping();

// Whether the id exists in our user namespace: no process and no file can have another.
[[nodiscard]] bool has_user(uid_t uid);
[[nodiscard]] bool has_group(gid_t gid);
// How the user who started us gets more of them.
[[nodiscard]] std::string hint_for_more_ids();

// Whether this process lives in a user namespace that is not the host's first one.
[[nodiscard]] bool in_user_namespace();

// Of the user who started us, outside of our namespace: also in what we start there. Nothing for
// root and in namespaces that others made.
[[nodiscard]] std::optional<uid_t> ordinary_user();

// What lives no longer than the host runs: /run/estiba; for an ordinary user below XDG_RUNTIME_DIR,
// /run/user/UID or /tmp, the first there is. Not made by asking. Throws kPermissionDenied where
// somebody else has it.
[[nodiscard]] std::string runtime_directory();

// Keeps the namespace from ending; hold it as long as the process works in there.
class UserNamespace {
 public:
  // Makes this process root (uid and gid 0) in the user namespace of the user who runs it, which is
  // made when there is none yet. Root there is the user outside; further ids are those of
  // /etc/subuid and /etc/subgid, set up by newuidmap and newgidmap; without these there is only the
  // one id. In a process that was started in there only the claim to it is made. Call it before any
  // thread exists.
  //
  // Throws kPermissionDenied with a hint where the kernel or its settings do not let users do that.
  [[nodiscard]] static UserNamespace enter();

 private:
  explicit UserNamespace(FileLock use) : use_(std::move(use)) {}
  FileLock use_;
};

}  // namespace estiba::fs
