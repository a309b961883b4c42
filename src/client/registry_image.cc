#include "client/registry_image.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "client/limits.h"
#include "client/registry_error.h"
#include "store/layer_store.h"
#include "store/store.h"

namespace estiba::client {
namespace {

bool is_image_config(std::string_view media_type) {
  return media_type == media_types::kOciConfig || media_type == media_types::kDockerConfig;
}

std::string read_config(RegistryClient& client, const Repository& repository,
                        const Manifest& manifest, std::stop_token stop) {
  if (!is_image_config(manifest.config.media_type)) {
    const std::string& type =
        manifest.artifact_type.empty() ? manifest.config.media_type : manifest.artifact_type;
    throw Error(ErrorCode::kUnsupported,
                fmt::format("{} is not a container image but an artifact of type {}",
                            repository.familiar_name(), printable(type, 128)));
  }
  return client.read_blob(repository, manifest.config, kMaxImageConfigBytes, stop);
}

}  // namespace

RegistryImageSource::RegistryImageSource(RegistryClient& client, Repository repository,
                                         store::ManifestDocument document, std::stop_token stop)
    : client_(client),
      repository_(std::move(repository)),
      document_(std::move(document)),
      stop_(stop),
      manifest_(Manifest::parse(document_.bytes, document_.media_type)),
      config_bytes_(read_config(client, repository_, manifest_, stop)),
      config_(ImageConfig::parse(config_bytes_)) {
  check_layers();
}

void RegistryImageSource::check_layers() const {
  if (manifest_.layers.size() > kMaxLayers) {
    throw Error(ErrorCode::kUnsupported,
                fmt::format("the image has {} layers, more than the {} that can be mounted",
                            manifest_.layers.size(), kMaxLayers));
  }
  if (manifest_.layers.size() != config_.diff_ids.size()) {
    throw Error(ErrorCode::kDataLoss,
                fmt::format("the image's manifest names {} layers, its config {}",
                            manifest_.layers.size(), config_.diff_ids.size()));
  }
  for (const Descriptor& layer : manifest_.layers) (void)layer_compression(layer.media_type);
}

std::string RegistryImageSource::layer_label(std::size_t index) const {
  return manifest_.layers.at(index).digest.short_hex();
}

Descriptor RegistryImageSource::prepare_layer(std::size_t index,
                                              const std::function<void(std::uint64_t)>&,
                                              std::stop_token) {
  return manifest_.layers.at(index);
}

Digest RegistryImageSource::layer_diff_id(std::size_t index) const {
  return config_.diff_ids.at(index);
}

std::uint64_t RegistryImageSource::layer_size_hint_bytes(std::size_t index) const {
  return manifest_.layers.at(index).size_bytes;
}

std::unique_ptr<Source> RegistryImageSource::open_blob(const Descriptor& blob,
                                                       std::uint64_t offset_bytes) {
  return client_.open_blob(repository_, blob, offset_bytes, stop_);
}

RegistryImageSink::RegistryImageSink(RegistryClient& client, store::Store& store,
                                     Reference reference, std::stop_token stop)
    : client_(client), store_(store), reference_(std::move(reference)), stop_(stop) {}

void RegistryImageSink::remember(const Digest& blob) {
  store_.layers().remember_location(blob, reference_.repository().registry(),
                                    reference_.repository().path());
}

bool RegistryImageSink::has_layer(const Descriptor& blob, const Digest&) {
  if (!client_.has_blob(reference_.repository(), blob.digest, stop_)) return false;
  remember(blob.digest);
  return true;
}

std::vector<std::string> RegistryImageSink::mount_candidates(const Digest& blob) const {
  std::vector<std::string> paths =
      store_.layers().locations(blob, reference_.repository().registry());
  std::erase(paths, reference_.repository().path());
  return paths;
}

store::BlobOutcome RegistryImageSink::put_layer(const Descriptor& blob, const Digest& diff_id,
                                                const store::OpenBlob& open,
                                                const std::function<void(std::uint64_t)>& on_bytes,
                                                std::stop_token stop) {
  const RegistryClient::BlobUpload upload{.blob = blob,
                                          .open = open,
                                          .on_bytes = on_bytes,
                                          .mount_from = mount_candidates(blob.digest)};
  RegistryClient::BlobUploaded uploaded = client_.push_blob(reference_.repository(), upload, stop);
  remember(blob.digest);
  if (uploaded.outcome == store::BlobOutcome::kMounted) {
    const std::scoped_lock lock(mutex_);
    mounted_from_[diff_id.short_hex()] = uploaded.mounted_from;
    mounted_from_[blob.digest.short_hex()] = uploaded.mounted_from;
  }
  return uploaded.outcome;
}

Digest RegistryImageSink::put_image(const store::ManifestDocument& manifest,
                                    const std::string& config_bytes) {
  const Descriptor config = Manifest::parse(manifest.bytes, manifest.media_type).config;
  const Repository& repository = reference_.repository();
  if (!client_.has_blob(repository, config.digest, stop_)) {
    const RegistryClient::BlobUpload upload{
        .blob = config, .open = [&](std::uint64_t offset_bytes) -> std::unique_ptr<Source> {
          return std::make_unique<StringSource>(config_bytes.substr(offset_bytes));
        }};
    client_.push_blob(repository, upload, stop_);
  }
  return client_.put_manifest(reference_, manifest, stop_);
}

std::string RegistryImageSink::mounted_from(const std::string& label) const {
  const std::scoped_lock lock(mutex_);
  const auto found = mounted_from_.find(label);
  return found == mounted_from_.end() ? std::string() : found->second;
}

}  // namespace estiba::client
