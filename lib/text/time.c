/* SPDX-License-Identifier: Apache-2.0
 *
 * Times as text.
 */
#include "lib/text/time.h"

#include <libyang/libyang.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* libyang reads the fields of a time where they have to be, without looking at the length. */
static bool has_form(const char *text)
{
    static const char form[] = "dddd-dd-ddTdd:dd:dd";
    for (size_t i = 0; form[i]; i++)
        if (form[i] == 'd' ? text[i] < '0' || text[i] > '9' : text[i] != form[i])
            return false;
    const char *zone = text + strlen(form);
    if (*zone == '.')
        zone += 1 + strspn(zone + 1, "0123456789");
    return strcmp(zone, "Z") == 0 || (strlen(zone) == 6 && strchr("+-", zone[0]) && zone[3] == ':');
}

bool text_time_read(const char *text, uint64_t *sec)
{
    time_t t = 0;

    *sec = 0;
    if (!has_form(text) || ly_time_str2time(text, &t, NULL) != LY_SUCCESS)
        return false;
    *sec = t > 0 ? (uint64_t)t : 0;
    return true;
}

const char *text_time_write(uint64_t sec, char buf[TEXT_TIME_MAX])
{
    time_t t = (time_t)sec;
    struct tm tm;
    if (!gmtime_r(&t, &tm) || strftime(buf, TEXT_TIME_MAX, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
        snprintf(buf, TEXT_TIME_MAX, "1970-01-01T00:00:00Z");
    return buf;
}
