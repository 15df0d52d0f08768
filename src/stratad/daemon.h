/* SPDX-License-Identifier: Apache-2.0
 *
 * stratad: one command starts a whole router. It starts mgmtd and ribd, hears from mgmtd which daemons the
 * configuration needs, starts those, and starts again what dies. Its own death stops nothing: a new stratad adopts what
 * lives.
 */
#pragma once

struct env;
struct stratad;

/* `config`: the file mgmtd starts from when nothing was committed yet; may be NULL. NULL: failed, logged. */
struct stratad *stratad_create(const struct env *env, const char *config);
void stratad_destroy(struct stratad *s); /* daemons go on */
/* Ends all daemons in order, then stops the loop. */
void stratad_terminate(struct stratad *s);
