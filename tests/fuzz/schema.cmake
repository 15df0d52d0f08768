# SPDX-License-Identifier: Apache-2.0
# Edit and state streams, over the schema of tests/unit/schema.
strata_fuzz(schema_edit SOURCES ${CMAKE_CURRENT_LIST_DIR}/schema_edit.c LIBS testd_schema)
strata_fuzz(schema_state SOURCES ${CMAKE_CURRENT_LIST_DIR}/schema_state.c LIBS testd_schema)
