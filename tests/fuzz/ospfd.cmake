# SPDX-License-Identifier: Apache-2.0
strata_fuzz(ospfd_packet SOURCES ospfd_packet.c LIBS ospfd_packet strata_base)
strata_fuzz(ospfd_lsa SOURCES ospfd_lsa.c LIBS ospfd_spf ospfd_lsdb ospfd_packet strata_base)
strata_fuzz(ospfd_session SOURCES ospfd_session.c ../unit/ospfd/world.c LIBS ospfd_session strata_io strata_base PkgConfig::CMOCKA)
