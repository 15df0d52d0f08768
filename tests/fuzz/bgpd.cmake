# SPDX-License-Identifier: Apache-2.0
strata_fuzz(bgpd_open SOURCES ${CMAKE_CURRENT_LIST_DIR}/bgpd_open.c LIBS bgpd_packet)
strata_fuzz(bgpd_update SOURCES ${CMAKE_CURRENT_LIST_DIR}/bgpd_update.c LIBS bgpd_packet)
strata_fuzz(bgpd_stream SOURCES ${CMAKE_CURRENT_LIST_DIR}/bgpd_stream.c LIBS bgpd_rib)
