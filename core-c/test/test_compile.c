/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests the plan that the compiler makes from a spec: the operations, their order and their
 * arguments. */
#define _GNU_SOURCE
#include "plans.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

/* A spec without a user namespace. The plan of such a spec does not depend on the user. */
#define WORDS(...) ((const char *const[]){"userns", "no", __VA_ARGS__, NULL})

#define REST "umask environ chdir exec"
#define END "session stdio guard_input " REST
#define TERMINAL_END "session stdio " REST

/* Makes an empty directory to use as a root. */
static int make_root(void **state)
{
	static char root[] = "/tmp";

	*state = root;
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_PRIVATE | MS_REC, NULL) < 0)
		return -1;
	return mount("tmpfs", root, "tmpfs", 0, "mode=0755");
}

static void without_a_root_little_is_mounted(void **state)
{
	const char *const *plain = WORDS("command", "true");

	(void)state;
	assert_int_equal(chdir("/"), 0);
	expect_names(plain, "clone propagation mount renew keyring fork " END);
	assert_true(has_line(plain, "clone       mnt pid ipc uts cgroup"));
	assert_true(has_line(plain, "propagation slave,rec"));
	expect_names(WORDS("command", "true", "pidns", "no"),
		     "clone subreaper propagation renew keyring fork " END);
	expect_names(WORDS("command", "true", "terminal", "yes"),
		     "clone propagation mount renew mount terminal keyring fork " TERMINAL_END);
}

static void a_root_is_filled_and_entered(void **state)
{
	const char *const *plain = WORDS("command", "true", "chroot", *state);
	const char *fill = "mount readonly mask mount device symlink mount mkdir write";
	char names[256];

	snprintf(names, sizeof(names),
		 "clone propagation source root %s pivot_root keyring fork " END, fill);
	expect_names(plain, names);
	assert_true(has_line(plain, "chdir       /"));
	assert_true(has_line(plain, "readonly    /proc/sys"));
	assert_true(has_line(plain, "mask        /proc/kcore"));
	assert_true(has_line(plain, "device      /dev/null 0666 1 3"));
	snprintf(names, sizeof(names),
		 "clone propagation source root %s terminal console pivot_root keyring "
		 "fork " TERMINAL_END,
		 fill);
	expect_names(WORDS("command", "true", "chroot", *state, "terminal", "yes"), names);
}

/* Without a mount namespace, the plan mounts nothing and does not change the propagation of the
 * host's mounts. */
static void without_a_mount_namespace_nothing_is_mounted(void **state)
{
	expect_names(WORDS("command", "true", "mountns", "no"), "clone keyring fork " END);
	expect_names(WORDS("command", "true", "mountns", "no", "chroot", *state),
		     "clone chroot keyring fork " END);
	assert_true(has_line(WORDS("command", "true", "mountns", "no"),
			     "clone       pid ipc uts cgroup"));
}

static void a_command_may_be_pid_1(void **state)
{
	(void)state;
	expect_names(WORDS("command", "true", "asPid1", "yes"),
		     "kill_after clone propagation mount renew keyring " END);
}

static void a_booted_system_is_stopped_as_it_wants(void **state)
{
	const char *const *plain = WORDS("command", "/sbin/init", "chroot", *state);

	assert_true(has_line(plain, "kill_signal RTMIN+3"));
	assert_true(has_line(plain, "kill_after  10000 1"));
	assert_true(has_line(plain, "stdio       pty pty pty"));
	assert_false(has_line(plain, "init    fork"));
	assert_true(has_line(WORDS("command", "/sbin/init", "chroot", *state, "killSignal", "15"),
			     "kill_signal TERM"));
}

static void the_cgroup_of_a_machine_is_in_its_scope(void **state)
{
	const char *const *words =
		WORDS("command", "/sbin/init", "chroot", *state, "registered", "yes");

	assert_true(has_line(words, "scope_cgroup pflask-$PID 1"));
	assert_true(has_line(words, "cgroup_enter 1"));
	assert_true(has_line(words, "scope_allow pflask all"));
}

static void the_rest_is_added_where_asked_for(void **state)
{
	(void)state;
	assert_int_equal(chdir("/"), 0);
	expect_names(WORDS("command", "true", "hostname", "box", "netns", "yes", "openFiles", "9"),
		     "clone propagation mount ping_groups mount renew hostname link_up keyring "
		     "fork session stdio guard_input open_files umask environ chdir exec");
	assert_true(has_line(WORDS("command", "true", "netns", "yes", "ipcns", "no"),
			     "clone       mnt pid uts net cgroup"));
	expect_names(WORDS("command", "true", "registered", "yes"),
		     "clone machine await cgroupns propagation mount renew keyring fork " END);
	assert_true(has_line(WORDS("registered", "yes"), "machine     pflask-$PID '' 1"));
	assert_true(has_line(WORDS("registered", "yes", "machine", "web"), "machine     web '' 1"));
	assert_true(has_line(WORDS("registered", "yes", "detach", "yes", "name", "web.1"),
			     "machine     web.1 '' 1"));
	assert_true(has_line(WORDS("registered", "yes", "detach", "yes", "name", "web_1"),
			     "machine     pflask-$PID '' 1"));
	assert_true(has_line(WORDS("command", "a", "command", "b c"), "exec        a a 'b c'"));
	assert_true(has_line(WORDS("terminal", "yes", "ownStderr", "yes"),
			     "stdio       pty pty caller"));
	assert_true(has_line(WORDS("terminal", "yes", "ownStderr", "yes"),
			     "guard_input pty pty caller"));
	assert_false(has_line(WORDS("terminal", "yes"), "guard_input"));
}

/* Writes a passwd file into a root directory. The file gives the user root a shell. */
static void give_shell(const char *root, const char *shell)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/etc", root);
	mkdir(path, 0755);
	strcat(path, "/passwd");
	FILE *file = fopen(path, "we");
	assert_non_null(file);
	assert_true(fprintf(file, "root:x:0:0:root:/:%s\n", shell) > 0);
	assert_int_equal(fclose(file), 0);
}

static void the_login_shell_is_the_roots_own(void **state)
{
	const char *const *words = WORDS("chroot", *state);

	assert_true(has_line(words, "shells      /bin/bash /bin/sh"));
	assert_true(has_line(words, "init    login       0"));
	give_shell(*state, "/bin/zsh");
	assert_true(has_line(words, "shells      /bin/zsh /bin/bash /bin/sh"));
	assert_false(has_line(WORDS("chroot", *state, "command", "true"), "/bin/bash /bin/sh"));
	give_shell(*state, "/sbin/nologin");
	assert_true(has_line(words, "shells      /bin/bash /bin/sh"));
}

static void the_working_directory_is_by_name(void **state)
{
	assert_int_equal(chdir("/usr"), 0);
	assert_int_equal(setenv("HOME", "/h", 1), 0);
	assert_true(has_line(WORDS("command", "true"), "chdir_first /usr /h /"));
	assert_true(has_line(WORDS("setenv", "HOME=/i"), "chdir_first /usr /i /"));
	assert_true(has_line(WORDS("setenv", "HOME=i"), "chdir_first /usr /"));
	assert_true(has_line(WORDS("command", "true", "chdir", "x"), "chdir       /usr/x"));
	assert_true(has_line(WORDS("command", "true", "chroot", *state), "chdir       /"));
	assert_true(has_line(WORDS("command", "true", "chdir", "/x"), "chdir       /x"));
	assert_true(has_line(WORDS("command", "true", "chroot", *state, "chdir", "x"),
			     "chdir       /x"));
}

#define EPHEMERAL(...) WORDS("chroot", *state, "ephemeral", "yes", __VA_ARGS__)

/* The plan names a descriptor by its number, and a file by its absolute path. The path must be
 * absolute because another process, with another working directory, makes the file. */
static void changes_are_told_to_a_descriptor_or_a_file(void **state)
{
	char here[1024], line[1200];

	assert_non_null(getcwd(here, sizeof(here)));
	expect_lines(EPHEMERAL("changes", "1"), "changes", "clone", "changes 1 0\n");
	expect_lines(EPHEMERAL("changes", "-", "changesFormat", "json"), "changes", "clone",
		     "changes 1 1\n");
	expect_lines(EPHEMERAL("changes", "002", "changesFormat", "jsonl"), "changes", "clone",
		     "changes 2 2\n");
	expect_lines(EPHEMERAL("changes", "/x/../y"), "changes_file", "clone",
		     "changes_file /x/../y 0\n");
	snprintf(line, sizeof(line), "changes_file %s/1x 2\n", here);
	expect_lines(EPHEMERAL("changes", "1x", "changesFormat", "jsonl"), "changes_file", "clone",
		     line);
	expect_error(EPHEMERAL("changes", "987"), EBADF, "changes", "987: Bad file descriptor", "");
	expect_error(EPHEMERAL("changes", "4294967294"), EBADF, "changes", "Bad file", "");
	snprintf(line, sizeof(line), "changes_file %s/4294967295 0\n", here);
	expect_lines(EPHEMERAL("changes", "4294967295"), "changes_file", "clone", line);
	char *longest = malloc(PATH_MAX + 1);
	memset(longest, 'x', PATH_MAX);
	longest[0] = '/';
	longest[PATH_MAX] = '\0';
	expect_error(EPHEMERAL("changes", longest), ENAMETOOLONG, "changes", "File name too long",
		     "");
	free(longest);
}

static void the_format_of_changes_is_the_wanted_or_that_of_the_ending(void **state)
{
	static const char *const cases[][3] = {
		{"/l.json", NULL, "changes_file /l.json 1\n"},
		{"/l.jsonl", NULL, "changes_file /l.jsonl 2\n"},
		{"/l.text", NULL, "changes_file /l.text 0\n"},
		{"/l.json.gz", NULL, "changes_file /l.json.gz 0\n"},
		{"/l.json", "text", "changes_file /l.json 0\n"},
		{"/l.json", "jsonl", "changes_file /l.json 2\n"},
		{"/json", NULL, "changes_file /json 0\n"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		expect_lines(EPHEMERAL("changes", cases[i][0], cases[i][1] ? "changesFormat" : NULL,
				       cases[i][1]),
			     "changes_file", "clone", cases[i][2]);
	expect_error(EPHEMERAL("changes", "1", "changesFormat", "xml"), EINVAL, "changesFormat",
		     "xml: not text, json or jsonl", "{changesFormat=json}");
}

static void the_list_of_a_detached_container_needs_a_file(void **state)
{
	static const char *const descriptors[] = {"-", "1", "2", "/dev/stdout", "/dev/fd/2"};

	for (size_t i = 0; i < sizeof(descriptors) / sizeof(descriptors[0]); i++)
		expect_error(EPHEMERAL("detach", "yes", "changes", descriptors[i]), EINVAL,
			     "changes", "requires a file with {detach=yes}", "{changes=FILE}");
	expect_lines(EPHEMERAL("detach", "yes", "changes", "/l"), "changes_file", "control",
		     "changes_file /l 0\n");
}

static void what_changed_is_kept_in_an_empty_directory(void **state)
{
	char keep[64], line[128], file[80];

	snprintf(keep, sizeof(keep), "%s.keep", (char *)*state);
	snprintf(line, sizeof(line), "keep %s\n", keep);
	snprintf(file, sizeof(file), "%s/x", keep);
	expect_error(EPHEMERAL("keep", keep), ENOENT, "keep", "No such file or directory", "");
	assert_int_equal(mkdir(keep, 0700), 0);
	expect_lines(EPHEMERAL("keep", keep), "keep", "clone", line);
	assert_int_equal(mkdir(file, 0700), 0);
	expect_error(EPHEMERAL("keep", keep), ENOTEMPTY, "keep", "Directory not empty", "");
	assert_int_equal(rmdir(file), 0);
	assert_int_equal(rmdir(keep), 0);
}

static void missing_files_are_refused(void **state)
{
	static const struct {
		const char *field, *value;
		int number;
	} cases[] = {
		{"chroot", "/nonesuch", ENOENT}, {"chroot", "/proc/self/status", ENOTDIR},
		{"chroot", "", ENOENT},          {"command", "/sbin/init", EINVAL},
		{"hostname", "a b", EINVAL},
	};

	(void)state;
	for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
		struct pflask_error error;
		void *plan = NULL;
		int r = compile(WORDS(cases[i].field, cases[i].value), &plan, &error);
		assert_int_equal(r, -cases[i].number);
		assert_string_equal(error.field, cases[i].field);
		assert_null(plan);
	}
}

/* pflask refuses to boot the host's own root. The test only compiles: a failure must not boot the
 * root of the machine that runs the test. */
static void the_hosts_root_is_not_booted_twice(void **state)
{
	const char *why = "/sbin/init: would boot the host's root a second time";
	const char *hint = "{program} {chroot=DIR} -- /sbin/init";

	(void)state;
	expect_error(WORDS("command", "/sbin/init"), EINVAL, "command", why, hint);
	expect_error(WORDS("command", "/sbin/init", "chroot", "/"), EINVAL, "command", why, hint);
	expect_error(WORDS("command", "/sbin/init", "chroot", "/proc/self/root"), EINVAL, "command",
		     why, hint);
	assert_true(has_line(WORDS("command", "/sbin/init", "ephemeral", "yes"),
			     "exec        /sbin/init /sbin/init"));
}

/* Returns the field that the error names if the first operation with this name fails. */
static const char *blamed(const void *plan, const char *name, int number)
{
	for (uint32_t i = 0; i < pf_plan_count(plan); i++)
		if (strcmp(name_of(plan, i), name) == 0)
			return pf_origin_of(&plan_origins, plan, i, number).field;
	fail_msg("no %s", name);
	return "";
}

static void who_has_named_the_root_is_to_blame_for_it(void **state)
{
	static const char *const roots[] = {"source", "root", "pivot_root"};
	void *plan = compiled(WORDS("chroot", "/tmp"));

	(void)state;
	for (size_t i = 0; i < UNIT_COUNT(roots); i++)
		assert_string_equal(blamed(plan, roots[i], EIO), "chroot");
	assert_string_equal(blamed(plan, "mount", EACCES), "chroot");
	assert_string_equal(blamed(plan, "mount", EIO), "");
	free(plan);
	plan = compiled(WORDS("readOnly", "yes"));
	for (size_t i = 0; i < UNIT_COUNT(roots); i++)
		assert_string_equal(blamed(plan, roots[i], EIO), "");
	assert_string_equal(blamed(plan, "mount", EACCES), "");
	free(plan);
}

static void a_name_in_use_is_blamed(void **state)
{
	void *plan = compiled(WORDS("detach", "yes", "name", "pf-nonesuch"));

	(void)state;
	assert_string_equal(blamed(plan, "control", EADDRINUSE), "name");
	assert_string_equal(blamed(plan, "control", EACCES), "detach");
	free(plan);
}

#define WITH_ROOT(test) cmocka_unit_test_setup_teardown(test, make_root, NULL)

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(without_a_root_little_is_mounted),
	WITH_ROOT(a_root_is_filled_and_entered),
	WITH_ROOT(without_a_mount_namespace_nothing_is_mounted),
	cmocka_unit_test(a_command_may_be_pid_1),
	WITH_ROOT(a_booted_system_is_stopped_as_it_wants),
	WITH_ROOT(the_cgroup_of_a_machine_is_in_its_scope),
	cmocka_unit_test(the_rest_is_added_where_asked_for),
	WITH_ROOT(the_login_shell_is_the_roots_own),
	WITH_ROOT(the_working_directory_is_by_name),
	WITH_ROOT(changes_are_told_to_a_descriptor_or_a_file),
	WITH_ROOT(the_format_of_changes_is_the_wanted_or_that_of_the_ending),
	WITH_ROOT(the_list_of_a_detached_container_needs_a_file),
	WITH_ROOT(what_changed_is_kept_in_an_empty_directory),
	cmocka_unit_test(missing_files_are_refused),
	cmocka_unit_test(the_hosts_root_is_not_booted_twice),
	WITH_ROOT(who_has_named_the_root_is_to_blame_for_it),
	cmocka_unit_test(a_name_in_use_is_blamed),
};

UNIT_MAIN(tests)
