// From a Dockerfile and a context to an image.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "build/base_image.h"
#include "build/observer.h"
#include "build/run_settings.h"
#include "dockerfile/checks.h"
#include "oci/digest.h"
#include "oci/platform.h"
#include "oci/reference.h"
#include "run/runtime.h"
#include "store/lease.h"
#include "store/snapshot.h"
#include "store/store.h"

namespace estiba::build {

class CacheStorage;

// --cache-to.
struct CacheExport {
  std::shared_ptr<CacheStorage> to;  // null: the image's own config (type=inline)
  bool all_steps = false;            // mode=max: also those whose layers are not in the image
};

struct BuildOptions {
  std::string name;  // what messages call it when several are built at once; else empty
  std::string context_directory;
  std::string context_identity;  // what a later build of the same files calls it: a path, a URL
  std::string dockerfile_text;
  std::string dockerfile_name;  // as messages call it
  // Where NAME.dockerignore and NAME.lock may stand beside; empty: nowhere. Of a context that was
  // fetched it is a path inside of it, and so are they.
  std::string dockerfile_path;
  bool context_is_fetched = false;
  std::map<std::string, std::optional<std::string>> arguments;  // --build-arg
  std::map<std::string, std::string> named_contexts;            // lower case; to an image or its ID
  // Those of them (context_key(), whatever is said there) that mean what an earlier build of the
  // same call makes: its number.
  std::map<std::string, std::size_t> built_contexts;
  std::vector<std::pair<std::string, std::string>> labels;  // --label
  // "STAGE", "STAGE@STEP" (its first so many instructions, FROM the first of them) or "@STEP";
  // empty: the last stage.
  std::string target;
  bool use_cache = true;
  std::vector<std::string> no_cache_stages;  // --no-cache-filter: carried out in any case
  std::size_t jobs = 8;                      // steps at once; of several builds, the most counts
  std::vector<std::shared_ptr<CacheStorage>> cache_from;  // --cache-from, asked in this order
  std::vector<CacheExport> cache_to;
  bool shell_on_failure = false;  // a RUN that fails opens a shell in its file system
  bool explain = false;           // tell why each step is cached or not
  // False: the result is for other builds or for a cache only, so that its layers need not come
  // here from a cache elsewhere.
  bool wants_image = true;
  bool always_pull = false;
  run::NetworkMode network = run::NetworkMode::kHost;
  RunSettings run;
  Platform platform = Platform::host();
  std::optional<Timestamp> source_date_epoch;  // clamps every time that the build writes
};

// What a build works with; borrowed.
struct BuildEnvironment {
  store::Store& store;
  store::SnapshotMounter& mounter;
  const run::OciRuntime& runtime;
  const PullImage& pull;
};

struct BuildResult {
  Digest image_id;              // with `wants_image` only: it is in the store
  std::size_t base_layers = 0;  // so many of the lowest are those of the image it stands on
  // Keeps the image, which has no name yet, from collection.
  std::unique_ptr<store::Lease> lease;
  std::vector<std::string> unused_arguments;  // given by --build-arg, declared nowhere
};

// Throws Error; the message of a failing step names file, line and instruction. The image has
// no name: to publish it is the caller's part. Cancelled by `stop` (kCancelled).
[[nodiscard]] BuildResult build_image(const BuildEnvironment& environment,
                                      const BuildOptions& options, BuildObserver& observer,
                                      std::stop_token stop);

// Several builds as one graph: steps of all of them run beside each other, equal ones once, and the
// first failure stops all. The results are in the order of `builds`; builds may stand on earlier
// ones (`built_contexts`). A cache that several write to (one CacheStorage) holds the steps of all.
[[nodiscard]] std::vector<BuildResult> build_images(const BuildEnvironment& environment,
                                                    const std::vector<BuildOptions>& builds,
                                                    BuildObserver& observer, std::stop_token stop);

// What the build checks say of the file, our own rules included; nothing is pulled or built. Throws
// what parsing throws.
[[nodiscard]] std::vector<dockerfile::Warning> check_image(store::Store& store,
                                                           const BuildOptions& options);

}  // namespace estiba::build
