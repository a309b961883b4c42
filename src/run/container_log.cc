#include "run/container_log.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <poll.h>
#include <deque>
#include <nlohmann/json.hpp>
#include <vector>

#include "base/error.h"
#include "run/limits.h"

namespace estiba::run {
namespace {

using Json = nlohmann::json;

constexpr int kPollMilliseconds = 100;

std::string log_path(const std::string& container_directory) {
  return container_directory + "/container.log";
}

std::string older_path(const std::string& path, int number) {
  return number == 0 ? path : fmt::format("{}.{}", path, number);
}

std::optional<LogEntry> parse_entry(std::string_view line) {
  const Json entry = Json::parse(line, nullptr, false);
  if (!entry.is_object() || !entry.contains("log") || !entry.contains("time")) return std::nullopt;
  return LogEntry{.text = entry["log"].get<std::string>(),
                  .is_error_output = entry.value("stream", "") == "stderr",
                  .time = parse_rfc3339(entry["time"].get<std::string>())};
}

// Reads whole lines of one file that may still grow.
class LineReader {
 public:
  explicit LineReader(UniqueFd file) : file_(std::move(file)) {}

  // Calls `take` for each complete line that is there now.
  void drain(const std::function<void(std::string_view)>& take) {
    std::array<std::byte, 64 * 1024> buffer = {};
    for (;;) {
      const std::size_t count = read_some(file_.get(), buffer, "a container's log");
      if (count == 0) return;
      rest_.append(reinterpret_cast<const char*>(buffer.data()), count);
      std::size_t start = 0;
      for (std::size_t end = 0; (end = rest_.find('\n', start)) != std::string::npos;
           start = end + 1) {
        take(std::string_view(rest_).substr(start, end - start));
      }
      rest_.erase(0, start);
    }
  }

  [[nodiscard]] bool has_file_of(const LineReader& other) const {
    struct stat ours = {};
    struct stat theirs = {};
    return ::fstat(file_.get(), &ours) == 0 && ::fstat(other.file_.get(), &theirs) == 0 &&
           ours.st_ino == theirs.st_ino;
  }

 private:
  UniqueFd file_;
  std::string rest_;
};

// Oldest first.
std::vector<std::string> log_files(const std::string& path) {
  std::vector<std::string> files;
  for (int number = 0; path_exists(older_path(path, number)); ++number) {
    files.insert(files.begin(), older_path(path, number));
  }
  return files;
}

// Readers of what was begun after the file that `reader` has, oldest first: of all when it has
// none, or one that is gone. Opened from the newest on: files only grow older, so that none is
// missed while they are renamed.
std::deque<LineReader> newer_files(const std::string& path,
                                   const std::optional<LineReader>& reader) {
  std::deque<LineReader> newer;
  std::vector<std::string> files = log_files(path);
  for (auto file = files.rbegin(); file != files.rend(); ++file) {
    UniqueFd opened(::open(file->c_str(), O_RDONLY | O_CLOEXEC));
    if (!opened) continue;
    LineReader found(std::move(opened));
    if (reader && reader->has_file_of(found)) break;
    if (newer.empty() || !newer.front().has_file_of(found)) newer.push_front(std::move(found));
  }
  return newer;
}

}  // namespace

ContainerLog::ContainerLog(const std::string& container_directory, const LogOptions& options)
    : path_(log_path(container_directory)),
      options_(options),
      file_(open_file(path_, O_WRONLY | O_APPEND | O_CREAT)),
      size_bytes_(file_size(file_.get(), path_)) {}

ContainerLog::~ContainerLog() {
  try {
    const std::string time = format_rfc3339(now());
    for (const bool is_error_output : {false, true}) {
      if (!partial_[is_error_output].empty()) add(is_error_output, partial_[is_error_output], time);
    }
    flush();
  } catch (const Error&) {
    return;  // a full disk loses the last line, as it lost those before
  }
}

void ContainerLog::write(bool is_error_output, std::string_view bytes) {
  const std::string time = format_rfc3339(now());
  std::string& partial = partial_[is_error_output];
  partial += bytes;
  std::size_t start = 0;
  for (std::size_t end = 0; (end = partial.find('\n', start)) != std::string::npos;
       start = end + 1) {
    add(is_error_output, std::string_view(partial).substr(start, end + 1 - start), time);
  }
  partial.erase(0, start);
  if (partial.size() >= kMaxLogLineBytes) {
    add(is_error_output, partial, time);
    partial.clear();
  }
  flush();
}

void ContainerLog::add(bool is_error_output, std::string_view line, const std::string& time) {
  const std::string text = Json(line).dump(-1, ' ', false, Json::error_handler_t::replace);
  const std::string entry = fmt::format("{{\"log\":{},\"stream\":\"{}\",\"time\":\"{}\"}}\n", text,
                                        is_error_output ? "stderr" : "stdout", time);
  if (size_bytes_ > 0 && size_bytes_ + entry.size() > options_.maximum_file_bytes) rotate();
  ready_ += entry;
  size_bytes_ += entry.size();
}

void ContainerLog::flush() {
  try {
    write_all(file_.get(), ready_, path_);
  } catch (const Error&) {
    // The container goes on when the disk is full; its log has a hole.
  }
  ready_.clear();
}

void ContainerLog::rotate() {
  flush();
  for (int number = options_.maximum_files - 1; number > 0; --number) {
    ::rename(older_path(path_, number - 1).c_str(), older_path(path_, number).c_str());
  }
  if (options_.maximum_files <= 1) ::unlink(path_.c_str());
  file_ = open_file(path_, O_WRONLY | O_APPEND | O_CREAT);
  size_bytes_ = 0;
}

void read_log(const std::string& container_directory, const LogQuery& query,
              const std::function<void(const LogEntry&)>& take,
              const std::function<bool()>& is_over, std::stop_token stop) {
  const std::string path = log_path(container_directory);
  std::deque<LogEntry> last;
  bool tailing = query.tail.has_value();
  const auto pass = [&](std::string_view line) {
    auto entry = parse_entry(line);
    if (!entry || (query.since && entry->time < *query.since) ||
        (query.until && entry->time > *query.until)) {
      return;
    }
    if (!tailing) return take(*entry);
    last.push_back(std::move(*entry));
    if (last.size() > *query.tail) last.pop_front();
  };
  std::optional<LineReader> reader;
  bool over = !query.follow || is_over();
  // What was written to the file until it was renamed comes first.
  const auto drain_all = [&] {
    if (reader) reader->drain(pass);
    for (LineReader& newer : newer_files(path, reader)) {
      if (reader) reader->drain(pass);
      reader.emplace(std::move(newer));
      reader->drain(pass);
    }
  };
  drain_all();
  for (const LogEntry& entry : last) take(entry);
  tailing = false;
  while (!over && !stop.stop_requested()) {
    over = is_over();
    drain_all();
    if (!over) ::poll(nullptr, 0, kPollMilliseconds);
  }
}

}  // namespace estiba::run
