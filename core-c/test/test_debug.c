/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests the lines of PFLASK_DEBUG. The monitor sends numbers, and the caller prints the lines. */
#define _GNU_SOURCE
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "src/explain/debug.h"

/* Checks the return value and the output of pf_debug_told() for a message. */
static void expect(const struct pf_message *message, int result, const char *expected)
{
	char text[512] = "";
	void *plan = NULL;
	int ends[2];

	assert_true(UNIT_PLAN(&plan, chdir, PF_S("/a\nb")) > 0);
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	int saved = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	assert_int_equal(dup2(ends[1], STDERR_FILENO), STDERR_FILENO);
	int told = pf_debug_told(plan, message);
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(ends[1]);
	ssize_t n = read(ends[0], text, sizeof(text) - 1);
	close(ends[0]);
	free(plan);
	assert_int_equal(told, result);
	assert_int_equal(n, strlen(expected));
	assert_string_equal(text, expected);
}

static void expect_step(int32_t index, int32_t number, const char *expected)
{
	struct pf_message message;

	pf_message_init(&message, PF_MESSAGE_STEP);
	message.body.step = (struct pf_step){.index = index, .number = number};
	expect(&message, 1, expected);
}

static void expect_passed(uint32_t from, uint32_t to, uint32_t type, const char *expected)
{
	struct pf_message message;

	pf_message_init(&message, PF_MESSAGE_PASSED);
	message.body.passed = (struct pf_passed){.from = from, .to = to, .type = type};
	expect(&message, 1, expected);
}

static void a_step_is_an_operation_of_the_plan(void **state)
{
	(void)state;
	expect_step(0, 0, "pflask: init: chdir $'/a\\x0ab': 0\n");
	expect_step(0, ENOENT, "pflask: init: chdir $'/a\\x0ab': No such file or directory\n");
}

static void a_message_is_printed_by_its_name(void **state)
{
	(void)state;
	expect_passed(PF_INIT, PF_MONITOR, PF_MESSAGE_EXEC,
		      "pflask: wire: init -> monitor: exec\n");
	expect_passed(PF_MAKER, PF_INIT, PF_MESSAGE_MADE, "pflask: wire: maker -> init: made\n");
}

static void unknown_numbers_are_left_out(void **state)
{
	(void)state;
	expect_step(1, 0, "");
	expect_step(-1, 0, "");
	expect_step(INT32_MIN, 0, "");
	expect_step(INT32_MAX, 0, "");
	expect_passed(PF_COMMAND + 1, PF_INIT, PF_MESSAGE_EXEC, "");
	expect_passed(PF_INIT, UINT32_MAX, PF_MESSAGE_EXEC, "");
	expect_passed(PF_INIT, PF_MONITOR, PF_MESSAGE_COUNT, "");
	expect_passed(PF_INIT, PF_MONITOR, PF_MESSAGE_NONE, "");
}

static void other_messages_are_left_to_the_caller(void **state)
{
	struct pf_message message;

	(void)state;
	pf_message_init(&message, PF_MESSAGE_FAILED);
	expect(&message, 0, "");
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(a_step_is_an_operation_of_the_plan),
	cmocka_unit_test(a_message_is_printed_by_its_name),
	cmocka_unit_test(unknown_numbers_are_left_out),
	cmocka_unit_test(other_messages_are_left_to_the_caller),
};

UNIT_MAIN(tests)
