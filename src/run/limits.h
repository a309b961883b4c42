// What we accept from images, runtimes and users.
#pragma once

#include <chrono>
#include <cstddef>

namespace estiba::run {

// /etc/passwd and /etc/group of an image: a directory of ten thousand users fits.
inline constexpr std::size_t kMaxAccountFileBytes = 4u << 20;
// The kernel's own limit of a process's groups (NGROUPS_MAX).
inline constexpr std::size_t kMaxSupplementaryGroups = 65536;
// A runtime says why it failed in a line or two.
inline constexpr std::size_t kMaxRuntimeLogBytes = 64u << 10;
// The host's resolver and name files.
inline constexpr std::size_t kMaxHostFileBytes = 1u << 20;
// A seccomp profile: docker's own has 15 KiB.
inline constexpr std::size_t kMaxSeccompFileBytes = 1u << 20;
// Files of variables and labels that a person gives to run.
inline constexpr std::size_t kMaxOptionFileBytes = 1u << 20;
// As long as a label of a domain name may be.
inline constexpr std::size_t kMaxNetworkNameBytes = 63;
// A network's definition, labels included; what is known of an attached container.
inline constexpr std::size_t kMaxNetworkFileBytes = 1u << 20;
// The rules of all networks: a published port has a line of 100 bytes.
inline constexpr std::size_t kMaxFirewallBytes = 64u << 20;
// Until the server of names answers; a loaded host needs a while.
inline constexpr std::chrono::seconds kNameServerStart{20};
// Connections at once to one container's published ports that the host cannot lead there itself,
// and what of each is under way.
inline constexpr std::size_t kMaxProxiedConnections = 256;
inline constexpr std::size_t kProxyBufferBytes = 32u << 10;
// A container's record: the command line is its largest part, which the kernel bounds by 2 MiB.
inline constexpr std::size_t kMaxRecordBytes = 8u << 20;
// What a container may do with its stop signal before it is killed.
inline constexpr std::chrono::milliseconds kStopGrace{2000};
// Bytes under way from one stream to the other.
inline constexpr std::size_t kRelayBufferBytes = 32u << 10;
// What somebody who is attached may leave unread before the container has to wait for him.
inline constexpr std::size_t kMaxUnreadOutputBytes = 1u << 20;
// News are kept for a while only.
inline constexpr std::size_t kMaxEventLogBytes = 8u << 20;
// One line of a container's log in its own form; longer ones are kept in parts.
inline constexpr std::size_t kMaxLogLineBytes = 16u << 10;
// docker's numbers: what is kept of the last checks of a container's health.
inline constexpr std::size_t kMaxHealthOutputBytes = 4096;
inline constexpr std::size_t kMaxHealthResults = 5;
// The user's third Ctrl-C means it: docker's number.
inline constexpr int kInterruptsUntilKill = 3;

}  // namespace estiba::run
