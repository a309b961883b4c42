#include "cli/host_offers.h"

#include <fmt/format.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/process.h"
#include "cli/session.h"
#include "fs/subordinate_ids.h"
#include "fs/temp.h"
#include "fs/user_namespace.h"
#include "run/cgroups.h"
#include "run/packet_carrier.h"
#include "run/runtime.h"
#include "store/layer_store.h"
#include "store/snapshot.h"
#include "store/store.h"

namespace estiba::cli {
namespace {

std::uint64_t count_ids(const std::vector<fs::IdRange>& ranges) {
  std::uint64_t count = 0;
  for (const fs::IdRange& range : ranges) count += range.count;
  return count;
}

HostOffer user_namespace_offer() {
  const bool present = fs::in_user_namespace();
  return {.name = "user namespace",
          .present = present,
          .detail = present ? "in use" : "this host does not let users make one",
          .remedy =
              "as root: look at the sysctls user.max_user_namespaces and "
              "kernel.unprivileged_userns_clone"};
}

HostOffer subordinate_ids_offer(uid_t uid) {
  const fs::SubordinateIds ids = fs::subordinate_ids(uid);
  return {.name = "subordinate ids",
          .present = ids.complete(),
          .detail = fmt::format("{} users and {} groups for {}", count_ids(ids.users),
                                count_ids(ids.groups), ids.user),
          .remedy = fs::hint_for_more_ids()};
}

HostOffer newuidmap_offer() {
  const bool present = find_program("newuidmap") && find_program("newgidmap");
  return {.name = "newuidmap",
          .present = present,
          .detail = present ? "installed" : "newuidmap or newgidmap is not installed",
          .remedy = "apt-get install uidmap"};
}

HostOffer cgroup_offer() {
  const run::CgroupSupport support = run::prepare_cgroups();
  const char* version = support.version == run::CgroupVersion::kV2   ? "version 2"
                        : support.version == run::CgroupVersion::kV1 ? "version 1"
                                                                     : "not mounted";
  return {.name = "cgroups",
          .present = support.usable,
          .detail = fmt::format("{}, {}", version,
                                support.usable ? "may be made" : "may not be made by us"),
          .remedy =
              "containers run without limits; those need root, or cgroup version 2 with a "
              "part of it that is the user's"};
}

HostOffer overlay_offer(Session& session) {
  HostOffer offer{.name = "overlay",
                  .present = true,
                  .detail = "the kernel mounts it",
                  .remedy = "Linux 5.11 or newer lets ordinary users mount overlay"};
  try {
    const std::string area = session.root() + "/tmp";
    const auto directory = fs::TemporaryDirectory::create(area);
    const store::Snapshot tried = session.mounter().mount_writable(
        {}, directory.path(), {}, store::SnapshotMounter::Upper::kEphemeral);
  } catch (const Error& error) {
    offer.present = false;
    offer.detail = error.what();
  }
  return offer;
}

HostOffer erofs_offer(Session& session) {
  const store::LayerStore& layers = session.store().layers();
  return {
      .name = "erofs",
      .present = layers.form() == store::LayerForm::kIndex,
      .detail = layers.form_reason(),
      .remedy = "layers are extracted into directories, which takes longer; nothing else changes"};
}

HostOffer runtime_offer(Session& session) {
  HostOffer offer{.name = "runtime", .remedy = "apt-get install crun"};
  try {
    offer.detail = session.runtime().program();
    offer.present = true;
  } catch (const Error& error) {
    offer.detail = error.what();
  }
  return offer;
}

HostOffer user_network_offer() {
  const std::string program = run::PacketCarrier::program();
  const bool has_device = ::access("/dev/net/tun", R_OK | W_OK) == 0;
  HostOffer offer{.name = "network", .present = !program.empty() && has_device};
  offer.detail = program.empty() ? "neither pasta nor slirp4netns is installed" : program;
  offer.remedy = "apt-get install passt; --network host works without";
  if (!has_device) {
    offer.detail += ", but /dev/net/tun may not be opened";
    offer.remedy = "as root: modprobe tun; chmod 666 /dev/net/tun; --network host works without";
  }
  return offer;
}

}  // namespace

std::vector<HostOffer> host_offers(Session& session) {
  std::vector<HostOffer> offers;
  const auto user = fs::ordinary_user();
  if (user) {
    offers = {user_namespace_offer(), subordinate_ids_offer(*user), newuidmap_offer()};
  }
  offers.push_back(runtime_offer(session));
  offers.push_back(cgroup_offer());
  offers.push_back(overlay_offer(session));
  offers.push_back(erofs_offer(session));
  if (user) offers.push_back(user_network_offer());
  return offers;
}

}  // namespace estiba::cli
