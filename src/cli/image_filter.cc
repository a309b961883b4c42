#include "cli/image_filter.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "dockerfile/match.h"

namespace estiba::cli {
namespace {

bool matches(const std::string& pattern, const Reference& tag) {
  return dockerfile::match_path(pattern, tag.familiar()) ||
         dockerfile::match_path(pattern, tag.repository().familiar_name());
}

}  // namespace

ImageFilter::ImageFilter(std::string name, const std::vector<std::string>& filters,
                         store::ImageStore& images)
    : images_(images), name_(std::move(name)) {
  for (const std::string& filter : filters) {
    const std::size_t equals = filter.find('=');
    if (equals == std::string::npos) {
      throw Error(ErrorCode::kInvalidArgument,
                  "invalid filter \"" + filter + "\": expected KEY=VALUE");
    }
    add(filter.substr(0, equals), filter.substr(equals + 1));
  }
}

void ImageFilter::add(const std::string& key, const std::string& value) {
  if (key == "dangling") {
    dangling_ = value == "true" || value == "1";
  } else if (key == "label") {
    labels_.push_back(value);
  } else if (key == "reference") {
    patterns_.push_back(value);
  } else if (key == "before") {
    before_ = images_.find(value).config.created;
  } else if (key == "since") {
    since_ = images_.find(value).config.created;
  } else {
    throw Error(ErrorCode::kInvalidArgument, "invalid filter \"" + key + "\"",
                "use dangling, label, reference, before or since");
  }
}

bool ImageFilter::has_labels(const store::ImageListing& image) const {
  if (labels_.empty()) return true;
  const auto labels = images_.get(image.id).config.config.labels;
  return std::all_of(labels_.begin(), labels_.end(), [&](const std::string& wanted) {
    const std::size_t equals = wanted.find('=');
    const auto found = labels.find(wanted.substr(0, equals));
    if (found == labels.end()) return false;
    return equals == std::string::npos || found->second == wanted.substr(equals + 1);
  });
}

bool ImageFilter::accepts(const store::ImageListing& image) const {
  if (dangling_ && *dangling_ != image.tags.empty()) return false;
  if (before_ && (!image.created || *image.created >= *before_)) return false;
  if (since_ && (!image.created || *image.created <= *since_)) return false;
  return has_labels(image);
}

bool ImageFilter::accepts_name(const Reference& tag) const {
  if (!name_.empty()) {
    const bool named = name_.find_first_of("*?[") != std::string::npos ? matches(name_, tag) : [&] {
      const Reference wanted = Reference::parse(name_);
      return wanted.repository() == tag.repository() &&
             (!wanted.tag() || wanted.tag() == tag.tag());
    }();
    if (!named) return false;
  }
  return patterns_.empty() ||
         std::any_of(patterns_.begin(), patterns_.end(),
                     [&](const std::string& pattern) { return matches(pattern, tag); });
}

}  // namespace estiba::cli
