#include "http/address_filter.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

#include "base/error.h"

namespace estiba::http {
namespace {

bool accepts_text(const AddressFilter& filter, const std::string& text) {
  sockaddr_in v4{};
  if (::inet_pton(AF_INET, text.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    return filter.accepts(reinterpret_cast<const sockaddr&>(v4));
  }
  sockaddr_in6 v6{};
  EXPECT_EQ(::inet_pton(AF_INET6, text.c_str(), &v6.sin6_addr), 1) << text;
  v6.sin6_family = AF_INET6;
  return filter.accepts(reinterpret_cast<const sockaddr&>(v6));
}

TEST(AddressFilter, LetsPublicAddressesThrough) {
  const AddressFilter filter({});
  for (const char* text : {"1.1.1.1", "8.8.8.8", "172.15.255.255", "172.32.0.0", "100.63.0.1",
                           "2606:4700::1111", "64:ff9b::808:808", "2002:808:808::1"}) {
    EXPECT_TRUE(accepts_text(filter, text)) << text;
  }
}

TEST(AddressFilter, RefusesWhatIsNotPublicInEveryForm) {
  const AddressFilter filter({});
  for (const char* text : {"127.0.0.1",
                           "127.9.9.9",
                           "0.0.0.0",
                           "10.0.0.1",
                           "172.16.0.1",
                           "172.31.255.255",
                           "192.168.1.1",
                           "169.254.169.254",
                           "100.64.0.1",
                           "224.0.0.1",
                           "255.255.255.255",
                           "::1",
                           "::",
                           "::ffff:127.0.0.1",
                           "::ffff:10.0.0.1",
                           "::127.0.0.1",
                           "fe80::1",
                           "fd00::1",
                           "ff02::1",
                           "64:ff9b::7f00:1",
                           "64:ff9b::a9fe:a9fe",
                           "2002:7f00:1::1",
                           "2002:a00:1::",
                           "2001:db8::1"}) {
    EXPECT_FALSE(accepts_text(filter, text)) << text;
  }
}

TEST(AddressFilter, AcceptsWhatIsAllowedAndNoMore) {
  const AddressFilter filter({"10.1.0.0/16", "127.0.0.1", "fd00:1::/32", "192.168.7.128/25"});
  for (const char* text : {"10.1.255.255", "127.0.0.1", "fd00:1::5", "192.168.7.200"}) {
    EXPECT_TRUE(accepts_text(filter, text)) << text;
  }
  for (const char* text : {"10.2.0.0", "127.0.0.2", "fd00:2::5", "192.168.7.127"}) {
    EXPECT_FALSE(accepts_text(filter, text)) << text;
  }
}

TEST(AddressFilter, RefusesWhatIsNoNetwork) {
  for (const char* text : {"", "host", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "fd00::/129",
                           "10.0.0/8", "10.0.0.0/8x"}) {
    EXPECT_THROW(AddressFilter({text}), Error) << text;
  }
}

TEST(AddressFilter, TakesAnythingThatAResolverTakesForAnAddressAsOne) {
  const AddressFilter filter({"127.0.0.1"});
  for (const char* host : {"127.0.0.2", "127.2", "0x7f000002", "2130706434", "[::1]", "[fe80::1]",
                           "169.254.169.254", "[::ffff:10.0.0.1]"}) {
    EXPECT_FALSE(filter.accepts_host(host)) << host;
  }
  for (const char* host :
       {"127.0.0.1", "127.1", "1.1.1.1", "[2606:4700::1111]", "localhost", "example.com"}) {
    EXPECT_TRUE(filter.accepts_host(host)) << host;
  }
}

}  // namespace
}  // namespace estiba::http
