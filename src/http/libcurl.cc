// The functions of libcurl that the client calls, loaded with the first transfer.
#include <curl/curl.h>

#include <cstdarg>

#include "base/library_on_demand.h"

// Macros of the header, which would stand in the way of the definitions below.
#undef curl_easy_setopt
#undef curl_easy_getinfo

namespace {

const estiba::LibraryOnDemand& libcurl() {
  static const estiba::LibraryOnDemand library("libcurl.so.4", "libcurl4");
  return library;
}

// What stands in place of the dots of curl_easy_setopt and curl_easy_getinfo is always one number
// or pointer, and all of them are passed alike.
static_assert(sizeof(long) == sizeof(void*) && sizeof(curl_off_t) == sizeof(void*));

}  // namespace

extern "C" CURLcode curl_easy_setopt(CURL* handle, CURLoption option, ...) {
  static auto* const real = libcurl().function<decltype(::curl_easy_setopt)>("curl_easy_setopt");
  va_list arguments;
  va_start(arguments, option);
  void* const value = va_arg(arguments, void*);
  va_end(arguments);
  return real(handle, option, value);
}

extern "C" CURLcode curl_easy_getinfo(CURL* handle, CURLINFO info, ...) {
  static auto* const real = libcurl().function<decltype(::curl_easy_getinfo)>("curl_easy_getinfo");
  va_list arguments;
  va_start(arguments, info);
  void* const result = va_arg(arguments, void*);
  va_end(arguments);
  return real(handle, info, result);
}

#define FORWARD(...) ESTIBA_ON_DEMAND(libcurl(), __VA_ARGS__)
FORWARD(CURLcode, curl_global_init, (long flags), (flags))
FORWARD(void, curl_free, (void* pointer), (pointer))
FORWARD(CURL*, curl_easy_init, (), ())
FORWARD(void, curl_easy_cleanup, (CURL * handle), (handle))
FORWARD(void, curl_easy_reset, (CURL * handle), (handle))
FORWARD(CURLcode, curl_easy_pause, (CURL * handle, int directions), (handle, directions))
FORWARD(const char*, curl_easy_strerror, (CURLcode code), (code))
FORWARD(CURLM*, curl_multi_init, (), ())
FORWARD(CURLMcode, curl_multi_cleanup, (CURLM * multi), (multi))
FORWARD(CURLMcode, curl_multi_add_handle, (CURLM * multi, CURL* handle), (multi, handle))
FORWARD(CURLMcode, curl_multi_remove_handle, (CURLM * multi, CURL* handle), (multi, handle))
FORWARD(CURLMcode, curl_multi_perform, (CURLM * multi, int* running), (multi, running))
FORWARD(CURLMcode, curl_multi_poll,
        (CURLM * multi, curl_waitfd* extra, unsigned int count, int timeout_ms, int* ready),
        (multi, extra, count, timeout_ms, ready))
FORWARD(CURLMcode, curl_multi_wakeup, (CURLM * multi), (multi))
FORWARD(CURLMsg*, curl_multi_info_read, (CURLM * multi, int* left), (multi, left))
FORWARD(const char*, curl_multi_strerror, (CURLMcode code), (code))
FORWARD(curl_slist*, curl_slist_append, (curl_slist * list, const char* text), (list, text))
FORWARD(void, curl_slist_free_all, (curl_slist * list), (list))
FORWARD(CURLU*, curl_url, (), ())
FORWARD(void, curl_url_cleanup, (CURLU * url), (url))
FORWARD(CURLUcode, curl_url_get, (CURLU * url, CURLUPart part, char** text, unsigned int flags),
        (url, part, text, flags))
FORWARD(CURLUcode, curl_url_set,
        (CURLU * url, CURLUPart part, const char* text, unsigned int flags),
        (url, part, text, flags))
FORWARD(const char*, curl_url_strerror, (CURLUcode code), (code))
#undef FORWARD
