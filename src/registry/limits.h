// What the registry accepts, and why no more.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace estiba::registry {

// One blob: the largest layers that people push are some tens of gigabytes.
inline constexpr std::uint64_t kMaxBlobBytes = 128ull << 30;

// Form bodies of the token endpoint: a password, a token, some scopes.
inline constexpr std::size_t kMaxTokenRequestBytes = 64 * 1024;
// Scopes of one token; a client asks for two or three.
inline constexpr std::size_t kMaxScopes = 32;
// A token of ours with kMaxScopes grants of the longest names.
inline constexpr std::size_t kMaxTokenBytes = 32 * 1024;
// Verified tokens that are remembered, some 500 bytes each: clients of an hour.
inline constexpr std::size_t kMaxCachedTokens = 4096;
// argon2 hashes the whole password: bound its work.
inline constexpr std::size_t kMaxPasswordBytes = 1024;

// Requests to /api: a description is the longest that they bring, numbers are counts and
// seconds.
inline constexpr std::size_t kMaxApiRequestBytes = 256 * 1024;
inline constexpr std::size_t kMaxDescriptionBytes = 64 * 1024;
inline constexpr std::int64_t kMaxApiNumber = 1LL << 40;
// Rules and patterns of one repository: each tag is compared with all.
inline constexpr std::size_t kMaxRetentionRules = 100;
inline constexpr std::size_t kMaxImmutablePatterns = 200;

inline constexpr std::size_t kDefaultPageSize = 100;
inline constexpr std::size_t kMaxPageSize = 1000;
// Tags without "n": many clients take the first answer for the whole list. 130 bytes each.
inline constexpr std::size_t kDefaultTagPageSize = 10'000;
// Referrers of one answer: each brings its annotations, and the answer is a manifest, of which
// clients take 4 MiB.
inline constexpr std::size_t kReferrersPageSize = 200;
// The specification asks for ten at least.
inline constexpr std::size_t kMaxTagsOfOnePush = 64;
// Repositories that are looked at for a blob to mount when the client names none.
inline constexpr std::size_t kMaxMountCandidates = 32;

// docker asks anew for each operation; a push of a large layer must not outlive its token.
inline constexpr std::chrono::seconds kAccessTokenLifetime{3600};
inline constexpr std::chrono::seconds kRefreshTokenLifetime{90L * 24 * 3600};
// Between our clock and that of another replica.
inline constexpr std::chrono::seconds kClockSkew{60};

// For a request that took over a session whose last one is just ending: a client that was cut off
// comes back at once.
inline constexpr std::chrono::seconds kUploadTakeoverPatience{5};
// An upload session that nobody continues.
inline constexpr std::chrono::seconds kUploadLifetime{24L * 3600};
inline constexpr std::chrono::seconds kUploadSweepInterval{600};
// Hash states of uploads between requests: 200 bytes each; more are computed again from the file.
inline constexpr std::size_t kMaxKeptHashers = 4096;

// Wrong passwords for one name from one address before it must wait.
inline constexpr int kMaxPasswordFailures = 10;
inline constexpr std::chrono::seconds kPasswordFailureWindow{60};
inline constexpr std::size_t kMaxTrackedFailures = 8192;
// Wrong codes of a second factor, of which three of a million are right at any time: from one
// address, and for one account, which only who knows its password can bring about.
inline constexpr int kMaxCodeFailures = 10;
inline constexpr int kMaxAccountCodeFailures = 50;
inline constexpr std::chrono::seconds kCodeFailureWindow{900};
// How long a browser is remembered that somebody has signed in with.
inline constexpr std::chrono::seconds kDeviceLifetime{180L * 24 * 3600};
// Each takes 19 MiB and some 20 ms of a core.
inline constexpr int kMaxPasswordChecksAtOnce = 4;
// Passwords that need not be checked so again: each takes 100 bytes.
inline constexpr std::chrono::seconds kVerifiedPasswordLifetime{300};
inline constexpr std::size_t kMaxVerifiedPasswords = 8192;

// Wrong passwords and tokens from one address, whatever the names.
inline constexpr int kMaxAddressFailures = 50;

// A browser stays signed in so long, or until it has not been used for the second time.
inline constexpr std::chrono::seconds kSessionLifetime{30L * 24 * 3600};
inline constexpr std::chrono::seconds kSessionIdleLifetime{7L * 24 * 3600};
// Uses of sessions and tokens are written down no more often than this.
inline constexpr std::chrono::seconds kUseInterval{60};
inline constexpr std::size_t kMaxUserAgentBytes = 512;
inline constexpr std::int64_t kMaxTokensOfAccount = 500;
inline constexpr std::size_t kMaxTokenPatterns = 32;
inline constexpr std::size_t kMaxTokenPatternBytes = 256;
inline constexpr std::size_t kMaxTitleBytes = 255;
inline constexpr std::chrono::seconds kInvitationLifetime{7L * 24 * 3600};
inline constexpr std::chrono::seconds kMaxInvitationLifetime{366L * 24 * 3600};
inline constexpr std::size_t kMinPasswordBytes = 8;
inline constexpr int kRecoveryCodes = 10;

// Sign-in elsewhere: what a provider answers, keys that it may have, its name for somebody, those
// who ask it at the same time, and those who were sent there and have not come back.
inline constexpr std::size_t kMaxProviderAnswerBytes = 256 * 1024;
inline constexpr std::size_t kMaxProviderKeys = 32;
inline constexpr std::size_t kMaxSubjectBytes = 255;
inline constexpr int kMaxProviderExchanges = 8;
inline constexpr std::chrono::seconds kProviderMemory{3600};
inline constexpr std::chrono::seconds kSignInLifetime{600};
inline constexpr std::size_t kMaxPendingSignIns = 10'000;
inline constexpr std::size_t kMaxReturnPathBytes = 1024;
// Who has no password proves to be there by having signed in so lately.
inline constexpr std::chrono::seconds kFreshSession{900};

// A page of the pages' API.
inline constexpr std::size_t kDefaultApiPage = 50;
// Intervals of tags that a page can go back over.
inline constexpr std::size_t kMaxHistory = 1'000'000;
// Entries of an index whose sizes a list adds up.
inline constexpr std::size_t kMaxSummarizedEntries = 32;
// Tags of one digest that an image's page names.
inline constexpr std::size_t kMaxShownTags = 100;
// Notices on all pages: more would be read by nobody.
inline constexpr std::int64_t kMaxMessages = 20;
inline constexpr std::size_t kMaxMessageBytes = 2048;
inline constexpr std::size_t kMaxAuditDetailBytes = 1024;
// Files of images: what of a layer is listed (archive/limits.h bounds the entries), however much it
// was compressed, and in proportion to what it takes here beyond that.
inline constexpr std::uint64_t kMaxListedLayerBytes = 32ull << 30;
inline constexpr std::uint64_t kListedBytesAlways = 1ull << 30;
inline constexpr std::uint64_t kMaxListedGrowth = 200;
// On disk, and those that are mapped.
inline constexpr std::uint64_t kMaxListingCacheBytes = 2ull << 30;
inline constexpr std::size_t kMaxOpenListings = 256;
// Reading a layer takes a core: some are left for serving images.
inline constexpr std::size_t kListingThreads = 2;
inline constexpr std::size_t kMaxQueuedListings = 16'384;
// Requests that may wait for that, and those that read one file out of a layer.
inline constexpr int kMaxListingRequests = 16;
inline constexpr int kMaxFileReads = 4;
inline constexpr std::size_t kMaxUnreadableLayers = 1024;
// Layers of an image whose files are shown: overlay stacks at most 500.
inline constexpr std::size_t kMaxStackedLayers = 500;
inline constexpr std::uint64_t kMaxViewedFileBytes = 512u << 10;
inline constexpr std::size_t kMaxComparedFiles = 5000;
inline constexpr std::size_t kMaxComparedPackages = 5000;
// Pages that watch: each has a thread that waits, of some 30 KiB. An account, or an address of
// nobody's, has some tabs open.
inline constexpr std::size_t kMaxWatchers = 1024;
inline constexpr int kMaxWatchersOfOne = 64;
// Without an event, so that proxies keep the connection and we learn who has gone; and how long
// somebody whose rights ended may still be connected, hearing nothing.
inline constexpr std::chrono::seconds kWatchHeartbeat{15};
inline constexpr std::size_t kMaxQueuedLiveEvents = 256;
// For watchers that come back.
inline constexpr std::size_t kMaxKeptLiveEvents = 1024;
// Between two events of one upload's progress.
inline constexpr std::chrono::milliseconds kProgressInterval{500};

// Search: a page, and what of a repository is searched. docker asks for 25 and at most 100.
inline constexpr std::size_t kDefaultSearchPage = 25;
inline constexpr std::size_t kMaxSearchPage = 100;
inline constexpr std::size_t kMaxSearchPages = 1'000'000;
inline constexpr std::size_t kMaxSearchTextBytes = 1024;
inline constexpr std::size_t kMaxSearchWords = 16;
// Images whose labels and annotations are searched: those of the tags that were moved last.
inline constexpr int kSearchedTags = 10;
inline constexpr int kSearchedTagNames = 1000;
inline constexpr std::size_t kMaxSearchedConfigBytes = 1u << 20;
inline constexpr std::size_t kMaxSearchedValueBytes = 1024;
inline constexpr std::size_t kMaxSearchedTextBytes = 64 * 1024;
// Changed repositories that a search indexes before it answers: a few milliseconds.
inline constexpr std::size_t kIndexedBySearch = 32;
inline constexpr std::size_t kIndexedAtOnce = 1000;
inline constexpr std::chrono::seconds kIndexInterval{5};

// Addresses and accounts whose requests are counted.
inline constexpr std::size_t kMaxTrackedRates = 32'768;
// With less space left the registry is not ready: SQLite needs some to take note of anything.
inline constexpr std::uint64_t kMinFreeBytes = 16u << 20;

// Scrapers and probes.
inline constexpr std::size_t kMetricsThreads = 4;

// Webhooks: one try, the longest pause between two, and how long they are tried.
inline constexpr std::chrono::milliseconds kWebhookTimeout{10'000};
inline constexpr std::chrono::milliseconds kMaxWebhookPause{3600L * 1000};
inline constexpr std::chrono::milliseconds kWebhookLifetime{24L * 3600 * 1000};
// Of one repository: a chat, a deployment, a scanner. And deliveries that wait for one of them.
inline constexpr std::int64_t kMaxWebhooksOfRepository = 20;
inline constexpr std::int64_t kMaxWaitingDeliveries = 1000;
inline constexpr std::size_t kMaxWebhookUrlBytes = 2048;
inline constexpr std::size_t kMaxWebhookSecretBytes = 1024;
// Repositories' webhooks that are told at the same time; a slow one holds one of these threads.
inline constexpr std::size_t kWebhookThreads = 4;
// Between two looks for webhooks that another process has set.
inline constexpr std::chrono::milliseconds kWebhookRefreshInterval{5'000};
// Between two looks for deliveries that are due again.
inline constexpr std::chrono::milliseconds kWebhookPollInterval{500};

// Upstreams: shorter than the patience of who waits for us meanwhile.
inline constexpr std::chrono::milliseconds kUpstreamConnectTimeout{5'000};
inline constexpr std::chrono::milliseconds kUpstreamTimeout{30'000};
inline constexpr std::chrono::milliseconds kMaxUpstreamPause{2'000};
inline constexpr std::size_t kUpstreamDownloads = 16;
inline constexpr std::size_t kMaxCheckedTags = 65'536;

// A sync: blobs that travel at the same time, indexes inside indexes, and manifests of one tag with
// all that refers to it, which a hostile source could make endless.
inline constexpr std::size_t kSyncedBlobsAtOnce = 4;
inline constexpr int kMaxSyncDepth = 8;
inline constexpr std::size_t kMaxSyncedManifests = 20'000;

inline constexpr std::size_t kMetadataReaders = 8;
// Looked up once until something is committed: together at most some 20 MiB.
inline constexpr std::size_t kMaxKeptLookups = 4096;
inline constexpr std::size_t kMaxKeptManifests = 512;
inline constexpr std::size_t kMaxKeptManifestBytes = 32 * 1024;

// Between two writes of pull counts; and how many a server keeps when it cannot write.
inline constexpr std::chrono::seconds kPullCountInterval{10};
inline constexpr std::size_t kMaxUnwrittenPullCounts = 65536;
inline constexpr std::chrono::seconds kRetentionInterval{3600};
inline constexpr std::chrono::seconds kScrubInterval{3600};

// How long a killed backup keeps the collector from deleting files.
inline constexpr std::chrono::seconds kHoldLifetime{3600};

// A lease younger than this is not renewed: pushes ask for the same blob again and again.
inline constexpr std::chrono::seconds kLeaseAge{60};
// Candidates that one transaction of the collector reviews: others may write in between.
inline constexpr std::size_t kReviewBatch = 64;

}  // namespace estiba::registry
