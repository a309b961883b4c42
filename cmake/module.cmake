# estiba_module(NAME [DEPS module...] [LIBS library...])
#
# Makes the static library estiba_NAME of all *.cc in the calling folder, and the GoogleTest
# executable NAME_test of its *_test.cc, which stand beside what they test.
function(estiba_module name)
  cmake_parse_arguments(ARG "" "" "DEPS;LIBS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cc$")
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")

  add_library(estiba_${name} STATIC ${sources})
  # Several files are compiled as one: a clean build takes a fifth of the time. So a name in an
  # unnamed namespace is unique in its module, as it should be for whoever looks for it.
  set_target_properties(estiba_${name} PROPERTIES UNITY_BUILD ${ESTIBA_UNITY} UNITY_BUILD_BATCH_SIZE 12)
  target_include_directories(estiba_${name} PUBLIC ${CMAKE_SOURCE_DIR}/src)
  foreach(dependency ${ARG_DEPS})
    target_link_libraries(estiba_${name} PUBLIC estiba_${dependency})
  endforeach()
  target_link_libraries(estiba_${name} PRIVATE estiba_warnings ${ARG_LIBS} Threads::Threads)

  if(tests)
    add_executable(${name}_test ${tests})
    target_link_libraries(${name}_test PRIVATE estiba_${name} estiba_warnings GTest::gtest_main
      GTest::gtest Threads::Threads)
    add_dependencies(unit_tests ${name}_test)
    # Optimising a test takes longer than running it.
    target_compile_options(${name}_test PRIVATE -O0)
    target_precompile_headers(${name}_test PRIVATE ${CMAKE_SOURCE_DIR}/src/base/testing/precompiled.h)
    add_test(NAME unit.${name} COMMAND ${name}_test)
    set_tests_properties(unit.${name} PROPERTIES TIMEOUT 300)
  endif()
endfunction()
