# SPDX-License-Identifier: Apache-2.0
# The tools of tests/bench/rib.py: not named bench_*, since they are nothing by themselves.
if(NOT STRATA_FUZZ)
    strata_layer(ribbench_prefixes SOURCES ${CMAKE_CURRENT_LIST_DIR}/rib/prefixes.c)
    strata_program(ribbench_floor SOURCES ${CMAKE_CURRENT_LIST_DIR}/rib/floor.c LIBS ribbench_prefixes PkgConfig::MNL)
    strata_program(ribbench_client SOURCES ${CMAKE_CURRENT_LIST_DIR}/rib/client.c LIBS ribbench_prefixes strata_ipc strata_io)
    strata_program(ribbench_discard SOURCES ${CMAKE_CURRENT_LIST_DIR}/rib/discard.c LIBS ribd_core strata_main)
    add_custom_target(ribbench DEPENDS ribbench_floor ribbench_client ribbench_discard ribd mgmtd strata)
endif()
