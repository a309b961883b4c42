#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/size.h"
#include "cli/commands/commands.h"
#include "cli/output.h"
#include "cli/session.h"
#include "cli/table.h"
#include "cli/template.h"
#include "run/container_usage.h"
#include "store/store.h"

namespace estiba::cli {
namespace {

using Json = nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kInterval{1};

struct StatsOptions {
  bool all = false;
  bool once = false;
  bool no_truncation = false;
  std::string format;
  std::vector<std::string> names;
};

struct Sample {
  run::ContainerUsage usage;
  Clock::time_point taken;
};

// go-units' BytesSize: binary units, four significant digits.
std::string binary_size(std::uint64_t bytes) {
  constexpr std::array<const char*, 6> kUnits = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; value >= 1024 && unit + 1 < kUnits.size(); ++unit) value /= 1024;
  return fmt::format("{:.4g}{}", value, kUnits[unit]);
}

std::string percent(double share) {
  return fmt::format("{:.2f}%", share * 100);
}

double processor_share(const Sample& before, const Sample& after) {
  const std::chrono::duration<double> used =
      after.usage.processor_time - before.usage.processor_time;
  const std::chrono::duration<double> passed = after.taken - before.taken;
  return passed.count() > 0 ? std::max(0.0, used.count() / passed.count()) : 0;
}

Json row_of(const run::Container& container, const Sample& before, const Sample& after,
            bool truncated) {
  const run::ContainerUsage& usage = after.usage;
  const double memory =
      usage.memory_limit_bytes == 0
          ? 0
          : static_cast<double>(usage.memory_bytes) / static_cast<double>(usage.memory_limit_bytes);
  const auto pair = [](std::uint64_t in, std::uint64_t out) {
    return format_size(in, 3) + " / " + format_size(out, 3);
  };
  return {
      {"BlockIO", pair(usage.read_bytes, usage.written_bytes)},
      {"CPUPerc", percent(processor_share(before, after))},
      {"Container", container.id},
      {"ID", truncated ? container.short_id() : container.id},
      {"MemPerc", percent(memory)},
      {"MemUsage", binary_size(usage.memory_bytes) + " / " + binary_size(usage.memory_limit_bytes)},
      {"Name", container.name},
      {"NetIO", pair(usage.received_bytes, usage.sent_bytes)},
      {"PIDs", std::to_string(usage.processes)}};
}

std::vector<run::Container> measured(Session& session, const StatsOptions& options) {
  run::Containers containers(session.store());
  std::vector<run::Container> chosen;
  if (options.names.empty()) {
    chosen = containers.list();
    if (!options.all) std::erase_if(chosen, [](const auto& one) { return !one.active(); });
  }
  for (const std::string& name : options.names) chosen.push_back(containers.find(name));
  return chosen;
}

void show(const std::vector<Json>& rows, const StatsOptions& options) {
  if (!options.format.empty() && options.format != "table") {
    const Template format(options.format == "json" ? "{{json .}}" : options.format);
    for (const Json& row : rows) print_line(format.render(row.dump()));
    return;
  }
  Table table({"CONTAINER ID", "NAME", "CPU %", "MEM USAGE / LIMIT", "MEM %", "NET I/O",
               "BLOCK I/O", "PIDS"});
  for (const Json& row : rows) {
    table.add({row["ID"], row["Name"], row["CPUPerc"], row["MemUsage"], row["MemPerc"],
               row["NetIO"], row["BlockIO"], row["PIDs"]});
  }
  print(table.render());
}

// False when we are asked to stop.
bool pause_between(std::stop_token stop) {
  std::mutex mutex;
  std::condition_variable_any changed;
  std::unique_lock lock(mutex);
  return !changed.wait_for(lock, stop, kInterval, [&] { return stop.stop_requested(); });
}

int show_stats(Session& session, const StatsOptions& options) {
  const std::stop_token stop = session.stop();
  std::map<std::string, Sample> last;
  for (bool is_first = true;; is_first = false) {
    std::vector<Json> rows;
    for (const run::Container& container : measured(session, options)) {
      const Sample now{.usage = run::usage_of(container), .taken = Clock::now()};
      const auto before = last.find(container.id);
      rows.push_back(row_of(container, before == last.end() ? now : before->second, now,
                            !options.no_truncation));
      last[container.id] = now;
    }
    // The share of processors is known from the second look on.
    if (!is_first) {
      if (!options.once && is_terminal(STDOUT_FILENO)) print("\033[2J\033[H");
      show(rows, options);
      if (options.once) return 0;
    }
    if (!pause_between(stop)) return 0;
  }
}

}  // namespace

Command stats_command() {
  Command command;
  command.name = "stats";
  command.summary = "Show what containers use of processors, memory, network and disks";
  command.mounts = true;  // a hybrid host's cgroups are looked at in a namespace of our own
  command.examples =
      "  estiba stats --no-stream\n"
      "  estiba stats --no-stream --format '{{.Name}}: {{.MemUsage}}' web";
  command.declare = [](CommandLine& line) -> Runner {
    auto options = std::make_shared<StatsOptions>();
    line.flag("-a,--all", options->all, "Those that do not run too");
    line.flag("--no-stream", options->once, "Show them once");
    line.flag("--no-trunc", options->no_truncation, "Show whole IDs");
    line.option("--format", options->format, "FORMAT", "table, json, or a Go template");
    line.positionals("CONTAINER", options->names, "Names or IDs; all when there is none", 0);
    return [options](Session& session) { return show_stats(session, *options); };
  };
  return command;
}

}  // namespace estiba::cli
