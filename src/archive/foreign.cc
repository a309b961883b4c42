#include "archive/foreign.h"

#include <archive.h>
#include <fmt/format.h>

#include <array>
#include <exception>
#include <vector>

#include "archive/compression.h"
#include "archive/file_source.h"
#include "archive/tar_header.h"
#include "archive/tar_reader.h"
#include "base/error.h"
#include "base/fd.h"

namespace estiba::archive {
namespace {

// "archive" in the global namespace is libarchive's.
using Handle = ::archive;

struct FreeHandle {
  void operator()(Handle* handle) const { ::archive_read_free(handle); }
};

class ForeignSource final : public Source {
 public:
  explicit ForeignSource(Source& inner)
      : inner_(inner), buffer_(kCopyBufferBytes), handle_(::archive_read_new()) {
    if (!handle_) throw std::bad_alloc();
    ::archive_read_support_filter_bzip2(handle_.get());
    ::archive_read_support_filter_xz(handle_.get());
    ::archive_read_support_format_raw(handle_.get());
    ::archive_read_support_format_empty(handle_.get());
    ::archive_entry* entry = nullptr;
    int result = ::archive_read_open(handle_.get(), this, nullptr, &read_inner, nullptr);
    if (result == ARCHIVE_OK) result = ::archive_read_next_header(handle_.get(), &entry);
    ended_ = result == ARCHIVE_EOF;
    if (result != ARCHIVE_OK && !ended_) throw_problem();
  }

  [[nodiscard]] std::size_t read(MutableBytes buffer) override {
    if (ended_) return 0;
    const la_ssize_t count = ::archive_read_data(handle_.get(), buffer.data(), buffer.size());
    if (count < 0) throw_problem();
    ended_ = count == 0;
    return static_cast<std::size_t>(count);
  }

 private:
  // Called by libarchive, through which no exception may pass.
  static la_ssize_t read_inner(Handle* /*handle*/, void* self_pointer, const void** data) {
    auto& self = *static_cast<ForeignSource*>(self_pointer);
    try {
      *data = self.buffer_.data();
      return static_cast<la_ssize_t>(self.inner_.read(self.buffer_));
    } catch (...) {
      self.problem_ = std::current_exception();
      return ARCHIVE_FATAL;
    }
  }

  [[noreturn]] void throw_problem() {
    if (problem_) std::rethrow_exception(problem_);
    const char* text = ::archive_error_string(handle_.get());
    throw Error(ErrorCode::kDataLoss,
                fmt::format("the compressed archive is damaged: {}", text ? text : "unknown"));
  }

  Source& inner_;
  std::vector<std::byte> buffer_;
  std::unique_ptr<Handle, FreeHandle> handle_;
  std::exception_ptr problem_;
  bool ended_ = false;
};

}  // namespace

std::unique_ptr<Source> make_foreign_decompressor(Source& inner) {
  return std::make_unique<ForeignSource>(inner);
}

bool is_tar_archive(int fd) {
  FileSource file(fd, 0, file_size(fd, "the archive"), "the archive");
  try {
    const auto plain = open_maybe_compressed(file);
    std::array<std::byte, kTarHeaderBytes> block = {};
    std::size_t got = 0;
    while (got < block.size()) {
      const std::size_t count = plain->read(MutableBytes(block).subspan(got));
      if (count == 0) return false;
      got += count;
    }
    return looks_like_tar(block);
  } catch (const Error& error) {
    // What looks compressed but is not readable is a file like any other.
    if (error.code() == ErrorCode::kDataLoss || error.code() == ErrorCode::kUnsupported) {
      return false;
    }
    throw;
  }
}

}  // namespace estiba::archive
