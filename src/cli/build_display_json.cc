#include "cli/build_display_json.h"

#include <nlohmann/json.hpp>

#include "cli/output.h"

namespace estiba::cli {
namespace {

using Json = nlohmann::ordered_json;

Json event(const char* name) {
  return Json{{"event", name}};
}

Json step_event(const char* name, const build::Step& step) {
  Json json{{"event", name}, {"step", step.number}, {"total", step.total}, {"stage", step.stage}};
  if (!step.build.empty()) json["build"] = step.build;
  return json;
}

// What a program prints need not be UTF-8.
std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

void JsonBuildDisplay::emit(const std::string& json) {
  const std::lock_guard lock(mutex_);
  print_line(json);
}

void JsonBuildDisplay::step_started(const build::Step& step) {
  Json json = step_event("step-started", step);
  json["instruction"] = step.text;
  emit(dump(json));
}

void JsonBuildDisplay::step_running_in(const build::Step& step, std::string_view container_id) {
  Json json = step_event("container-started", step);
  json["container"] = container_id;
  emit(dump(json));
}

void JsonBuildDisplay::step_output(const build::Step& step, build::OutputStream stream,
                                   std::string_view text) {
  Json json = step_event("output", step);
  json["stream"] = stream == build::OutputStream::kStdout ? "stdout" : "stderr";
  json["text"] = text;
  emit(dump(json));
}

void JsonBuildDisplay::step_container_removed(const build::Step& step,
                                              std::string_view container_id) {
  Json json = step_event("container-removed", step);
  json["container"] = container_id;
  emit(dump(json));
}

void JsonBuildDisplay::step_progress(const build::Step&, std::uint64_t, std::uint64_t) {}

void JsonBuildDisplay::step_explained(const build::Step& step,
                                      const std::vector<std::string>& reasons) {
  Json json = step_event("step-explained", step);
  json["reasons"] = reasons;
  emit(dump(json));
}

void JsonBuildDisplay::step_finished(const build::Step& step, const std::optional<Digest>& image_id,
                                     bool cached, std::chrono::nanoseconds elapsed) {
  Json json = step_event("step-finished", step);
  json["image"] = image_id ? Json(image_id->to_string()) : Json(nullptr);
  json["cached"] = cached;
  json["elapsed_ms"] = std::chrono::duration_cast<std::chrono::milliseconds>(elapsed).count();
  emit(dump(json));
}

void JsonBuildDisplay::step_opens_shell(const build::Step& step) {
  emit(dump(step_event("shell-opened", step)));
}

void JsonBuildDisplay::step_failed(const build::Step& step) {
  emit(dump(step_event("step-failed", step)));
}

void JsonBuildDisplay::warning(std::string_view text) {
  Json json = event("warning");
  json["text"] = text;
  emit(dump(json));
}

client::TransferProgress& JsonBuildDisplay::pulling(const Reference& reference) {
  Json json = event("pull-started");
  json["reference"] = reference.to_string();
  emit(dump(json));
  return *this;
}

void JsonBuildDisplay::pulled(const Reference& reference, const Digest& manifest) {
  Json json = event("pull-finished");
  json["reference"] = reference.to_string();
  json["digest"] = manifest.to_string();
  emit(dump(json));
}

void JsonBuildDisplay::update(const client::TransferUpdate& update) {
  if (update.state != client::TransferState::kPullComplete &&
      update.state != client::TransferState::kAlreadyExists) {
    return;
  }
  Json json = event("layer");
  json["layer"] = update.id;
  json["existed"] = update.state == client::TransferState::kAlreadyExists;
  json["size"] = update.total_bytes;
  emit(dump(json));
}

void JsonBuildDisplay::finish(bool success) {
  Json json = event("finished");
  json["success"] = success;
  emit(dump(json));
}

}  // namespace estiba::cli
