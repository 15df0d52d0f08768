# SPDX-License-Identifier: Apache-2.0
strata_fuzz(ipc_rib SOURCES ${CMAKE_CURRENT_LIST_DIR}/ipc_rib.c ${CMAKE_SOURCE_DIR}/tests/unit/ipc/recorder.c LIBS strata_ipc)
