# What the console's package holds besides its programs.
install(FILES packaging/desktop/org.infra.console.desktop
    DESTINATION ${CMAKE_INSTALL_DATADIR}/applications COMPONENT console)
install(FILES packaging/desktop/org.infra.console.metainfo.xml
    DESTINATION ${CMAKE_INSTALL_DATADIR}/metainfo COMPONENT console)
install(FILES packaging/completion/infra-console
    DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions COMPONENT console)
foreach(page infra-console infra-demo-service)
    execute_process(COMMAND gzip -9nc "${Infra_SOURCE_DIR}/packaging/man/${page}.1"
        OUTPUT_FILE "${Infra_BINARY_DIR}/${page}.1.gz" COMMAND_ERROR_IS_FATAL ANY)
    install(FILES "${Infra_BINARY_DIR}/${page}.1.gz" DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT console)
endforeach()
