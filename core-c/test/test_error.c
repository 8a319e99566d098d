/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests errors: what failed, on which object, why, and the remedy. */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "src/base/error.h"
#include "src/explain/operation_error.h"

static const struct pf_origins none;

/* Makes the error for the only operation of a plan, and frees the plan. Returns the result of
 * pf_error_operation(). */
static int explain(void *plan, int number, enum pf_detail detail, struct pflask_error *ret)
{
	const struct pf_failed failed = {.index = 0, .number = number, .detail = detail};
	int r = pf_error_operation(ret, plan, &none, &failed);

	free(plan);
	return r;
}

static void *command_plan(const char *file)
{
	char *arguments[] = {(char *)file, NULL};
	void *plan = NULL;

	assert_true(UNIT_PLAN(&plan, exec, PF_S(file), PF_L(arguments)) > 0);
	return plan;
}

static void *mount_plan(void)
{
	void *plan = NULL;

	assert_true(UNIT_PLAN(&plan, mount, PF_S("proc"), PF_S("/proc"), PF_N(0), PF_S("")) > 0);
	return plan;
}

static void a_field_is_to_blame(void **state)
{
	struct pflask_error error;

	(void)state;
	assert_int_equal(pf_error_field(&error, "chroot", ENOENT, "%s: %s", "/x", "gone"), -ENOENT);
	assert_int_equal(error.code, PFLASK_INVALID);
	assert_int_equal(error.number, ENOENT);
	assert_int_equal(error.index, -1);
	assert_string_equal(error.field, "chroot");
	assert_string_equal(error.message, "/x: gone");
	assert_string_equal(error.operation, "");
	assert_string_equal(error.hint, "");
	assert_int_equal(pf_error_field(&error, "setenv", 0, "no"), -EINVAL);
	pf_error_hint(&error, "try %d", 1);
	assert_string_equal(error.hint, "try 1");
}

static void the_library_is_to_blame(void **state)
{
	struct pflask_error error;

	(void)state;
	assert_int_equal(pf_error_internal(&error, ENOMEM, "out of memory"), -ENOMEM);
	assert_int_equal(error.code, PFLASK_INTERNAL);
	assert_string_equal(error.message, "out of memory");
	assert_int_equal(pf_error_internal(&error, 0, "broken"), -EPROTO);
}

static void long_texts_are_cut(void **state)
{
	char text[2000];
	struct pflask_error error;

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	pf_error_field(&error, text, 0, "%s", text);
	pf_error_hint(&error, "%s", text);
	assert_int_equal(strlen(error.field), sizeof(error.field) - 1);
	assert_int_equal(strlen(error.message), sizeof(error.message) - 1);
	assert_int_equal(strlen(error.hint), sizeof(error.hint) - 1);
}

static void an_operation_failed(void **state)
{
	struct pflask_error error;

	(void)state;
	assert_int_equal(explain(mount_plan(), EINVAL, PF_DETAIL_NONE, &error), -EINVAL);
	assert_int_equal(error.code, PFLASK_SETUP);
	assert_int_equal(error.number, EINVAL);
	assert_int_equal(error.index, 0);
	assert_string_equal(error.operation, "mount");
	assert_string_equal(error.subject, "/proc");
	assert_string_equal(error.message, "cannot mount proc on '/proc': Invalid argument");
}

/* If a field of the spec caused the operation, the error names the field, and the message has the
 * value of the field. */
static void an_operation_that_was_asked_for_failed(void **state)
{
	const struct pf_failed failed = {.index = 0, .number = ENOENT};
	struct pf_origin origin = {.count = 1, .field = "mount", .text = "proc:/proc"};
	struct pflask_error error;
	void *plan = mount_plan();

	(void)state;
	assert_int_equal(
		pf_error_operation(&error, plan, &(struct pf_origins){&origin, 1}, &failed),
		-ENOENT);
	assert_string_equal(error.field, "mount");
	assert_string_equal(error.message, "proc:/proc: No such file or directory");
	assert_string_equal(error.operation, "mount");
	free(plan);
}

/* The error says that a file was replaced between the caller's check and init's open. */
static void a_path_was_replaced(void **state)
{
	static const int numbers[] = {ESTALE, ELOOP};
	struct pf_origin origin = {.count = 1, .field = "mount", .text = "bind:a:/b"};
	struct pflask_error error;
	void *plan = NULL;

	(void)state;
	assert_true(UNIT_PLAN(&plan, source, PF_N(0), PF_S("/h/a"), PF_N(1), PF_N(2)) > 0);
	for (size_t i = 0; i < UNIT_COUNT(numbers); i++) {
		const struct pf_failed failed = {.index = 0, .number = numbers[i]};
		assert_int_equal(
			pf_error_operation(&error, plan, &(struct pf_origins){&origin, 1}, &failed),
			-numbers[i]);
		assert_string_equal(error.field, "mount");
		assert_string_equal(error.message, "bind:a:/b: /h/a: was replaced by another file "
						   "during the start");
		assert_string_equal(error.hint, "try again");
	}
	free(plan);
}

static void a_privilege_is_missing(void **state)
{
	struct pflask_error error;

	(void)state;
	assert_int_equal(explain(mount_plan(), EPERM, PF_DETAIL_NONE, &error), -EPERM);
	assert_int_equal(error.code, PFLASK_PRIVILEGE);
	assert_true(*error.hint);
}

static void the_command_could_not_be_executed(void **state)
{
	static const struct {
		const char *file;
		int number;
		enum pf_detail detail;
		enum pflask_code code;
		const char *message;
	} cases[] = {
		{"nonesuch", ENOENT, PF_DETAIL_NONE, PFLASK_NOT_FOUND,
		 "nonesuch: command not found"},
		{"/no/such", ENOENT, PF_DETAIL_NONE, PFLASK_NOT_FOUND,
		 "/no/such: No such file or directory"},
		{"/etc/passwd/x", ENOTDIR, PF_DETAIL_NONE, PFLASK_NOT_FOUND,
		 "/etc/passwd/x: No such file or directory"},
		{"/script", ENOENT, PF_DETAIL_INTERPRETER, PFLASK_NOT_FOUND,
		 "/script: interpreter not found (#! line or ELF loader)"},
		{"/etc/passwd", EACCES, PF_DETAIL_NONE, PFLASK_NOT_EXECUTABLE,
		 "/etc/passwd: Permission denied"},
		{"/x", ENOEXEC, PF_DETAIL_NONE, PFLASK_NOT_EXECUTABLE, "/x: Exec format error"},
	};

	(void)state;
	for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
		struct pflask_error error;
		explain(command_plan(cases[i].file), cases[i].number, cases[i].detail, &error);
		assert_int_equal(error.code, cases[i].code);
		assert_string_equal(error.message, cases[i].message);
		assert_string_equal(error.field, "command");
		assert_string_equal(error.subject, cases[i].file);
	}
}

/* An index outside the plan is safe. The index comes from init, which may be compromised. */
static void an_index_out_of_the_plan_is_no_operation(void **state)
{
	static const int32_t indexes[] = {-1, 1, INT32_MAX, INT32_MIN};

	(void)state;
	for (size_t i = 0; i < UNIT_COUNT(indexes); i++) {
		const struct pf_failed failed = {.index = indexes[i], .number = ENOMEM};
		struct pflask_error error;
		void *plan = mount_plan();
		assert_int_equal(pf_error_operation(&error, plan, &none, &failed), -ENOMEM);
		assert_int_equal(error.code, PFLASK_INTERNAL);
		free(plan);
	}
}

/* A number that is no errno is safe: the function returns an error for any number. */
static void a_number_that_is_no_errno_is_an_error(void **state)
{
	static const int32_t numbers[] = {0, -1, INT32_MIN, INT32_MAX};

	(void)state;
	for (size_t i = 0; i < UNIT_COUNT(numbers); i++)
		for (int32_t index = -1; index < 1; index++) {
			const struct pf_failed failed = {.index = index, .number = numbers[i]};
			struct pflask_error error;
			void *plan = mount_plan();
			assert_true(pf_error_operation(&error, plan, &none, &failed) < 0);
			assert_true(*error.message);
			free(plan);
		}
}

/* The reason at the end of a message is never cut off, even if the subject is long. */
static void a_long_subject_leaves_room_for_the_reason(void **state)
{
	char path[5000];
	struct pflask_error error;
	void *plan = NULL;

	(void)state;
	memset(path, 'x', sizeof(path) - 1);
	path[0] = '/';
	path[sizeof(path) - 1] = '\0';
	pf_error_field(&error, "chroot", ENOENT, "%s: %s", path, "gone for ever");
	assert_non_null(strstr(error.message, "x: gone for ever"));
	assert_int_equal(strncmp(error.message, "/xxx", 4), 0);
	assert_non_null(strstr(error.message, "x...x"));
	assert_true(UNIT_PLAN(&plan, layer, PF_N(0), PF_S(path)) > 0);
	assert_int_equal(explain(plan, ENOENT, PF_DETAIL_NONE, &error), -ENOENT);
	assert_non_null(strstr(error.message, "x' on the host: No such file"));
	assert_int_equal(strncmp(error.message, "cannot open directory '/xxx", 27), 0);
	explain(command_plan(path), EACCES, PF_DETAIL_NONE, &error);
	assert_non_null(strstr(error.message, "x: Permission denied"));
}

/* If only one field can cause an operation, the error names that field. */
static void the_field_of_an_operation_is_blamed(void **state)
{
	struct pflask_error error;
	void *plan = NULL;

	(void)state;
	assert_true(UNIT_PLAN(&plan, changes_file, PF_S("/no/file"), PF_N(1)) > 0);
	explain(plan, ENOENT, PF_DETAIL_NONE, &error);
	assert_string_equal(error.field, "changes");
	assert_string_equal(error.message, "/no/file: No such file or directory");
	assert_true(UNIT_PLAN(&plan, chdir, PF_S("/x")) > 0);
	explain(plan, EACCES, PF_DETAIL_NONE, &error);
	assert_string_equal(error.field, "chdir");
	assert_string_equal(error.message, "/x: Permission denied");
	assert_true(UNIT_PLAN(&plan, layer, PF_N(2), PF_S("/x")) > 0);
	explain(plan, EACCES, PF_DETAIL_NONE, &error);
	assert_string_equal(error.field, "ephemeral");
	assert_string_equal(error.message,
			    "cannot open directory '/x' on the host: Permission denied");
}

/* If pflask cannot mount in the root directory, the error names the field of the root directory. */
static void the_root_cannot_be_reached(void **state)
{
	struct pf_origin origin = {.count = 1, .number = EACCES, .field = "chroot", .text = "/srv"};
	const struct pf_origins origins = {&origin, 1};
	struct pf_failed failed = {.index = 0, .number = EACCES};
	struct pflask_error error;
	void *plan = mount_plan();

	(void)state;
	pf_error_operation(&error, plan, &origins, &failed);
	assert_string_equal(error.field, "chroot");
	assert_string_equal(
		error.message,
		"/srv: cannot create or enter '/proc' in this directory: Permission denied");
	assert_non_null(strstr(error.hint, "/srv"));
	failed.number = ENOENT;
	pf_error_operation(&error, plan, &origins, &failed);
	assert_string_equal(error.field, "");
	assert_string_equal(error.message,
			    "cannot mount proc on '/proc': No such file or directory");
	free(plan);
}

/* The error says that another container already uses the name, the pid file or a directory. */
static void a_thing_in_use_by_another_container(void **state)
{
	struct pf_origin origin = {.count = 1, .number = EADDRINUSE, .field = "name", .text = ""};
	const struct pf_origins origins = {&origin, 1};
	struct pf_failed failed = {.index = 0, .number = EADDRINUSE};
	struct pflask_error error;
	void *plan = NULL;

	(void)state;
	assert_true(UNIT_PLAN(&plan, control, PF_S("web"), PF_S("/run/c"), PF_S("/"), PF_N(0)) > 0);
	pf_error_operation(&error, plan, &origins, &failed);
	assert_string_equal(error.field, "name");
	assert_string_equal(error.message, "web: in use by another container");
	failed.number = EIO;
	pf_error_operation(&error, plan, &origins, &failed);
	assert_string_equal(error.field, "detach");
	free(plan);
	assert_true(UNIT_PLAN(&plan, pid_file, PF_S("/p"), PF_N(3)) > 0);
	explain(plan, EADDRINUSE, PF_DETAIL_NONE, &error);
	assert_string_equal(error.field, "pidFile");
	assert_string_equal(error.message, "/p: in use by another container");
}

/* An ephemeral root has many operations, so the message names the operation that failed. */
static void an_ephemeral_root_failed(void **state)
{
	struct pf_origin origins[] = {{.count = 1, .field = "ephemeral", .text = ""},
				      {.count = 1, .field = "ephemeral", .text = "/dir"}};
	static const char *const messages[] = {
		"cannot create directory 'upper' for the changes: File exists",
		"/dir: cannot create directory 'upper' for the changes: File exists"};
	const struct pf_failed failed = {.index = 0, .number = EEXIST};
	void *plan = NULL;

	(void)state;
	assert_true(UNIT_PLAN(&plan, work, PF_N(3), PF_S("upper")) > 0);
	for (int i = 0; i < 2; i++) {
		struct pflask_error error;
		pf_error_operation(&error, plan, &(struct pf_origins){&origins[i], 1}, &failed);
		assert_string_equal(error.field, "ephemeral");
		assert_string_equal(error.message, messages[i]);
		assert_true(*error.hint);
	}
	free(plan);
}

/* After the reason, the message has the text of the kernel or of a program. A container may have
 * influenced this text. */
static void an_interface_failed(void **state)
{
	struct pf_origin origin = {.count = 2, .field = "netif", .text = "veth:a:b"};
	static const struct {
		int32_t index, number;
		enum pf_detail detail;
		const char *text, *message;
	} cases[] = {
		{0, EBUSY, 0, "", "veth:a:b: Device or resource busy"},
		{0, EBUSY, 0, "in use", "veth:a:b: Device or resource busy (in use)"},
		{0, EBUSY, 0, "a\033[2J\nb", "veth:a:b: Device or resource busy (a?[2J?b)"},
		{0, ECHILD, PF_DETAIL_TEXT, "no route", "veth:a:b: no route"},
		{0, ECHILD, PF_DETAIL_TEXT, "", "veth:a:b: No child processes"},
		{1, EADDRINUSE, 0, "",
		 "veth:a:b: cannot use tcp port *:80 of the host: Address already in use"},
	};
	struct pf_encoder encoder = {0};
	void *plan = NULL;

	(void)state;
	PF_ENCODE(&encoder, veth, PF_S("a"), PF_S("b"), PF_S(""), PF_N(0), PF_N(0));
	PF_ENCODE(&encoder, port, PF_S("tcp"), PF_S("*"), PF_N(80), PF_N(8080));
	assert_true(pf_encode_finish(&encoder, &plan) > 0);
	for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
		struct pf_failed failed = {.index = cases[i].index,
					   .number = cases[i].number,
					   .detail = cases[i].detail};
		struct pflask_error error;
		strcpy(failed.text, cases[i].text);
		pf_error_operation(&error, plan, &(struct pf_origins){&origin, 1}, &failed);
		assert_string_equal(error.message, cases[i].message);
		assert_string_equal(error.field, "netif");
	}
	struct pf_failed failed = {.number = EBUSY};
	struct pflask_error error;
	memset(failed.text, 'x', sizeof(failed.text));
	pf_error_operation(&error, plan, &(struct pf_origins){&origin, 1}, &failed);
	assert_non_null(strstr(error.message, "xxx)"));
	free(plan);
}

/* The error names the whole path, although `subject` holds only the beginning of a long path. */
static void a_mount_of_a_root_cannot_be_mapped(void **state)
{
	char root[301] = "/", path[310];
	struct pf_origin origin = {.count = 1, .field = "chroot", .text = root};
	const struct pf_failed failed = {.number = EINVAL};
	struct pflask_error error;
	void *plan = NULL;

	(void)state;
	memset(root + 1, 'x', sizeof(root) - 2);
	snprintf(path, sizeof(path), "%s/data", root);
	assert_true(UNIT_PLAN(&plan, idmap_mount, PF_N(0), PF_S(path), PF_N(0), PF_N(0)) > 0);
	pf_error_operation(&error, plan, &(struct pf_origins){&origin, 1}, &failed);
	assert_non_null(strstr(error.message,
			       "xx/data (an unknown file system) does not support id-mapped"));
	assert_non_null(strstr(error.hint, "xx/data, or cover the mount: {mount=tmp:/data}"));
	free(plan);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(a_field_is_to_blame),
	cmocka_unit_test(the_library_is_to_blame),
	cmocka_unit_test(long_texts_are_cut),
	cmocka_unit_test(an_operation_failed),
	cmocka_unit_test(an_operation_that_was_asked_for_failed),
	cmocka_unit_test(a_path_was_replaced),
	cmocka_unit_test(a_privilege_is_missing),
	cmocka_unit_test(the_command_could_not_be_executed),
	cmocka_unit_test(an_index_out_of_the_plan_is_no_operation),
	cmocka_unit_test(a_number_that_is_no_errno_is_an_error),
	cmocka_unit_test(a_long_subject_leaves_room_for_the_reason),
	cmocka_unit_test(the_field_of_an_operation_is_blamed),
	cmocka_unit_test(the_root_cannot_be_reached),
	cmocka_unit_test(a_thing_in_use_by_another_container),
	cmocka_unit_test(an_ephemeral_root_failed),
	cmocka_unit_test(an_interface_failed),
	cmocka_unit_test(a_mount_of_a_root_cannot_be_mapped),
};

UNIT_MAIN(tests)
