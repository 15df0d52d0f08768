# SPDX-License-Identifier: Apache-2.0
strata_fuzz(mgmtd_text SOURCES ${CMAKE_CURRENT_LIST_DIR}/mgmtd_text.c LIBS strata_text)
strata_fuzz(mgmtd_edit SOURCES ${CMAKE_CURRENT_LIST_DIR}/mgmtd_edit.c LIBS mgmtd_filter mgmtd_edit strata_text)
strata_fuzz(mgmtd_messages SOURCES ${CMAKE_CURRENT_LIST_DIR}/mgmtd_messages.c LIBS strata_north_msg)
foreach(target fuzz_mgmtd_text fuzz_mgmtd_edit)
    if(TARGET ${target})
        target_compile_definitions(${target} PRIVATE TEST_YANG_DIR="${CMAKE_SOURCE_DIR}/lib/yang")
    endif()
endforeach()
