# Debian packages: `cpack --config build/release/CPackConfig.cmake`. One component a package.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME infra)
set(CPACK_PACKAGE_VENDOR "The Infra founding engineers")
set(CPACK_PACKAGE_CONTACT "The Infra founding engineers <founders@infra.invalid>")
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
# Each package describes itself; CPack would put any other summary in front of that.
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_NAME} built using CMake")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
# Lintian: directories and files of a package are 755 and 644, whatever the builder's umask.
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)

set(CPACK_COMPONENTS_ALL runtime development)
if(TARGET InfraEndpoint)
    list(APPEND CPACK_COMPONENTS_ALL endpoint)
endif()
if(INFRA_BUILD_APP)
    list(APPEND CPACK_COMPONENTS_ALL console)
endif()
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS "${Infra_BINARY_DIR}/libinfra" "${Infra_BINARY_DIR}/libinfra/src/endpoint")
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS_POLICY ">=")
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)

# Section, name, what it needs besides the installed libraries, which shlibdeps finds, and the description. A library's
# package has its SONAME in its name, so that the next incompatible version is installed beside it.
set(CPACK_DEBIAN_RUNTIME_PACKAGE_NAME libinfra${INFRA_SOVERSION})
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_CONTROL_EXTRA "${CMAKE_CURRENT_LIST_DIR}/debian/triggers")
set(CPACK_DEBIAN_RUNTIME_PACKAGE_DEPENDS "libqt6sql6-sqlite")
set(CPACK_DEBIAN_RUNTIME_PACKAGE_RECOMMENDS "libqt6sql6-psql")
set(CPACK_COMPONENT_RUNTIME_DESCRIPTION "shared cache, connection pool and service client for Qt services
libinfra gives the services of one machine a two-tier cache that they share,
a database connection pool and an HTTP client with retry and health checks.")

set(CPACK_DEBIAN_ENDPOINT_PACKAGE_NAME libinfra-endpoint${INFRA_SOVERSION})
set(CPACK_DEBIAN_ENDPOINT_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_ENDPOINT_PACKAGE_DEPENDS "libinfra${INFRA_SOVERSION} (>= ${PROJECT_VERSION}-1)")
set(CPACK_DEBIAN_ENDPOINT_PACKAGE_CONTROL_EXTRA "${CMAKE_CURRENT_LIST_DIR}/debian/triggers")
set(CPACK_COMPONENT_ENDPOINT_DESCRIPTION "metrics and health endpoint for services that use libinfra
Serves OpenMetrics text and application/health+json over Qt HttpServer.")

if(INFRA_SOVERSION STREQUAL "0.1")
    # Packages that were built of this version before had another name and files of the same names.
    foreach(field CONFLICTS REPLACES)
        set(CPACK_DEBIAN_RUNTIME_PACKAGE_${field} libinfra0)
        set(CPACK_DEBIAN_ENDPOINT_PACKAGE_${field} libinfra-endpoint0)
    endforeach()
endif()

set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME libinfra-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS
    "libinfra${INFRA_SOVERSION} (= ${PROJECT_VERSION}-1), qt6-base-dev, libexpected-dev")
if(TARGET InfraEndpoint)
    string(APPEND CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS
        ", libinfra-endpoint${INFRA_SOVERSION} (= ${PROJECT_VERSION}-1)")
    # The first does not depend on the second, but its CMake package does.
    set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SUGGESTS "qt6-httpserver-dev, qt6-websockets-dev")
endif()
set(CPACK_COMPONENT_DEVELOPMENT_DESCRIPTION "shared cache, connection pool and service client, development files
Headers, the CMake package and the pkg-config file of libinfra.")

set(CPACK_DEBIAN_CONSOLE_PACKAGE_NAME infra-console)
set(CPACK_DEBIAN_CONSOLE_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_CONSOLE_PACKAGE_DEPENDS
    "libinfra${INFRA_SOVERSION} (= ${PROJECT_VERSION}-1), libqt6sql6-sqlite, libqt6svg6")
set(CPACK_DEBIAN_CONSOLE_PACKAGE_RECOMMENDS "qt6-translations-l10n")
set(CPACK_COMPONENT_CONSOLE_DESCRIPTION "operator's console for services that use libinfra
Shows live cache statistics, connection pools and service health of every
process that shares a store, and invalidates cached data safely.")
if(TARGET infra-demo-service)
    string(APPEND CPACK_DEBIAN_CONSOLE_PACKAGE_DEPENDS ", libinfra-endpoint${INFRA_SOVERSION} (= ${PROJECT_VERSION}-1)")
    string(APPEND CPACK_COMPONENT_CONSOLE_DESCRIPTION " Comes with
five demo services.")
endif()

# Every package carries its licence and its changelog.
foreach(pair "runtime:libinfra${INFRA_SOVERSION}:mit" "development:libinfra-dev:mit"
        "endpoint:libinfra-endpoint${INFRA_SOVERSION}:gpl" "console:infra-console:gpl")
    string(REPLACE ":" ";" parts ${pair})
    list(GET parts 0 component)
    list(GET parts 1 package)
    list(GET parts 2 licence)
    if(NOT component IN_LIST CPACK_COMPONENTS_ALL)
        continue()
    endif()
    install(FILES "${CMAKE_CURRENT_LIST_DIR}/debian/copyright.${licence}"
        DESTINATION share/doc/${package} RENAME copyright COMPONENT ${component})
    install(FILES "${Infra_BINARY_DIR}/changelog.Debian.gz" DESTINATION share/doc/${package} COMPONENT ${component})
endforeach()
if(TARGET InfraEndpoint)
    configure_file("${CMAKE_CURRENT_LIST_DIR}/debian/libinfra-endpoint.lintian-overrides.in"
        "${Infra_BINARY_DIR}/${CPACK_DEBIAN_ENDPOINT_PACKAGE_NAME}.lintian-overrides" @ONLY)
    install(FILES "${Infra_BINARY_DIR}/${CPACK_DEBIAN_ENDPOINT_PACKAGE_NAME}.lintian-overrides"
        DESTINATION share/lintian/overrides RENAME ${CPACK_DEBIAN_ENDPOINT_PACKAGE_NAME} COMPONENT endpoint)
endif()
find_program(GZIP gzip REQUIRED)
execute_process(COMMAND ${GZIP} -9nc "${CMAKE_CURRENT_LIST_DIR}/debian/changelog"
    OUTPUT_FILE "${Infra_BINARY_DIR}/changelog.Debian.gz" COMMAND_ERROR_IS_FATAL ANY)

include(CPack)
