// How much of what comes from others is taken in, and why just that much.
#pragma once

#include <cstddef>
#include <cstdint>

namespace estiba::store {

// What a compressed layer may grow to. An index cannot describe a larger tar (its second device is
// addressed by 32-bit block numbers of 512 bytes); the disk is usually full long before.
inline constexpr std::uint64_t kMaxLayerTarBytes = std::uint64_t{2} << 40;

// Layers of one image. Overlay mounts no more than 500, docker makes no more than 127.
inline constexpr std::size_t kMaxImageLayers = 500;

// Entries of an image archive: a file per layer and image, a few more per layer in old ones.
inline constexpr std::size_t kMaxArchiveEntries = 100'000;

// manifest.json, index.json and oci-layout of an archive, which name every image in it.
inline constexpr std::size_t kMaxArchiveDocumentBytes = std::size_t{16} << 20;

// Indexes inside indexes in an OCI archive: the specification needs one, some tools make two.
inline constexpr int kMaxIndexDepth = 4;

// Links to follow inside a docker archive: old ones give a repeated layer as a symbolic link.
inline constexpr int kMaxArchiveLinks = 8;

// How often a blob's transfer goes on after its connection broke without any progress.
inline constexpr int kMaxTransferAttempts = 5;

}  // namespace estiba::store
