# What the console's package holds. The programs find the library beside them, so an installed tree can be moved; in
# /usr the loader knows where to look.
file(RELATIVE_PATH INFRA_BIN_TO_LIB "/${CMAKE_INSTALL_BINDIR}" "/${CMAKE_INSTALL_LIBDIR}")
set(INFRA_PROGRAMS infra-console)
if(TARGET infra-demo-service)
    list(APPEND INFRA_PROGRAMS infra-demo-service)
endif()
foreach(program IN LISTS INFRA_PROGRAMS)
    if(NOT CMAKE_INSTALL_PREFIX STREQUAL "/usr")
        set_target_properties(${program} PROPERTIES INSTALL_RPATH "$ORIGIN/${INFRA_BIN_TO_LIB}")
    endif()
    install(TARGETS ${program} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT console)
endforeach()
install(FILES resources/icons/infra-console.svg
    DESTINATION ${CMAKE_INSTALL_DATADIR}/icons/hicolor/scalable/apps RENAME org.infra.console.svg COMPONENT console)
# Drawn from that picture, for desktops that do not draw SVG.
install(DIRECTORY resources/icons/hicolor DESTINATION ${CMAKE_INSTALL_DATADIR}/icons COMPONENT console)
install(FILES packaging/desktop/org.infra.console.desktop
    DESTINATION ${CMAKE_INSTALL_DATADIR}/applications COMPONENT console)
install(FILES packaging/desktop/org.infra.console.metainfo.xml
    DESTINATION ${CMAKE_INSTALL_DATADIR}/metainfo COMPONENT console)
install(FILES packaging/completion/infra-console
    DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions COMPONENT console)
foreach(page IN LISTS INFRA_PROGRAMS)
    execute_process(COMMAND gzip -9nc "${Infra_SOURCE_DIR}/packaging/man/${page}.1"
        OUTPUT_FILE "${Infra_BINARY_DIR}/${page}.1.gz" COMMAND_ERROR_IS_FATAL ANY)
    install(FILES "${Infra_BINARY_DIR}/${page}.1.gz" DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT console)
endforeach()
