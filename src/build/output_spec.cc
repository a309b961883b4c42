#include "build/output_spec.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "dockerfile/csv.h"

namespace estiba::build {
namespace {

[[noreturn]] void refuse_output(const std::string& complaint, const std::string& hint) {
  throw Error(ErrorCode::kInvalidArgument, "invalid --output: " + complaint, hint);
}

bool parse_switch(const std::string& key, const std::string& value) {
  if (value == "true" || value == "1") return true;
  if (value == "false" || value == "0") return false;
  refuse_output(fmt::format("{}={}", key, value), "it is true or false");
}

void set_kind(OutputSpec& output, const std::string& value) {
  static constexpr std::array<std::pair<const char*, OutputKind>, 7> kKinds = {{
      {"image", OutputKind::kImage},
      {"registry", OutputKind::kImage},
      {"oci", OutputKind::kOci},
      {"docker", OutputKind::kDocker},
      {"tar", OutputKind::kTar},
      {"local", OutputKind::kLocal},
      {"cacheonly", OutputKind::kCacheOnly},
  }};
  std::vector<std::string> names;
  for (const auto& [name, kind] : kKinds) {
    names.emplace_back(name);
    if (value != name) continue;
    output.kind = kind;
    if (value == "registry") output.push = true;
    return;
  }
  refuse_output("there is no type \"" + value + "\"", "use " + list_words(names));
}

void set_compression(OutputSpec& output, const std::string& value) {
  output.has_compression = true;
  if (value == "gzip") {
    output.compression.compression = Compression::kGzip;
  } else if (value == "zstd") {
    output.compression.compression = Compression::kZstd;
  } else if (value == "uncompressed") {
    output.compression.compression = Compression::kNone;
  } else {
    refuse_output("there is no compression \"" + value + "\"", "use gzip, zstd or uncompressed");
  }
}

void set_level(OutputSpec& output, const std::string& value) {
  int level = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), level);
  if (error != std::errc() || end != value.data() + value.size()) {
    refuse_output("compression-level=" + value, "it is a number");
  }
  output.has_compression = true;
  output.compression.level = level;
}

void set_names(OutputSpec& output, const std::string& value) {
  for (const std::string& name : split(value, ',')) {
    output.names.push_back(Reference::parse(name).with_default_tag());
  }
}

void set_annotation(OutputSpec& output, const std::string& key, const std::string& value) {
  Annotations& annotations = output.annotations;
  if (key.starts_with("annotation.")) {
    annotations.manifest[key.substr(11)] = value;
  } else if (key.starts_with("annotation-manifest.")) {
    annotations.manifest[key.substr(20)] = value;
  } else if (key.starts_with("annotation-manifest-descriptor.")) {
    annotations.manifest_descriptor[key.substr(31)] = value;
  } else if (key.starts_with("annotation-index.")) {
    annotations.index[key.substr(17)] = value;
  } else {
    refuse_output("\"" + key + "\" is no annotation that can be set",
                  "use annotation.KEY, annotation-index.KEY or annotation-manifest-descriptor.KEY");
  }
}

void set_field(OutputSpec& output, const std::string& key, const std::string& value) {
  if (key == "type") return set_kind(output, value);
  if (key == "dest") {
    output.destination = value;
  } else if (key == "name") {
    set_names(output, value);
  } else if (key == "push") {
    output.push = parse_switch(key, value);
  } else if (key == "tar") {
    output.as_directory = !parse_switch(key, value);
  } else if (key == "compression") {
    set_compression(output, value);
  } else if (key == "compression-level") {
    set_level(output, value);
  } else if (key == "force-compression") {
    output.force_compression = parse_switch(key, value);
    output.has_compression = output.has_compression || output.force_compression;
  } else if (key == "oci-mediatypes") {
    output.docker_media_types = !parse_switch(key, value);
  } else if (key.starts_with("annotation")) {
    set_annotation(output, key, value);
  } else if (key == "rewrite-timestamp" || key == "store" || key == "unpack") {
    parse_switch(key, value);  // what the store does in any case
  } else {
    static const std::vector<std::string> kKeys = {"type",
                                                   "dest",
                                                   "name",
                                                   "push",
                                                   "tar",
                                                   "compression",
                                                   "compression-level",
                                                   "force-compression",
                                                   "oci-mediatypes"};
    const std::string near = nearest_word(key, kKeys);
    refuse_output("unknown key \"" + key + "\"",
                  near.empty() ? "known are " + list_words(kKeys) : "did you mean " + near + "?");
  }
}

void check_output(OutputSpec& output) {
  const bool streams = output.kind == OutputKind::kOci || output.kind == OutputKind::kTar;
  if (streams && output.destination.empty()) output.destination = "-";
  if (output.kind == OutputKind::kLocal && output.destination.empty()) {
    refuse_output("type=local needs dest=DIRECTORY", "");
  }
  if (output.as_directory && (output.kind != OutputKind::kOci || output.destination == "-")) {
    refuse_output("tar=false needs type=oci and dest=DIRECTORY", "");
  }
  // docker's loading into its own images is our image.
  if (output.kind == OutputKind::kDocker && output.destination.empty()) {
    output.kind = OutputKind::kImage;
  }
  if (output.push && output.kind != OutputKind::kImage) {
    refuse_output("push=true needs type=image", "");
  }
}

}  // namespace

OutputSpec parse_output(std::string_view text) {
  OutputSpec output;
  if (text.find('=') == std::string_view::npos && !text.empty()) {
    output.kind = text == "-" ? OutputKind::kTar : OutputKind::kLocal;
    output.destination = std::string(text);
    return output;
  }
  for (const std::string& field : dockerfile::split_csv(text)) {
    const std::size_t equals = field.find('=');
    if (equals == std::string::npos) {
      refuse_output("\"" + field + "\" is not KEY=VALUE", "type=oci,dest=image.tar, say");
    }
    set_field(output, to_lower(std::string(trim(field.substr(0, equals)))),
              field.substr(equals + 1));
  }
  check_output(output);
  return output;
}

void parse_annotation(std::string_view text, Annotations& annotations) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos || equals == 0) {
    throw Error(ErrorCode::kInvalidArgument,
                "invalid --annotation \"" + std::string(text) + "\": it is not KEY=VALUE");
  }
  std::string key(text.substr(0, equals));
  const std::string value(text.substr(equals + 1));
  std::vector<std::string> types = {"manifest"};
  if (const std::size_t colon = key.find(':'); colon != std::string::npos) {
    types = split(key.substr(0, colon), ',');
    key = key.substr(colon + 1);
  }
  for (const std::string& type : types) {
    if (type == "manifest") {
      annotations.manifest[key] = value;
    } else if (type == "index") {
      annotations.index[key] = value;
    } else if (type == "manifest-descriptor") {
      annotations.manifest_descriptor[key] = value;
    } else {
      throw Error(ErrorCode::kInvalidArgument,
                  "invalid --annotation: there is no place \"" + type + "\"",
                  "use manifest, index or manifest-descriptor");
    }
  }
}

}  // namespace estiba::build
