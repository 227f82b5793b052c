# infra_add_test(<name> [SOURCES …] [LIBRARIES …] [LABELS …] [TIMEOUT <seconds>])
# A QtTest program with a `QTEST_GUILESS_MAIN` or `QTEST_MAIN` of its own, built from <name>.cpp unless SOURCES
# says otherwise. It links the white-box library and the test support.
function(infra_add_test name)
    cmake_parse_arguments(TEST "" "TIMEOUT" "SOURCES;LIBRARIES;LABELS" ${ARGN})
    if(NOT TEST_SOURCES)
        set(TEST_SOURCES ${name}.cpp)
    endif()
    if(NOT TEST_TIMEOUT)
        set(TEST_TIMEOUT 120)
    endif()
    add_executable(${name} ${TEST_SOURCES})
    infra_target_defaults(${name})
    target_link_libraries(${name} PRIVATE infra_test_support Qt6::Test ${TEST_LIBRARIES})
    infra_precompile(${name})
    add_test(NAME ${name} COMMAND ${name})
    set_tests_properties(${name} PROPERTIES TIMEOUT ${TEST_TIMEOUT} LABELS "${TEST_LABELS}"
        ENVIRONMENT "QT_QPA_PLATFORM=offscreen;LC_ALL=C.UTF-8;${INFRA_TEST_ENVIRONMENT}")
endfunction()

# infra_add_public_test(<name> LIBRARIES … [LABELS …] [TIMEOUT <seconds>])
# The same for a test that sees what any user sees: it links the shared library and public headers only.
function(infra_add_public_test name)
    cmake_parse_arguments(TEST "" "TIMEOUT" "LIBRARIES;LABELS" ${ARGN})
    if(NOT TEST_TIMEOUT)
        set(TEST_TIMEOUT 120)
    endif()
    add_executable(${name} ${name}.cpp "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/support/failonwarning.cpp"
        "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/support/failonwarning.h")
    infra_target_defaults(${name})
    target_include_directories(${name} PRIVATE "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/support")
    target_link_libraries(${name} PRIVATE Infra::Infra Qt6::Test ${TEST_LIBRARIES})
    add_test(NAME ${name} COMMAND ${name})
    set_tests_properties(${name} PROPERTIES TIMEOUT ${TEST_TIMEOUT} LABELS "${TEST_LABELS}"
        ENVIRONMENT "QT_QPA_PLATFORM=offscreen;LC_ALL=C.UTF-8;${INFRA_TEST_ENVIRONMENT}")
endfunction()

# infra_add_gui_test(<name> [LIBRARIES …] [LABELS …] [TIMEOUT <seconds>])
# The same for a test of the console: libInfra comes in once, shared, as the console links it.
function(infra_add_gui_test name)
    cmake_parse_arguments(TEST "" "TIMEOUT" "LIBRARIES;LABELS" ${ARGN})
    if(NOT TEST_TIMEOUT)
        set(TEST_TIMEOUT 120)
    endif()
    add_executable(${name} ${name}.cpp)
    infra_target_defaults(${name})
    target_link_libraries(${name} PRIVATE infra_gui_support ${TEST_LIBRARIES})
    add_test(NAME ${name} COMMAND ${name})
    set_tests_properties(${name} PROPERTIES TIMEOUT ${TEST_TIMEOUT} LABELS "gui;${TEST_LABELS}"
        ENVIRONMENT "QT_QPA_PLATFORM=offscreen;LC_ALL=C.UTF-8;${INFRA_TEST_ENVIRONMENT}")
endfunction()

# infra_relax_uninitialized(<test>): for a test that copies std::variant values. Under ThreadSanitizer GCC 12 takes the
# alternatives that are not held for uninitialized ones.
function(infra_relax_uninitialized name)
    if(INFRA_SANITIZE MATCHES "thread")
        target_compile_options(${name} PRIVATE -Wno-maybe-uninitialized)
    endif()
endfunction()

# Fixtures fork to start servers, and threads go on after that.
# Suppressions name Qt's own, uninstrumented code only; none may name ours.
set(INFRA_TEST_ENVIRONMENT
    "TSAN_OPTIONS=ignore_noninstrumented_modules=1 die_after_fork=0 second_deadlock_stack=1 halt_on_error=1 suppressions=${CMAKE_CURRENT_SOURCE_DIR}/support/tsan.suppressions;ASAN_OPTIONS=detect_stack_use_after_return=1;LSAN_OPTIONS=suppressions=${CMAKE_CURRENT_SOURCE_DIR}/support/lsan.suppressions;UBSAN_OPTIONS=print_stacktrace=1")
