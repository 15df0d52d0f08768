# SPDX-License-Identifier: Apache-2.0
if(NOT STRATA_FUZZ)
    strata_program(bench_config SOURCES ${CMAKE_CURRENT_LIST_DIR}/config.c ${CMAKE_CURRENT_LIST_DIR}/router.c
        LIBS strata_text strata_north strata_front strata_schemas strata_io)
    add_dependencies(bench_config mgmtd)
endif()
