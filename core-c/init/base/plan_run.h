/* SPDX-License-Identifier: BSD-2-Clause */
/* Executing a plan, one operation after the other. */
#ifndef PF_PLAN_RUN_H
#define PF_PLAN_RUN_H

#include "run.h"

/* Handlers of the operations: return 0 or -errno; on failure nothing after them is executed. */
#define PF_OP(name, side, arguments, field, meaning) \
	int pf_op_##name(struct pf_run *run, const struct pf_op *op);
#include "defs/ops.def"

/* The string argument `i` of an operation. */
const char *pf_string(const struct pf_run *run, const struct pf_op *op, int i);

/* The list argument `i` of an operation, turned into an array of pointers in place: once only. */
char **pf_list(const struct pf_run *run, const struct pf_op *op, int i);

/* Executes one operation. Returns 0 or -errno. */
int pf_handle(struct pf_run *run, const struct pf_op *op);

/* Executes the operations of one side from run->index on. Returns 0 or -errno with run->index at
 * the operation that failed. */
int pf_execute(struct pf_run *run, enum pf_side side);

/* Tells the monitor that the operation at hand failed, or that it was optional and skipped. */
void pf_report_failed(const struct pf_run *run, int error);
void pf_report_skipped(const struct pf_run *run, int error);

#endif
