# What `cmake --install` gives: headers, libraries, a relocatable CMake package and a pkg-config file.
include(CMakePackageConfigHelpers)
set(INFRA_QT_VERSION 6.4)
set(INFRA_CMAKE_DIR "${CMAKE_INSTALL_LIBDIR}/cmake/Infra")

install(TARGETS Infra EXPORT InfraTargets
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT runtime NAMELINK_COMPONENT development
    FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development)
install(EXPORT InfraTargets NAMESPACE Infra:: DESTINATION ${INFRA_CMAKE_DIR} COMPONENT development)

if(TARGET InfraEndpoint)
    install(TARGETS InfraEndpoint EXPORT InfraEndpointTargets
        LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT endpoint NAMELINK_COMPONENT development
        FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development)
    install(EXPORT InfraEndpointTargets NAMESPACE Infra:: DESTINATION ${INFRA_CMAKE_DIR} COMPONENT development)
endif()

configure_package_config_file(
    "${CMAKE_CURRENT_LIST_DIR}/InfraConfig.cmake.in" "${CMAKE_CURRENT_BINARY_DIR}/InfraConfig.cmake"
    INSTALL_DESTINATION ${INFRA_CMAKE_DIR})
# Before 1.0 a minor version may break: 0.1 promises nothing to a project that asked for 0.2.
write_basic_package_version_file(
    "${CMAKE_CURRENT_BINARY_DIR}/InfraConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
# Relative to the file itself, so that an installed tree can be moved.
file(RELATIVE_PATH INFRA_PC_TO_PREFIX "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
string(REGEX REPLACE "/$" "" INFRA_PC_TO_PREFIX "${INFRA_PC_TO_PREFIX}")
configure_file("${CMAKE_CURRENT_LIST_DIR}/infra.pc.in" "${CMAKE_CURRENT_BINARY_DIR}/infra.pc" @ONLY)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/InfraConfig.cmake" "${CMAKE_CURRENT_BINARY_DIR}/InfraConfigVersion.cmake"
    DESTINATION ${INFRA_CMAKE_DIR} COMPONENT development)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/infra.pc"
    DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT development)
