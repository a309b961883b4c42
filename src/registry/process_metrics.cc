#include "registry/process_metrics.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "base/text.h"
#include "fs/tree.h"

namespace estiba::registry {
namespace {

// Fields of /proc/self/stat after the name, which may hold anything (proc(5)): 0 is the state.
constexpr std::size_t kStartTicks = 19;
constexpr std::size_t kVirtualBytes = 20;
constexpr std::size_t kResidentPages = 21;

std::vector<std::string> stat_fields() {
  const std::string text = read_file("/proc/self/stat");
  return split(text.substr(text.rfind(')') + 2), ' ');
}

double boot_time_seconds() {
  const std::string text = read_file("/proc/stat");
  const std::size_t at = text.find("\nbtime ");
  return at == std::string::npos ? 0 : std::strtod(text.c_str() + at + 7, nullptr);
}

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace

std::string process_metrics() {
  const std::vector<std::string> fields = stat_fields();
  const auto field = [&](std::size_t index) {
    return index < fields.size() ? std::strtod(fields[index].c_str(), nullptr) : 0.0;
  };
  const UniqueFd descriptors = open_file("/proc/self/fd", O_RDONLY | O_DIRECTORY);
  rlimit most{};
  ::getrlimit(RLIMIT_NOFILE, &most);
  const auto one = [](std::string_view name, std::string_view type, double value) {
    return fmt::format("# TYPE {0} {1}\n{0} {2}\n", name, type, value);
  };
  return one("process_cpu_seconds_total", "counter", cpu_seconds()) +
         one("process_open_fds", "gauge",
             static_cast<double>(fs::list_directory(descriptors.get()).size())) +
         one("process_max_fds", "gauge", static_cast<double>(most.rlim_cur)) +
         one("process_virtual_memory_bytes", "gauge", field(kVirtualBytes)) +
         one("process_resident_memory_bytes", "gauge",
             field(kResidentPages) * static_cast<double>(::sysconf(_SC_PAGESIZE))) +
         one("process_start_time_seconds", "gauge",
             boot_time_seconds() +
                 field(kStartTicks) / static_cast<double>(::sysconf(_SC_CLK_TCK)));
}

}  // namespace estiba::registry
