// Where a build's files come from: a directory, a tar on standard input, a URL, a Git repository.
#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "fs/temp.h"
#include "store/store.h"

namespace estiba::cli {

struct BuildContext {
  std::string directory;
  std::string identity;  // its path or URL
  std::string dockerfile_text;
  std::string dockerfile_name;  // as messages call it
  // Where NAME.dockerignore may stand beside (in what was fetched: a path inside); empty: nowhere.
  std::string dockerfile_path;
  // Holds what was fetched or unpacked; null for a directory of the person's own.
  std::unique_ptr<fs::TemporaryDirectory> fetched;
};

// `context` is the last argument of `build`, `file` the value of -f (empty: Dockerfile). What comes
// from elsewhere is bounded in size, and its Dockerfile is looked for inside of it only.
[[nodiscard]] BuildContext open_build_context(store::Store& store, const std::string& context,
                                              const std::string& file, const std::stop_token& stop);

// A Dockerfile that is no file: the text itself, from a definition of builds.
struct InlineDockerfile {
  std::string text;
};
[[nodiscard]] BuildContext open_build_context(store::Store& store, const std::string& context,
                                              const InlineDockerfile& file,
                                              const std::stop_token& stop);

// The files of `source` (a directory, URL or Git repository) in a directory: its own or, held by
// `fetched`, a new one.
[[nodiscard]] std::string fetch_directory(store::Store& store, const std::string& source,
                                          std::unique_ptr<fs::TemporaryDirectory>& fetched,
                                          const std::stop_token& stop);

}  // namespace estiba::cli
