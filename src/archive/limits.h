// How much of a hostile archive is taken in, and why just that much.
#pragma once

#include <cstddef>
#include <cstdint>

namespace estiba::archive {

// PATH_MAX without its NUL: the kernel resolves nothing longer, neither as path nor as link target.
inline constexpr std::size_t kMaxPathBytes = 4095;
// NAME_MAX, and the longest name of an EROFS directory entry.
inline constexpr std::size_t kMaxNameBytes = 255;
// All PAX records, or one GNU long name, of one entry; Go's archive/tar has the same bound.
inline constexpr std::size_t kMaxExtendedHeaderBytes = std::size_t{1} << 20;
// XATTR_SIZE_MAX: the kernel takes no longer value, and EROFS counts it in 16 bits.
inline constexpr std::size_t kMaxXattrValueBytes = 65535;
// XATTR_NAME_MAX.
inline constexpr std::size_t kMaxXattrNameBytes = 255;
// All names and values of one entry: EROFS has room for 65534 words of 4 bytes.
inline constexpr std::size_t kMaxXattrsBytes = 200'000;
// The runs of data of one sparse file; a badly fragmented database has thousands.
inline constexpr std::size_t kMaxExtents = 1'000'000;
// Entries of one archive. The largest known images have about a million; an index needs some 250
// bytes of memory for each.
inline constexpr std::uint64_t kMaxEntries = 10'000'000;
// Names and xattrs of one layer's index in memory.
inline constexpr std::uint64_t kMaxIndexTextBytes = std::uint64_t{1} << 30;
// What is listed of one layer: the largest known images have about a million entries in all. One
// record takes some 100 bytes, and while it is sorted twice as much.
inline constexpr std::uint64_t kMaxListedEntries = 1'000'000;
inline constexpr std::uint64_t kMaxListingBytes = std::uint64_t{512} << 20;
// Of what is sorted so much is held in memory.
inline constexpr std::size_t kListingSortBytes = std::size_t{24} << 20;
// A package database, of a whole distribution some megabytes, and what is kept of all of a layer's.
inline constexpr std::uint64_t kMaxPackageDatabaseBytes = std::uint64_t{32} << 20;
inline constexpr std::uint64_t kMaxListedPackageBytes = std::uint64_t{16} << 20;
// Content of sparse files that is read all the same; they cost an archive next to nothing.
inline constexpr std::uint64_t kMaxListedHoleBytes = std::uint64_t{1} << 30;
// Headers that describe the following entry (PAX, long name, long link) in a row.
inline constexpr int kMaxHeadersInARow = 16;
// The memory a zstd frame may ask for: --long=27, what the zstd program decodes unasked.
inline constexpr int kMaxZstdWindowLog = 27;
// The memory that libarchive's xz decoder may use for a dictionary is bounded by liblzma itself;
// this bounds what is peeked at to tell formats apart.
inline constexpr std::size_t kDetectionBytes = 512;

}  // namespace estiba::archive
