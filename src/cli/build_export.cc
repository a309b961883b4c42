#include "cli/build_export.h"

#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/text.h"
#include "build/export_tree.h"
#include "cli/command_line.h"
#include "cli/output.h"
#include "cli/session.h"
#include "cli/transfer_display.h"
#include "client/push.h"
#include "client/registry_client.h"
#include "fs/temp.h"
#include "oci/json_document.h"
#include "store/archives.h"
#include "store/image_store.h"

namespace estiba::cli {
namespace {

using build::OutputKind;
using build::OutputSpec;

// What --reproducible compresses with: a level, so that the processor does not count.
constexpr int kReproducibleGzipLevel = 6;

// The file of an output: written beside it and renamed when whole, or standard output itself.
void write_output(const std::string& path, int stdout_fd, const std::function<void(Sink&)>& write) {
  if (path == "-") {
    FdSink out(stdout_fd, "standard output");
    return write(out);
  }
  const std::size_t slash = path.rfind('/');
  const std::string directory = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  fs::TemporaryFile file = fs::TemporaryFile::create(directory, ".estiba-output");
  FdSink out(file.fd(), path);
  write(out);
  ::unlink(path.c_str());
  if (!file.publish(path, 0644)) {
    throw Error(ErrorCode::kConflict, path + " was made by somebody else meanwhile");
  }
}

class Exporter {
 public:
  Exporter(Session& session, const ExportRequest& request, int stdout_fd)
      : session_(session), request_(request), stdout_fd_(stdout_fd) {}

  ExportResult run() {
    std::vector<Reference> stored;
    for (const OutputSpec& output : request_.outputs) {
      const std::vector<Reference> names = names_of(output);
      const std::optional<store::TagTarget> target = target_of(output);
      if (target) described_ = target->document;
      switch (output.kind) {
        case OutputKind::kImage:
          publish(output, names, target);
          stored.insert(stored.end(), names.begin(), names.end());
          break;
        case OutputKind::kOci:
        case OutputKind::kDocker:
          save(output, names, target);
          break;
        case OutputKind::kTar:
        case OutputKind::kLocal:
          export_files(output);
          break;
        case OutputKind::kCacheOnly:
          break;
      }
    }
    const std::string metadata = describe(stored);
    if (!request_.metadata_file.empty()) {
      write_file_atomically(request_.metadata_file, metadata + "\n");
    }
    const bool is_index = described_ && is_index_media_type(described_->media_type);
    return {is_index ? described_->digest : main_image().id, stored, metadata};
  }

 private:
  // The one that a tag of an index runs here.
  [[nodiscard]] const build::BuiltImage& main_image() const {
    const Platform host = Platform::host();
    const auto found =
        std::find_if(request_.images.begin(), request_.images.end(),
                     [&](const build::BuiltImage& image) { return host.accepts(image.platform); });
    return found == request_.images.end() ? request_.images.front() : *found;
  }

  [[nodiscard]] std::vector<Reference> names_of(const OutputSpec& output) const {
    std::vector<Reference> names = request_.tags;
    for (const Reference& name : output.names) {
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    }
    return names;
  }

  // Nothing where the manifest may be made when somebody asks for it.
  [[nodiscard]] std::optional<store::TagTarget> target_of(const OutputSpec& output) const {
    const bool has_manifest = output.kind == OutputKind::kImage || output.kind == OutputKind::kOci;
    const bool decided = output.has_compression || output.docker_media_types ||
                         !output.annotations.empty() || request_.images.size() > 1;
    if (!has_manifest || !decided) return std::nullopt;
    return build::make_tag_target(session_.store(), request_.images, output, session_.stop());
  }

  void publish(const OutputSpec& output, const std::vector<Reference>& names,
               const std::optional<store::TagTarget>& target) {
    store::ImageStore& images = session_.store().images();
    if (output.push && names.empty()) {
      throw Error(ErrorCode::kInvalidArgument, "an image without a name cannot be pushed",
                  "name it: -t REGISTRY/NAME:TAG");
    }
    images.publish({{.image = {.config_bytes = images.get(main_image().id).config_bytes,
                               .parent = std::nullopt},
                     .tags = names,
                     .manifest = std::nullopt,
                     .known_in = {},
                     .target = target}});
    if (!output.push) return;
    for (const Reference& name : names) push(name);
  }

  void push(const Reference& name) {
    client::RegistryClient registry(name.repository().registry(), session_.settings(),
                                    session_.credentials());
    TransferDisplay display(STDOUT_FILENO, request_.quiet);
    client::PushRequest request{.reference = name};
    request.progress = &display;
    const auto result = client::push(session_.store(), registry, request, session_.stop());
    display.finish();
    pushed_ = result.digest;
    if (request_.quiet) return;
    print_line(*name.tag() + ": digest: " + result.digest.to_string() +
               " size: " + std::to_string(result.manifest_size_bytes));
  }

  void save(const OutputSpec& output, const std::vector<Reference>& names,
            const std::optional<store::TagTarget>& target) {
    const bool oci = output.kind == OutputKind::kOci;
    if (!oci && request_.images.size() > 1) {
      throw Error(ErrorCode::kUnsupported, "docker's archives hold one platform",
                  "use type=oci for several");
    }
    const store::SavedImage saved{main_image().id, names, target};
    const auto format = oci ? store::ArchiveFormat::kOci : store::ArchiveFormat::kDocker;
    auto write = [&](Sink& out) {
      store::save_archive(session_.store(), {saved}, format, out, session_.stop());
    };
    if (output.as_directory) {
      build::unpack_archive(session_.store(), output.destination, write, session_.stop());
    } else {
      write_output(output.destination, stdout_fd_, write);
    }
  }

  void export_files(const OutputSpec& output) {
    const build::TreeExport files{session_.store(), session_.mounter(), request_.images,
                                  request_.latest_mtime, session_.stop()};
    if (output.kind == OutputKind::kLocal) {
      build::export_directory(files, output.destination);
    } else {
      write_output(output.destination, stdout_fd_,
                   [&](Sink& out) { build::export_tar(files, out); });
    }
  }

  // The keys that docker buildx writes.
  [[nodiscard]] std::string describe(const std::vector<Reference>& stored) const {
    nlohmann::ordered_json json;
    const Digest id = main_image().id;
    if (request_.images.size() == 1) json["containerimage.config.digest"] = id.to_string();
    if (described_) {
      json["containerimage.descriptor"] = {{"mediaType", described_->media_type},
                                           {"digest", described_->digest.to_string()},
                                           {"size", described_->bytes.size()}};
    }
    const Digest digest = described_ ? described_->digest : pushed_.value_or(id);
    json["containerimage.digest"] = digest.to_string();
    std::vector<std::string> names;
    for (const Reference& name : stored) names.push_back(name.to_string());
    if (!names.empty()) json["image.name"] = join(names, ",");
    return json.dump(2);
  }

  Session& session_;
  const ExportRequest& request_;
  int stdout_fd_;
  std::optional<store::ManifestDocument> described_;  // the last manifest or index made
  std::optional<Digest> pushed_;
};

void add_all(std::map<std::string, std::string>& to,
             const std::map<std::string, std::string>& from) {
  for (const auto& [key, value] : from) to[key] = value;
}

void check_destinations(const std::vector<OutputSpec>& outputs) {
  const auto to_stdout =
      std::count_if(outputs.begin(), outputs.end(),
                    [](const OutputSpec& output) { return output.destination == "-"; });
  if (to_stdout > 1) {
    throw Error(ErrorCode::kInvalidArgument, "several outputs to standard output",
                "give all but one of them a dest=FILE");
  }
  if (to_stdout == 1 && is_terminal(STDOUT_FILENO)) {
    throw Error(ErrorCode::kInvalidArgument, "refusing to write an archive to a terminal",
                "give the output a dest=FILE, or redirect");
  }
}

}  // namespace

void declare_exports(CommandLine& line, ExportFlags& flags) {
  line.list("-o,--output", flags.outputs, "SPEC",
            "type=image|oci|docker|tar|local with dest=, push=, name=, compression=; or DIR, or -");
  line.flag("--push", flags.push, "Push the image (as --output type=registry)");
  line.flag("--load", flags.load, "Keep the image in the store besides other outputs");
  line.list("--annotation", flags.annotations, "[PLACE:]KEY=VALUE",
            "Annotate the manifest, index or manifest-descriptor");
  line.option("--metadata-file", flags.metadata_file, "FILE",
              "Write digests and names of the result as JSON");
  line.flag("--reproducible", flags.reproducible,
            "Make the same bytes on every machine: times of SOURCE_DATE_EPOCH (else 0)");
}

std::vector<build::OutputSpec> parse_outputs(const ExportFlags& flags) {
  std::vector<OutputSpec> outputs;
  for (const std::string& text : flags.outputs) outputs.push_back(build::parse_output(text));
  auto has_image = [&] {
    return std::any_of(outputs.begin(), outputs.end(),
                       [](const OutputSpec& output) { return output.kind == OutputKind::kImage; });
  };
  if ((outputs.empty() || flags.load || flags.push) && !has_image()) outputs.emplace_back();
  build::Annotations annotations;
  for (const std::string& text : flags.annotations) build::parse_annotation(text, annotations);
  for (OutputSpec& output : outputs) {
    if (flags.push && output.kind == OutputKind::kImage) output.push = true;
    add_all(output.annotations.manifest, annotations.manifest);
    add_all(output.annotations.manifest_descriptor, annotations.manifest_descriptor);
    add_all(output.annotations.index, annotations.index);
    if (!flags.reproducible) continue;
    output.has_compression = true;
    if (output.compression.compression == Compression::kGzip && !output.compression.level) {
      output.compression.level = kReproducibleGzipLevel;
    }
    if (output.compression.compression == Compression::kZstd && !output.compression.level) {
      output.compression.level = 3;
    }
  }
  check_destinations(outputs);
  return outputs;
}

OutputRedirection::OutputRedirection(const std::vector<build::OutputSpec>& outputs) {
  const bool wanted = std::any_of(outputs.begin(), outputs.end(), [](const OutputSpec& output) {
    return output.destination == "-";
  });
  if (!wanted) return;
  stdout_ = duplicate(STDOUT_FILENO);
  if (::dup2(STDERR_FILENO, STDOUT_FILENO) < 0) throw_errno("redirect standard output");
}

OutputRedirection::~OutputRedirection() {
  if (stdout_) ::dup2(stdout_->get(), STDOUT_FILENO);
}

ExportResult export_build(Session& session, const ExportRequest& request,
                          const OutputRedirection& redirection) {
  return Exporter(session, request, redirection.stdout_fd()).run();
}

}  // namespace estiba::cli
