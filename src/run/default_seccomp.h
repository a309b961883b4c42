// Which system calls a container may make: docker's default profile, as data.
//
// It differs from docker's in one number only: a call that the profile does not know answers ENOSYS
// instead of EPERM, so that a C library newer than the profile falls back to an older call. What
// docker refuses by intent is listed and answers EPERM.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace estiba::run {

// A test of one argument of the call.
struct SeccompCondition {
  enum class Compare { kEqual, kNotEqual, kMaskedEqual };
  unsigned argument = 0;
  Compare compare = Compare::kEqual;
  std::uint64_t value = 0;
  std::uint64_t mask = 0;  // kMaskedEqual: (argument & mask) == value
};

struct SeccompRule {
  std::vector<std::string_view> names;
  int errno_value = 0;  // 0: allowed
  std::optional<SeccompCondition> condition;
};

struct SeccompProfile {
  int default_errno = 0;
  std::vector<std::string_view> architectures;  // the host's first: "SCMP_ARCH_X86_64"
  std::vector<SeccompRule> rules;
};

// For a container with these capabilities ("CAP_SYS_ADMIN"), some of which open further calls.
[[nodiscard]] SeccompProfile default_seccomp_profile(const std::set<std::string>& capabilities);

// Whether the profile is the same for both: most capabilities open no calls.
[[nodiscard]] bool have_same_seccomp_profile(const std::set<std::string>& one,
                                             const std::set<std::string>& other);

// The filter that default_seccomp_profile() means for default_capabilities(), compiled when estiba
// was built: an array of struct sock_filter in base64. Compiling takes a runtime longer than
// everything else that it does to start a container.
[[nodiscard]] std::string_view compiled_default_seccomp();

}  // namespace estiba::run
