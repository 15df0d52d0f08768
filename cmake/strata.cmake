# SPDX-License-Identifier: Apache-2.0
# Build rules shared by every folder: how a layer, a program, a unit test and a fuzz target are declared.
find_package(PkgConfig REQUIRED)
pkg_check_modules(EVENT REQUIRED IMPORTED_TARGET libevent_core)
pkg_check_modules(YANG REQUIRED IMPORTED_TARGET libyang)
pkg_check_modules(PROTOBUF_C REQUIRED IMPORTED_TARGET libprotobuf-c)
pkg_check_modules(MNL REQUIRED IMPORTED_TARGET libmnl)
pkg_check_modules(NFTNL REQUIRED IMPORTED_TARGET libnftnl)
pkg_check_modules(EDIT REQUIRED IMPORTED_TARGET libedit)
pkg_check_modules(JANSSON REQUIRED IMPORTED_TARGET jansson)
pkg_check_modules(CMOCKA REQUIRED IMPORTED_TARGET cmocka)
find_program(PROTOC_C protoc-c REQUIRED)
find_program(CCACHE ccache)
if(CCACHE)
    set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE})
endif()

set(CMAKE_C_STANDARD 17)
set(CMAKE_C_EXTENSIONS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)

# Warnings and sanitizers as interface targets.
add_library(strata_flags INTERFACE)
target_compile_options(strata_flags INTERFACE -Wall -Wextra -Wshadow -Wconversion -Werror -Wstrict-prototypes
    -Wmissing-prototypes -Wvla -fno-common -D_GNU_SOURCE)
target_include_directories(strata_flags INTERFACE ${CMAKE_SOURCE_DIR}/include ${CMAKE_SOURCE_DIR})
if(CMAKE_C_COMPILER_ID STREQUAL "Clang")
    # uthash and cmocka macros trip clang's stricter reading of the same warnings; gcc is the reference.
    target_compile_options(strata_flags INTERFACE -Wno-sign-conversion -Wno-implicit-int-conversion -Wno-shorten-64-to-32)
endif()
if(STRATA_SANITIZE)
    target_compile_options(strata_flags INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(strata_flags INTERFACE -fsanitize=address,undefined)
endif()
if(STRATA_FUZZ)
    target_compile_options(strata_flags INTERFACE -fsanitize=fuzzer-no-link)
    target_link_options(strata_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

# strata_layer(NAME SOURCES a.c ... [LIBS other_layer ...]): one static library. LIBS are what it may use.
function(strata_layer name)
    cmake_parse_arguments(A "" "" "SOURCES;LIBS" ${ARGN})
    add_library(${name} STATIC ${A_SOURCES})
    target_link_libraries(${name} PUBLIC strata_flags ${A_LIBS})
endfunction()

# strata_program(NAME SOURCES main.c ... LIBS ...): an executable in build/bin.
function(strata_program name)
    cmake_parse_arguments(A "" "" "SOURCES;LIBS" ${ARGN})
    add_executable(${name} ${A_SOURCES})
    target_link_libraries(${name} PRIVATE strata_flags ${A_LIBS})
endfunction()

# strata_test(NAME SOURCES ... LIBS ... [LABEL unit]): a cmocka program run by ctest.
function(strata_test name)
    cmake_parse_arguments(A "" "LABEL" "SOURCES;LIBS;ARGS" ${ARGN})
    if(STRATA_FUZZ)
        return()
    endif()
    add_executable(${name} ${A_SOURCES})
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
    target_link_libraries(${name} PRIVATE strata_flags ${A_LIBS} PkgConfig::CMOCKA)
    add_test(NAME ${name} COMMAND ${name} ${A_ARGS})
    if(NOT A_LABEL)
        set(A_LABEL unit)
    endif()
    set_tests_properties(${name} PROPERTIES LABELS ${A_LABEL} TIMEOUT 1800)
endfunction()

# strata_fuzz(NAME SOURCES ... LIBS ...): a libFuzzer target; built only with STRATA_FUZZ.
function(strata_fuzz name)
    cmake_parse_arguments(A "" "" "SOURCES;LIBS" ${ARGN})
    if(NOT STRATA_FUZZ)
        return()
    endif()
    add_executable(fuzz_${name} ${A_SOURCES})
    set_target_properties(fuzz_${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/fuzz)
    target_link_libraries(fuzz_${name} PRIVATE strata_flags ${A_LIBS})
    target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
endfunction()

# strata_proto(NAME file.proto ...): protobuf-c code in the build tree, as a layer without our warnings.
function(strata_proto name)
    set(out)
    foreach(proto ${ARGN})
        get_filename_component(base ${proto} NAME_WE)
        get_filename_component(dir ${proto} DIRECTORY)
        set(gen ${CMAKE_BINARY_DIR}/gen/proto)
        file(MAKE_DIRECTORY ${gen})
        add_custom_command(OUTPUT ${gen}/${base}.pb-c.c ${gen}/${base}.pb-c.h
            COMMAND ${PROTOC_C} --c_out=${gen} --proto_path=${dir} ${proto}
            DEPENDS ${proto} VERBATIM)
        list(APPEND out ${gen}/${base}.pb-c.c)
    endforeach()
    add_library(${name} STATIC ${out})
    target_include_directories(${name} PUBLIC ${CMAKE_BINARY_DIR}/gen/proto)
    target_link_libraries(${name} PUBLIC PkgConfig::PROTOBUF_C)
endfunction()
