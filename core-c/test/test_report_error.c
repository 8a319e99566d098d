/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests reports of errors: two lines on stderr, an event, an exit status. */
#define _GNU_SOURCE
#include "unit.h"

#include <errno.h>
#include <signal.h>

#include "pflask.h"
#include "reports.h"
#include "src/base/error.h"
#include "src/explain/command_line.h"
#include "src/explain/report_error.h"

#define EVENT "{\"version\":1,\"event\":\"error\","

static struct reports reports;

static int report(const char *typed, const char *words, const struct pflask_error *error)
{
	reports_begin(&reports);
	int status = pflask_report_error("pflask", typed, words, reports.status_fd, error,
					 sizeof(*error));
	reports_end(&reports);
	return status;
}

static void test_error(void **state)
{
	struct pflask_error error;

	(void)state;
	pf_error_field(&error, "chroot", ENOENT, "/a\xff\": {b}");
	pf_error_hint(&error, "%s", "try {list}\n");
	snprintf(error.subject, sizeof(error.subject), "/a\xff\"");
	assert_int_equal(report("chroot\t--chroot\n", "b\t--b\nlist\tpflask --list\n", &error),
			 125);
	assert_string_equal(reports.said, "pflask: --chroot: /a\\xff\": --b\n"
					  "hint: try pflask --list\\x0a\n");
	assert_string_equal(reports.events,
			    EVENT "\"code\":\"invalid\",\"operation\":null,\"option\":\"--chroot\","
				  "\"field\":\"chroot\",\"subject\":\"/a\xef\xbf\xbd\\\"\","
				  "\"errno\":\"ENOENT\","
				  "\"message\":\"--chroot: /a\\\\xff\\\": --b\","
				  "\"hint\":\"try pflask --list\\\\x0a\",\"status\":125}\n");
}

static void test_without_words(void **state)
{
	struct pflask_error error;

	(void)state;
	pf_error_internal(&error, 0, "a: {b}");
	assert_int_equal(report(NULL, NULL, &error), 125);
	assert_string_equal(reports.said, "pflask: a: {b}\n");
	assert_string_equal(reports.events,
			    EVENT "\"code\":\"internal\",\"operation\":null,\"option\":null,"
				  "\"field\":null,\"subject\":null,\"errno\":null,"
				  "\"message\":\"a: {b}\",\"hint\":null,\"status\":125}\n");
}

static void test_codes(void **state)
{
	static const struct {
		enum pflask_code code;
		int status;
		const char *word;
	} rows[] = {
		{PFLASK_INVALID, 125, "\"invalid\""},
		{PFLASK_PRIVILEGE, 125, "\"privilege\""},
		{PFLASK_SETUP, 125, "\"setup\""},
		{PFLASK_NOT_FOUND, 127, "\"not-found\""},
		{PFLASK_NOT_EXECUTABLE, 126, "\"not-executable\""},
		{PFLASK_INTERNAL, 125, "\"internal\""},
		{(enum pflask_code)0, 125, "\"internal\""},
		{(enum pflask_code)99, 125, "\"internal\""},
	};
	struct pflask_error error;

	(void)state;
	for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
		pf_error_start(&error, rows[i].code, 4095);
		assert_int_equal(report("", "", &error), rows[i].status);
		assert_non_null(strstr(reports.events, rows[i].word));
		assert_non_null(strstr(reports.events, "\"errno\":\"E4095\""));
	}
}

static void test_output(void **state)
{
	struct pflask_error error;

	(void)state;
	pf_error_output(&error, ENOSPC);
	assert_int_equal(report(NULL, NULL, &error), 125);
	assert_string_equal(reports.said, "pflask: standard output: No space left on device\n");
	pf_error_output(&error, EPIPE);
	assert_int_equal(report(NULL, NULL, &error), 125);
	assert_string_equal(reports.said, "");
	assert_non_null(strstr(reports.events, "\"operation\":\"write\""));
	assert_non_null(strstr(reports.events, "\"errno\":\"EPIPE\""));
}

static void test_mistake(void **state)
{
	char why[3000];

	(void)state;
	memset(why, 'x', sizeof(why) - 1);
	why[sizeof(why) - 1] = '\0';
	reports_begin(&reports);
	assert_int_equal(pflask_report_mistake("p", reports.status_fd, "--a\n", "b {list}", "c\t"),
			 125);
	assert_int_equal(pflask_report_mistake("p", -1, "--a", "b", NULL), 125);
	assert_int_equal(pflask_report_mistake("p", -1, "--a", why, ""), 125);
	reports_end(&reports);
	assert_string_equal(reports.events, EVENT
			    "\"code\":\"invalid\",\"operation\":null,\"option\":\"--a\\\\x0a\","
			    "\"field\":null,\"subject\":null,\"errno\":null,"
			    "\"message\":\"--a\\\\x0a: b {list}\",\"hint\":\"c\\\\x09\","
			    "\"status\":125}\n");
	static const char start[] = "p: --a\\x0a: b {list}\nhint: c\\x09\n"
				    "p: --a: b\nhint: p --help\np: --a: x";
	assert_memory_equal(reports.said, start, sizeof(start) - 1);
	assert_int_equal(strlen(reports.said), sizeof(start) - 1 + sizeof(why) - 1);
}

static void test_sizes(void **state)
{
	struct {
		struct pflask_error error;
		char more[64];
	} later;

	(void)state;
	memset(&later, 'x', sizeof(later));
	pf_error_internal(&later.error, 0, "later");
	reports_begin(&reports);
	assert_int_equal(pflask_report_error("p", NULL, NULL, -1, &later.error, sizeof(later)),
			 125);
	assert_int_equal(pflask_report_error("p", NULL, NULL, -1, &later.error, 0), -EINVAL);
	assert_int_equal(pflask_report_error("p", NULL, NULL, -1, &later.error, 1343), -EINVAL);
	reports_end(&reports);
	assert_string_equal(reports.said, "p: later\n");
}

/* Returns a descriptor that cannot be written to: a pipe without a reader. */
static int broken_pipe(void)
{
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	close(ends[0]);
	return ends[1];
}

static void test_unwritable(void **state)
{
	const int full = open("/dev/full", O_WRONLY | O_CLOEXEC), broken = broken_pipe();
	struct pflask_error error;
	sigset_t pending, before, after;

	(void)state;
	pf_error_internal(&error, 0, "a: b");
	sigprocmask(SIG_BLOCK, NULL, &before);
	reports_begin(&reports);
	assert_int_equal(pflask_report_error("p", NULL, NULL, full, &error, sizeof(error)), 125);
	assert_int_equal(pflask_report_error("p", NULL, NULL, broken, &error, sizeof(error)), 125);
	reports_end(&reports);
	assert_string_equal(reports.said, "p: a: b\np: --status-fd: No space left on device\n"
					  "p: a: b\n");
	sigpending(&pending);
	sigprocmask(SIG_BLOCK, NULL, &after);
	assert_false(sigismember(&pending, SIGPIPE) || sigismember(&after, SIGPIPE));
	assert_int_equal(sigismember(&before, SIGPIPE), 0);
	close(full);
	close(broken);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_error),      cmocka_unit_test(test_without_words),
	cmocka_unit_test(test_codes),      cmocka_unit_test(test_output),
	cmocka_unit_test(test_mistake),    cmocka_unit_test(test_sizes),
	cmocka_unit_test(test_unwritable),
};

UNIT_MAIN(tests)
