/* SPDX-License-Identifier: Apache-2.0
 *
 * Elements in no namespace (Namespaces in XML 1.0, section 6.2). libyang 2.1 ends the process when it reads two
 * siblings of one name of which only the later has a namespace, so it is never shown an element without one.
 */
#pragma once

struct text_buf;

#define TEXT_NS_NONE "urn:strata:none" /* stands for none; who reads the tree takes it for that */

/* Appends `xml`, where each outermost element without a default namespace has TEXT_NS_NONE, and so has each xmlns=""
 * (and xmlns:p="", which XML 1.0 forbids and libyang reads). What is no XML is appended as it is from the first fault
 * on: libyang says what is wrong with it. */
void text_xml_name_none(const char *xml, struct text_buf *out);
