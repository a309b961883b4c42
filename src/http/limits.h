// What a peer may cost us, each with its reason.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace estiba::http {

struct ServerLimits {
  // Request line and fields together. Bearer tokens with many scopes reach some 10 KiB.
  std::size_t header_bytes = 64 * 1024;
  // Browsers and proxies send about 30; more is an attack on whoever walks over them.
  std::size_t header_fields = 128;
  // RFC 9112, 3: at least 8000 octets. Resumed uploads carry their state in the query.
  std::size_t request_line_bytes = 16 * 1024;
  // Between requests. Longer than the 60 s for which proxies keep connections, so that it is they
  // who close and no request is lost to a connection that we are closing.
  std::chrono::milliseconds idle_timeout{75'000};
  // From the first byte of a head to its end: an honest client needs one round trip, a slow-loris
  // as long as we let it.
  std::chrono::milliseconds header_timeout{15'000};
  // Without a single byte of the body. Mobile links pause for some 20 s.
  std::chrono::milliseconds body_timeout{30'000};
  // While we wait, a body has to come at this pace at least, or a few clients that drip bytes hold
  // all threads. The slowest links that people use have ten times as much.
  std::uint64_t min_body_bytes_per_second = 500;
  // Without the client taking a single byte of the response.
  std::chrono::milliseconds write_timeout{60'000};
  // A quarter of what a service usually may open, and some 20 MiB of our memory when all are idle.
  // Beyond it the longest idle one is closed.
  std::size_t max_connections = 16'384;
  // Threads that wait for a slow client in the middle of a body, besides those that work. Each
  // costs some 30 KiB while it waits; more slow clients than this take threads from the others.
  std::size_t max_waiting_threads = 4096;
  // What is read and dropped of a body that the handler left unread, to keep the connection. A new
  // connection costs about as much as this.
  std::uint64_t drain_bytes = 256 * 1024;
  // How long a connection that is being closed is still read, so that a reset does not destroy the
  // response on its way to a client that is still sending.
  std::chrono::milliseconds linger_timeout{2'000};
};

// Ranges of one request: clients that fetch lazily ask for a handful; more is a way to make us send
// many small parts.
inline constexpr std::size_t kMaxRanges = 16;
// Parameters of one query or form; ours have at most ten.
inline constexpr std::size_t kMaxQueryParameters = 256;
// One response's header fields together as the client accepts them; CDNs send up to 20 KiB.
inline constexpr std::size_t kMaxResponseHeaderBytes = 256 * 1024;
// Steps to another URL; Go stops after 10 too, a registry and its CDN take one or two.
inline constexpr int kMaxRedirects = 10;
// What is read of a redirect's body to keep its connection.
inline constexpr std::size_t kMaxRedirectBodyBytes = 64 * 1024;
// A URL: signed ones of object stores reach 4 KiB.
inline constexpr std::size_t kMaxUrlBytes = 32 * 1024;
// Challenges in all WWW-Authenticate fields, and parameters of each; one or two with three are
// usual.
inline constexpr std::size_t kMaxChallenges = 16;
inline constexpr std::size_t kMaxChallengeParameters = 32;

}  // namespace estiba::http
