/* SPDX-License-Identifier: BSD-2-Clause */
/* Prints, as TypeScript, what the runtime must know of pflask.h. */
#define _GNU_SOURCE
#include <sched.h>
#include <stddef.h>
#include <stdio.h>

#include "pflask.h"

/* The runtime reads structures in units of 32 bits (packages/runtime/src/struct.ts). */
#define PLACE(name, bytes)                              \
	do {                                            \
		_Static_assert((bytes) % 4 == 0, name); \
		printf("\t%s: %zu,\n", name, bytes);    \
	} while (0)
#define NUMBER(name) printf("export const %s = %d;\n", #name, (int)PFLASK_##name)
#define CODE(name, text) printf("\t%d: \"%s\",\n", (int)PFLASK_##name, text)

static void open_object(const char *name)
{
	printf("\nexport const %s = {\n", name);
}

static void close_object(void)
{
	printf("} as const;\n");
}

/* scripts/gen-abi.ts writes abi-rows.h: a row for each member and each value of pflask.h. */
static void print_layouts(void)
{
#define STRUCT(type, name) open_object(name);
#define MEMBER(type, member) PLACE(#member, offsetof(struct pflask_##type, member));
#define END(type)                                    \
	PLACE("size", sizeof(struct pflask_##type)); \
	close_object();
#define VALUE(value)
#include "abi-rows.h"
#undef STRUCT
#undef MEMBER
#undef END
#undef VALUE
}

/* The facts that abi.txt has: where members are, and what values are. */
static void print_facts(void)
{
#define STRUCT(type, name)
#define MEMBER(type, member) \
	printf(#type ".%s %zu\n", #member, offsetof(struct pflask_##type, member));
#define END(type)
#define VALUE(value) printf("%s %d\n", #value, (int)(value));
#include "abi-rows.h"
}

static void print_enumerations(void)
{
	open_object("CODES");
	CODE(INVALID, "invalid");
	CODE(PRIVILEGE, "privilege");
	CODE(SETUP, "setup");
	CODE(NOT_FOUND, "not-found");
	CODE(NOT_EXECUTABLE, "not-executable");
	CODE(INTERNAL, "internal");
	close_object();

	open_object("REASONS");
	CODE(EXITED, "exit");
	CODE(SIGNALED, "signal");
	CODE(POWEROFF, "poweroff");
	CODE(REBOOT, "reboot");
	CODE(LOST, "lost");
	close_object();
}

static void print_namespaces(void)
{
	printf("\nexport const NAMESPACES = [\n");
#define PF_NAMESPACE(name, flag, field) printf("\t[0x%08x, \"%s\"],\n", (unsigned)(flag), #name);
#include "defs/namespaces.def"
	printf("] as const;\n");
}

/* With an argument it prints the facts alone. */
int main(int argc, char **argv)
{
	(void)argv;
	if (argc > 1) {
		print_facts();
		return 0;
	}
	printf("// SPDX-License-Identifier: BSD-2-Clause\n");
	printf("// Made by scripts/gen-abi.ts from core-c/include/pflask.h; not to be edited.\n\n");
	printf("export const VERSION = \"%s\";\n", PFLASK_VERSION);
	NUMBER(ABI);
	NUMBER(FOREGROUND);
	print_layouts();
	print_enumerations();
	print_namespaces();
	return 0;
}
