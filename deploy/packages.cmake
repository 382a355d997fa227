# SPDX-License-Identifier: Apache-2.0
# What is installed besides programs and libraries, and the Debian packages:
# the target `packages` builds and writes them to packages/. What belongs below
# /etc or to systemd comes with the packages alone.
set(docs ${CMAKE_INSTALL_DATADIR}/doc)
set(completions ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)

find_program(GZIP gzip REQUIRED)
foreach(page trimtabd.8 trimtabctl.1)
  set(compressed ${PROJECT_BINARY_DIR}/man/${page}.gz)
  add_custom_command(OUTPUT ${compressed}
    COMMAND ${GZIP} -9nc ${PROJECT_SOURCE_DIR}/deploy/man/${page} > ${compressed}
    DEPENDS ${PROJECT_SOURCE_DIR}/deploy/man/${page})
  list(APPEND pages ${compressed})
  string(REGEX REPLACE ".*\\." "" section ${page})
  install(FILES ${compressed} DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section} COMPONENT daemon)
endforeach()
file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/man)
add_custom_target(manual ALL DEPENDS ${pages})

install(FILES deploy/completion/trimtabd deploy/completion/trimtabctl DESTINATION ${completions} COMPONENT daemon)
install(FILES config/trimtab.yaml DESTINATION ${docs}/trimtab COMPONENT daemon)
install(DIRECTORY config/profiles DESTINATION ${docs}/trimtab COMPONENT daemon)
install(DIRECTORY deploy/prometheus deploy/grafana DESTINATION ${docs}/trimtab COMPONENT daemon)
install(FILES deploy/systemd/trimtabd.service DESTINATION /usr/lib/systemd/system COMPONENT daemon EXCLUDE_FROM_ALL)
install(FILES deploy/systemd/trimtab.yaml DESTINATION /etc/trimtab COMPONENT daemon EXCLUDE_FROM_ALL)

set(packages daemon:trimtab dev:libtrimtab-dev tools:trimtab-tools demo:trimtab-demo)
foreach(package ${packages})
  string(REGEX REPLACE ":.*" "" component ${package})
  string(REGEX REPLACE ".*:" "" name ${package})
  list(APPEND CPACK_COMPONENTS_ALL ${component})
  string(TOUPPER ${component} upper)
  set(CPACK_DEBIAN_${upper}_PACKAGE_NAME ${name})
  install(FILES deploy/debian/copyright DESTINATION ${docs}/${name} COMPONENT ${component} EXCLUDE_FROM_ALL)
endforeach()
set(CPACK_GENERATOR DEB)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_PACKAGE_DIRECTORY ${PROJECT_BINARY_DIR}/packages)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "sidecar that tunes a live service")
set(CPACK_PACKAGE_CONTACT "Trimtab's maintainers <trimtab@example.invalid>")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_VERBATIM_VARIABLES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_COMPONENT_DAEMON_DESCRIPTION
    "The daemon trimtabd watches one instance of a service, tries other
configurations on it with care, and leaves it on the best one that it can
prove; trimtabctl asks and steers it.")
set(CPACK_DEBIAN_DAEMON_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_DAEMON_PACKAGE_DEPENDS passwd)
set(CPACK_DEBIAN_DAEMON_PACKAGE_SUGGESTS prometheus)
set(CPACK_DEBIAN_DAEMON_PACKAGE_CONTROL_EXTRA conffiles postinst prerm postrm)
list(TRANSFORM CPACK_DEBIAN_DAEMON_PACKAGE_CONTROL_EXTRA PREPEND ${PROJECT_SOURCE_DIR}/deploy/debian/)
set(CPACK_COMPONENT_DEV_DESCRIPTION
    "To make a C++ service tunable: the host SDK, the client of the daemon's
API, and the interfaces as .proto files.")
set(CPACK_DEBIAN_DEV_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEV_PACKAGE_DEPENDS
    "libabsl-dev, libfmt-dev, libgrpc++-dev, libprotobuf-dev, protobuf-compiler-grpc")
set(CPACK_COMPONENT_TOOLS_DESCRIPTION
    "trimtab-bench puts load on an HTTP or gRPC service and compares two runs;
trimtab-search is Trimtab's search over standard input and output.")
set(CPACK_DEBIAN_TOOLS_PACKAGE_SECTION utils)
set(CPACK_COMPONENT_DEMO_DESCRIPTION
    "A service to try Trimtab on: a host with six parameters, its backend and
its load.")
set(CPACK_DEBIAN_DEMO_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_DEMO_PACKAGE_DEPENDS "trimtab (= ${PROJECT_VERSION}-1)")
include(CPack)
add_custom_target(packages COMMAND ${CMAKE_CPACK_COMMAND} WORKING_DIRECTORY ${PROJECT_BINARY_DIR} VERBATIM)
add_dependencies(packages manual trimtabd trimtabctl trimtab_host trimtab_client trimtab-bench trimtab-search
                 trimtab-demo-backend trimtab-demo-host trimtab-demo-load)
