/* SPDX-License-Identifier: BSD-2-Clause */
/* Ephemeral roots, and the parts of an ephemeral root. */
#ifndef PF_EPHEMERAL_H
#define PF_EPHEMERAL_H

#include "builder.h"

/* Compile an ephemeral root. pf_compile_ephemeral_check() returns 0, or -errno with
 * *compiler->error filled in. */
int pf_compile_ephemeral_check(struct pf_compiler *compiler);
void pf_compile_ephemeral_plan(struct pf_compiler *compiler);
void pf_compile_ephemeral_layers(struct pf_compiler *compiler);
void pf_compile_ephemeral(struct pf_compiler *compiler);
void pf_compile_ephemeral_free(struct pf_compiler *compiler);

/* Plans a part of a root. Returns the part, or NULL if there is no memory. */
struct pf_planned *pf_plan_path(struct pf_compiler *compiler, enum pf_planned_kind kind,
				const char *path);

/* Adds the operations that make a planned part. */
void pf_compile_planned(struct pf_compiler *compiler, const struct pf_planned *planned);

/* Writes the path on the host of a path in the root to `ret`. Returns `ret`. */
const char *pf_on_host(const struct pf_compiler *compiler, const char *path, char ret[PATH_MAX]);

#endif
