/* SPDX-License-Identifier: BSD-2-Clause */
/* Ephemeral roots, and the parts that such a root is made of. */
#ifndef PF_EPHEMERAL_H
#define PF_EPHEMERAL_H

#include "builder.h"

/* An ephemeral root. pf_compile_ephemeral_check() returns 0 or -errno. */
int pf_compile_ephemeral_check(struct pf_compiler *compiler);
void pf_compile_ephemeral_plan(struct pf_compiler *compiler);
void pf_compile_ephemeral_layers(struct pf_compiler *compiler);
void pf_compile_ephemeral(struct pf_compiler *compiler);
void pf_compile_ephemeral_free(struct pf_compiler *compiler);

/* Adds a part of a root to the plan of it; gives the part, or NULL. */
struct pf_planned *pf_plan_path(struct pf_compiler *compiler, enum pf_planned_kind kind,
				const char *path);

/* Adds the operations that make a part. */
void pf_compile_planned(struct pf_compiler *compiler, const struct pf_planned *planned);

/* The path on the host of a path in the root. */
const char *pf_on_host(const struct pf_compiler *compiler, const char *path, char ret[PATH_MAX]);

#endif
