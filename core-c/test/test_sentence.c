/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests that the error of every operation has a sentence that users understand. */
#include "unit.h"

#include <errno.h>
#include <string.h>

#include "src/base/op_names.h"
#include "src/explain/operation_error.h"
#include "src/explain/print.h"
#include "src/explain/sentence.h"

#define WHY ": Input/output error"

static int begins_with(const char *text, const char *start)
{
	return strncmp(text, start, strlen(start)) == 0;
}

static int ends_with(const char *text, const char *end)
{
	return strlen(text) > strlen(end) && strcmp(text + strlen(text) - strlen(end), end) == 0;
}

/* Checks that the message has the form "what: why", and does not show the operation as --dry-run
 * does. */
static void expect_sentence(enum pf_op_code code, struct pf_origin *origin)
{
	const struct pf_origins origins = {origin, origin ? 1 : 0};
	const struct pf_failed failed = {.index = 0, .number = EIO};
	struct pflask_error error;
	char line[256], name[32];
	void *plan = unit_plan_of_all(code);

	pf_print_op(plan, pf_plan_op(plan, 0), line, sizeof(line));
	snprintf(name, sizeof(name), "%s ", pf_op_names[code]);
	pf_error_operation(&error, plan, &origins, &failed);
	free(plan);
	if (!ends_with(error.message, WHY) || begins_with(error.message, name) ||
	    begins_with(error.message, line) || strchr(error.message, '%') ||
	    strchr(error.message, '_'))
		fail_msg("%s: %s", name, error.message);
	/* If the message has only the name of an object, the field must tell the kind of the
	 * object. */
	if (strcmp(error.message, "/thing" WHY) == 0)
		assert_true(*error.field);
}

static void every_operation_has_a_sentence(void **state)
{
	static struct pf_origin origins[] = {
		{.count = 1, .field = "ephemeral", .text = ""},
		{.count = 1, .field = "ephemeral", .text = "/dir"},
		{.count = 1, .field = "mount", .text = "tmp:/tmp"},
		{.count = 1, .field = "netif", .text = "veth:a:b"},
	};

	(void)state;
	for (int code = 0; code < PF_OP_COUNT; code++) {
		expect_sentence((enum pf_op_code)code, NULL);
		for (size_t i = 0; i < UNIT_COUNT(origins); i++)
			expect_sentence((enum pf_op_code)code, &origins[i]);
	}
}

/* Operations of a command that joins a container have sentences without arguments: the caller does
 * not have the plan of these operations. */
static void what_a_command_executes_has_a_sentence_without_arguments(void **state)
{
	static const enum pf_op_code joined[] = {
		PF_OP_session,  PF_OP_stdio,   PF_OP_open_files,   PF_OP_umask, PF_OP_user,
		PF_OP_keyring,  PF_OP_environ, PF_OP_chdir,        PF_OP_exec,  PF_OP_rlimit,
		PF_OP_bounding, PF_OP_caps,    PF_OP_no_new_privs,
	};

	(void)state;
	for (int code = 0; code < PF_OP_COUNT; code++) {
		char line[128] = "";
		pf_sentence_alone((enum pf_op_code)code, line, sizeof(line));
		assert_null(strchr(line, '%'));
	}
	for (size_t i = 0; i < UNIT_COUNT(joined); i++) {
		char line[128] = "";
		pf_sentence_alone(joined[i], line, sizeof(line));
		assert_true(*line);
	}
}

static void a_sentence_is_cut(void **state)
{
	char line[8];
	void *plan = unit_plan_of_all(PF_OP_device);

	(void)state;
	pf_sentence(plan, pf_plan_op(plan, 0), line, sizeof(line));
	assert_string_equal(line, "cannot ");
	free(plan);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(every_operation_has_a_sentence),
	cmocka_unit_test(what_a_command_executes_has_a_sentence_without_arguments),
	cmocka_unit_test(a_sentence_is_cut),
};

UNIT_MAIN(tests)
