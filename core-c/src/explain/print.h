/* SPDX-License-Identifier: BSD-2-Clause */
/* Prints plans as text for people, for `--dry-run`. print_json.h has the JSON. */
#ifndef PF_PRINT_H
#define PF_PRINT_H

#include <stddef.h>
#include <stdio.h>

#include "common/protocol/plan.h"

/* A flag and its name in the text of a plan. */
struct pf_flag_name {
	uint64_t flag;
	char name[16];
};

/* Returns the flags of a kind of argument with their names, or NULL if arguments of this kind have
 * no flags. `kind` is a kind from ops.def. The last row has an empty name. */
const struct pf_flag_name *pf_flag_names(char kind);

/* Writes an argument of an operation. `kind` is a kind from ops.def. */
void pf_print_argument(FILE *out, const void *plan, char kind, uint64_t argument);

/* Returns the name of the process that executes an operation. */
const char *pf_side_name(const struct pf_op *op);

/* Writes an operation and its arguments, NUL-terminated and cut at `size`. */
void pf_print_op(const void *plan, const struct pf_op *op, char *ret, size_t size);

/* Returns the plan as text, with one operation a line. The caller frees the text. Returns NULL if
 * there is no memory. */
char *pf_print_plan(const void *plan);

#endif
