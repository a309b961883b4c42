// What a build's result becomes: the words of --output and --annotation.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "archive/compression.h"
#include "oci/reference.h"

namespace estiba::build {

enum class OutputKind {
  kImage,      // in the store, and at a registry with `push`
  kOci,        // an OCI layout
  kDocker,     // an archive as `docker save` writes it
  kTar,        // the root file system as a tar
  kLocal,      // the root file system as a directory
  kCacheOnly,  // nothing but the cache
};

struct Annotations {
  std::map<std::string, std::string> manifest{};
  std::map<std::string, std::string> manifest_descriptor{};
  std::map<std::string, std::string> index{};
  [[nodiscard]] bool empty() const {
    return manifest.empty() && manifest_descriptor.empty() && index.empty();
  }
};

struct OutputSpec {
  OutputKind kind = OutputKind::kImage;
  std::string destination{};       // a path, "-" for standard output
  std::vector<Reference> names{};  // besides those of --tag
  bool push = false;
  bool as_directory = false;  // kOci: the layout unpacked (tar=false)
  bool has_compression = false;
  archive::CompressionSettings compression{};
  bool force_compression = false;
  bool docker_media_types = false;
  Annotations annotations{};
};

// "type=oci,dest=x.tar,compression=zstd" (one record of CSV); "DIR" is type=local, "-" type=tar to
// standard output. Throws kInvalidArgument naming the word that it does not know.
[[nodiscard]] OutputSpec parse_output(std::string_view text);

// "[manifest|index|manifest-descriptor[,...]:]KEY=VALUE". Throws kInvalidArgument.
void parse_annotation(std::string_view text, Annotations& annotations);

}  // namespace estiba::build
