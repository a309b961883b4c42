#include "build/base_image.h"

#include "base/error.h"

namespace estiba::build {

BaseImages::BaseImages(store::Store& store, const PullImage& pull, Options options,
                       BuildObserver& observer, std::stop_token stop)
    : store_(store),
      pull_(pull),
      options_(std::move(options)),
      observer_(observer),
      stop_(std::move(stop)) {}

bool BaseImages::fits(const store::Image& image, const Platform& wanted) const {
  return wanted.accepts(image.config.platform);
}

store::Image BaseImages::find(const std::string& name, const std::string& platform,
                              store::Lease& lease) {
  const Platform wanted = platform.empty() ? options_.platform : Platform::parse(platform);
  // Leased first, then looked at again: a removal in between would have taken it.
  auto leased = [&](const store::Image& image) {
    lease.keep_image(image.id);
    return store_.images().get(image.id);
  };
  // What was asked for, or what is not of here, has to fit.
  const bool must_fit = !platform.empty() || !Platform::host().accepts(wanted);
  if (!options_.always_pull) {
    const auto local = store_.images().try_find(name);
    if (local && (!must_fit || fits(*local, wanted))) return leased(*local);
  }
  const Reference reference = Reference::parse(name).with_default_tag();
  return leased(fetch(reference, wanted));
}

store::Image BaseImages::fetch(const Reference& reference, const Platform& platform) {
  const PulledImage pulled = pull_(reference, platform, observer_.pulling(reference), stop_);
  observer_.pulled(reference, pulled.manifest);
  return store_.images().get(pulled.id);
}

}  // namespace estiba::build
