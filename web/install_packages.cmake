# cmake -DNPM=npm -DSTAMP=FILE -P install_packages.cmake
# What package-lock.json names, unless it is there: npm writes its own note of that when it is done.
set(note ${CMAKE_CURRENT_LIST_DIR}/node_modules/.package-lock.json)
if(NOT EXISTS ${note} OR ${CMAKE_CURRENT_LIST_DIR}/package-lock.json IS_NEWER_THAN ${note})
  execute_process(
    COMMAND ${NPM} ci --ignore-scripts --no-audit --no-fund --prefer-offline --loglevel=error
    WORKING_DIRECTORY ${CMAKE_CURRENT_LIST_DIR} RESULT_VARIABLE failed)
  if(failed)
    message(FATAL_ERROR "npm cannot install what the pages are built with (web/package-lock.json). "
      "It needs its registry once; -DESTIBA_PAGES=OFF builds a program without pages.")
  endif()
endif()
file(TOUCH ${STAMP})
