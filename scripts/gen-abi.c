/* SPDX-License-Identifier: BSD-2-Clause */
/* Prints the facts of pflask.h that the runtime needs, as TypeScript. */
#define _GNU_SOURCE
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "common/protocol/wire.h"
#include "pflask.h"
#include "src/explain/command_line.h"

/* The runtime reads structures in units of 32 bits (packages/runtime/src/struct.ts). */
#define PLACE(name, bytes)                              \
	do {                                            \
		_Static_assert((bytes) % 4 == 0, name); \
		printf("\t%s: %zu,\n", name, bytes);    \
	} while (0)
#define NUMBER(name) printf("export const %s = %d;\n", #name, (int)PFLASK_##name)

static void open_object(const char *name)
{
	printf("\nexport const %s = {\n", name);
}

static void close_object(void)
{
	printf("} as const;\n");
}

/* Prints the offsets of members. abi-rows.h, made by scripts/gen-abi.ts, has a row for each member
 * and each value of pflask.h. TypeScript has names for the values between NAMES and END_NAMES. */
static void print_layouts(void)
{
#define STRUCT(type, name) open_object(name);
#define MEMBER(type, member) PLACE(#member, offsetof(struct pflask_##type, member));
#define END(type)                                    \
	PLACE("size", sizeof(struct pflask_##type)); \
	close_object();
#define VALUE(value)
#define NAMES(object)
#define NAMED(value, text)
#define END_NAMES
#include "abi-rows.h"
#undef STRUCT
#undef MEMBER
#undef END
#undef VALUE
#undef NAMES
#undef NAMED
#undef END_NAMES
}

/* Prints the facts in abi.txt: offsets of members, and values. */
static void print_facts(void)
{
#define STRUCT(type, name)
#define MEMBER(type, member) \
	printf(#type ".%s %zu\n", #member, offsetof(struct pflask_##type, member));
#define END(type)
#define VALUE(value) printf("%s %d\n", #value, (int)(value));
#define NAMES(object)
#define NAMED(value, text) VALUE(value)
#define END_NAMES
#include "abi-rows.h"
#undef STRUCT
#undef MEMBER
#undef END
#undef VALUE
#undef NAMES
#undef NAMED
#undef END_NAMES
}

/* Prints the sizes of the bodies of messages. */
static void print_sizes(void)
{
#define PF_MESSAGE(name)
#define PF_BODY(name, route, type, descriptors, text) printf("%s %zu\n", #name, sizeof(type));
#include "defs/messages.def"
}

static void print_enumerations(void)
{
#define STRUCT(type, name)
#define MEMBER(type, member)
#define END(type)
#define VALUE(value)
#define NAMES(object) open_object(object);
#define NAMED(value, text) printf("\t%d: \"%s\",\n", (int)(value), text);
#define END_NAMES close_object();
#include "abi-rows.h"
}

static void print_namespaces(void)
{
	printf("\nexport const NAMESPACES = [\n");
#define PF_NAMESPACE(name, flag, field) printf("\t[0x%08x, \"%s\"],\n", (unsigned)(flag), #name);
#include "defs/namespaces.def"
	printf("] as const;\n");
}

/* Prints the exit status for each reason: a number, and the member that is added to the number. */
static void print_statuses(void)
{
	open_object("STATUSES");
#define PF_REASON(reason, word, base, member) printf("\t%s: [%d, \"%s\"],\n", word, base, #member);
#include "defs/codes.def"
	close_object();
}

/* The argument "facts" or "sizes" selects only the facts or only the sizes. */
int main(int argc, char **argv)
{
	if (argc > 1) {
		if (strcmp(argv[1], "facts") == 0)
			print_facts();
		else
			print_sizes();
		return 0;
	}
	printf("// SPDX-License-Identifier: BSD-2-Clause\n");
	printf("// Made by scripts/gen-abi.ts from core-c/include/pflask.h; not to be edited.\n\n");
	printf("export const VERSION = \"%s\";\n", PFLASK_VERSION);
	NUMBER(ABI);
	NUMBER(PLAN_TEXT);
	NUMBER(PLAN_JSON);
	NUMBER(FOREGROUND);
	NUMBER(NOWAIT);
	NUMBER(RUNNING);
	NUMBER(STEP_STARTED);
	NUMBER(STEP_ENDED);
	NUMBER(OF_EXEC);
	NUMBER(PASS_ON);
	NUMBER(STATS);
	NUMBER(STATS_JSON);
	NUMBER(THREAD_LIST);
	print_layouts();
	print_enumerations();
	print_statuses();
	print_namespaces();
	return 0;
}
