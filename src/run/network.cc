#include "run/network.h"

#include <fmt/format.h>

#include "base/error.h"
#include "run/run_options.h"

namespace estiba::run {
namespace {

// The host's interfaces, or none but loopback: the runtime does all there is to do.
class PlainNetwork final : public Network {
 public:
  explicit PlainNetwork(NetworkMode mode) : mode_(mode) {}
  void attach(ContainerSpec& spec) override { spec.network = mode_; }
  void detach() override {}

 private:
  NetworkMode mode_;
};

}  // namespace

std::unique_ptr<Network> make_network(const std::string& /*store_root*/,
                                      const std::string& /*container_id*/,
                                      const RunOptions& options) {
  if (options.network == "host") return std::make_unique<PlainNetwork>(NetworkMode::kHost);
  if (options.network == "none") return std::make_unique<PlainNetwork>(NetworkMode::kNone);
  throw Error(ErrorCode::kInvalidArgument, fmt::format("network {} not found", options.network),
              "use host or none");
}

}  // namespace estiba::run
