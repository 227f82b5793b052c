# The rules that every target of this tree is built by.
include_guard(GLOBAL)

# infra_target_defaults(<target>): C++20, warnings, sanitizers, moc.
function(infra_target_defaults target)
    target_compile_features(${target} PUBLIC cxx_std_20)
    set_target_properties(${target} PROPERTIES
        AUTOMOC ON
        CXX_EXTENSIONS OFF
        CXX_VISIBILITY_PRESET hidden
        VISIBILITY_INLINES_HIDDEN ON
        POSITION_INDEPENDENT_CODE ON)
    target_compile_definitions(${target} PRIVATE
        QT_NO_CAST_FROM_ASCII QT_NO_CAST_TO_ASCII QT_NO_KEYWORDS QT_NO_FOREACH QT_NO_NARROWING_CONVERSIONS_IN_CONNECT
        QT_DISABLE_DEPRECATED_BEFORE=0x060400 QT_USE_QSTRINGBUILDER)
    target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wcast-align
        -Wold-style-cast -Wsuggest-override -Wunused -Woverloaded-virtual)
    if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
        target_compile_options(${target} PRIVATE -Wthread-safety)
    endif()
    if(INFRA_WARNINGS_AS_ERRORS)
        target_compile_options(${target} PRIVATE -Werror)
    endif()
    if(INFRA_FUZZ)
        # Without it the fuzzer does not see which way an input took through the library, and only guesses.
        target_compile_options(${target} PRIVATE -fsanitize=fuzzer-no-link)
    endif()
    if(INFRA_SANITIZE)
        target_compile_options(${target} PRIVATE -fsanitize=${INFRA_SANITIZE} -fno-omit-frame-pointer -g1 -O1)
        if(INFRA_SANITIZE MATCHES "undefined")
            target_compile_options(${target} PRIVATE -fno-sanitize-recover=undefined)
        endif()
        if(INFRA_SANITIZE MATCHES "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
            # ThreadSanitizer does not model fences; ours order words that other processes map, which it cannot see.
            target_compile_options(${target} PRIVATE -Wno-tsan)
        endif()
        target_link_options(${target} PUBLIC -fsanitize=${INFRA_SANITIZE})
    endif()
    if(CMAKE_UNITY_BUILD AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
        # What is of one file only is then in a file that another includes, which is what this warns of.
        target_compile_options(${target} PRIVATE -Wno-subobject-linkage)
    endif()
    if(INFRA_COVERAGE)
        # Counters that threads share must be exact: gcov works others out from their sums, and gcovr refuses negative ones.
        target_compile_options(${target} PRIVATE --coverage -fprofile-update=atomic -O0)
        target_link_options(${target} PUBLIC --coverage)
    endif()
endfunction()

# infra_precompile(<target>): reads the one precompiled header of the tree; it costs seconds, so it is built once.
function(infra_precompile target)
    if(NOT INFRA_PRECOMPILE_HEADERS)
        return()
    endif()
    if(target STREQUAL "infra_core")
        target_precompile_headers(infra_core PRIVATE "${Infra_SOURCE_DIR}/libinfra/cmake/precompiled.h")
    else()
        target_precompile_headers(${target} REUSE_FROM infra_core)
    endif()
endfunction()

# infra_layer(<name> SOURCES … LAYERS <lower layers> LIBRARIES <imported targets>)
# One folder of libinfra/src: an object library that sees the public headers, its own folder and the
# folders named in LAYERS. A module linked with -z defs from just those objects proves that nothing else
# is used; it is never loaded.
function(infra_layer name)
    cmake_parse_arguments(LAYER "" "" "SOURCES;LAYERS;LIBRARIES" ${ARGN})
    add_library(infra_${name} OBJECT ${LAYER_SOURCES})
    infra_target_defaults(infra_${name})
    target_compile_definitions(infra_${name} PRIVATE Infra_EXPORTS)
    target_include_directories(infra_${name} PUBLIC
        "${Infra_SOURCE_DIR}/libinfra/include" "${Infra_BINARY_DIR}/libinfra/include")
    target_include_directories(infra_${name} PRIVATE "${Infra_SOURCE_DIR}/libinfra/src/${name}")
    add_library(infra_${name}_dependencies INTERFACE)
    target_link_libraries(infra_${name}_dependencies INTERFACE ${LAYER_LIBRARIES})
    target_link_libraries(infra_${name} PUBLIC infra_${name}_dependencies)
    set(closure ${name})
    foreach(lower IN LISTS LAYER_LAYERS)
        target_include_directories(infra_${name} PRIVATE "${Infra_SOURCE_DIR}/libinfra/src/${lower}")
        target_link_libraries(infra_${name}_dependencies INTERFACE infra_${lower}_dependencies)
        list(APPEND closure ${lower})
    endforeach()
    infra_precompile(infra_${name})
    if(INFRA_BUILD_TESTS AND NOT INFRA_SANITIZE)
        set(objects)
        foreach(layer IN LISTS closure)
            list(APPEND objects $<TARGET_OBJECTS:infra_${layer}>)
        endforeach()
        add_library(infra_layercheck_${name} MODULE ${objects})
        set_target_properties(infra_layercheck_${name} PROPERTIES LINKER_LANGUAGE CXX
            LIBRARY_OUTPUT_DIRECTORY "${Infra_BINARY_DIR}/layercheck")
        target_link_options(infra_layercheck_${name} PRIVATE -Wl,-z,defs $<$<BOOL:${INFRA_COVERAGE}>:--coverage>)
        target_link_libraries(infra_layercheck_${name} PRIVATE infra_${name}_dependencies)
    endif()
endfunction()
