/* SPDX-License-Identifier: BSD-2-Clause */
/* Executes a plan, one operation after the other. */
#define _GNU_SOURCE
#include "run_plan.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "debug.h"

typedef int (*handler)(struct pf_run *run, const struct pf_op *op);

static const handler op_handlers[PF_OP_COUNT] = {
#define PF_OP(name, side, arguments, names, field, meaning) pf_op_##name,
#include "defs/ops.def"
};

const char *pf_arg_string(const struct pf_run *run, const struct pf_op *op, int i)
{
	return pf_plan_string(run->plan, op->arg[i]);
}

char **pf_arg_list(const struct pf_run *run, const struct pf_op *op, int i)
{
	uint64_t *table = (void *)(run->plan + op->arg[i]);
	char **pointers = (char **)table;

	_Static_assert(sizeof(char *) == sizeof(uint64_t), "pointers replace offsets");
	for (; *table != 0; table++)
		*(char **)table = run->plan + *table;
	return pointers;
}

int pf_run_op(struct pf_run *run, const struct pf_op *op)
{
	run->detail = PF_DETAIL_NONE;
	run->text[0] = '\0';
	return op_handlers[op->code](run, op);
}

int pf_run_side(struct pf_run *run, enum pf_side side)
{
	int32_t count = (int32_t)pf_plan_count(run->plan);

	for (; run->index < count; run->index++) {
		const struct pf_op *op = pf_plan_op(run->plan, (uint32_t)run->index);
		if (pf_op_table[op->code].side != side)
			continue;
		int r = pf_run_op(run, op);
		/* Do not report `seccomp`: the new filter may refuse sendmsg(2). */
		if (r < 0 || op->code != PF_OP_seccomp)
			pf_send_debug_step(run, r);
		if (r < 0)
			return r;
	}
	return 0;
}

void pf_report_failed(const struct pf_run *run, int error)
{
	struct pf_message message;

	pf_message_init(&message, PF_MESSAGE_FAILED);
	message.body.failed.index = run->index;
	message.body.failed.number = -error;
	message.body.failed.detail = run->detail;
	memcpy(message.body.failed.text, run->text, sizeof(run->text));
	pf_send(run->report_socket, &message, NULL, 0);
}

void pf_report_skipped(const struct pf_run *run, int error)
{
	struct pf_message message;

	pf_message_init(&message, PF_MESSAGE_SKIPPED);
	message.body.skipped.index = run->index;
	message.body.skipped.number = -error;
	pf_send(run->report_socket, &message, NULL, 0);
}
