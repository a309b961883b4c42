// Compiles the default seccomp profile while estiba is built and prints C++ that holds the filter:
// the array of struct sock_filter, in base64 as crun's annotation wants it.
#include <seccomp.h>

#include <array>
#include <cctype>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "run/capabilities.h"
#include "run/default_seccomp.h"

namespace {

using estiba::run::SeccompCondition;
using estiba::run::SeccompProfile;
using estiba::run::SeccompRule;

void require(bool holds, const std::string& what) {
  if (holds) return;
  std::fprintf(stderr, "cannot compile the seccomp profile: %s\n", what.c_str());
  std::exit(1);
}

std::uint32_t architecture(std::string_view name) {
  std::string lower;
  for (const char letter : name.substr(std::string_view("SCMP_ARCH_").size())) {
    lower += static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  }
  return seccomp_arch_resolve_name(lower.c_str());
}

scmp_arg_cmp comparison(const SeccompCondition& condition) {
  scmp_arg_cmp compare = {};
  compare.arg = condition.argument;
  switch (condition.compare) {
    case SeccompCondition::Compare::kEqual:
      compare.op = SCMP_CMP_EQ;
      break;
    case SeccompCondition::Compare::kNotEqual:
      compare.op = SCMP_CMP_NE;
      break;
    case SeccompCondition::Compare::kMaskedEqual:
      compare.op = SCMP_CMP_MASKED_EQ;
      break;
  }
  const bool masked = condition.compare == SeccompCondition::Compare::kMaskedEqual;
  compare.datum_a = masked ? condition.mask : condition.value;
  compare.datum_b = masked ? condition.value : 0;
  return compare;
}

void add_rule(scmp_filter_ctx filter, const SeccompRule& rule) {
  const std::uint32_t action = rule.errno_value == 0
                                   ? SCMP_ACT_ALLOW
                                   : SCMP_ACT_ERRNO(static_cast<std::uint32_t>(rule.errno_value));
  for (const std::string_view name : rule.names) {
    const int number = seccomp_syscall_resolve_name(std::string(name).c_str());
    // Newer than this library, or never on this processor: the default answers it.
    if (number == __NR_SCMP_ERROR) continue;
    scmp_arg_cmp compare = {};
    unsigned count = 0;
    if (rule.condition) {
      compare = comparison(*rule.condition);
      count = 1;
    }
    const int result = seccomp_rule_add_array(filter, action, number, count, &compare);
    require(result == 0 || result == -EDOM, std::string(name));
  }
}

std::string read_whole(std::FILE* file) {
  std::string bytes;
  std::array<char, 4096> buffer = {};
  std::rewind(file);
  for (std::size_t count = 0; (count = std::fread(buffer.data(), 1, buffer.size(), file)) > 0;) {
    bytes.append(buffer.data(), count);
  }
  return bytes;
}

std::string compile(const SeccompProfile& profile) {
  scmp_filter_ctx filter =
      seccomp_init(SCMP_ACT_ERRNO(static_cast<std::uint32_t>(profile.default_errno)));
  require(filter != nullptr, "no filter");
  for (const std::string_view name : profile.architectures) {
    const int result = seccomp_arch_add(filter, architecture(name));
    require(result == 0 || result == -EEXIST, std::string(name));
  }
  // A binary tree over the numbers instead of a list: cheaper at every system call.
  require(seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2) == 0, "no optimisation");
  for (const SeccompRule& rule : profile.rules) add_rule(filter, rule);
  std::FILE* file = std::tmpfile();
  require(file != nullptr, "no temporary file");
  require(seccomp_export_bpf(filter, ::fileno(file)) == 0, "export");
  std::string bytes = read_whole(file);
  std::fclose(file);
  seccomp_release(filter);
  return bytes;
}

std::string base64(const std::string& bytes) {
  constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t given = bytes.size() - i;
    std::uint32_t group = 0;
    for (std::size_t j = 0; j < 3; ++j) {
      group = group << 8 | (j < given ? static_cast<unsigned char>(bytes[i + j]) : 0u);
    }
    for (std::size_t j = 0; j < 4; ++j) {
      text += j <= given ? kDigits[group >> (18 - 6 * j) & 63] : '=';
    }
  }
  return text;
}

}  // namespace

int main() {
  const std::string filter =
      base64(compile(estiba::run::default_seccomp_profile(estiba::run::default_capabilities())));
  std::printf(
      "#include \"run/default_seccomp.h\"\n\nnamespace estiba::run {\n\n"
      "std::string_view compiled_default_seccomp() {\n  return\n");
  for (std::size_t i = 0; i < filter.size(); i += 90) {
    std::printf("      \"%s\"\n", filter.substr(i, 90).c_str());
  }
  std::printf("      ;\n}\n\n}  // namespace estiba::run\n");
}
