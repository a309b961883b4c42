#include "build/base_image.h"

#include "base/error.h"
#include "build/named_context.h"

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
  if (const auto named = find_context(options_.named, name)) {
    return find_leased(*named, platform, wanted, lease);
  }
  const std::optional<Reference> tagged = unpinned_reference(name);
  if (!tagged) return find_leased(name, platform, wanted, lease);
  const std::string whole = tagged->to_string();
  if (const auto locked = options_.locked.find(whole); locked != options_.locked.end()) {
    const Reference pinned(tagged->repository(), std::nullopt, locked->second);
    return find_leased(pinned.to_string(), platform, wanted, lease);
  }
  store::Image image = find_leased(name, platform, wanted, lease);
  if (Platform::host().accepts(wanted)) unpinned_.insert_or_assign(whole, image.id);
  return image;
}

// The tag that a name is; nothing for a digest or an image ID.
std::optional<Reference> BaseImages::unpinned_reference(const std::string& name) const {
  const bool is_id =
      name.starts_with("sha256:") ||
      (name.size() == 64 && name.find_first_not_of("0123456789abcdef") == std::string::npos);
  if (is_id) return std::nullopt;
  const Reference reference = Reference::parse(name);
  if (reference.digest()) return std::nullopt;
  return reference.with_default_tag();
}

store::Image BaseImages::find_leased(const std::string& name, const std::string& platform,
                                     const Platform& wanted, store::Lease& lease) {
  // Leased first, then looked at again: a removal in between would have taken it.
  auto leased = [&](const store::Image& image) {
    lease.keep_image(image.id);
    return store_.images().get(image.id);
  };
  // What was asked for, or what is not of here, has to fit. An ID can be nothing else.
  const bool is_id = name.starts_with("sha256:");
  const bool must_fit = !is_id && (!platform.empty() || !Platform::host().accepts(wanted));
  if (!options_.always_pull || is_id) {
    const auto local = store_.images().try_find(name);
    if (local && (!must_fit || fits(*local, wanted))) return leased(*local);
  }
  return leased(fetch(Reference::parse(name).with_default_tag(), wanted));
}

store::Image BaseImages::fetch(const Reference& reference, const Platform& platform) {
  const PulledImage pulled = pull_(reference, platform, observer_.pulling(reference), stop_);
  observer_.pulled(reference, pulled.manifest);
  return store_.images().get(pulled.id);
}

}  // namespace estiba::build
