/* SPDX-License-Identifier: BSD-2-Clause */
/* Executes a plan, one operation after the other. */
#ifndef PF_RUN_PLAN_H
#define PF_RUN_PLAN_H

#include "run.h"

/* The handlers of the operations, one for each row of ops.def. A handler returns 0 or -errno. After
 * a failure, no further operation is executed. */
#define PF_OP(name, side, arguments, names, field, meaning) \
	int pf_op_##name(struct pf_run *run, const struct pf_op *op);
#include "defs/ops.def"

/* Returns the string argument `i` of an operation. */
const char *pf_arg_string(const struct pf_run *run, const struct pf_op *op, int i);

/* Returns the list argument `i` of an operation as an array of strings that ends with NULL.
 * Converts the list inside the plan, so call the function only once for each list. */
char **pf_arg_list(const struct pf_run *run, const struct pf_op *op, int i);

/* Executes one operation. Returns 0 or -errno. */
int pf_run_op(struct pf_run *run, const struct pf_op *op);

/* Executes the operations of one side (enum pf_side), from run->index on. Returns 0, or -errno with
 * the failed operation in run->index. */
int pf_run_side(struct pf_run *run, enum pf_side side);

/* Tell the monitor that the current operation has failed, or that it was skipped because it is
 * optional. */
void pf_report_failed(const struct pf_run *run, int error);
void pf_report_skipped(const struct pf_run *run, int error);

#endif
