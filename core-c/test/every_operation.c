/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Prints two plans with every operation of ops.def. The first plan has small arguments, and the
 * second plan has odd arguments. Prints each plan as text and as JSON, with a NUL after each
 * output. every_operation.test.ts reads the output.
 */
#define _GNU_SOURCE
#include <linux/filter.h>
#include <stdio.h>
#include <stdlib.h>

#include "src/compile/encode.h"
#include "src/explain/print.h"
#include "src/explain/print_json.h"

/* Returns an argument of a kind. */
static uint64_t argument_of(char kind, int is_odd)
{
	static struct sock_filter instructions[2];
	static const struct sock_fprog filter = {2, instructions}, empty = {0, instructions};
	static char *words[] = {"a", "", "b c", "\xff\xc3\xa9'\\", "\xe2\x80\xae", NULL};
	static char *map[] = {"0 100000 65536", "65536 5 4294967295", NULL}, *none[] = {NULL};

	switch (kind) {
	case 's':
		return is_odd ? PF_S("a\nb\x1b\xc2\x9b\xff\"\\'\xe2\x80\xae") : PF_S("/a");
	case 'l':
		return is_odd ? PF_L(words) : PF_L(none);
	case 'm':
		return is_odd ? PF_L(map) : PF_L(none);
	case 'b':
		return is_odd ? PF_B(&filter) : PF_B(&empty);
	case 'n':
	case 'a':
	case 'p':
		return is_odd ? UINT32_MAX : 0;
	case 'c':
		return is_odd ? UINT64_MAX - 5 : 5;
	case 'd':
		return is_odd ? PF_STDIO_TERMINAL << PF_STDIO_BITS : 0;
	case 'g':
		return is_odd ? 37 : 15;
	case 'r':
		return is_odd ? 7 : 0;
	case 'v':
		return is_odd ? PF_UNLIMITED : 0;
	case 'o':
		return is_odd ? 01777 : 0;
	default:
		return 1;
	}
}

static void *plan_of_all(int is_odd)
{
	struct pf_encoder encoder = {0};
	void *plan = NULL;

	for (int code = 0; code < PF_OP_COUNT; code++) {
		const char *kinds = pf_op_table[code].arguments;
		uint64_t all[PF_OP_ARGS] = {0};
		for (int i = 0; kinds[i]; i++)
			all[i] = argument_of(kinds[i], is_odd);
		pf_encode(&encoder, (enum pf_op_code)code, all[0], all[1], all[2], all[3], all[4],
			  all[5]);
	}
	return pf_encode_finish(&encoder, &plan) < 0 ? NULL : plan;
}

int main(void)
{
	static const struct pf_origins none;
	int failed = 0;

	for (int is_odd = 0; is_odd < 2 && !failed; is_odd++) {
		void *plan = plan_of_all(is_odd);
		char *text = plan ? pf_print_plan(plan) : NULL;
		char *json = plan ? pf_print_plan_json(plan, &none) : NULL;
		failed = !text || !json || printf("%s%c%s%c", text, 0, json, 0) < 0;
		free(text);
		free(json);
		free(plan);
	}
	return failed || fflush(stdout) != 0;
}
