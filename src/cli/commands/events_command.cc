#include <fcntl.h>
#include <poll.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/fd.h"
#include "base/text.h"
#include "cli/commands/commands.h"
#include "cli/list_filter.h"
#include "cli/output.h"
#include "cli/point_in_time.h"
#include "cli/session.h"
#include "cli/template.h"
#include "run/events.h"
#include "store/store.h"

namespace estiba::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kPollMilliseconds = 100;

struct EventsOptions {
  std::string since;
  std::string until;
  std::string format;
  std::vector<std::string> filters;
};

// "exec_start" is the event of every "exec_start: COMMAND".
bool is_action(const std::string& action, const std::string& wanted) {
  return action == wanted || action.starts_with(wanted + ":");
}

bool fits(const Json& event, const std::string& key, const std::string& value) {
  const std::string type = event.at("Type").get<std::string>();
  const std::string id = event.at("Actor").at("ID").get<std::string>();
  const Json& attributes = event.at("Actor").at("Attributes");
  if (key == "event") return is_action(event.at("Action").get<std::string>(), value);
  if (key == "type") return type == value;
  if (key == "scope") return value == "local";
  if (key == "image") return attributes.value("image", "") == value;
  if (key == "container" && type != "container") return attributes.value("container", "") == value;
  return type == key && (id.starts_with(value) || attributes.value("name", "") == value);
}

std::string as_line(const Json& event) {
  std::string attributes;
  for (const auto& [key, value] : event.at("Actor").at("Attributes").items()) {
    attributes += (attributes.empty() ? "" : ", ") + key + "=" + value.get<std::string>();
  }
  const Timestamp time(std::chrono::nanoseconds(event.at("timeNano").get<std::int64_t>()));
  return format_rfc3339(time) + " " + event.at("Type").get<std::string>() + " " +
         event.at("Action").get<std::string>() + " " +
         event.at("Actor").at("ID").get<std::string>() + " (" + attributes + ")";
}

// Shows what is between the two times; false once one is later.
class EventPrinter {
 public:
  explicit EventPrinter(const EventsOptions& options)
      : filter_(options.filters,
                {"container", "event", "image", "label", "network", "scope", "type"}) {
    if (!options.since.empty()) since_ = parse_point_in_time(options.since);
    if (!options.until.empty()) until_ = parse_point_in_time(options.until);
    if (!options.format.empty()) {
      format_.emplace(options.format == "json" ? "{{json .}}" : options.format);
    }
  }
  void print_event(const std::string& line) const {
    const Json event = Json::parse(line, nullptr, false);
    if (!event.is_object()) return;
    const Timestamp time(std::chrono::nanoseconds(event.value("timeNano", std::int64_t{0})));
    if ((since_ && time < *since_) || (until_ && time > *until_)) return;
    const auto is_wanted = [&](const std::string& key, const std::string& value) {
      return fits(event, key, value);
    };
    const Labels labels = event.at("Actor").at("Attributes").get<Labels>();
    if (!filter_.accepts(labels, is_wanted)) return;
    print_line(format_ ? format_->render(event.dump()) : as_line(event));
  }
  [[nodiscard]] bool is_over() const { return until_ && now() >= *until_; }
  [[nodiscard]] bool wants_the_past() const { return since_ || until_; }

 private:
  ListFilter filter_;
  std::optional<Timestamp> since_;
  std::optional<Timestamp> until_;
  std::optional<Template> format_;
};

// What is there now of a file that grows, in whole lines.
void show_new(const UniqueFd& file, std::string& rest, const EventPrinter* printer) {
  rest += read_fd(file.get(), "the events");
  std::size_t start = 0;
  for (std::size_t end = 0; (end = rest.find('\n', start)) != std::string::npos; start = end + 1) {
    if (printer != nullptr) printer->print_event(rest.substr(start, end - start));
  }
  rest.erase(0, start);
}

int show_events(Session& session, const EventsOptions& options) {
  (void)session.store();  // makes the folder when there is none
  const std::stop_token stop = session.stop();
  const EventPrinter printer(options);
  const UniqueFd file = open_file(run::events_path(session.root()), O_RDONLY | O_CREAT);
  std::string rest;
  show_new(file, rest, printer.wants_the_past() ? &printer : nullptr);
  while (!stop.stop_requested() && !printer.is_over()) {
    ::poll(nullptr, 0, kPollMilliseconds);
    show_new(file, rest, &printer);
  }
  return 0;
}

}  // namespace

Command events_command() {
  Command command;
  command.name = "events";
  command.summary = "Show what happens to containers";
  command.examples =
      "  estiba events --since 1h --until 0s\n"
      "  estiba events --filter container=web --format '{{.Action}}'";
  command.declare = [](CommandLine& line) -> Runner {
    auto options = std::make_shared<EventsOptions>();
    line.option("--since", options->since, "TIME", "From a time on, or from 10m ago on");
    line.option("--until", options->until, "TIME", "Up to a time, or up to 10m ago");
    line.option("--format", options->format, "FORMAT", "json, or a Go template");
    line.list("-f,--filter", options->filters, "KEY=VALUE",
              "container=, event=, image=, label=, network=, type=, scope=");
    return [options](Session& session) { return show_events(session, *options); };
  };
  return command;
}

}  // namespace estiba::cli
