#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/size.h"
#include "base/text.h"
#include "base/time.h"
#include "cli/commands/commands.h"
#include "cli/image_filter.h"
#include "cli/image_tree.h"
#include "cli/listing.h"
#include "cli/output.h"
#include "cli/session.h"
#include "store/image_store.h"
#include "store/layer_store.h"
#include "store/store.h"

namespace estiba::cli {
namespace {

using Json = nlohmann::ordered_json;

struct ImagesOptions {
  bool all = false;
  bool quiet = false;
  bool digests = false;
  bool no_truncation = false;
  bool tree = false;
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

// An image of the list with its names, its ID and its layers.
TreeImage tree_image(Session& session, const ImagesOptions& options,
                     const store::ImageListing& listing) {
  std::vector<std::string> names;
  for (const Reference& tag : listing.tags) names.push_back(tag.familiar());
  if (names.empty()) names.emplace_back("<none>");
  TreeImage image{.name = join(names, ", ") + "  " + shown_id(options, listing.id), .layers = {}};
  for (const Digest& diff_id : session.store().images().get(listing.id).config.diff_ids) {
    image.layers.push_back({diff_id, session.store().layers().info(diff_id).tar_size_bytes});
  }
  return image;
}

int show_image_tree(Session& session, const ImagesOptions& options) {
  const ImageFilter filter(options.repository, options.filters, session.store().images());
  std::vector<TreeImage> images;
  for (const store::ImageListing& listing : session.store().images().list(options.all)) {
    if (!filter.accepts(listing) || rows_of(listing, filter).empty()) continue;
    images.push_back(tree_image(session, options, listing));
  }
  std::ranges::sort(images, {}, &TreeImage::name);
  print(image_tree(images));
  return 0;
}

int list_images(Session& session, const ImagesOptions& options) {
  if (options.tree) return show_image_tree(session, options);
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
      "  estiba images --tree\n"
      "  estiba images --format json\n"
      "  estiba images --format '{{.Repository}}:{{.Tag}} {{.Size}}' demo";
  command.declare = [](CommandLine& line) -> Runner {
    auto options = std::make_shared<ImagesOptions>();
    line.flag("-a,--all", options->all, "Show the images of build steps too");
    line.flag("-q,--quiet", options->quiet, "Only show image IDs");
    line.flag("--digests", options->digests, "Show the digests that registries know");
    line.flag("--no-trunc", options->no_truncation, "Don't shorten IDs");
    line.flag("--tree", options->tree, "Draw which layers the images share");
    line.option("--format", options->format, "FORMAT", "json, table, or a Go template");
    line.list("-f,--filter", options->filters, "KEY=VALUE",
              "dangling=, label=, reference=, before=, since=");
    line.optional_positional("REPOSITORY[:TAG]", options->repository, "Only this repository");
    return [options](Session& session) { return list_images(session, *options); };
  };
  return command;
}

}  // namespace estiba::cli
