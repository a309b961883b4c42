// The part of Go's text/template that people use with --format.
//
// Fields and paths ({{.Id}}, {{.Config.Env}}), {{json X}}, {{index X KEY...}}, {{len X}},
// {{join X SEP}}, {{upper X}}, {{lower X}}, {{println X}}, {{if X}}..{{else}}..{{end}},
// {{range X}}..{{else}}..{{end}}, {{with X}}, pipes, string and number literals, {{- and -}}.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace estiba::cli {

// Immutable; thread-safe.
class Template {
 public:
  // Throws kInvalidArgument naming the position of what it does not understand.
  explicit Template(std::string_view text);
  ~Template();
  Template(Template&&) noexcept;
  Template& operator=(Template&&) noexcept;

  // `json_document` is the value of "."; a field that it lacks is an error, as in docker.
  [[nodiscard]] std::string render(std::string_view json_document) const;

 private:
  struct Node;
  std::unique_ptr<Node> root_;
};

}  // namespace estiba::cli
