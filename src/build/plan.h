// The build as a graph: what each step does, and which steps it needs. Everything that can be known
// without carrying out a step is decided here, each image's configuration among it.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "build/git_source.h"
#include "build/observer.h"
#include "dockerfile/instruction.h"
#include "oci/image_config.h"
#include "oci/reference.h"
#include "run/container_spec.h"

namespace estiba::build {

// An image from the store, the result of another build of the same graph, or nothing (scratch).
struct SourceOperation {
  std::optional<Digest> image_id{};
  std::optional<std::size_t> build{};  // by its number
};

struct RunMount {
  dockerfile::Mount mount;  // its target absolute
  // Whose files it shows: an index into the inputs of the vertex. Binds have one, caches may.
  std::optional<std::size_t> input;
  std::string source_path;  // in those files
};

struct RunOperation {
  std::vector<std::string> arguments;
  std::vector<std::string> environment;  // ENV and the ARGs in scope
  // The part of `environment` that decides the result: without proxies.
  std::vector<std::string> key_environment;
  std::string user;
  std::string working_directory;
  run::NetworkMode network = run::NetworkMode::kHost;
  std::vector<RunMount> mounts;
  // A heredoc that is a program: seen by the command under the absolute path that is its name.
  std::optional<dockerfile::InlineFile> script;
  bool insecure = false;
};

// COPY and ADD. `inputs` of the vertex has the stage copied from second, when there is one.
struct CopyOperation {
  std::vector<std::string> sources;  // paths
  std::vector<std::string> urls;
  std::vector<GitSource> repositories;
  std::vector<dockerfile::InlineFile> files;
  std::string destination;  // absolute
  std::string owner;        // --chown as written, or empty
  std::string mode;         // --chmod as written (checked), or empty
  std::string checksum;     // of the URL, or empty
  std::string from_name;    // the stage as messages call it; empty: the context
  std::vector<std::string> excludes;
  bool keep_git_directory = false;
  bool unpack = false;       // local archives
  bool unpack_urls = false;  // downloaded ones
  bool parents = false;
  bool link = false;
};

struct MakeDirectoryOperation {  // WORKDIR
  std::string path;
  std::string user;  // USER as it stands: the owner of what is made
};

struct ConfigOperation {};  // changes the configuration only

using Operation = std::variant<SourceOperation, RunOperation, CopyOperation, MakeDirectoryOperation,
                               ConfigOperation>;

struct Vertex {
  Step step;
  Operation operation;
  // Indices of earlier vertices. First the one it stands on (none for a source).
  std::vector<std::size_t> inputs;
  dockerfile::SourceText source;
  ContainerConfig config;  // of the image after the step
  std::string author;      // changed by MAINTAINER; empty: as before
  std::string created_by;  // for the history; empty: no entry (FROM)
};

struct Plan {
  std::vector<Vertex> vertices;  // in an order in which they can be carried out
  std::size_t target = 0;
  Platform platform;
  std::vector<std::string> unused_arguments;
};

}  // namespace estiba::build
