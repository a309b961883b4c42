// The functions of libarchive that read other formats' compression, loaded with the first such
// file.
#include <archive.h>

#include "base/library_on_demand.h"

namespace {

const estiba::LibraryOnDemand& libarchive() {
  static const estiba::LibraryOnDemand library("libarchive.so.13", "libarchive13");
  return library;
}

}  // namespace

#define FORWARD(...) ESTIBA_ON_DEMAND(libarchive(), __VA_ARGS__)
FORWARD(struct archive*, archive_read_new, (), ())
FORWARD(int, archive_read_free, (struct archive * handle), (handle))
FORWARD(int, archive_read_support_filter_bzip2, (struct archive * handle), (handle))
FORWARD(int, archive_read_support_filter_xz, (struct archive * handle), (handle))
FORWARD(int, archive_read_support_format_raw, (struct archive * handle), (handle))
FORWARD(int, archive_read_support_format_empty, (struct archive * handle), (handle))
FORWARD(int, archive_read_open,
        (struct archive * handle, void* data, archive_open_callback* open,
         archive_read_callback* read, archive_close_callback* close),
        (handle, data, open, read, close))
FORWARD(int, archive_read_next_header, (struct archive * handle, struct archive_entry** entry),
        (handle, entry))
FORWARD(la_ssize_t, archive_read_data, (struct archive * handle, void* buffer, std::size_t size),
        (handle, buffer, size))
FORWARD(const char*, archive_error_string, (struct archive * handle), (handle))
#undef FORWARD
