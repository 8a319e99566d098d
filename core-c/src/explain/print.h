/* SPDX-License-Identifier: BSD-2-Clause */
/* Prints plans as text for people, for `--dry-run`. print_json.h has the JSON. */
#ifndef PF_PRINT_H
#define PF_PRINT_H

#include <stddef.h>
#include <stdio.h>

#include "common/protocol/plan.h"

/* A flag of an argument, and its name in a printed plan. */
struct pf_flag_name {
	uint64_t flag;
	char name[16];
};

/* Returns the flags of a kind of argument (ops.def), or NULL if the kind has no flags. The last row
 * of the array has an empty name. */
const struct pf_flag_name *pf_flag_names(char kind);

/* Writes an argument of an operation. ops.def explains `kind`. */
void pf_print_argument(FILE *out, const void *plan, char kind, uint64_t argument);

/* Returns the process that executes an operation: "monitor" or "init". */
const char *pf_side_name(const struct pf_op *op);

/* Writes an operation and its arguments, NUL-terminated and cut at `size`. */
void pf_print_op(const void *plan, const struct pf_op *op, char *ret, size_t size);

/* Returns the plan as text, one line for each operation. The caller frees the text. Returns NULL if
 * there is no memory. */
char *pf_print_plan(const void *plan);

#endif
