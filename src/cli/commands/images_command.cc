#include <nlohmann/json.hpp>

#include "base/size.h"
#include "base/text.h"
#include "base/time.h"
#include "cli/commands/commands.h"
#include "cli/image_filter.h"
#include "cli/listing.h"
#include "cli/session.h"
#include "store/image_store.h"
#include "store/store.h"

namespace estiba::cli {
namespace {

using Json = nlohmann::ordered_json;

struct ImagesOptions {
  bool all = false;
  bool quiet = false;
  bool digests = false;
  bool no_truncation = false;
  std::string format;
  std::vector<std::string> filters;
  std::string repository;
};

// One line of the list: a tag, or an image without any.
struct ImageRow {
  std::string repository = "<none>";
  std::string tag = "<none>";
  std::string digest = "<none>";
  const store::ImageListing* image = nullptr;
};

std::string digest_in(const store::ImageListing& image, const Repository& repository) {
  for (const store::RepositoryDigest& known : image.repository_digests) {
    if (known.repository == repository) return known.manifest.to_string();
  }
  return "<none>";
}

std::vector<ImageRow> rows_of(const store::ImageListing& image, const ImageFilter& filter) {
  std::vector<ImageRow> rows;
  for (const Reference& tag : image.tags) {
    if (!filter.accepts_name(tag)) continue;
    rows.push_back({tag.repository().familiar_name(), tag.tag().value_or("<none>"),
                    digest_in(image, tag.repository()), &image});
  }
  if (!image.tags.empty() || filter.asks_for_name()) return rows;
  for (const store::RepositoryDigest& known : image.repository_digests) {
    rows.push_back(
        {known.repository.familiar_name(), "<none>", known.manifest.to_string(), &image});
  }
  if (rows.empty()) rows.push_back({.image = &image});
  return rows;
}

std::string shown_id(const ImagesOptions& options, const Digest& id) {
  return options.no_truncation ? id.to_string() : id.short_hex();
}

std::string created_since(const store::ImageListing& image) {
  return image.created ? format_ago(*image.created, now()) : "N/A";
}

std::string as_json(const ImagesOptions& options, const ImageRow& row) {
  const store::ImageListing& image = *row.image;
  Json object;
  object["Containers"] = "N/A";
  object["CreatedAt"] = image.created ? format_rfc3339(*image.created) : "N/A";
  object["CreatedSince"] = created_since(image);
  object["Digest"] = row.digest;
  object["ID"] = shown_id(options, image.id);
  object["Repository"] = row.repository;
  object["SharedSize"] = "N/A";
  object["Size"] = format_size(image.size_bytes);
  object["Tag"] = row.tag;
  object["UniqueSize"] = "N/A";
  object["VirtualSize"] = format_size(image.size_bytes);
  return object.dump();
}

int list_images(Session& session, const ImagesOptions& options) {
  const auto images = session.store().images().list(options.all);
  const ImageFilter filter(options.repository, options.filters, session.store().images());
  std::vector<ImageRow> rows;
  for (const store::ImageListing& image : images) {
    if (!filter.accepts(image)) continue;
    for (ImageRow& row : rows_of(image, filter)) rows.push_back(std::move(row));
  }
  Listing listing({{"Repository", "REPOSITORY"},
                   {"Tag", "TAG"},
                   {"Digest", "DIGEST", options.digests},
                   {"ID", "IMAGE ID"},
                   {"CreatedSince", "CREATED"},
                   {"Size", "SIZE"},
                   {"CreatedAt", "CREATED AT", false},
                   {"Containers", "CONTAINERS", false},
                   {"SharedSize", "SHARED SIZE", false},
                   {"UniqueSize", "UNIQUE SIZE", false},
                   {"VirtualSize", "SIZE", false}},
                  "ID");
  for (const ImageRow& row : rows) listing.add(as_json(options, row));
  listing.print_as({.format = options.format, .quiet = options.quiet});
  return 0;
}

}  // namespace

Command images_command() {
  Command command;
  command.name = "images";
  command.summary = "List images";
  command.examples =
      "  estiba images\n"
      "  estiba images --format json\n"
      "  estiba images --format '{{.Repository}}:{{.Tag}} {{.Size}}' demo";
  command.declare = [](CommandLine& line) -> Runner {
    auto options = std::make_shared<ImagesOptions>();
    line.flag("-a,--all", options->all, "Show the images of build steps too");
    line.flag("-q,--quiet", options->quiet, "Only show image IDs");
    line.flag("--digests", options->digests, "Show the digests that registries know");
    line.flag("--no-trunc", options->no_truncation, "Don't shorten IDs");
    line.option("--format", options->format, "FORMAT", "json, table, or a Go template");
    line.list("-f,--filter", options->filters, "KEY=VALUE",
              "dangling=, label=, reference=, before=, since=");
    line.optional_positional("REPOSITORY[:TAG]", options->repository, "Only this repository");
    return [options](Session& session) { return list_images(session, *options); };
  };
  return command;
}

}  // namespace estiba::cli
