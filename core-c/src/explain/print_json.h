/* SPDX-License-Identifier: BSD-2-Clause */
/* Prints plans as JSON for programs, for `--dry-run --json` (docs/plan.md). */
#ifndef PF_PRINT_JSON_H
#define PF_PRINT_JSON_H

#include "src/base/origins.h"

/* Returns the plan as one object of JSON, with an operation a line. `origins` has the origins of
 * the operations. The caller frees the text. Returns NULL if there is no memory. */
char *pf_print_plan_json(const void *plan, const struct pf_origins *origins);

#endif
