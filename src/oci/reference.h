// Names of images, normalised as docker does: "debian" is docker.io/library/debian:latest
// (grammar: github.com/distribution/reference; OCI distribution specification, "Pulling
// manifests").
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

#include "oci/digest.h"

namespace estiba {

// A registry and a path in it: "quay.io" + "acme/tool".
class Repository {
 public:
  // A name without tag and digest; throws kInvalidArgument, also for upper case in the path.
  static Repository parse(std::string_view text);
  // Both parts given and already normalised; validated.
  static Repository from_parts(std::string registry, std::string path);

  [[nodiscard]] const std::string& registry() const { return registry_; }  // host[:port]
  [[nodiscard]] const std::string& path() const { return path_; }          // "library/debian"
  [[nodiscard]] std::string name() const { return registry_ + "/" + path_; }
  // As people write it: docker.io and library/ left out.
  [[nodiscard]] std::string familiar_name() const;

  friend bool operator==(const Repository&, const Repository&) = default;
  friend std::strong_ordering operator<=>(const Repository&, const Repository&) = default;

 private:
  Repository(std::string registry, std::string path)
      : registry_(std::move(registry)), path_(std::move(path)) {}
  std::string registry_;
  std::string path_;
};

class Reference {
 public:
  // "[registry/]path[:tag][@digest]". Without tag and digest both stay empty: see with_default_tag.
  // Throws kInvalidArgument ("invalid reference format", and why). A text that is 64 hexadecimal
  // digits is refused as docker does, because it would look like an image ID.
  static Reference parse(std::string_view text);
  Reference(Repository repository, std::optional<std::string> tag, std::optional<Digest> digest);

  [[nodiscard]] const Repository& repository() const { return repository_; }
  [[nodiscard]] const std::optional<std::string>& tag() const { return tag_; }
  [[nodiscard]] const std::optional<Digest>& digest() const { return digest_; }

  // With ":latest" when it has neither tag nor digest.
  [[nodiscard]] Reference with_default_tag() const;
  [[nodiscard]] Reference with_tag(std::string tag) const;  // drops the digest
  [[nodiscard]] Reference with_digest(Digest digest) const;

  [[nodiscard]] std::string to_string() const;  // whole: "docker.io/library/debian:latest"
  [[nodiscard]] std::string familiar() const;   // short: "debian:latest"

  friend bool operator==(const Reference&, const Reference&) = default;

 private:
  Repository repository_;
  std::optional<std::string> tag_;
  std::optional<Digest> digest_;
};

// [A-Za-z0-9_][A-Za-z0-9._-]{0,127} (OCI distribution specification).
[[nodiscard]] bool is_valid_tag(std::string_view text);
// The path part of a repository name: [a-z0-9]+([._-]...)(/...)*, up to 255 bytes.
[[nodiscard]] bool is_valid_repository_path(std::string_view text);

}  // namespace estiba
