// Who is told of what happens in a repository. URLs may hold secrets, so they are for those only
// who decide about the repository.
#include <array>

#include "base/error.h"
#include "http/url.h"
#include "registry/web/api.h"

namespace estiba::registry::web {
namespace {

Json webhook_json(const RepositoryWebhook& webhook) {
  return {{"id", webhook.id},
          {"url", webhook.url},
          {"events", webhook.events},
          {"created_at", time_json(webhook.created_at)},
          {"has_secret", webhook.has_secret}};
}

http::Response list_webhooks(ApiCall& call) {
  const RepositoryView repository = call.repository(Action::kManage);
  const PageRequest page = read_page(call);
  const auto webhooks =
      call.services.webhooks.of_repositories().list(*repository.id, page.number(), page.limit + 1);
  return answer_json(page_of(webhooks, page, webhook_json, [](const RepositoryWebhook& webhook) {
    return std::to_string(webhook.id);
  }));
}

http::Response add_webhook(ApiCall& call) {
  const RepositoryView repository = call.repository(Action::kManage);
  Body body(call);
  NewWebhook webhook;
  webhook.url = body.text("url");
  const auto events = body.optional_texts("events");
  webhook.secret = body.optional_text("secret").value_or("");
  body.done();
  if (events && events->empty()) {
    throw Problem(400, "invalid", "no event would be told", {{"events", "choose one at least"}});
  }
  webhook.events = events.value_or(std::vector<std::string>());
  const RepositoryWebhook made = blaming(
      "url", [&] { return call.services.webhooks.of_repositories().add(*repository.id, webhook); });
  // The origin without the path, which may be what proves to the receiver who calls.
  call.detail = std::to_string(made.id) + " " + http::Url::parse(webhook.url).origin();
  return answer_json(webhook_json(made), 201);
}

http::Response remove_webhook(ApiCall& call) {
  const RepositoryView repository = call.repository(Action::kManage);
  if (!call.services.webhooks.of_repositories().remove(*repository.id, call.id_part())) {
    refuse_unseen();
  }
  return answer_nothing();
}

constexpr std::string_view kWebhooksPath = "/repositories/{repository}/webhooks";

constexpr std::array<ApiRoute, 3> kWebhookRoutes = {{
    {"GET", kWebhooksPath, "listWebhooks", Audience::kAccount, list_webhooks},
    {"POST", kWebhooksPath, "addWebhook", Audience::kAccount, add_webhook},
    {"DELETE", "/repositories/{repository}/webhooks/{id}", "removeWebhook", Audience::kAccount,
     remove_webhook},
}};

}  // namespace

std::span<const ApiRoute> webhook_routes() {
  return kWebhookRoutes;
}

}  // namespace estiba::registry::web
