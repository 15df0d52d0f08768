# SPDX-License-Identifier: Apache-2.0
strata_fuzz(netconfd_framing SOURCES ${CMAKE_CURRENT_LIST_DIR}/netconfd_framing.c LIBS netconfd_packet)
strata_fuzz(netconfd_rpc SOURCES ${CMAKE_CURRENT_LIST_DIR}/netconfd_rpc.c LIBS netconfd_rpc)
strata_fuzz(netconfd_splice SOURCES ${CMAKE_CURRENT_LIST_DIR}/netconfd_splice.c LIBS netconfd_rpc)
foreach(target rpc splice)
    if(TARGET fuzz_netconfd_${target})
        target_compile_definitions(fuzz_netconfd_${target} PRIVATE TEST_YANG_DIR="${CMAKE_SOURCE_DIR}/lib/yang")
    endif()
endforeach()
