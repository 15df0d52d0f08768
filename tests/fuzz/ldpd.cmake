# SPDX-License-Identifier: Apache-2.0
strata_fuzz(ldpd_pdu SOURCES ldpd_pdu.c LIBS ldpd_packet)
