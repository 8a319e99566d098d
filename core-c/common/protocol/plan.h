/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Defines the format of a plan: one contiguous, relocatable buffer.
 *
 *	header | operations | tables of lists | strings
 *
 * A string argument is the offset of a NUL-terminated string from the start of the buffer. A list
 * argument is the offset of a table of string offsets; a 0 ends the table. Offsets are 64 bits
 * wide, so that pflask-init can turn a table into an argv in place. A filter lies among the
 * strings: the number of its instructions (uint32_t), and then the instructions. A filter argument
 * is the offset of this number.
 */
#ifndef PF_PLAN_H
#define PF_PLAN_H

#include <stddef.h>
#include <stdint.h>

#define PF_PLAN_MAGIC 0x6b736c66u /* "flsk" */
/* Maximum size of a plan, which exceeds the kernel's limit on arguments and environment. */
#define PF_PLAN_MAX (16u << 20)
#define PF_OP_ARGS 6

/* The maximum number of files and directories of the host that a plan opens, and of file systems
 * that a plan mounts. The limits are fixed because pflask-init allocates no memory. */
#define PF_PLAN_SOURCES 16384
#define PF_PLAN_MOUNTS 16384

/* The size of an instruction of a filter (struct sock_filter), and the maximum number of
 * instructions that the kernel takes (BPF_MAXINSNS). */
#define PF_INSTRUCTION 8
#define PF_FILTER_MAX 4096

enum pf_op_code {
#define PF_OP(name, side, arguments, names, field, meaning) PF_OP_##name,
#include "defs/ops.def"
	PF_OP_COUNT
};

enum pf_side { PF_SIDE_MONITOR, PF_SIDE_INIT };

/* The file behind a standard descriptor of the command: the caller's own descriptor, or the
 * container's terminal. The argument of the operation `stdio` has two bits for each descriptor,
 * beginning with descriptor 0. */
enum pf_stdio { PF_STDIO_CALLER, PF_STDIO_TERMINAL };
#define PF_STDIO_BITS 2

/* The format of a list of changes: text, one array of JSON, or a line of JSON for each path. A
 * manifest has a line of JSON for each path, too. Its lines also identify the files of the lower
 * directory. */
enum pf_changes_format { PF_CHANGES_TEXT, PF_CHANGES_JSON, PF_CHANGES_JSONL, PF_CHANGES_MANIFEST };

/* A set of capabilities: one bit for each capability. The bit PF_CAPS_UNKNOWN stands for all
 * capabilities that are newer than the build. */
#define PF_CAPS_COUNT 63
#define PF_CAP(number) (UINT64_C(1) << (number))
#define PF_CAPS_UNKNOWN PF_CAP(PF_CAPS_COUNT)

/* No limit (RLIM_INFINITY). */
#define PF_UNLIMITED UINT64_MAX

struct pf_op {
	uint32_t code; /* enum pf_op_code */
	uint32_t zero;
	uint64_t arg[PF_OP_ARGS];
};

struct pf_plan_header {
	uint32_t magic;
	uint32_t abi;  /* PFLASK_ABI, because library and pflask-init must come from one build */
	uint32_t size; /* size of the whole buffer in bytes */
	uint32_t count;
};

/* The letters are an array and not a pointer: a pointer would need a relocation in the shared
 * library, which is three times as large as the pointer. */
struct pf_op_info {
	char arguments[8];
	uint8_t side; /* enum pf_side */
};

extern const struct pf_op_info pf_op_table[PF_OP_COUNT];

/* Tells whether an argument of this kind is a list of strings. */
static inline int pf_is_list(char kind)
{
	return kind == 'l' || kind == 'm';
}

/* Tells whether an argument of this kind is an offset into the strings of the plan. */
static inline int pf_is_among_strings(char kind)
{
	return kind == 's' || kind == 'b';
}

/* Tells whether an argument of this kind is a descriptor of the caller. */
static inline int pf_is_fd(char kind)
{
	return kind == 'f' || kind == 'h';
}

/* Tells whether an argument of this kind is shown to users. */
static inline int pf_is_printed(char kind)
{
	return kind != 'h' && kind != 'i';
}

/* Checks that every offset of a plan lies inside the plan. Returns 0 or -EINVAL. Other functions
 * may read a plan only after this check. */
int pf_plan_check(const void *plan, size_t size);

/* Calls `visit` with each argument that is a descriptor of the caller, in order, until `visit`
 * returns nonzero. Such a descriptor comes from an option, or the library has opened it. Returns
 * the last value of `visit`, or 0. */
int pf_plan_each_fd(void *plan, int (*visit)(uint64_t *argument, void *context), void *context);

/* These functions take a plan that pf_plan_check() has accepted. */
uint32_t pf_plan_count(const void *plan);
const struct pf_op *pf_plan_op(const void *plan, uint32_t index);
const char *pf_plan_string(const void *plan, uint64_t offset);

/* Returns the instructions of a filter, which are not aligned, and their number. */
const void *pf_plan_filter(const void *plan, uint64_t offset, uint32_t *ret_count);

/* Returns the table of a list: offsets of strings, followed by 0. */
const uint64_t *pf_plan_list(const void *plan, uint64_t offset);

/* Returns the first operation with this code, or NULL if the plan has no such operation. */
const struct pf_op *pf_plan_find(const void *plan, enum pf_op_code code);

#endif
