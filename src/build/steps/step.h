// How one kind of step is carried out. The solver asks for its key, looks for a remembered result,
// and only then lets it work.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "build/build.h"
#include "build/cache_key.h"
#include "build/copy/file_tree.h"
#include "build/file_digests.h"
#include "build/plan.h"
#include "oci/image_config.h"

namespace estiba::build {

// The image that stands after a vertex.
struct StepResult {
  std::optional<Digest> image_id;  // none for scratch
  ImageConfig image;               // its diff_ids are the stack of layers
  // Of files for another step, which are no image: what they are made of, whenever they were made.
  std::optional<Digest> content{};
};

// What steps work with; borrowed.
struct StepContext {
  const BuildEnvironment& environment;
  const BuildOptions& options;
  const FileTree& context;
  FileDigests& digests;
  BuildObserver& observer;
  Timestamp now;  // of everything that this build writes
  std::stop_token stop;
  // Stops the other steps; true for the first that asks. Set while a plan is carried out.
  std::function<bool()> stop_others{};
};

class StepExecutor {
 public:
  virtual ~StepExecutor() = default;
  // A key that costs less than key() to find, or nothing. Two vertices with one quick key have one
  // key(), not the other way round.
  [[nodiscard]] virtual std::optional<Digest> quick_key() { return std::nullopt; }
  // Everything that decides the step's result.
  [[nodiscard]] virtual Digest key() = 0;
  // What key() was made of, once it was called; files have fields of their own ("file PATH").
  [[nodiscard]] const KeyFields& fields() const { return fields_; }
  // Carries the step out; returns the diff ID of its layer, or nothing when it needs none.
  [[nodiscard]] virtual std::optional<Digest> execute() = 0;

 protected:
  KeyFields fields_;
};

// `inputs` are the results of the vertex's inputs, in their order.
[[nodiscard]] std::unique_ptr<StepExecutor> make_executor(const StepContext& context,
                                                          const Vertex& vertex,
                                                          std::vector<const StepResult*> inputs);

// Clamped times make another layer.
void add_epoch(const StepContext& context, KeyHasher& key);
// A stack of layers as a field of a key.
[[nodiscard]] std::string stack_name(const std::vector<Digest>& diff_ids);
// "Dockerfile:3: RUN make".
[[nodiscard]] std::string place_of(const Vertex& vertex);

}  // namespace estiba::build
