// The instructions of a Dockerfile as values (docs.docker.com/reference/dockerfile).
//
// parse() leaves the words as they are written, quotes and variables included; expand() turns them
// into what they mean in an environment.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "dockerfile/heredoc.h"
#include "dockerfile/mount.h"

namespace estiba::dockerfile {

struct Location {
  std::string file;
  int first_line = 0;  // from 1; the lines of heredocs count
  int last_line = 0;
};

// How an instruction stands in its file.
struct SourceText {
  Location location;
  // The line as written, continuation lines joined: what "Step 1/4 : ..." prints.
  std::string original;
  std::string keyword;                // as written: "RUN", "run"
  std::vector<std::string> comments;  // the comment lines right above, without "#"
};

struct Instruction;

// A command in shell form (a text for the shell) or in exec form (a JSON array).
struct CommandLine {
  bool shell_form = true;
  std::string text;                    // shell form
  std::vector<std::string> arguments;  // exec form; empty for []
  friend bool operator==(const CommandLine&, const CommandLine&) = default;
};

struct From {
  std::string image;     // an image, an earlier stage, or "scratch"
  std::string platform;  // --platform; empty when not given
  std::string name;      // AS name, in lower case; empty when not given
};

enum class RunNetwork { kDefault, kNone, kHost };
enum class RunSecurity { kSandbox, kInsecure };

struct Run {
  CommandLine command;
  std::vector<Heredoc> heredocs;
  std::vector<Mount> mounts;
  RunNetwork network = RunNetwork::kDefault;
  RunSecurity security = RunSecurity::kSandbox;
  std::vector<Device> devices;
};

// A heredoc as a source of COPY or ADD: a file of that name with that content.
struct InlineFile {
  std::string name;
  std::string content;
  bool expand = true;
  friend bool operator==(const InlineFile&, const InlineFile&) = default;
};

struct FileSources {
  std::vector<std::string> paths;
  std::vector<InlineFile> files;
  std::string destination;
};

struct Copy {
  FileSources sources;
  std::string from;   // stage, image or named context; empty: the build context
  std::string owner;  // --chown
  std::string mode;   // --chmod
  bool link = false;
  bool parents = false;
  std::vector<std::string> excludes;
};

struct Add {
  FileSources sources;
  std::string owner;
  std::string mode;
  bool link = false;
  std::vector<std::string> excludes;
  std::string checksum;
  std::optional<bool> keep_git_directory;
  std::optional<bool> unpack;
};

struct KeyValue {
  std::string key;
  std::string value;
  bool legacy = false;  // "ENV key value", without "="
  friend bool operator==(const KeyValue&, const KeyValue&) = default;
};

struct Env {
  std::vector<KeyValue> variables;
};

struct Label {
  std::vector<KeyValue> labels;
};

struct ArgDeclaration {
  std::string name;
  // As written: the default. After expand(): the value in effect; nothing when it has none.
  std::optional<std::string> value;
  std::string comment;  // from a comment line "# NAME text" right above
  friend bool operator==(const ArgDeclaration&, const ArgDeclaration&) = default;
};

struct Arg {
  std::vector<ArgDeclaration> declarations;
};

struct Cmd {
  CommandLine command;
};

struct Entrypoint {
  CommandLine command;
};

struct Maintainer {
  std::string name;
};

struct Workdir {
  std::string path;
};

struct Expose {
  std::vector<std::string> ports;  // as words; ports.h says which ports they mean
};

struct Volume {
  std::vector<std::string> paths;
};

struct User {
  std::string user;
};

struct Shell {
  std::vector<std::string> arguments;
};

struct StopSignal {
  std::string signal;
};

struct OnBuild {
  std::string expression;  // what the image's configuration keeps, heredocs included
  std::shared_ptr<const Instruction> trigger;  // never null
};

struct HealthCheck {
  std::vector<std::string> test;         // {"NONE"}, {"CMD", args...} or {"CMD-SHELL", text}
  std::chrono::nanoseconds interval{0};  // zero: not given
  std::chrono::nanoseconds timeout{0};
  std::chrono::nanoseconds start_period{0};
  std::chrono::nanoseconds start_interval{0};
  int retries = 0;
};

struct Instruction {
  using Body = std::variant<Run, Copy, Add, Cmd, Entrypoint, Label, Maintainer, Env, Arg, Workdir,
                            Expose, Volume, User, Shell, StopSignal, OnBuild, HealthCheck>;
  SourceText source;
  Body body;
};

// "RUN" for Run and so on.
[[nodiscard]] std::string_view instruction_name(const Instruction::Body& body);

}  // namespace estiba::dockerfile
