#include <nlohmann/json.hpp>

#include "oci/reference.h"
#include "registry/api_error.h"
#include "registry/endpoint_api.h"
#include "registry/endpoints.h"
#include "registry/events.h"
#include "registry/json_body.h"
#include "registry/limits.h"
#include "registry/tag_history.h"
#include "registry/tag_listing.h"
#include "registry/trash.h"

namespace estiba::registry {
namespace {

using TagJson = nlohmann::ordered_json;

TagJson describe_tag(const TagSummary& tag) {
  return {{"name", tag.name},
          {"digest", tag.digest},
          {"media_type", tag.media_type},
          {"artifact_type", tag.artifact_type},
          {"size_bytes", tag.size_bytes},
          {"moved_at", format_rfc3339(tag.moved_at)},
          {"moved_by", tag.moved_by},
          {"immutable", tag.immutable},
          {"pulls", tag.pulls},
          {"pulled_at", tag.pulled_at ? TagJson(format_rfc3339(*tag.pulled_at)) : TagJson()}};
}

TagJson describe_interval(const TagInterval& interval) {
  TagJson one = {{"tag", interval.tag},
                 {"digest", interval.digest},
                 {"from", format_rfc3339(interval.started_at)},
                 {"from_by", interval.started_by},
                 {"until", nullptr},
                 {"available", interval.available}};
  if (interval.ended_at) {
    one["until"] = format_rfc3339(*interval.ended_at);
    one["until_by"] = interval.ended_by;
  }
  return one;
}

[[noreturn]] void refuse_unknown_tag(const std::string& tag) {
  throw ApiError(404, "MANIFEST_UNKNOWN", "there is no tag " + tag.substr(0, 200));
}

std::string checked_tag(const std::string& tag) {
  if (!is_valid_tag(tag)) throw ApiError(400, "TAG_INVALID", "invalid tag: " + tag.substr(0, 200));
  return tag;
}

http::Response list_tag_page(Call& call) {
  const RepositoryView repository = call.authorize(Action::kPull);
  const std::size_t count = page_size(call.request, kDefaultPageSize);
  const std::string last(call.request.query().get("last"));
  auto tags = list_tag_summaries(call.services.metadata, *repository.id, last, count + 1);
  const bool more = tags.size() > count;
  if (more) tags.pop_back();
  TagJson list = TagJson::array();
  for (const TagSummary& tag : tags) list.push_back(describe_tag(tag));
  http::Response response = json_response(200, TagJson{{"tags", std::move(list)}}.dump());
  if (more && count > 0) {
    add_next_link(response, "/api/v0/repositories/" + repository.name + "/-/tags", tags.back().name,
                  count);
  }
  return response;
}

// "?at=2026-11-01T12:00:00Z": what it meant then.
http::Response get_past_tag(Call& call, std::int64_t repository, const std::string& tag,
                            const std::string& at) {
  const auto manifest = call.services.manifests.find(repository, tag, parse_rfc3339(at));
  if (!manifest) refuse_unknown_tag(tag);
  return json_response(200, TagJson{{"name", tag},
                                    {"digest", manifest->digest.to_string()},
                                    {"media_type", manifest->media_type},
                                    {"at", at}}
                                .dump());
}

http::Response get_tag(Call& call, const std::string& tag) {
  const RepositoryView repository = call.authorize(Action::kPull);
  const std::string at(call.request.query().get("at"));
  if (!at.empty()) return get_past_tag(call, *repository.id, tag, at);
  const auto summary = summarize_tag(call.services.metadata, *repository.id, tag);
  if (!summary) refuse_unknown_tag(tag);
  return json_response(200, describe_tag(*summary).dump());
}

http::Response put_tag(Call& call, const std::string& tag) {
  const RepositoryView repository = call.authorize(Action::kPush);
  if (!repository.exists()) throw ApiError(404, "NAME_UNKNOWN", "there is no such repository");
  JsonBody body(call.request);
  const Digest digest = parse_digest(body.required_text("digest"));
  body.finish();
  ChangeEvents events(call);
  call.services.tags.move(*repository.id, checked_tag(tag), digest, call.account().name,
                          [&](sql::Connection& connection, const TagMove& move) {
                            events.tag_moved(connection, move, digest);
                          });
  return get_tag(call, tag);
}

http::Response delete_tag(Call& call, const std::string& tag) {
  const RepositoryView repository = call.authorize(Action::kDelete);
  ChangeEvents events(call);
  const bool ended = call.services.tags.end(
      *repository.id, tag, call.account().name,
      [&](sql::Connection& connection) { events.deleted(connection, tag, ""); });
  if (!ended) refuse_unknown_tag(tag);
  return empty_response(204);
}

http::Response show_tag_history(Call& call, const std::string& tag) {
  const RepositoryView repository = call.authorize(Action::kPull);
  TagJson list = TagJson::array();
  for (const TagInterval& interval :
       tag_history(call.services.metadata, *repository.id, tag, kMaxTagHistory)) {
    list.push_back(describe_interval(interval));
  }
  return json_response(200, TagJson{{"history", std::move(list)}}.dump());
}

http::Response restore_one_tag(Call& call, const std::string& tag) {
  const RepositoryView repository = call.authorize(Action::kDelete);
  JsonBody body(call.request);
  const auto at = body.text("at");
  body.finish();
  ChangeEvents events(call);
  TagRestore restore{.tag = tag, .at = std::nullopt, .account = call.account().name};
  if (at) restore.at = parse_rfc3339(*at);
  restore.on_moved = [&](sql::Connection& connection, const TagMove& move, const Digest& digest) {
    events.tag_moved(connection, move, digest);
  };
  (void)restore_tag(call.services.metadata, *repository.id, restore);
  return get_tag(call, tag);
}

http::Response show_trash(Call& call) {
  const RepositoryView repository = call.authorize(Action::kDelete);
  TagJson list = TagJson::array();
  for (const DeletedManifest& manifest :
       list_trash(*call.services.metadata.reader(), *repository.id)) {
    list.push_back({{"digest", manifest.digest},
                    {"media_type", manifest.media_type},
                    {"deleted_at", format_rfc3339(manifest.deleted_at)},
                    {"deleted_by", manifest.deleted_by}});
  }
  return json_response(200, TagJson{{"manifests", std::move(list)}}.dump());
}

http::Response restore_trashed(Call& call, const std::string& reference) {
  const RepositoryView repository = call.authorize(Action::kDelete);
  const std::string digest = parse_digest(reference).to_string();
  const auto writer = call.services.metadata.writer();
  sql::Transaction transaction(*writer);
  if (!restore_manifest(*writer, *repository.id, digest)) {
    throw ApiError(404, "MANIFEST_UNKNOWN", "the trash does not have " + digest);
  }
  transaction.commit();
  return json_response(200, TagJson{{"digest", digest}}.dump());
}

}  // namespace

http::Response answer_api_tags(Call& call, const ApiRoute& route) {
  const std::string& method = call.request.method();
  if (route.resource == ApiResource::kTagRestore) {
    require_method(call, "POST");
    return restore_one_tag(call, route.item);
  }
  if (route.resource == ApiResource::kTag && method == "PUT") return put_tag(call, route.item);
  if (route.resource == ApiResource::kTag && method == "DELETE") {
    return delete_tag(call, route.item);
  }
  if (route.resource == ApiResource::kTag && method != "GET" && method != "HEAD") {
    refuse_method("GET, HEAD, PUT, DELETE");
  }
  require_read(call);
  if (route.resource == ApiResource::kTags) return list_tag_page(call);
  if (route.resource == ApiResource::kTag) return get_tag(call, route.item);
  return show_tag_history(call, route.item);
}

http::Response answer_api_trash(Call& call, const ApiRoute& route) {
  if (route.resource == ApiResource::kTrashRestore) {
    require_method(call, "POST");
    return restore_trashed(call, route.item);
  }
  require_read(call);
  return show_trash(call);
}

}  // namespace estiba::registry
