// What a registry, or who pretends to be one, may cost us.
#pragma once

#include <chrono>
#include <cstddef>

namespace estiba::client {

// An answer of a token endpoint. Tokens with many scopes reach some 10 KiB.
inline constexpr std::size_t kMaxTokenResponseBytes = 256 * 1024;
// Tokens are used at least this long whatever the server says; a refused one is replaced anyway.
inline constexpr std::chrono::seconds kMinTokenLifetime{60};
// A server that promises more does not bind us to keep it.
inline constexpr std::chrono::seconds kMaxTokenLifetime{3600};
// A token that has less left is not taken for a new request.
inline constexpr std::chrono::seconds kTokenMargin{10};

// What is read of the body of a failed answer, and what is shown of its sentence.
inline constexpr std::size_t kMaxErrorBodyBytes = 64 * 1024;
inline constexpr std::size_t kMaxErrorTextBytes = 1024;

// One page of tags: Docker Hub sends at most 1000 names of 128 bytes.
inline constexpr std::size_t kMaxTagsPageBytes = 4u << 20;
inline constexpr std::size_t kTagsPerPage = 1000;
// Referrers of one manifest: signatures and the like.
inline constexpr std::size_t kMaxReferrers = 10'000;
// The largest repositories have some hundred thousand tags.
inline constexpr std::size_t kMaxTags = 2'000'000;

// One answer to a search: a hundred repositories with their descriptions.
inline constexpr std::size_t kMaxSearchResponseBytes = 4u << 20;

// Indexes inside indexes: none is known, one is allowed.
inline constexpr int kMaxIndexDepth = 2;
// Layers of one image: overlayfs takes 500, docker makes up to 127.
inline constexpr std::size_t kMaxLayers = 500;

// Times that a download is taken up again, even when every try made progress.
inline constexpr int kMaxResumptions = 200;
// Requests of one upload; a whole one takes three, each broken connection two more.
inline constexpr int kMaxUploadSteps = 400;
// Repositories of which one mount each is asked for before the bytes are sent.
inline constexpr std::size_t kMaxMountAttempts = 3;

// docker's config.json.
inline constexpr std::size_t kMaxDockerConfigBytes = 4u << 20;
// An answer of a credential helper.
inline constexpr std::size_t kMaxHelperOutputBytes = 256 * 1024;

}  // namespace estiba::client
