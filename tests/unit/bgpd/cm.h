/* SPDX-License-Identifier: Apache-2.0
 *
 * cmocka with what it wants before it.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Bytes from a string of hex digits and spaces; returns how many. */
static inline size_t hex(const char *text, uint8_t *out)
{
    size_t n = 0;
    unsigned digits = 0, value = 0;

    for (; *text; text++) {
        unsigned d = *text >= '0' && *text <= '9'   ? (unsigned)(*text - '0')
                     : *text >= 'a' && *text <= 'f' ? (unsigned)(*text - 'a' + 10)
                                                    : 16;

        if (d == 16)
            continue;
        value = value << 4 | d;
        if (++digits % 2 == 0) {
            out[n++] = (uint8_t)value;
            value = 0;
        }
    }
    return n;
}
