/* SPDX-License-Identifier: BSD-2-Clause */
/* Builds plans (encode.h). */
#include "encode.h"

#include <errno.h>
#include <linux/filter.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "pflask.h"

/* Appends bytes to a buffer. Returns the offset of the new bytes, or -1. */
static int64_t add(struct pf_encoder *encoder, struct pf_buffer *buffer, const void *data,
		   size_t length)
{
	if (length > PF_PLAN_MAX || buffer->used + length > PF_PLAN_MAX) {
		encoder->failed = -E2BIG;
		return -1;
	}
	if (buffer->used + length > buffer->size) {
		size_t size = (buffer->used + length) * 2 + 1024;
		void *grown = realloc(buffer->data, size);
		if (!grown) {
			encoder->failed = -ENOMEM;
			return -1;
		}
		buffer->data = grown;
		buffer->size = size;
	}
	int64_t offset = (int64_t)buffer->used;
	memcpy((char *)buffer->data + offset, data, length);
	buffer->used += length;
	return offset;
}

_Static_assert(sizeof(struct sock_filter) == PF_INSTRUCTION, "plan.h knows the size");

/* Appends a string to the strings of the plan. Until the plan is complete, offsets count from the
 * start of the strings. In a table, they are one higher, because 0 ends a table. */
static uint64_t add_string(struct pf_encoder *encoder, const char *string)
{
	if (!string)
		string = "";
	return (uint64_t)add(encoder, &encoder->strings, string, strlen(string) + 1);
}

static uint64_t add_list(struct pf_encoder *encoder, char *const *list)
{
	uint64_t start = encoder->tables.used, entry;

	for (; *list; list++) {
		entry = add_string(encoder, *list) + 1;
		add(encoder, &encoder->tables, &entry, sizeof(entry));
	}
	entry = 0;
	add(encoder, &encoder->tables, &entry, sizeof(entry));
	return start;
}

static uint64_t add_filter(struct pf_encoder *encoder, const struct sock_fprog *filter)
{
	const uint32_t count = filter->len;
	int64_t start = add(encoder, &encoder->strings, &count, sizeof(count));

	add(encoder, &encoder->strings, filter->filter, count * sizeof(*filter->filter));
	return (uint64_t)start;
}

static uint64_t add_argument(struct pf_encoder *encoder, char kind, uint64_t argument)
{
	if (kind == 's')
		return add_string(encoder, (const char *)argument);
	if (pf_is_list(kind))
		return add_list(encoder, (char *const *)argument);
	return kind == 'b' ? add_filter(encoder, (const struct sock_fprog *)argument) : argument;
}

void pf_encode(struct pf_encoder *encoder, enum pf_op_code code, ...)
{
	const char *kinds = pf_op_table[code].arguments;
	struct pf_op op = {.code = code};
	va_list arguments;

	va_start(arguments, code);
	for (int i = 0; kinds[i]; i++)
		op.arg[i] = add_argument(encoder, kinds[i], va_arg(arguments, uint64_t));
	va_end(arguments);
	add(encoder, &encoder->ops, &op, sizeof(op));
	encoder->count++;
}

static void relocate(char *plan, uint64_t tables, uint64_t strings)
{
	struct pf_op *op = (void *)(plan + sizeof(struct pf_plan_header));

	for (uint32_t i = 0; i < pf_plan_count(plan); i++, op++) {
		const char *kinds = pf_op_table[op->code].arguments;
		for (int j = 0; kinds[j]; j++)
			op->arg[j] += pf_is_among_strings(kinds[j]) ? strings
				      : pf_is_list(kinds[j])        ? tables
								    : 0;
	}
	for (uint64_t *entry = (void *)(plan + tables); (char *)entry < plan + strings; entry++)
		if (*entry)
			*entry += strings - 1;
}

static void *lay_out(const struct pf_encoder *encoder, size_t size)
{
	size_t tables = sizeof(struct pf_plan_header) + encoder->ops.used;
	size_t strings = tables + encoder->tables.used;
	struct pf_plan_header header = {.magic = PF_PLAN_MAGIC,
					.abi = PFLASK_ABI,
					.size = (uint32_t)size,
					.count = encoder->count};
	char *plan = malloc(size);

	if (!plan)
		return NULL;
	memcpy(plan, &header, sizeof(header));
	memcpy(plan + sizeof(header), encoder->ops.data, encoder->ops.used);
	if (encoder->tables.used)
		memcpy(plan + tables, encoder->tables.data, encoder->tables.used);
	if (encoder->strings.used)
		memcpy(plan + strings, encoder->strings.data, encoder->strings.used);
	relocate(plan, tables, strings);
	return plan;
}

int pf_encode_finish(struct pf_encoder *encoder, void **ret)
{
	size_t size = sizeof(struct pf_plan_header) + encoder->ops.used + encoder->tables.used +
		      encoder->strings.used;
	int r = encoder->failed ? encoder->failed : size > PF_PLAN_MAX ? -E2BIG : (int)size;
	void *plan = r < 0 ? NULL : lay_out(encoder, size);

	free(encoder->ops.data);
	free(encoder->tables.data);
	free(encoder->strings.data);
	if (!plan)
		return r < 0 ? r : -ENOMEM;
	*ret = plan;
	return r;
}
