#include "base/library_on_demand.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include "base/error.h"

namespace estiba {

LibraryOnDemand::LibraryOnDemand(const std::string& file, const std::string& package)
    : file_(file), handle_(::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE)) {
  if (handle_ != nullptr) return;
  throw Error(ErrorCode::kNotFound, fmt::format("cannot load {}: {}", file, ::dlerror()),
              fmt::format("apt-get install {}", package));
}

void* LibraryOnDemand::symbol(const char* name) const {
  if (void* found = ::dlsym(handle_, name)) return found;
  throw Error(ErrorCode::kInternal, fmt::format("{} has no {}", file_, name));
}

}  // namespace estiba
