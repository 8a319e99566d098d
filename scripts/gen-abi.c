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
#define OFFSET(type, member) PLACE(#member, offsetof(struct pflask_##type, member))
#define SIZE(type) PLACE("size", sizeof(struct pflask_##type))
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

static void print_error_layout(void)
{
	open_object("ERROR");
	OFFSET(error, code);
	OFFSET(error, number);
	OFFSET(error, index);
	OFFSET(error, operation);
	OFFSET(error, field);
	OFFSET(error, subject);
	OFFSET(error, message);
	OFFSET(error, hint);
	SIZE(error);
	close_object();
}

static void print_exit_layout(void)
{
	open_object("EXIT");
	OFFSET(exit, reason);
	OFFSET(exit, code);
	OFFSET(exit, signal);
	OFFSET(exit, output_errno);
	OFFSET(exit, changes_errno);
	OFFSET(exit, keep_errno);
	OFFSET(exit, link_errno);
	OFFSET(exit, typed_signal);
	OFFSET(exit, wall_usec);
	OFFSET(exit, user_usec);
	OFFSET(exit, system_usec);
	OFFSET(exit, max_rss_kib);
	OFFSET(exit, changes_path);
	OFFSET(exit, keep_path);
	OFFSET(exit, link);
	OFFSET(exit, network);
	SIZE(exit);
	close_object();
}

static void print_info_layout(void)
{
	open_object("INFO");
	OFFSET(info, monitor_pid);
	OFFSET(info, init_pid);
	OFFSET(info, leader_pid);
	OFFSET(info, keyring_errno);
	OFFSET(info, namespaces);
	SIZE(info);
	close_object();
}

static void print_record_layout(void)
{
	open_object("RECORD");
	OFFSET(record, monitor_pid);
	OFFSET(record, leader_pid);
	OFFSET(record, uid);
	OFFSET(record, clients);
	OFFSET(record, started);
	OFFSET(record, name);
	OFFSET(record, command);
	OFFSET(record, root);
	SIZE(record);
	close_object();
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

int main(void)
{
	printf("// SPDX-License-Identifier: BSD-2-Clause\n");
	printf("// Made by scripts/gen-abi.sh from core-c/include/pflask.h; not to be edited.\n\n");
	printf("export const VERSION = \"%s\";\n", PFLASK_VERSION);
	NUMBER(ABI);
	NUMBER(FOREGROUND);
	print_error_layout();
	print_exit_layout();
	print_info_layout();
	print_record_layout();
	print_enumerations();
	print_namespaces();
	return 0;
}
