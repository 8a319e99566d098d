/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The plan: one contiguous, relocatable buffer.
 *
 *	header | operations | tables of lists | strings
 *
 * A string argument is the offset of a NUL-terminated string from the start of the buffer; a list
 * argument the offset of a table of such offsets that a 0 ends. Offsets are 64 bits wide, so that
 * pflask-init can turn a table into an argv in place.
 */
#ifndef PF_PLAN_H
#define PF_PLAN_H

#include <stddef.h>
#include <stdint.h>

#define PF_PLAN_MAGIC 0x6b736c66u /* "flsk" */
#define PF_PLAN_MAX (16u << 20)   /* larger than any argv and environment the kernel takes */
#define PF_OP_ARGS 6

/* Most files and directories of the host that a plan opens, and file systems that it mounts: what
 * executes it allocates nothing. */
#define PF_PLAN_SOURCES 16384
#define PF_PLAN_MOUNTS 16384

enum pf_op_code {
#define PF_OP(name, side, arguments, field, meaning) PF_OP_##name,
#include "defs/ops.def"
	PF_OP_COUNT
};

enum pf_side { PF_SIDE_MONITOR, PF_SIDE_INIT };

/* How the argument of `stdio` says where a descriptor comes from: two bits each, 0 first. */
enum pf_stdio { PF_STDIO_CALLER, PF_STDIO_TERMINAL };
#define PF_STDIO_BITS 2

struct pf_op {
	uint32_t code; /* enum pf_op_code */
	uint32_t zero;
	uint64_t arg[PF_OP_ARGS];
};

struct pf_plan_header {
	uint32_t magic;
	uint32_t abi;  /* PFLASK_ABI: library and helper come from one build */
	uint32_t size; /* of the whole buffer, bytes */
	uint32_t count;
};

/* Tables hold their strings: a pointer to one would cost the shared library a relocation, three
 * times its size. */
struct pf_op_info {
	char name[16];
	char arguments[8];
	enum pf_side side;
};

extern const struct pf_op_info pf_op_table[PF_OP_COUNT];

/* Tells whether an argument of this kind is a list of strings. */
static inline int pf_is_list(char kind)
{
	return kind == 'l' || kind == 'm';
}

/* Tells whether it is a descriptor of the caller's. */
static inline int pf_is_fd(char kind)
{
	return kind == 'f' || kind == 'h';
}

/* Tells whether it is shown to people. */
static inline int pf_is_printed(char kind)
{
	return kind != 'h' && kind != 'i';
}

/* Checks that every offset of a plan lies inside it. Returns 0 or -EINVAL. Nothing else reads a
 * plan that has not passed here. */
int pf_plan_check(const void *plan, size_t size);

/* Calls a function with each argument that is a descriptor of the caller's, named by an option or
 * opened by the library, in order, until it returns nonzero; returns that. */
int pf_plan_each_fd(void *plan, int (*visit)(uint64_t *argument, void *context), void *context);

/* The accessors below expect a plan that was checked. */
uint32_t pf_plan_count(const void *plan);
const struct pf_op *pf_plan_op(const void *plan, uint32_t index);
const char *pf_plan_string(const void *plan, uint64_t offset);

/* The table of a list: offsets of strings, ended by 0. */
const uint64_t *pf_plan_list(const void *plan, uint64_t offset);

/* Finds the first operation of a kind; NULL if the plan has none. */
const struct pf_op *pf_plan_find(const void *plan, enum pf_op_code code);

#endif
