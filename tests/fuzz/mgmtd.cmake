# SPDX-License-Identifier: Apache-2.0
strata_fuzz(mgmtd_text SOURCES ${CMAKE_CURRENT_LIST_DIR}/mgmtd_text.c LIBS strata_text)
strata_fuzz(mgmtd_messages SOURCES ${CMAKE_CURRENT_LIST_DIR}/mgmtd_messages.c LIBS strata_north_msg)
if(TARGET fuzz_mgmtd_text)
    target_compile_definitions(fuzz_mgmtd_text PRIVATE TEST_YANG_DIR="${CMAKE_SOURCE_DIR}/lib/yang")
endif()
