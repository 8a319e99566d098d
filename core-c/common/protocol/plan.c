/* SPDX-License-Identifier: BSD-2-Clause */
/* Checks the bounds of a plan, and reads plans. plan.h describes the format. No other code reads
 * plans. */
#define _GNU_SOURCE
#include "plan.h"

#include <errno.h>
#include <string.h>

#include "pflask.h"

const struct pf_op_info pf_op_table[PF_OP_COUNT] = {
#define PF_OP(name, side, arguments, names, field, meaning) {arguments, PF_SIDE_##side},
#include "defs/ops.def"
};

static const struct pf_op *ops_of(const void *plan)
{
	return (const void *)((const char *)plan + sizeof(struct pf_plan_header));
}

static int check_string(const char *plan, size_t size, uint64_t offset)
{
	if (offset < sizeof(struct pf_plan_header) || offset >= size)
		return -EINVAL;
	return memchr(plan + offset, '\0', size - offset) ? 0 : -EINVAL;
}

static int check_list(const char *plan, size_t size, uint64_t offset)
{
	if (offset % sizeof(uint64_t) != 0)
		return -EINVAL;
	for (; offset <= size - sizeof(uint64_t); offset += sizeof(uint64_t)) {
		const uint64_t *entry = (const void *)(plan + offset);
		if (*entry == 0)
			return 0;
		if (check_string(plan, size, *entry) < 0)
			return -EINVAL;
	}
	return -EINVAL;
}

static int check_filter(const char *plan, size_t size, uint64_t offset)
{
	uint32_t count;

	if (offset < sizeof(struct pf_plan_header) || offset > size - sizeof(count))
		return -EINVAL;
	pf_plan_filter(plan, offset, &count);
	size_t rest = size - sizeof(count) - offset;
	return count <= PF_FILTER_MAX && count <= rest / PF_INSTRUCTION ? 0 : -EINVAL;
}

static int check_op(const char *plan, size_t size, const struct pf_op *op)
{
	if (op->code >= PF_OP_COUNT || op->zero != 0)
		return -EINVAL;
	const char *kinds = pf_op_table[op->code].arguments;
	for (int i = 0; kinds[i]; i++) {
		int r = 0;
		if (kinds[i] == 's')
			r = check_string(plan, size, op->arg[i]);
		else if (pf_is_list(kinds[i]))
			r = check_list(plan, size, op->arg[i]);
		else if (kinds[i] == 'b')
			r = check_filter(plan, size, op->arg[i]);
		if (r < 0)
			return r;
	}
	return 0;
}

int pf_plan_check(const void *plan, size_t size)
{
	const struct pf_plan_header *header = plan;

	if (size < sizeof(*header) || size > PF_PLAN_MAX || header->magic != PF_PLAN_MAGIC)
		return -EINVAL;
	if (header->abi != PFLASK_ABI || header->size != size)
		return -EINVAL;
	if (header->count > (size - sizeof(*header)) / sizeof(struct pf_op))
		return -EINVAL;
	for (uint32_t i = 0; i < header->count; i++)
		if (check_op(plan, size, &ops_of(plan)[i]) < 0)
			return -EINVAL;
	return 0;
}

int pf_plan_each_fd(void *plan, int (*visit)(uint64_t *argument, void *context), void *context)
{
	struct pf_op *op = (void *)((char *)plan + sizeof(struct pf_plan_header));

	for (uint32_t i = 0; i < pf_plan_count(plan); i++, op++) {
		const char *kinds = pf_op_table[op->code].arguments;
		for (int j = 0; kinds[j]; j++) {
			int r = pf_is_fd(kinds[j]) ? visit(&op->arg[j], context) : 0;
			if (r)
				return r;
		}
	}
	return 0;
}

uint32_t pf_plan_count(const void *plan)
{
	return ((const struct pf_plan_header *)plan)->count;
}

const struct pf_op *pf_plan_op(const void *plan, uint32_t index)
{
	return &ops_of(plan)[index];
}

const char *pf_plan_string(const void *plan, uint64_t offset)
{
	return (const char *)plan + offset;
}

const void *pf_plan_filter(const void *plan, uint64_t offset, uint32_t *ret_count)
{
	const char *at = (const char *)plan + offset;

	memcpy(ret_count, at, sizeof(*ret_count));
	return at + sizeof(*ret_count);
}

const uint64_t *pf_plan_list(const void *plan, uint64_t offset)
{
	return (const void *)((const char *)plan + offset);
}

const struct pf_op *pf_plan_find(const void *plan, enum pf_op_code code)
{
	for (uint32_t i = 0; i < pf_plan_count(plan); i++)
		if (pf_plan_op(plan, i)->code == code)
			return pf_plan_op(plan, i);
	return NULL;
}
