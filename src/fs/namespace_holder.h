// The process that keeps the user namespace of an ordinary user while any of his commands runs.
#pragma once

#include <string>

#include "base/fd.h"

namespace estiba::fs {

class NamespaceHolder {
 public:
  // `directory` is the user's own. The caller holds namespace.lock in there, shared.
  explicit NamespaceHolder(std::string directory) : directory_(std::move(directory)) {}

  // The namespace as a file, when a holder lives.
  [[nodiscard]] UniqueFd find() const;
  // Starts a holder, or finds the one that another command made meanwhile. Throws kPermissionDenied
  // with a hint where users cannot have user namespaces. Call it before any thread exists.
  [[nodiscard]] UniqueFd make() const;

 private:
  [[nodiscard]] std::string record_path() const { return directory_ + "/namespace"; }
  [[noreturn]] void hold(int made_fd, int mapped_fd) const;

  std::string directory_;
};

}  // namespace estiba::fs
