/* SPDX-License-Identifier: BSD-2-Clause */
/* Helpers for the tests of the compiler. The helpers compile a spec, and check the plan. */
#ifndef PF_PLANS_H
#define PF_PLANS_H

#include <limits.h>
#include <stdio.h>

#include "src/base/op_names.h"
#include "src/compile/compile.h"
#include "src/explain/print.h"
#include "src/spec/spec.h"
#include "unit.h"

#define PLAN_TEXT 32768

/* The origins of the operations of the last plan. */
static struct pf_origins plan_origins;

/* The descriptors that the last plan holds open. */
static struct pf_plan_fds plan_held;

/* The notes of the last plan. */
static struct pf_plan_notes plan_notes;

/* Compiles a spec. `words` has fields and their values, and ends with NULL. Returns 0 or -errno. */
static inline int compile(const char *const *words, void **ret, struct pflask_error *reterr)
{
	pflask_spec *spec = pf_spec_new();

	pf_origins_clear(&plan_origins);
	pf_plan_fds_clear(&plan_held);
	for (; *words; words += 2)
		assert_int_equal(pf_spec_set(spec, words[0], words[1], &(struct pflask_error){0}),
				 0);
	pf_plan_notes_clear(&plan_notes);
	int size = pf_compile(spec, ret, &plan_origins, &plan_held, &plan_notes, reterr);
	pf_spec_free(spec);
	if (size >= 0)
		assert_int_equal(pf_plan_check(*ret, (size_t)size), 0);
	return size < 0 ? size : 0;
}

static inline void *compiled(const char *const *words)
{
	struct pflask_error error = {0};
	void *plan = NULL;

	if (compile(words, &plan, &error) < 0)
		fail_msg("%s", error.message);
	return plan;
}

static inline const char *name_of(const void *plan, uint32_t index)
{
	return pf_op_names[pf_plan_op(plan, index)->code];
}

/* Checks the names of the operations of a plan. Adjacent operations of the same name count once.
 * `hide` is left out: the plan has `hide` only if other containers run on this machine. */
static inline void expect_names(const char *const *words, const char *names)
{
	void *plan = compiled(words);
	const char *last = "";
	char text[1024] = "";

	for (uint32_t i = 0; i < pf_plan_count(plan); i++) {
		const char *name = name_of(plan, i);
		if (strcmp(name, "hide") == 0)
			continue;
		if (strcmp(name, last) != 0)
			snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s",
				 *last ? " " : "", name);
		last = name;
	}
	free(plan);
	assert_string_equal(text, names);
}

/* Tells whether a line of the plan's text ends with `end`. */
static inline int has_line(const char *const *words, const char *end)
{
	void *plan = compiled(words);
	char *text = pf_print_plan(plan), line[PATH_MAX + 100];

	snprintf(line, sizeof(line), "%s\n", end);
	int found = strstr(text, line) != NULL;
	free(text);
	free(plan);
	return found;
}

/* Checks the lines of a plan, from the first operation named `first` up to the next operation named
 * `end`. */
static inline void expect_lines(const char *const *words, const char *first, const char *end,
				const char *lines)
{
	void *plan = compiled(words);
	char text[PLAN_TEXT] = "", line[PATH_MAX];
	int inside = 0;

	for (uint32_t i = 0; i < pf_plan_count(plan); i++) {
		if (inside && strcmp(name_of(plan, i), end) == 0)
			break;
		inside |= strcmp(name_of(plan, i), first) == 0;
		if (!inside)
			continue;
		pf_print_op(plan, pf_plan_op(plan, i), line, sizeof(line));
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s\n", line);
	}
	free(plan);
	assert_string_equal(text, lines);
}

/* Checks that the compiler refuses a spec. The error must have one line and name the field. */
static inline void expect_error(const char *const *words, int number, const char *field,
				const char *why, const char *hint)
{
	struct pflask_error error = {0};
	void *plan = NULL;

	assert_int_equal(compile(words, &plan, &error), -number);
	assert_null(plan);
	assert_int_equal(error.code, PFLASK_INVALID);
	assert_string_equal(error.field, field);
	if (!strstr(error.message, why))
		assert_string_equal(error.message, why);
	assert_null(strchr(error.message, '\n'));
	assert_non_null(strstr(error.hint, hint));
}

#endif
