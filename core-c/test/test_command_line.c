/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests which command lines the front understands, and which command lines it leaves to Bun. */
#define _GNU_SOURCE
#include "unit.h"

#include "front/options.h"
#include "front/values.h"
#include "src/spec/spec.h"

/* Parses a command line, which begins with an option. */
#define PARSE(line, ...) pf_command_line((char *[]){"pflask", __VA_ARGS__, NULL}, line)

#define ARE_DOUBTS(...)                                      \
	do {                                                 \
		struct pf_command_line line;                 \
		int before = unit_open_files();              \
		assert_false(PARSE(&line, __VA_ARGS__));     \
		assert_int_equal(unit_open_files(), before); \
	} while (0)

static void test_run(void **state)
{
	struct pf_command_line line;

	(void)state;
	assert_true(
		PARSE(&line, "-kr/a", "--chroot", "/b", "-nhost", "-n", "-n", "veth:a:b", "-x"));
	assert_int_equal(line.action, PF_ACTION_RUN);
	assert_string_equal(line.spec->chroot, "/b");
	assert_string_equal(line.typed, "keepenv\t--keepenv\nchroot\t--chroot\nnetif\t--netif\n"
					"netns\t--netif\n");
	assert_int_equal(line.spec->keepenv, PF_YES);
	assert_int_equal(line.spec->netns, PF_YES);
	assert_int_equal(line.spec->netif.count, 1);
	assert_int_equal(line.spec->command.count, 2);
	assert_string_equal(line.spec->command.items[1], "-x");
	assert_int_equal(line.status_fd, -1);
	assert_null(line.which);
	pf_command_line_clear(&line);
}

static void test_values(void **state)
{
	struct pf_command_line line;

	(void)state;
	assert_true(PARSE(&line, "--setenv=A=1,B=", "-s", "C=c,A=1\\,2", "--kill-signal=sigRTmin+3",
			  "--kill-after=2m", "--scrollback=64k", "--status-fd=007", "--tty=auto",
			  "--proc=unmasked", "--changes", "--ephemeral=/e", "--seccomp=default",
			  "--", "-k"));
	assert_string_equal(line.spec->seccomp, "default");
	assert_int_equal(line.spec->setenv.count, 3);
	assert_string_equal(line.spec->setenv.items[0], "A=1,2");
	assert_string_equal(line.spec->setenv.items[1], "B=");
	assert_int_equal(line.spec->killSignal, 37);
	assert_int_equal(line.spec->killAfter, 120000);
	assert_int_equal(line.spec->scrollback, 65536);
	assert_int_equal(line.status_fd, 7);
	assert_int_equal(line.spec->unmaskProc, PF_YES);
	assert_int_equal(line.spec->terminal, PF_NO);
	assert_string_equal(line.spec->changes, "2");
	assert_int_equal(line.spec->ephemeral, PF_YES);
	assert_string_equal(line.spec->ephemeralDir, "/e");
	assert_string_equal(line.spec->command.items[0], "-k");
	pf_command_line_clear(&line);
}

static void test_actions(void **state)
{
	struct pf_command_line line;

	(void)state;
	assert_true(PARSE(&line, "--exec=web", "-uroot", "--status-fd", "3", "ls", "--wait=x"));
	assert_int_equal(line.action, PF_ACTION_EXEC);
	assert_string_equal(line.which, "web");
	assert_string_equal(line.typed, "user\t--user\nwhich\t--exec\n");
	assert_int_equal(line.spec->command.count, 2);
	pf_command_line_clear(&line);
	assert_true(PARSE(&line, "-a", "web", "--detach-key=^a"));
	assert_int_equal(line.action, PF_ACTION_ATTACH);
	assert_int_equal(line.detach_key, 1);
	assert_true(PARSE(&line, "-aweb", "--detach-key=none"));
	assert_int_equal(line.detach_key, PF_NO_KEY);
	assert_true(PARSE(&line, "--kill=INT", "web", "--kill-after=0"));
	assert_int_equal(line.action, PF_ACTION_KILL);
	assert_int_equal(line.signal, 2);
	assert_int_equal(line.kill_after, 0);
	assert_null(line.spec);
	assert_true(PARSE(&line, "--kill", "--", "web"));
	assert_int_equal(line.signal, 0);
	assert_int_equal(line.kill_after, -1);
	assert_true(PARSE(&line, "--wait", "web"));
	assert_int_equal(line.action, PF_ACTION_WAIT);
	assert_string_equal(line.typed, "which\t--wait\n");
}

static void test_doubts(void **state)
{
	(void)state;
	ARE_DOUBTS("--bogus");
	ARE_DOUBTS("--chroo=/r");
	ARE_DOUBTS("--=x");
	ARE_DOUBTS("-\xc3\xa9");
	ARE_DOUBTS("-kq", "ls");
	ARE_DOUBTS("--help");
	ARE_DOUBTS("--version");
	ARE_DOUBTS("--dry-run", "ls");
	ARE_DOUBTS("--list");
	ARE_DOUBTS("--logs=web");
	ARE_DOUBTS("--chroot");
	ARE_DOUBTS("-r");
	ARE_DOUBTS("--chroot=", "ls");
	ARE_DOUBTS("--keepenv=yes", "ls");
	ARE_DOUBTS("--keepenv", "--clearenv", "ls");
	ARE_DOUBTS("--netif", "-N", "ls");
	ARE_DOUBTS("--proc=old", "ls");
	ARE_DOUBTS("--tty=", "ls");
	ARE_DOUBTS("--seccomp=/profile.json", "ls");
	ARE_DOUBTS("--seccomp=fd:3", "ls");
	ARE_DOUBTS("--kill-signal=65", "ls");
	ARE_DOUBTS("--kill-signal=SIGSIGTERM", "ls");
	ARE_DOUBTS("--kill-signal=RTMIN+31", "ls");
	ARE_DOUBTS("--kill-after=1.5s", "ls");
	ARE_DOUBTS("--kill-after=2147483648ms", "ls");
	ARE_DOUBTS("--scrollback=99999999999999999999", "ls");
	ARE_DOUBTS("--status-fd=0000000003", "ls");
	ARE_DOUBTS("--setenv=A", "ls");
	ARE_DOUBTS("--setenv==a", "ls");
	ARE_DOUBTS("--setenv=1=a", "ls");
	ARE_DOUBTS("--exec=web", "--netif", "ls");
	ARE_DOUBTS("--exec=web", "--wait=web");
	ARE_DOUBTS("--attach=web", "web");
	ARE_DOUBTS("--attach=web", "--detach-key=A");
	ARE_DOUBTS("--kill");
	ARE_DOUBTS("--kill", "");
	ARE_DOUBTS("--kill", "web", "db");
	ARE_DOUBTS("--detach-key=^A", "ls");
}

static void test_nothing(void **state)
{
	struct pf_command_line line;

	(void)state;
	assert_false(pf_command_line((char *[]){NULL}, &line));
	assert_true(pf_command_line((char *[]){"pflask", NULL}, &line));
	assert_int_equal(line.spec->command.count, 0);
	pf_command_line_clear(&line);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_run),     cmocka_unit_test(test_values),
	cmocka_unit_test(test_actions), cmocka_unit_test(test_doubts),
	cmocka_unit_test(test_nothing),
};

UNIT_MAIN(tests)
