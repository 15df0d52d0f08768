/* SPDX-License-Identifier: Apache-2.0
 *
 * Elements in no namespace (Namespaces in XML 1.0, section 6.2). libyang 2.1 ends the process when it reads two
 * siblings of one name of which only the later has a namespace, so it is never shown an element without one. It also
 * reads what is no XML, in its own way; what is not read here as it is there is refused.
 */
#pragma once

struct text_buf;

#define TEXT_NS_NONE "urn:strata:none" /* stands for none; who reads the tree takes it for that */

enum {
    TEXT_XML_DEPTH_MAX = 128,    /* elements within each other: libyang descends by recursion */
    TEXT_XML_DECLARED_MAX = 256, /* namespaces declared at one place: libyang compares each with each */
};

/* Appends `xml`, where each outermost element without a default namespace has TEXT_NS_NONE, and so has each xmlns=""
 * (and xmlns:p="", which XML 1.0 forbids and libyang reads). NULL, or why libyang must not see it: tags that are none,
 * prefixes that nothing declares, more than the limits; `out` is of no use then. Which tag ends which, libyang sees. */
const char *text_xml_name_none(const char *xml, struct text_buf *out);
