// Shared libraries that most commands never need are loaded when something of them is first called:
// libcurl, libpq and libarchive bring forty others, whose loading takes three times as long as the
// rest of a short command.
//
// A module that hides such a library is not linked with it; it defines the functions that it calls,
// one line each:
//
//   ESTIBA_ON_DEMAND(libcurl(), CURL*, curl_easy_init, (), ())
#pragma once

#include <string>

namespace estiba {

// Thread-safe. The library stays loaded until the process ends.
class LibraryOnDemand {
 public:
  // Throws kNotFound, naming the package of Debian that has the file.
  LibraryOnDemand(const std::string& file, const std::string& package);

  // Throws kInternal when the library does not have it.
  template <typename Function>
  [[nodiscard]] Function* function(const char* name) const {
    return reinterpret_cast<Function*>(symbol(name));
  }

 private:
  [[nodiscard]] void* symbol(const char* name) const;

  std::string file_;
  void* handle_;
};

}  // namespace estiba

// The declaration in the library's header is what the types are checked against.
#define ESTIBA_ON_DEMAND(library, result, name, parameters, arguments)     \
  extern "C" result name parameters {                                      \
    static auto* const real = (library).function<decltype(::name)>(#name); \
    return real arguments;                                                 \
  }
