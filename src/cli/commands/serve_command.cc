#include "base/error.h"
#include "base/log.h"
#include "base/size.h"
#include "cli/commands/admin.h"
#include "cli/commands/commands.h"
#include "cli/output.h"
#include "cli/session.h"
#include "registry/configuration.h"
#include "registry/server.h"

namespace estiba::cli {
namespace {

// What the command line says, over the configuration file.
struct ServeFlags {
  std::string config;
  bool check_config = false;
  std::vector<std::string> listen;
  std::string data;
  std::string database;
  std::string public_url;
  bool plain_http = false;
  bool no_access_log = false;
  std::string gc_delay;
  std::string gc_interval;
  std::string undelete_window;
  std::string scrub_rate;
};

registry::ServeOptions read_options(Session& session, const ServeFlags& flags) {
  registry::ServeOptions options;
  options.data_directory = session.root() + "/registry";
  if (!flags.config.empty()) registry::read_configuration(flags.config, options);
  if (!flags.listen.empty()) options.listen = flags.listen;
  if (!flags.data.empty()) options.data_directory = flags.data;
  if (!flags.database.empty()) options.database = flags.database;
  if (!flags.public_url.empty()) options.public_url = flags.public_url;
  if (flags.plain_http) options.allow_plain_http = true;
  if (flags.no_access_log) options.log_requests = false;
  const auto take_age = [](const std::string& text, std::chrono::seconds& age) {
    if (!text.empty()) age = parse_age(text);
  };
  take_age(flags.gc_delay, options.collection.delay);
  take_age(flags.gc_interval, options.collection.interval);
  take_age(flags.undelete_window, options.collection.undelete_window);
  if (!flags.scrub_rate.empty()) options.scrub.bytes_per_second = parse_size(flags.scrub_rate);
  registry::check_settings(options);
  return options;
}

int check_config(const ServeFlags& flags, const registry::ServeOptions& options) {
  // The files that a server would read at its start.
  if (options.tls) (void)http::ServerTls(*options.tls, nullptr);
  print_line((flags.config.empty() ? "The configuration" : flags.config) + ": ok");
  return 0;
}

int serve(Session& session, const ServeFlags& flags) {
  const registry::ServeOptions options = read_options(session, flags);
  if (flags.check_config) return check_config(flags, options);
  const std::stop_token stop = session.stop();
  const Logger logger(LogLevel::kInfo, {}, options.log_json ? LogForm::kJson : LogForm::kText);
  registry::RegistryServer server(options, registry::web::embedded_pages(), logger);
  server.start();
  print_line("Serving " + options.data_directory + " on " + server.address());
  const std::string metrics = server.metrics_address();
  if (!metrics.empty()) print_line("Metrics on " + metrics);
  const std::string setup = server.setup_url();
  if (!setup.empty()) print_line("Nobody has an account yet. Make the first at " + setup);
  server.run(stop);
  return 0;
}

}  // namespace

Command serve_command() {
  Command command;
  command.name = "serve";
  command.stays_user = true;
  command.summary = "Be a registry";
  command.examples =
      "  estiba serve --listen 127.0.0.1:5000 --data /srv/registry\n"
      "  estiba serve --config /etc/estiba/registry.toml\n"
      "  estiba serve --config /etc/estiba/registry.toml --check-config";
  command.declare = [](CommandLine& line) -> Runner {
    auto flags = std::make_shared<ServeFlags>();
    line.option("--config", flags->config, "FILE", "The registry's configuration (TOML)");
    line.flag("--check-config", flags->check_config, "Say whether it is valid, and end");
    line.list("--listen", flags->listen, "ADDRESS",
              "HOST:PORT (port 0: the system chooses), unix:PATH, or systemd; may be repeated");
    line.option("--data", flags->data, "DIR", "Where the registry keeps everything");
    line.option("--database", flags->database, "URL",
                "postgresql://..., for the metadata; without it they are in the data directory");
    line.option("--public-url", flags->public_url, "URL", "How clients reach it, behind a proxy");
    line.flag("--plain-http", flags->plain_http,
              "Allow plain HTTP beyond loopback, for a proxy that speaks TLS");
    line.flag("--no-access-log", flags->no_access_log, "Do not log every request");
    line.option("--gc-delay", flags->gc_delay, "AGE",
                "Collect what nothing has referred to for so long; longer than any push");
    line.option("--gc-interval", flags->gc_interval, "AGE", "Look for it so often");
    line.option("--undelete-window", flags->undelete_window, "AGE",
                "How long deleted and moved things can be restored");
    line.option("--scrub-rate", flags->scrub_rate, "SIZE",
                "Read stored blobs again at so many bytes a second, to find damage");
    return [flags](Session& session) { return serve(session, *flags); };
  };
  return command;
}

}  // namespace estiba::cli
