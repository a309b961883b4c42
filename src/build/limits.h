// What a build accepts from outside, and why no more.
#pragma once

#include <cstddef>
#include <cstdint>

namespace estiba::build {

// A .dockerignore is read whole; a larger one is a mistake.
inline constexpr std::size_t kMaxIgnoreFileBytes = 4u << 20;

// What docker takes; tokens and keys are smaller.
inline constexpr std::size_t kMaxSecretBytes = 500u << 10;

// What a build cache tells of its steps: a hundred thousand of them.
inline constexpr std::size_t kMaxCacheDocumentBytes = 64u << 20;

// All secrets and agents of one step, in memory.
inline constexpr std::uint64_t kMaxSecretsBytes = 64u << 20;

// ADD of a URL: larger than any archive that people add, smaller than most disks.
inline constexpr std::uint64_t kMaxDownloadBytes = 64ull << 30;

// A build context from elsewhere, unpacked: as large as what ADD may download.
inline constexpr std::uint64_t kMaxContextBytes = 64ull << 30;

}  // namespace estiba::build
