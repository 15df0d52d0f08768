/* SPDX-License-Identifier: Apache-2.0
 *
 * Records of labels as octets: all of one size, each with its checksum; the first is a header.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "src/ribd/label/manager.h"

#define LABEL_RECORD_SIZE 56
#define LABEL_BOOT_MAX    40 /* the kernel's boot id as text, with NUL */

void label_record_encode(const struct label_record *r, uint8_t out[LABEL_RECORD_SIZE]);
bool label_record_decode(const uint8_t in[LABEL_RECORD_SIZE], struct label_record *r);
void label_header_encode(const char *boot, uint8_t out[LABEL_RECORD_SIZE]);
bool label_header_decode(const uint8_t in[LABEL_RECORD_SIZE], char boot[LABEL_BOOT_MAX]);
