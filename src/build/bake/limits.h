// Bounds on hostile definitions of builds, each with its reason. Beyond them reading throws
// kResourceExhausted.
#pragma once

#include <cstddef>

namespace estiba::build::bake {

// All files of one call together are some kilobytes; what is generated stays below this.
inline constexpr std::size_t kMaxDefinitionBytes = 4u << 20;
// Brackets, operators and blocks within each other: each level is a level of our own stack.
inline constexpr std::size_t kMaxNesting = 100;
// References that lead to references: variables, functions that call themselves, inherits.
inline constexpr std::size_t kMaxEvaluationDepth = 200;
// Values looked at, and bytes of text made, by all expressions: keeps a list of lists of lists,
// each twice, within some tenths of a second.
inline constexpr std::size_t kMaxEvaluationWork = 16u << 20;
// A matrix of three axes with ten values each is the largest known to us.
inline constexpr std::size_t kMaxTargets = 2000;
// For regex_replace: the engine's memory grows with the pattern.
inline constexpr std::size_t kMaxPatternLength = 256;

}  // namespace estiba::build::bake
