#include "base/error.h"

#include <fmt/format.h>

#include <cerrno>
#include <system_error>

namespace estiba {
namespace {

ErrorCode code_of_errno(int errno_value) {
  switch (errno_value) {
    case ENOENT:
    case ENOTDIR:
      return ErrorCode::kNotFound;
    case EACCES:
    case EPERM:
    case EROFS:
      return ErrorCode::kPermissionDenied;
    case ENOSPC:
    case EDQUOT:
    case EMFILE:
    case ENFILE:
    case ENOMEM:
      return ErrorCode::kResourceExhausted;
    case EEXIST:
      return ErrorCode::kAlreadyExists;
    case ENOSYS:
    case EOPNOTSUPP:
      return ErrorCode::kUnsupported;
    default:
      return ErrorCode::kIo;
  }
}

}  // namespace

Error::Error(ErrorCode code, std::string message, std::string hint)
    : code_(code), message_(std::move(message)), hint_(std::move(hint)), what_(message_) {}

Error& Error::add_context(std::string_view doing) {
  contexts_.push_back(fmt::format("while {}", doing));
  render();
  return *this;
}

Error& Error::add_place(std::string_view place) {
  if (place.empty()) return *this;
  contexts_.emplace_back(place);
  render();
  return *this;
}

Error& Error::set_hint(std::string hint) {
  hint_ = std::move(hint);
  return *this;
}

void Error::render() {
  what_.clear();
  for (auto context = contexts_.rbegin(); context != contexts_.rend(); ++context) {
    what_ += *context + ": ";
  }
  what_ += message_;
}

void throw_errno(int errno_value, std::string_view doing) {
  throw Error(code_of_errno(errno_value),
              fmt::format("cannot {}: {}", doing, std::generic_category().message(errno_value)));
}

void throw_errno(std::string_view doing) {
  throw_errno(errno, doing);
}

}  // namespace estiba
