// Server-sent events (HTML, "Server-sent events") of what happens in repositories.
//
// Whoever watches is asked about again before each event: what the caller may not see any more, or
// whose session or token has ended, is not told. A watcher that does not keep up is let go; it
// comes back, names the last event that it has seen, and gets what it missed or a "reset" that
// tells it to ask anew.
#include <array>

#include "oci/json_document.h"
#include "registry/authentication.h"
#include "registry/web/api.h"
#include "registry/web/session_cookie.h"

namespace estiba::registry::web {
namespace {

// The request is over when the stream begins: what has to be known of it stays here.
struct Watch {
  Services& services;
  WebServices& web;
  Identity identity;
  std::string session_secret;  // empty: by other credentials, or none
  std::string address;         // of who watches
  std::shared_ptr<LiveEvents::Watcher> watcher;
  std::stop_token stop;
};

std::optional<Principal> caller_now(const Watch& watch) {
  if (watch.session_secret.empty()) return watch.services.authentication.renew(watch.identity);
  const auto session = watch.web.sessions.find(watch.session_secret, watch.address);
  if (!session) return std::nullopt;
  return Principal{session->account};
}

// One that was just deleted is judged as it was.
bool may_see(const Watch& watch, const Principal& principal, const std::string& name) {
  RepositoryView view = watch.services.repositories.view(name, principal);
  if (!view.exists()) view = watch.services.repositories.view_deleted(name, principal);
  return view.exists() && allowed(principal, Action::kPull, view);
}

std::string event_text(const LiveEvent& event) {
  const Json data = {{"type", event.type},   {"repository", event.repository},
                     {"tag", event.tag},     {"digest", event.digest},
                     {"bytes", event.bytes}, {"at", time_json(event.at)}};
  std::string text;
  if (!event.id.empty()) text += "id: " + event.id + "\n";
  return text + "event: " + event.type + "\ndata: " + dump_json(data) + "\n\n";
}

std::string text_for(const Watch& watch, const Principal& principal,
                     const LiveEvents::Watcher::Batch& batch) {
  std::string text = batch.gap ? "event: reset\ndata: {}\n\n" : "";
  std::map<std::string, bool> seen;  // of this batch only
  for (const SharedLiveEvent& event : batch.events) {
    auto known = seen.find(event->repository);
    if (known == seen.end()) {
      known = seen.emplace(event->repository, may_see(watch, principal, event->repository)).first;
    }
    if (known->second) text += event_text(*event);
  }
  return text;
}

void write_events(const Watch& watch, Sink& sink) {
  sink.write(as_bytes(": watching\n\n"));
  for (;;) {
    const auto batch = watch.watcher->next(kWatchHeartbeat, watch.stop);
    if (batch.over) return;
    const auto principal = caller_now(watch);
    if (!principal) return;
    const std::string text = text_for(watch, *principal, batch);
    if (!text.empty()) {
      sink.write(as_bytes(text));
    } else if (batch.events.empty()) {
      sink.write(as_bytes(": still here\n\n"));
    }
  }
}

std::string watcher_name(const ApiCall& call) {
  return call.principal().account ? call.account().name : "from " + peer_host(call.request);
}

http::Response watch_events(ApiCall& call) {
  const std::string repository = call.query("repository");
  if (!repository.empty()) (void)call.repository(Action::kPull, repository);
  std::shared_ptr<LiveEvents::Watcher> watcher = call.services.live.watch(
      repository, watcher_name(call), std::string(call.request.headers().get("Last-Event-ID")));
  if (!watcher) throw Problem(503, "unavailable", "too many are watching, or the server stops");
  const Watch watch{call.services,
                    call.web,
                    call.identity,
                    call.session ? session_secret(call.request) : std::string(),
                    peer_host(call.request),
                    std::move(watcher),
                    call.request.stop_token()};
  http::StreamedBody body;
  body.write = [watch](Sink& sink) { write_events(watch, sink); };
  body.waits = true;
  http::Response response;
  response.headers = {{"Content-Type", "text/event-stream"},
                      {"Cache-Control", "no-store"},
                      {"X-Accel-Buffering", "no"}};
  response.body = std::move(body);
  return response;
}

constexpr std::array<ApiRoute, 1> kEventRoutes = {{
    {"GET", "/events", "watchEvents", Audience::kOptional, watch_events},
}};

}  // namespace

std::span<const ApiRoute> event_routes() {
  return kEventRoutes;
}

}  // namespace estiba::registry::web
