// Deleted manifests, and their way back.
#include "registry/trash.h"

#include <array>

#include "registry/web/api.h"
#include "sql/connection.h"

namespace estiba::registry::web {
namespace {

// The manifests have no ids of their own to go on from: the cursor is how many came before.
http::Response answer_trash(ApiCall& call) {
  const RepositoryView repository = call.repository(Action::kDelete);
  const PageRequest page = read_page(call);
  auto trash = list_trash(*call.web.metadata.reader(), *repository.id);
  const auto skipped = std::min(static_cast<std::size_t>(page.number()), trash.size());
  trash.erase(trash.begin(), trash.begin() + static_cast<std::ptrdiff_t>(skipped));
  const auto describe = [](const DeletedManifest& manifest) -> Json {
    return {{"digest", manifest.digest},
            {"media_type", manifest.media_type},
            {"deleted_at", time_json(manifest.deleted_at)},
            {"deleted_by", manifest.deleted_by}};
  };
  return answer_json(page_of(trash, page, describe, [&](const DeletedManifest&) {
    return std::to_string(skipped + page.limit);
  }));
}

// Its tags do not come with it: they are restored one by one.
http::Response restore_trashed(ApiCall& call) {
  const RepositoryView repository = call.repository(Action::kDelete);
  const auto digest = Digest::try_parse(call.part("digest"));
  if (!digest) refuse_unseen();
  call.detail = digest->to_string();
  const auto writer = call.web.metadata.writer();
  sql::Transaction transaction(*writer);
  if (!restore_manifest(*writer, *repository.id, digest->to_string())) refuse_unseen();
  transaction.commit();
  return answer_nothing();
}

constexpr std::array<ApiRoute, 2> kTrashRoutes = {{
    {"GET", "/repositories/{repository}/trash", "listTrash", Audience::kAccount, answer_trash},
    {"POST", "/repositories/{repository}/trash/{digest}/restore", "restoreManifest",
     Audience::kAccount, restore_trashed},
}};

}  // namespace

std::span<const ApiRoute> trash_routes() {
  return kTrashRoutes;
}

}  // namespace estiba::registry::web
