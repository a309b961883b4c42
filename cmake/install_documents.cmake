# What the program says of itself: its manual pages, and the completions where the shells look.
#
# The program is asked when it is installed. The prefix is read then, since `cmake --install --prefix`
# and CPack choose it late.
include(GNUInstallDirs)

install(CODE "
  set(prefix \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}\")
  set(program \"\${prefix}/${CMAKE_INSTALL_BINDIR}/estiba\")
  set(data \"\${prefix}/${CMAKE_INSTALL_DATADIR}\")
  execute_process(COMMAND \${program} __man \${data}/man/man1 COMMAND_ERROR_IS_FATAL ANY)
  file(GLOB pages \${data}/man/man1/*.1)
  execute_process(COMMAND gzip -9nf \${pages} COMMAND_ERROR_IS_FATAL ANY)
  foreach(place bash:bash-completion/completions/estiba zsh:zsh/vendor-completions/_estiba
      fish:fish/vendor_completions.d/estiba.fish)
    string(REPLACE : \";\" place \${place})
    list(GET place 0 shell)
    list(GET place 1 path)
    get_filename_component(folder \${data}/\${path} DIRECTORY)
    file(MAKE_DIRECTORY \${folder})
    execute_process(COMMAND \${program} completion \${shell} OUTPUT_FILE \${data}/\${path}
      COMMAND_ERROR_IS_FATAL ANY)
  endforeach()
")
