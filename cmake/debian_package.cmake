# cpack --config build/release/CPackConfig.cmake: a Debian package with what `cmake --install` does,
# the registry's systemd units and its configuration.
set(systemd_units ${CMAKE_SOURCE_DIR}/packaging/systemd)
install(FILES ${systemd_units}/estiba-registry.service ${systemd_units}/estiba-registry.socket
  DESTINATION lib/systemd/system COMPONENT debian EXCLUDE_FROM_ALL)

# As the example says it, at the address that systemd keeps.
file(READ ${CMAKE_SOURCE_DIR}/examples/registry.toml configuration)
string(REPLACE "listen = [\"127.0.0.1:5000\"]" "listen = [\"systemd\"]" configuration "${configuration}")
file(WRITE ${CMAKE_BINARY_DIR}/registry.toml "${configuration}")
install(FILES ${CMAKE_BINARY_DIR}/registry.toml DESTINATION /etc/estiba COMPONENT debian
  EXCLUDE_FROM_ALL)
install(FILES ${CMAKE_SOURCE_DIR}/packaging/debian/copyright DESTINATION share/doc/estiba
  COMPONENT debian EXCLUDE_FROM_ALL)
execute_process(COMMAND gzip -9nc ${CMAKE_SOURCE_DIR}/CHANGELOG.md
  OUTPUT_FILE ${CMAKE_BINARY_DIR}/changelog.gz COMMAND_ERROR_IS_FATAL ANY)
install(FILES ${CMAKE_BINARY_DIR}/changelog.gz DESTINATION share/doc/estiba COMPONENT debian
  EXCLUDE_FROM_ALL)

# Packing builds nothing.
set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY ON)
set(CPACK_GENERATOR DEB)
# For what lies outside the prefix.
set(CPACK_SET_DESTDIR ON)
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_ALL Unspecified debian)
set(CPACK_COMPONENTS_GROUPING ALL_COMPONENTS_IN_ONE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_NAME estiba)
set(CPACK_DEBIAN_PACKAGE_MAINTAINER "the estiba engineers <estiba@localhost>")
set(CPACK_DEBIAN_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION "builds, stores, publishes and runs container images, and hosts them
One program for the whole life of a container image, without a daemon: it builds images from
Dockerfiles, pushes and pulls them, runs them as root or as an ordinary user, and is a registry
(OCI Distribution) with accounts and web pages.")
# Libraries that are loaded when they are first needed are not seen by shlibdeps.
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "libarchive13, libcurl4, libpq5, ca-certificates, crun, iptables")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "aardvark-dns, catatonit, git, passt, uidmap")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS openssh-client)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
  ${CMAKE_SOURCE_DIR}/packaging/debian/conffiles
  ${CMAKE_SOURCE_DIR}/packaging/debian/postinst
  ${CMAKE_SOURCE_DIR}/packaging/debian/prerm
  ${CMAKE_SOURCE_DIR}/packaging/debian/postrm)
include(CPack)
