// The part of Go's text/template that people use with --format.
//
// Fields and paths ({{.Id}}, {{.Config.Env}}, {{(index .Ports 0).HostPort}}), variables
// ({{$x := .Id}}, {{range $key, $value := .Labels}}), if, else if, range, with, pipes, literals,
// comments, {{- and -}}; of functions json, index, slice, len, print, printf, println, and, or,
// not, eq, ne, lt, le, gt, ge, join, split, upper, lower, title, pad, truncate; {{.Label "key"}} of
// rows.
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
