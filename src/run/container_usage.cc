#include "run/container_usage.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/error.h"
#include "base/fd.h"
#include "base/text.h"
#include "run/cgroups.h"
#include "run/container_control.h"

namespace estiba::run {
namespace {

// Empty for what is not there: another version, no controller, a process that has ended.
std::string text_of(const std::string& path) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return {};
  try {
    return read_fd(file.get(), path);
  } catch (const Error&) {
    return {};  // the process or the cgroup ended while we read
  }
}

std::uint64_t number_of(std::string_view text) {
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::vector<std::string> words(std::string_view line) {
  std::vector<std::string> found;
  for (std::string& word : split(line, ' ')) {
    if (!word.empty()) found.push_back(std::move(word));
  }
  return found;
}

// The number behind `key` in lines of "key number".
std::uint64_t field(const std::string& text, std::string_view key) {
  for (const std::string& line : split(text, '\n')) {
    const std::vector<std::string> parts = words(line);
    if (parts.size() == 2 && parts[0] == key) return number_of(parts[1]);
  }
  return 0;
}

// Where the files of a controller are; empty where the container has no cgroup of its own there.
class CgroupFiles {
 public:
  explicit CgroupFiles(int pid)
      : lines_(split(text_of(fmt::format("/proc/{}/cgroup", pid)), '\n')) {}

  // Version 1's directory for `controller`.
  [[nodiscard]] std::string v1(const std::string& controller) const {
    for (const std::string& line : lines_) {
      const std::vector<std::string> parts = split(line, ':');
      if (parts.size() != 3 || parts[2] == "/") continue;
      const std::vector<std::string> names = split(parts[1], ',');
      if (std::ranges::find(names, controller) == names.end()) continue;
      return fmt::format("/sys/fs/cgroup/{}{}", controller, parts[2]);
    }
    return {};
  }
  [[nodiscard]] std::string v2() const {
    for (const std::string& line : lines_) {
      if (line.starts_with("0::/") && line.size() > 4) return "/sys/fs/cgroup" + line.substr(3);
    }
    return {};
  }

 private:
  std::vector<std::string> lines_;
};

void read_v1(const CgroupFiles& files, ContainerUsage& usage) {
  usage.processor_time =
      std::chrono::nanoseconds(number_of(text_of(files.v1("cpuacct") + "/cpuacct.usage")));
  const std::string memory = files.v1("memory");
  const std::uint64_t inactive = field(text_of(memory + "/memory.stat"), "total_inactive_file");
  usage.memory_bytes = number_of(text_of(memory + "/memory.usage_in_bytes"));
  usage.memory_bytes -= std::min(inactive, usage.memory_bytes);
  usage.memory_limit_bytes = number_of(text_of(memory + "/memory.limit_in_bytes"));
  usage.processes = number_of(text_of(files.v1("pids") + "/pids.current"));
  const std::string blocks = text_of(files.v1("blkio") + "/blkio.throttle.io_service_bytes");
  for (const std::string& line : split(blocks, '\n')) {
    const std::vector<std::string> parts = words(line);  // "8:0 Read 4096"
    if (parts.size() != 3) continue;
    if (parts[1] == "Read") usage.read_bytes += number_of(parts[2]);
    if (parts[1] == "Write") usage.written_bytes += number_of(parts[2]);
  }
}

void read_v2(const std::string& directory, ContainerUsage& usage) {
  usage.processor_time =
      std::chrono::microseconds(field(text_of(directory + "/cpu.stat"), "usage_usec"));
  const std::uint64_t inactive = field(text_of(directory + "/memory.stat"), "inactive_file");
  usage.memory_bytes = number_of(text_of(directory + "/memory.current"));
  usage.memory_bytes -= std::min(inactive, usage.memory_bytes);
  usage.memory_limit_bytes = number_of(text_of(directory + "/memory.max"));  // "max" is no number
  usage.processes = number_of(text_of(directory + "/pids.current"));
  for (const std::string& line : split(text_of(directory + "/io.stat"), '\n')) {
    for (const std::string& word : words(line)) {  // "8:0 rbytes=4096 wbytes=0 ..."
      if (word.starts_with("rbytes=")) usage.read_bytes += number_of(word.substr(7));
      if (word.starts_with("wbytes=")) usage.written_bytes += number_of(word.substr(7));
    }
  }
}

// All interfaces of its own but loopback.
void read_network(int pid, ContainerUsage& usage) {
  for (const std::string& line : split(text_of(fmt::format("/proc/{}/net/dev", pid)), '\n')) {
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos || trim(line.substr(0, colon)) == "lo") continue;
    const std::vector<std::string> numbers = words(line.substr(colon + 1));
    if (numbers.size() < 9) continue;
    usage.received_bytes += number_of(numbers[0]);
    usage.sent_bytes += number_of(numbers[8]);
  }
}

std::uint64_t host_memory_bytes() {
  return static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES)) *
         static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace

ContainerUsage usage_of(const Container& container) {
  ContainerUsage usage;
  if (container.state.status != ContainerStatus::kRunning) return usage;
  const CgroupFiles files(container.state.pid);
  if (prepare_cgroups().version == CgroupVersion::kV2) {
    if (const std::string directory = files.v2(); !directory.empty()) read_v2(directory, usage);
  } else {
    read_v1(files, usage);
  }
  if (usage.processes == 0) usage.processes = process_ids(container).size();
  const std::uint64_t host = host_memory_bytes();
  if (usage.memory_limit_bytes == 0 || usage.memory_limit_bytes > host) {
    usage.memory_limit_bytes = host;
  }
  if (container.record.options.network != "host") read_network(container.state.pid, usage);
  return usage;
}

}  // namespace estiba::run
