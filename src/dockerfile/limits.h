// Bounds on hostile Dockerfiles and ignore files, each with its reason. Beyond them parsing throws
// kResourceExhausted.
#pragma once

#include <cstddef>
#include <cstdint>

namespace estiba::dockerfile {

// What BuildKit can be sent in one message; the largest Dockerfile known to us has 80 kB.
inline constexpr std::size_t kMaxFileBytes = 16u << 20;
// One instruction with its continuation lines. The kernel takes at most 128 KiB as one argument of
// a command, so a longer RUN could not be carried out anyway.
inline constexpr std::size_t kMaxLineBytes = 1u << 20;
// An image has at most a few hundred layers; instructions that make none may be more.
inline constexpr std::size_t kMaxInstructions = 10'000;
// The nearest comment lines above an instruction that are kept: each name that an ARG declares is
// looked up in them. Most comments are shorter; in longer ones only the end describes the ARG.
inline constexpr std::size_t kMaxComments = 64;
// A heredoc is one file or script that somebody wrote by hand.
inline constexpr std::size_t kMaxHeredocBytes = 4u << 20;
inline constexpr std::size_t kMaxHeredocsPerInstruction = 256;
// ${a:-${b:-${c...}}}: each level is a level of our own stack.
inline constexpr std::size_t kMaxSubstitutionDepth = 64;
// Bytes produced plus characters compared while the words of one instruction are expanded: keeps
// $a$a$a... and ${a//*b*c/...} within some hundredths of a second.
inline constexpr std::uint64_t kMaxExpansionWork = 16u << 20;
// The longest text that is offered to the search for similar words.
inline constexpr std::size_t kMaxSuggestedWordBytes = 32;

// Patterns are matched against each file of the context.
inline constexpr std::size_t kMaxIgnorePatterns = 10'000;
// PATH_MAX: a longer pattern cannot match a path.
inline constexpr std::size_t kMaxPatternBytes = 4096;
// EXPOSE ranges: each port of the three protocols once.
inline constexpr std::size_t kMaxExposedPorts = 3 * 65536;

}  // namespace estiba::dockerfile
