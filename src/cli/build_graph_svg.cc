// Stages are columns' boxes, their steps lie one below the other. A stage stands to the right of
// all that it needs, so every line between stages runs from left to right.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "cli/build_graph.h"
#include "cli/live_lines.h"

namespace estiba::cli {
namespace {

constexpr int kStepWidth = 300;
constexpr int kStepHeight = 34;
constexpr int kStepGap = 6;
constexpr int kStagePadding = 12;
constexpr int kStageTitle = 26;
constexpr int kColumnGap = 90;
constexpr int kRowGap = 24;
constexpr int kMargin = 24;
constexpr int kHeading = 44;
constexpr std::size_t kShownText = 34;

struct SvgStage {
  std::string name;
  std::vector<std::size_t> steps;  // indices in the graph
  std::size_t column = 0;
  int x = 0;
  int y = 0;
  [[nodiscard]] int height() const {
    return kStageTitle + kStagePadding + static_cast<int>(steps.size()) * (kStepHeight + kStepGap);
  }
};

struct SvgLayout {
  std::vector<SvgStage> stages;
  std::vector<std::size_t> stage_of;     // of each step
  std::vector<std::size_t> position_of;  // in its stage
  std::vector<std::vector<std::size_t>> needs;
  int width = 0;
  int height = 0;
};

std::string svg_text(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '<')
      escaped += "&lt;";
    else if (c == '>')
      escaped += "&gt;";
    else if (c == '&')
      escaped += "&amp;";
    else if (c == '"')
      escaped += "&quot;";
    else
      escaped += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return escaped;
}

// At most so many characters, whole ones.
std::string shown_text(const std::string& text) {
  std::size_t characters = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xc0) == 0x80) continue;
    if (++characters == kShownText) return text.substr(0, i) + "…";
  }
  return text;
}

void group_by_stage(const BuildGraph& graph, SvgLayout& layout) {
  std::map<std::pair<std::string, std::string>, std::size_t> known;
  std::map<std::pair<std::string, std::size_t>, std::size_t> index_of;
  for (std::size_t i = 0; i < graph.steps.size(); ++i) {
    const build::Step& step = graph.steps[i].step;
    index_of[{step.build, step.number}] = i;
    const auto [stage, is_new] = known.try_emplace({step.build, step.stage}, layout.stages.size());
    if (is_new) {
      layout.stages.push_back(
          {.name = step.build.empty() ? step.stage : step.build + " " + step.stage, .steps = {}});
    }
    layout.stage_of.push_back(stage->second);
    layout.position_of.push_back(layout.stages[stage->second].steps.size());
    layout.stages[stage->second].steps.push_back(i);
  }
  for (const GraphStep& step : graph.steps) {
    std::vector<std::size_t>& needs = layout.needs.emplace_back();
    for (const std::size_t number : step.step.needs) {
      const auto found = index_of.find({step.step.build, number});
      if (found != index_of.end()) needs.push_back(found->second);
    }
  }
}

// Steps need earlier ones only, so one pass in their order is enough for stages that are whole;
// as many passes as there are stages are enough for all.
void choose_columns(SvgLayout& layout) {
  for (std::size_t pass = 0; pass < layout.stages.size(); ++pass) {
    for (std::size_t i = 0; i < layout.needs.size(); ++i) {
      SvgStage& stage = layout.stages[layout.stage_of[i]];
      for (const std::size_t need : layout.needs[i]) {
        if (layout.stage_of[need] == layout.stage_of[i]) continue;
        stage.column = std::max(stage.column, layout.stages[layout.stage_of[need]].column + 1);
      }
    }
  }
}

void place_stages(SvgLayout& layout) {
  std::map<std::size_t, int> next_y;
  for (SvgStage& stage : layout.stages) {
    int& y = next_y.try_emplace(stage.column, kMargin + kHeading).first->second;
    stage.x =
        kMargin + static_cast<int>(stage.column) * (kStepWidth + 2 * kStagePadding + kColumnGap);
    stage.y = y;
    y += stage.height() + kRowGap;
    layout.width = std::max(layout.width, stage.x + kStepWidth + 2 * kStagePadding + kMargin);
    layout.height = std::max(layout.height, stage.y + stage.height() + kMargin);
  }
}

struct Corner {
  int x = 0;
  int y = 0;
};

Corner step_corner(const SvgLayout& layout, std::size_t step) {
  const SvgStage& stage = layout.stages[layout.stage_of[step]];
  return {stage.x + kStagePadding,
          stage.y + kStageTitle +
              static_cast<int>(layout.position_of[step]) * (kStepHeight + kStepGap)};
}

const char* step_class(StepState state) {
  switch (state) {
    case StepState::kCached:
      return "cached";
    case StepState::kCarriedOut:
      return "done";
    case StepState::kFailed:
      return "failed";
    case StepState::kWaiting:
      break;
  }
  return "waiting";
}

std::string draw_step(const SvgLayout& layout, const BuildGraph& graph, std::size_t index,
                      std::chrono::nanoseconds longest) {
  const GraphStep& step = graph.steps[index];
  const Corner corner = step_corner(layout, index);
  std::string note = step_class(step.state);
  int bar = 0;
  if (step.state == StepState::kCarriedOut) {
    note = format_elapsed(step.elapsed);
    if (longest.count() > 0) {
      bar = static_cast<int>(kStepWidth * step.elapsed.count() / longest.count());
    }
  }
  return fmt::format(
      "<g class=\"{}\"><title>{}</title><rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" "
      "rx=\"5\"/><rect class=\"bar\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"3\"/>"
      "<text x=\"{}\" y=\"{}\">{}</text><text class=\"note\" x=\"{}\" y=\"{}\">{}</text></g>\n",
      step_class(step.state), svg_text(step.step.text), corner.x, corner.y, kStepWidth, kStepHeight,
      corner.x, corner.y + kStepHeight - 3, bar, corner.x + 10, corner.y + 21,
      svg_text(shown_text(step.step.text)), corner.x + kStepWidth - 10, corner.y + 21, note);
}

std::string draw_need(const SvgLayout& layout, std::size_t from, std::size_t to) {
  if (layout.stage_of[from] == layout.stage_of[to]) return "";  // they stand below each other
  const Corner start = step_corner(layout, from);
  const Corner end = step_corner(layout, to);
  const int x1 = start.x + kStepWidth;
  const int y1 = start.y + kStepHeight / 2;
  const int y2 = end.y + kStepHeight / 2;
  const int bend = kColumnGap / 2 + kStagePadding;
  return fmt::format("<path d=\"M{} {} C{} {} {} {} {} {}\" marker-end=\"url(#tip)\"/>\n", x1, y1,
                     x1 + bend, y1, end.x - bend, y2, end.x - 2, y2);
}

constexpr const char* kStyle =
    "<style>text{font:12px ui-monospace,Menlo,Consolas,monospace;fill:#1f2937}"
    ".heading{font:600 15px system-ui,sans-serif}.stage{fill:#f8fafc;stroke:#cbd5e1}"
    ".name{font:600 13px system-ui,sans-serif}.note{text-anchor:end;fill:#475569}"
    "path{fill:none;stroke:#64748b;stroke-width:1.5}.tip{fill:#64748b;stroke:none}"
    ".bar{fill:#2563eb}.cached rect{fill:#dcfce7}.done rect{fill:#dbeafe}.failed rect{fill:#fee2e2}"
    ".waiting rect{fill:#f1f5f9}.done .bar{fill:#2563eb}</style>\n";

}  // namespace

std::string graph_as_svg(const BuildGraph& graph) {
  SvgLayout layout;
  group_by_stage(graph, layout);
  choose_columns(layout);
  place_stages(layout);
  layout.width = std::max(layout.width, kStepWidth + 2 * kMargin);
  layout.height = std::max(layout.height, kHeading + 2 * kMargin);
  std::string text = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} "
      "{1}\">\n{2}<defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" "
      "markerWidth=\"8\" markerHeight=\"8\" orient=\"auto\"><path class=\"tip\" d=\"M0 0L8 4L0 "
      "8z\"/></marker></defs>\n<rect width=\"{0}\" height=\"{1}\" fill=\"#fff\"/>\n<text "
      "class=\"heading\" x=\"{3}\" y=\"{4}\">{5}</text>\n",
      layout.width, layout.height, kStyle, kMargin, kMargin + 16, graph_summary(graph));
  for (const SvgStage& stage : layout.stages) {
    text += fmt::format(
        "<rect class=\"stage\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"8\"/><text "
        "class=\"name\" x=\"{}\" y=\"{}\">{}</text>\n",
        stage.x, stage.y, kStepWidth + 2 * kStagePadding, stage.height(), stage.x + kStagePadding,
        stage.y + 18, svg_text(stage.name));
  }
  std::chrono::nanoseconds longest{0};
  for (const GraphStep& step : graph.steps) longest = std::max(longest, step.elapsed);
  for (std::size_t i = 0; i < graph.steps.size(); ++i) text += draw_step(layout, graph, i, longest);
  for (std::size_t i = 0; i < graph.steps.size(); ++i) {
    for (const std::size_t need : layout.needs[i]) text += draw_need(layout, need, i);
  }
  return text + "</svg>\n";
}

}  // namespace estiba::cli
