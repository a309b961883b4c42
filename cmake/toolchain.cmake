# Compiler, linker and cache settings that every target shares.
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()

find_program(ESTIBA_CCACHE ccache)
if(ESTIBA_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${ESTIBA_CCACHE})
endif()

find_program(ESTIBA_MOLD mold)
if(ESTIBA_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

find_package(Threads REQUIRED)
add_compile_definitions(_FILE_OFFSET_BITS=64)

add_library(estiba_warnings INTERFACE)
target_compile_options(estiba_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Wcast-qual
  -Woverloaded-virtual -Wimplicit-fallthrough -Wundef -Werror
  # g++ 12 -O3 sees overlapping copies in short assignments to std::string (GCC bug 105329).
  $<$<AND:$<CXX_COMPILER_ID:GNU>,$<NOT:$<CONFIG:Debug>>>:-Wno-restrict>)

if(ESTIBA_SANITIZE)
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
endif()

if(ESTIBA_LTO)
  set(CMAKE_INTERPROCEDURAL_OPTIMIZATION ON)
endif()
