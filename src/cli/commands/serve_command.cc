#include "base/error.h"
#include "base/log.h"
#include "base/size.h"
#include "cli/commands/admin.h"
#include "cli/commands/commands.h"
#include "cli/output.h"
#include "cli/session.h"
#include "registry/server.h"

namespace estiba::cli {
namespace {

struct ServeOptions {
  std::string listen = "127.0.0.1:5000";
  std::string data;
  std::string public_url;
  bool no_access_log = false;
  std::string gc_delay = "24h";
  std::string gc_interval = "1m";
  std::string undelete_window = "14d";
  std::string scrub_rate = "8m";
};

int serve(Session& session, const ServeOptions& options) {
  const std::stop_token stop = session.stop();
  const Logger logger;
  registry::ServeOptions serve;
  serve.listen = options.listen;
  serve.data_directory = options.data.empty() ? session.root() + "/registry" : options.data;
  serve.public_url = options.public_url;
  serve.log_requests = !options.no_access_log;
  serve.collection.delay = parse_age(options.gc_delay);
  serve.collection.interval = parse_age(options.gc_interval);
  serve.collection.undelete_window = parse_age(options.undelete_window);
  serve.scrub.bytes_per_second = parse_size(options.scrub_rate);
  registry::RegistryServer server(serve, logger);
  server.start();
  print_line("Serving " + serve.data_directory + " on " + server.address());
  server.run(stop);
  return 0;
}

}  // namespace

Command serve_command() {
  Command command;
  command.name = "serve";
  command.summary = "Be a registry";
  command.examples =
      "  estiba serve --listen 127.0.0.1:5000 --data /srv/registry\n"
      "  estiba serve --listen :5000 --data /srv/registry --public-url "
      "https://registry.example.com";
  command.declare = [](CommandLine& line) -> Runner {
    auto options = std::make_shared<ServeOptions>();
    line.option("--listen", options->listen, "ADDRESS", "HOST:PORT; port 0 lets the system choose");
    line.option("--data", options->data, "DIR", "Where the registry keeps everything");
    line.option("--public-url", options->public_url, "URL", "How clients reach it, behind a proxy");
    line.flag("--no-access-log", options->no_access_log, "Do not log every request");
    line.option("--gc-delay", options->gc_delay, "AGE",
                "Collect what nothing has referred to for so long; longer than any push");
    line.option("--gc-interval", options->gc_interval, "AGE", "Look for it so often");
    line.option("--undelete-window", options->undelete_window, "AGE",
                "How long deleted and moved things can be restored");
    line.option("--scrub-rate", options->scrub_rate, "SIZE",
                "Read stored blobs again at so many bytes a second, to find damage");
    return [options](Session& session) { return serve(session, *options); };
  };
  return command;
}

}  // namespace estiba::cli
