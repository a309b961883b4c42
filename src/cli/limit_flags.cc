#include "cli/limit_flags.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/size.h"
#include "cli/number_option.h"
#include "cli/output.h"
#include "run/cgroups.h"
#include "run/host_options.h"
#include "run/spec_resources.h"

namespace estiba::cli {
namespace {

// Below it nothing starts; docker's.
constexpr std::uint64_t kLeastMemoryBytes = 6u << 20;

[[noreturn]] void refuse_limit(const std::string& message) {
  throw Error(ErrorCode::kInvalidArgument, message);
}

std::int64_t in_range(std::string_view option, std::string_view text, std::int64_t first,
                      std::int64_t last) {
  const auto value = number_option<std::int64_t>(option, text);
  if (value >= first && value <= last) return value;
  refuse_limit(
      fmt::format("invalid value {} for --{}: it is from {} to {}", value, option, first, last));
}

}  // namespace

void LimitFlags::declare(CommandLine& line) {
  line.option("-m,--memory", memory_, "BYTES", "Limit of memory");
  line.option("--memory-swap", memory_swap_, "BYTES", "Limit of memory and swap; -1: no limit");
  line.option("--memory-reservation", memory_reservation_, "BYTES",
              "What it is to keep when memory is short");
  line.option("--cpus", cpus_, "NUMBER", "Processors' time it may use");
  line.option("-c,--cpu-shares", cpu_shares_, "WEIGHT", "Share of time among containers (1024)");
  line.option("--cpu-period", cpu_period_, "MICROSECONDS", "For how long --cpu-quota is given");
  line.option("--cpu-quota", cpu_quota_, "MICROSECONDS", "Processors' time in each period");
  line.option("--cpuset-cpus", cpuset_, "0-2,4", "Processors it may run on");
  line.option("--cpuset-mems", cpuset_mems_, "0-1", "Memory nodes it may use");
  line.option("--pids-limit", pids_limit_, "NUMBER", "How many processes it may have");
  line.option("--blkio-weight", blkio_weight_, "WEIGHT", "Share of block devices, 10 to 1000");
}

void LimitFlags::declare_fixed(CommandLine& line) {
  line.option("--memory-swappiness", memory_swappiness_, "N",
              "How soon its memory is swapped, 0 to 100");
  line.flag("--oom-kill-disable", oom_kill_disable_,
            "Let it wait instead of killing it when its memory is used up");
}

void LimitFlags::apply_memory(run::ResourceLimits& limits) const {
  if (!memory_.empty()) limits.memory_bytes = parse_size(memory_);
  if (limits.memory_bytes && *limits.memory_bytes < kLeastMemoryBytes) {
    refuse_limit("Minimum memory limit allowed is 6MB");
  }
  if (!memory_swap_.empty()) {
    limits.memory_swap_bytes =
        memory_swap_ == "-1" ? -1 : static_cast<std::int64_t>(parse_size(memory_swap_));
    if (!limits.memory_bytes) {
      refuse_limit("You should always set the Memory limit when using Memoryswap limit");
    }
  }
  if (limits.memory_bytes && limits.memory_swap_bytes.value_or(-1) >= 0 &&
      static_cast<std::uint64_t>(*limits.memory_swap_bytes) < *limits.memory_bytes) {
    refuse_limit(memory_swap_.empty()
                     ? "Memory limit should be smaller than already set memoryswap limit, update "
                       "the memoryswap at the same time"
                     : "Minimum memoryswap limit should be larger than memory limit");
  }
  if (!memory_reservation_.empty()) {
    limits.memory_reservation_bytes = parse_size(memory_reservation_);
  }
  if (limits.memory_bytes && limits.memory_reservation_bytes > limits.memory_bytes) {
    refuse_limit("Minimum memory limit can not be less than memory reservation limit, see usage");
  }
  if (!memory_swappiness_.empty() && memory_swappiness_ != "-1") {
    limits.memory_swappiness =
        static_cast<unsigned>(in_range("memory-swappiness", memory_swappiness_, 0, 100));
  }
  if (oom_kill_disable_) limits.oom_kill_disable = true;
}

void LimitFlags::apply_processors(run::ResourceLimits& limits) const {
  const bool has_quota = !cpu_period_.empty() || !cpu_quota_.empty();
  if (!cpus_.empty() && has_quota) {
    refuse_limit(fmt::format("Conflicting options: Nano CPUs and CPU {} cannot both be set",
                             cpu_period_.empty() ? "Quota" : "Period"));
  }
  if (!cpus_.empty()) {
    limits.cpus = run::parse_cpus(cpus_);
    limits.cpu_period.reset();
    limits.cpu_quota.reset();
  }
  if (has_quota) limits.cpus.reset();
  if (!cpu_period_.empty()) limits.cpu_period = in_range("cpu-period", cpu_period_, 1000, 1000000);
  if (!cpu_quota_.empty()) limits.cpu_quota = number_option<std::int64_t>("cpu-quota", cpu_quota_);
  if (!cpu_shares_.empty()) {
    limits.cpu_shares = number_option<std::uint64_t>("cpu-shares", cpu_shares_);
  }
  if (!cpuset_.empty()) limits.cpuset_cpus = run::parse_cpuset(cpuset_);
  if (!cpuset_mems_.empty()) limits.cpuset_mems = cpuset_mems_;
}

bool LimitFlags::any() const {
  const auto is_given = [](const std::string* text) { return !text->empty(); };
  return oom_kill_disable_ ||
         std::ranges::any_of(
             std::array{&memory_, &memory_swap_, &memory_reservation_, &memory_swappiness_, &cpus_,
                        &cpu_shares_, &cpu_period_, &cpu_quota_, &cpuset_, &cpuset_mems_,
                        &pids_limit_, &blkio_weight_},
             is_given);
}

void LimitFlags::apply(run::ResourceLimits& limits) const {
  apply_memory(limits);
  apply_processors(limits);
  if (!pids_limit_.empty()) {
    const auto processes = number_option<std::int64_t>("pids-limit", pids_limit_);
    // docker: 0 and -1 are no limit.
    limits.processes = processes > 0 ? processes : -1;
  }
  if (!blkio_weight_.empty()) {
    limits.block_weight = static_cast<unsigned>(in_range("blkio-weight", blkio_weight_, 10, 1000));
  }
  if (!limits.any()) return;
  for (const std::string& warning : run::drop_unsupported_limits(limits, run::prepare_cgroups())) {
    print_error("WARNING: " + warning + "\n");
  }
}

}  // namespace estiba::cli
