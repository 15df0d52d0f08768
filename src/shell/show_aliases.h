/* SPDX-License-Identifier: Apache-2.0
 *
 * Names that others have for what `show` shows: their words, ours. Ends with NULL.
 */
#pragma once

extern const char *const show_synonyms[][2];
