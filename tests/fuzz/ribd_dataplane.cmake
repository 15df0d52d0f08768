# SPDX-License-Identifier: Apache-2.0
strata_fuzz(ribd_netlink SOURCES ${CMAKE_CURRENT_SOURCE_DIR}/ribd_netlink.c LIBS ribd_dataplane_kernel)
