/* SPDX-License-Identifier: BSD-2-Clause */
/* Executes a plan, one operation after the other. */
#ifndef PF_RUN_PLAN_H
#define PF_RUN_PLAN_H

#include "run.h"

/* The handlers of the operations. Each returns 0 or -errno; after a failure, no further operation
 * is executed. */
#define PF_OP(name, side, arguments, names, field, meaning) \
	int pf_op_##name(struct pf_run *run, const struct pf_op *op);
#include "defs/ops.def"

/* Returns the string argument `i` of an operation. */
const char *pf_arg_string(const struct pf_run *run, const struct pf_op *op, int i);

/* Returns the list argument `i` of an operation as an array of pointers. Converts the list in
 * place, so the function must not be called twice for a list. */
char **pf_arg_list(const struct pf_run *run, const struct pf_op *op, int i);

/* Executes one operation. Returns 0 or -errno. */
int pf_run_op(struct pf_run *run, const struct pf_op *op);

/* Executes the operations of one side, from run->index on. Returns 0, or -errno with run->index at
 * the operation that failed. */
int pf_run_side(struct pf_run *run, enum pf_side side);

/* Tell the monitor that the current operation has failed, or that the operation is optional and was
 * skipped. */
void pf_report_failed(const struct pf_run *run, int error);
void pf_report_skipped(const struct pf_run *run, int error);

#endif
