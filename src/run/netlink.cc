#include "run/netlink.h"

#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <thread>

#include "base/error.h"

namespace estiba::run {
namespace {

// The kernel's answer to one of our requests; it holds the request again.
constexpr std::size_t kAnswerBytes = 8192;

UniqueFd netlink_socket(int& reason) {
  UniqueFd made(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
  reason = made ? 0 : errno;
  return made;
}

}  // namespace

NetlinkMessage::NetlinkMessage(std::uint16_t type, std::uint16_t flags) {
  const nlmsghdr header = {
      .nlmsg_len = 0,
      .nlmsg_type = type,
      .nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | NLM_F_ACK | flags),
      .nlmsg_seq = 0,
      .nlmsg_pid = 0};
  append(&header, sizeof header);
}

void NetlinkMessage::append(const void* data, std::size_t size) {
  const auto* bytes = static_cast<const std::uint8_t*>(data);
  bytes_.insert(bytes_.end(), bytes, bytes + size);
  bytes_.resize(NLMSG_ALIGN(bytes_.size()));
}

NetlinkMessage& NetlinkMessage::bytes(std::uint16_t type, std::span<const std::uint8_t> value) {
  const rtattr attribute = {.rta_len = static_cast<std::uint16_t>(RTA_LENGTH(value.size())),
                            .rta_type = type};
  append(&attribute, sizeof attribute);
  append(value.data(), value.size());
  return *this;
}

NetlinkMessage& NetlinkMessage::number(std::uint16_t type, std::uint32_t value) {
  std::array<std::uint8_t, sizeof value> raw = {};
  std::memcpy(raw.data(), &value, sizeof value);
  return bytes(type, raw);
}

NetlinkMessage& NetlinkMessage::small_number(std::uint16_t type, std::uint8_t value) {
  return bytes(type, {&value, 1});
}

NetlinkMessage& NetlinkMessage::text(std::uint16_t type, std::string_view value) {
  std::vector<std::uint8_t> raw(value.begin(), value.end());
  raw.push_back(0);
  return bytes(type, raw);
}

std::size_t NetlinkMessage::open(std::uint16_t type) {
  const std::size_t position = bytes_.size();
  bytes(type, {});
  return position;
}

void NetlinkMessage::close(std::size_t opened) {
  const auto length = static_cast<std::uint16_t>(bytes_.size() - opened);
  std::memcpy(bytes_.data() + opened + offsetof(rtattr, rta_len), &length, sizeof length);
}

std::span<const std::uint8_t> NetlinkMessage::finish(std::uint32_t sequence) {
  const auto length = static_cast<std::uint32_t>(bytes_.size());
  std::memcpy(bytes_.data() + offsetof(nlmsghdr, nlmsg_len), &length, sizeof length);
  std::memcpy(bytes_.data() + offsetof(nlmsghdr, nlmsg_seq), &sequence, sizeof sequence);
  return bytes_;
}

NetlinkSocket NetlinkSocket::open() {
  int reason = 0;
  UniqueFd socket = netlink_socket(reason);
  if (reason != 0) throw_errno(reason, "speak to the kernel's network configuration");
  return NetlinkSocket(std::move(socket));
}

NetlinkSocket NetlinkSocket::open_in(const std::string& namespace_file) {
  const UniqueFd entered = open_file(namespace_file, O_RDONLY);
  int reason = 0;
  UniqueFd socket;
  // A thread has a namespace of its own: one that ends does not take us along.
  std::thread([&] {
    if (::setns(entered.get(), CLONE_NEWNET) != 0) {
      reason = errno;
      return;
    }
    socket = netlink_socket(reason);
  }).join();
  if (reason != 0) throw_errno(reason, "enter the network namespace " + namespace_file);
  return NetlinkSocket(std::move(socket));
}

int NetlinkSocket::request(NetlinkMessage& message) {
  const std::span<const std::uint8_t> bytes = message.finish(++sequence_);
  if (::send(socket_.get(), bytes.data(), bytes.size(), 0) < 0) return errno;
  std::array<std::uint8_t, kAnswerBytes> answer = {};
  for (;;) {
    const ssize_t size = ::recv(socket_.get(), answer.data(), answer.size(), 0);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return errno;
    nlmsghdr header = {};
    nlmsgerr result = {};
    if (static_cast<std::size_t>(size) < sizeof header + sizeof result) return EPROTO;
    std::memcpy(&header, answer.data(), sizeof header);
    if (header.nlmsg_seq != sequence_ || header.nlmsg_type != NLMSG_ERROR) continue;
    std::memcpy(&result, answer.data() + NLMSG_HDRLEN, sizeof result);
    return -result.error;
  }
}

int NetlinkSocket::index_of(const std::string& interface) const {
  ifreq query = {};
  interface.copy(query.ifr_name, IFNAMSIZ - 1);
  return ::ioctl(socket_.get(), SIOCGIFINDEX, &query) == 0 ? query.ifr_ifindex : 0;
}

}  // namespace estiba::run
