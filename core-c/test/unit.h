/* SPDX-License-Identifier: BSD-2-Clause */
/* Helpers for all unit tests: cmocka, a sample plan, and a count of open descriptors. */
#ifndef PF_UNIT_H
#define PF_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <linux/filter.h>
#include <stdlib.h>
#include <string.h>

#include "common/protocol/plan.h"
#include "src/compile/encode.h"

/* Defines the main function of a test program, which runs an array of tests and reports in TAP. */
#define UNIT_MAIN(tests)                                          \
	int main(void)                                            \
	{                                                         \
		cmocka_set_message_output(CM_OUTPUT_TAP);         \
		return cmocka_run_group_tests(tests, NULL, NULL); \
	}

#define UNIT_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Makes a plan with one operation. Returns the size of the plan. */
static inline int unit_plan_of(enum pf_op_code code, const uint64_t arguments[PF_OP_ARGS],
			       void **ret)
{
	struct pf_encoder encoder = {0};

	pf_encode(&encoder, code, arguments[0], arguments[1], arguments[2], arguments[3],
		  arguments[4], arguments[5]);
	return pf_encode_finish(&encoder, ret);
}

/* Missing arguments are 0. */
#define UNIT_PLAN(ret, name, ...) \
	unit_plan_of(PF_OP_##name, (const uint64_t[PF_OP_ARGS]){__VA_ARGS__}, ret)

/* Makes a plan of one operation, with an argument of each kind that the operation has. */
static inline void *unit_plan_of_all(enum pf_op_code code)
{
	uint64_t arguments[PF_OP_ARGS] = {0};
	static char *list[] = {"0 1 2", NULL};
	struct sock_filter line = {0};
	const struct sock_fprog filter = {1, &line};
	const char *kinds = pf_op_table[code].arguments;
	void *plan = NULL;

	for (int i = 0; kinds[i]; i++)
		arguments[i] = kinds[i] == 's'        ? PF_S("/thing")
			       : kinds[i] == 'b'      ? PF_B(&filter)
			       : pf_is_list(kinds[i]) ? PF_L(list)
						      : PF_N(1);
	assert_true(unit_plan_of(code, arguments, &plan) > 0);
	return plan;
}

/* Makes a small plan with every kind of argument. Returns the size of the plan. */
static inline int unit_plan(void **ret)
{
	char *list[] = {"A=1", "", "container=pflask", NULL};
	char *empty[] = {NULL}, *map[] = {"0 100000 65536", "65536 5 1", NULL};
	struct sock_filter lines[] = {{6, 0, 0, 1}, {6, 0, 0, 2}};
	const struct sock_fprog filter = {2, lines};
	struct pf_encoder encoder = {0};

	PF_ENCODE(&encoder, clone, PF_N(0));
	PF_ENCODE(&encoder, mount, PF_S("proc"), PF_S("/proc"), PF_N(1), PF_S(""));
	PF_ENCODE(&encoder, device, PF_S("/dev/null"), PF_N(0666), PF_N(1), PF_N(3));
	PF_ENCODE(&encoder, fork);
	PF_ENCODE(&encoder, environ, PF_L(list));
	PF_ENCODE(&encoder, exec, PF_S("/bin/true"), PF_L(empty));
	PF_ENCODE(&encoder, newuidmap, PF_S("/usr/bin/newuidmap"), PF_L(map));
	PF_ENCODE(&encoder, file, PF_N(7), PF_S("/f"), PF_N(0644), PF_N(0));
	PF_ENCODE(&encoder, seccomp, PF_S("x"), PF_B(&filter));
	return pf_encode_finish(&encoder, ret);
}

/* Returns the number of entries in /proc/self/fd. Each open descriptor is an entry. */
static inline int unit_open_files(void)
{
	DIR *directory = opendir("/proc/self/fd");
	int count = 0;

	assert_non_null(directory);
	while (readdir(directory))
		count++;
	closedir(directory);
	return count;
}

#endif
