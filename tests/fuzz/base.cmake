# SPDX-License-Identifier: Apache-2.0
strata_fuzz(base_text SOURCES base_text.c LIBS strata_base)
strata_fuzz(base_trie SOURCES base_trie.c LIBS strata_base)
strata_fuzz(io_strip SOURCES io_strip.c LIBS strata_io)
