#include <gtest/gtest.h>

#include "base/error.h"
#include "run/ipv6.h"
#include "run/port_mapping.h"
#include "run/port_reservation.h"

namespace estiba::run {
namespace {

TEST(Publish, AnIpv6AddressStandsInBrackets) {
  const std::vector<PortMapping> mappings = parse_publish("[::1]:8080:80");
  ASSERT_EQ(mappings.size(), 1u);
  EXPECT_EQ(mappings[0], (PortMapping{"::1", 8080, 80, "tcp"}));
  EXPECT_EQ(parse_publish("[fd00::5]::53/udp").at(0), (PortMapping{"fd00::5", 0, 53, "udp"}));
}

TEST(Publish, OfARangeOfTheHostsPortsOneIsTakenForOnePort) {
  const std::vector<PortMapping> mappings = parse_publish("8000-8005:80");
  ASSERT_EQ(mappings.size(), 1u);
  EXPECT_EQ(mappings[0], (PortMapping{"", 8000, 80, "tcp", 8005}));
}

TEST(Publish, WhatIsNoAddressIsRefused) {
  for (const char* wrong : {"[::1:8080:80", "[]:8080:80", "[1.2.3.4]:1:2", "[::1]:1:2:3",
                            "::1:2:3:4", "[::1]", "fd00::1:80:80"}) {
    EXPECT_THROW((void)parse_publish(wrong), Error) << wrong;
  }
}

TEST(Ipv6, SubnetsNumberTheirAddresses) {
  const auto subnet = parse_subnet6("fd00:5::/64");
  ASSERT_TRUE(subnet);
  EXPECT_EQ(subnet->to_string(), "fd00:5::/64");
  EXPECT_EQ(subnet->address(1), "fd00:5::1");
  EXPECT_EQ(subnet->address(0x10002), "fd00:5::1:2");
  EXPECT_TRUE(subnet->contains("fd00:5::ffff"));
  EXPECT_FALSE(subnet->contains("fd00:6::1"));
  EXPECT_FALSE(subnet->contains("10.0.0.1"));
}

TEST(Ipv6, WhatIsNoSubnetForContainersIsRefused) {
  for (const char* wrong :
       {"fd00::1/64", "fd00::/112", "fd00::/0", "fd00::", "10.0.0.0/8", "x/64", "fd00::/6x"}) {
    EXPECT_FALSE(parse_subnet6(wrong)) << wrong;
  }
}

TEST(Ipv6, ChosenSubnetsAreUniqueAndLocal) {
  const Subnet6 subnet = unique_local_subnet();
  EXPECT_EQ(parse_subnet6(subnet.to_string())->base, subnet.base);
  EXPECT_EQ(subnet.base[0], 0xfd);
  EXPECT_NE(unique_local_subnet().base, subnet.base);
}

TEST(HeldPorts, APortIsHeldOnceAndFreeAfterwards) {
  std::vector<PortMapping> mappings = {{"", 0, 80, "tcp"}, {"127.0.0.1", 0, 53, "udp"}};
  {
    const std::vector<HeldPort> held = hold_ports(mappings);
    EXPECT_NE(mappings[0].host_port, 0);
    EXPECT_NE(mappings[1].host_port, 0);
    std::vector<PortMapping> again = mappings;
    EXPECT_THROW((void)hold_ports(again), Error);
  }
  EXPECT_FALSE(hold_ports(mappings).empty());
}

}  // namespace
}  // namespace estiba::run
