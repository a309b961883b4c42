# What the program says of itself: its manual pages, and the completions where the shells look.
include(GNUInstallDirs)

install(CODE "
  set(program \"\$ENV{DESTDIR}${CMAKE_INSTALL_FULL_BINDIR}/estiba\")
  set(data \"\$ENV{DESTDIR}${CMAKE_INSTALL_FULL_DATADIR}\")
  execute_process(COMMAND \${program} __man \${data}/man/man1 COMMAND_ERROR_IS_FATAL ANY)
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
