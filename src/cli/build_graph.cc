#include "cli/build_graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/error.h"
#include "base/fd.h"
#include "cli/live_lines.h"

namespace estiba::cli {
namespace {

class GraphDisplay final : public BuildDisplay {
 public:
  GraphDisplay(std::unique_ptr<BuildDisplay> display, const std::string& file)
      : display_(std::move(display)), file_(file), writer_(graph_writer(file)) {}

  void step_started(const build::Step& step) override {
    note(step, StepState::kWaiting, {});
    display_->step_started(step);
  }
  void step_running_in(const build::Step& step, std::string_view container_id) override {
    display_->step_running_in(step, container_id);
  }
  void step_output(const build::Step& step, build::OutputStream stream,
                   std::string_view text) override {
    display_->step_output(step, stream, text);
  }
  void step_container_removed(const build::Step& step, std::string_view container_id) override {
    display_->step_container_removed(step, container_id);
  }
  void step_progress(const build::Step& step, std::uint64_t done_bytes,
                     std::uint64_t total_bytes) override {
    display_->step_progress(step, done_bytes, total_bytes);
  }
  void step_explained(const build::Step& step, const std::vector<std::string>& reasons) override {
    display_->step_explained(step, reasons);
  }
  void step_finished(const build::Step& step, const std::optional<Digest>& image_id, bool cached,
                     std::chrono::nanoseconds elapsed) override {
    note(step, cached ? StepState::kCached : StepState::kCarriedOut, elapsed);
    display_->step_finished(step, image_id, cached, elapsed);
  }
  void step_opens_shell(const build::Step& step) override { display_->step_opens_shell(step); }
  void step_failed(const build::Step& step) override {
    note(step, StepState::kFailed, {});
    display_->step_failed(step);
  }
  void warning(std::string_view text) override { display_->warning(text); }
  client::TransferProgress& pulling(const Reference& reference) override {
    return display_->pulling(reference);
  }
  void pulled(const Reference& reference, const Digest& manifest) override {
    display_->pulled(reference, manifest);
  }
  void finish(bool success) override {
    display_->finish(success);
    BuildGraph graph;
    const std::lock_guard lock(mutex_);
    for (auto& [id, step] : steps_) graph.steps.push_back(step);
    write_file_atomically(file_, writer_(graph));
  }

 private:
  void note(const build::Step& step, StepState state, std::chrono::nanoseconds elapsed) {
    const std::lock_guard lock(mutex_);
    steps_[{step.build, step.number}] = {step, state, elapsed};
  }

  std::unique_ptr<BuildDisplay> display_;
  std::string file_;
  GraphWriter writer_;
  std::mutex mutex_;
  std::map<std::pair<std::string, std::size_t>, GraphStep> steps_;
};

const char* dot_colour(StepState state) {
  switch (state) {
    case StepState::kCached:
      return "#d9ead3";
    case StepState::kCarriedOut:
      return "#cfe2f3";
    case StepState::kFailed:
      return "#f4cccc";
    case StepState::kWaiting:
      break;
  }
  return "#eeeeee";
}

std::string dot_text(std::string_view text) {
  std::string quoted;
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return quoted;
}

std::string dot_id(const build::Step& step) {
  return dot_text("\"" + step.build + "/" + std::to_string(step.number)).substr(1);
}

}  // namespace

std::string graph_summary(const BuildGraph& graph) {
  std::chrono::nanoseconds elapsed{0};
  for (const GraphStep& step : graph.steps) elapsed += step.elapsed;
  const auto cached = std::ranges::count(graph.steps, StepState::kCached, &GraphStep::state);
  return fmt::format("{} steps, {} cached, {}", graph.steps.size(), cached,
                     format_elapsed(elapsed));
}

std::string graph_as_dot(const BuildGraph& graph) {
  std::string text = "digraph build {\n  rankdir=TB;\n  label=\"" + graph_summary(graph) +
                     "\";\n  node [shape=box, style=\"filled,rounded\", fontname=sans];\n";
  for (const GraphStep& step : graph.steps) {
    const std::string note =
        step.state == StepState::kCached ? "cached" : format_elapsed(step.elapsed);
    text += fmt::format("  \"{}\" [label=\"{}\\n{}\", fillcolor=\"{}\", group=\"{}\"];\n",
                        dot_id(step.step), dot_text(step.step.text), note, dot_colour(step.state),
                        dot_text(step.step.stage));
  }
  for (const GraphStep& step : graph.steps) {
    for (const std::size_t need : step.step.needs) {
      build::Step needed = step.step;
      needed.number = need;
      text += fmt::format("  \"{}\" -> \"{}\";\n", dot_id(needed), dot_id(step.step));
    }
  }
  return text + "}\n";
}

GraphWriter graph_writer(const std::string& file) {
  if (file.ends_with(".svg")) return graph_as_svg;
  if (file.ends_with(".dot")) return graph_as_dot;
  throw Error(ErrorCode::kInvalidArgument, "cannot draw a build as \"" + file + "\"",
              "the file's name ends with .svg or .dot");
}

std::unique_ptr<BuildDisplay> with_graph(std::unique_ptr<BuildDisplay> display,
                                         const std::string& file) {
  return std::make_unique<GraphDisplay>(std::move(display), file);
}

}  // namespace estiba::cli
