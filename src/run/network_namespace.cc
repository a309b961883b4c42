#include "run/network_namespace.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <unistd.h>

#include <cerrno>
#include <thread>

#include "base/error.h"
#include "base/fd.h"
#include "base/text.h"

namespace estiba::run {

NetworkNamespace NetworkNamespace::make(const std::string& directory) {
  // A thread has namespaces of its own: made by one that ends, it does not become ours.
  int reason = 0;
  UniqueFd made;
  std::thread([&] {
    if (::unshare(CLONE_NEWNET) != 0) {
      reason = errno;
      return;
    }
    made = UniqueFd(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
    if (!made) reason = errno;
  }).join();
  if (reason != 0) throw_errno(reason, "make a network namespace");
  const std::string path = fmt::format("{}/namespace-{}", directory, random_hex(8));
  (void)open_file(path, O_WRONLY | O_CREAT | O_EXCL);
  return NetworkNamespace(
      fs::mount_bind({.source = fmt::format("/proc/self/fd/{}", made.get()), .target = path}));
}

NetworkNamespace::~NetworkNamespace() {
  if (!mount_.mounted()) return;
  const std::string path = mount_.target();
  mount_ = fs::Mount();
  ::unlink(path.c_str());
}

}  // namespace estiba::run
