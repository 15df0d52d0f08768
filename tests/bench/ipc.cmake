# SPDX-License-Identifier: Apache-2.0
if(NOT STRATA_FUZZ)
    strata_program(bench_ipc_columns SOURCES ${CMAKE_CURRENT_LIST_DIR}/ipc_columns.c LIBS strata_ipc)
endif()
