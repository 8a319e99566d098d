/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs tests that change a process, or its view of the system. Each test runs in a child with its
 * own mount namespace and its own /tmp. The test therefore leaves nothing behind and may mount over
 * /etc. A failed assertion or a leak in the child fails the test.
 */
#ifndef PF_CHILD_H
#define PF_CHILD_H

#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"

#define LEAKED 23 /* exit code of a child that leaks; the sanitizer uses the same code */

int __lsan_do_recoverable_leak_check(void);

/* Covers a directory with an empty tmpfs, in this child's mount namespace only. */
static inline void child_cover(const char *path)
{
	assert_int_equal(mount("tmpfs", path, "tmpfs", 0, "mode=0755"), 0);
}

static inline void child_write(const char *path, const char *text)
{
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

/* Covers /etc. From then on, the child sees only the users and groups below. */
static inline void child_cover_etc(void)
{
	child_cover("/etc");
	child_write("/etc/nsswitch.conf", "passwd: files\ngroup: files\n");
	child_write("/etc/passwd", "root:x:0:0:root:/root:/bin/sh\n"
				   "games:x:5:60:games:/usr/games:/bin/sh\n"
				   "alice:x:12345:23456:Alice:/home/alice:/bin/sh\n"
				   "bob:x:12346:12346:Bob:/home/bob:/bin/sh\n");
	child_write("/etc/group", "root:x:0:\ntty:x:5:\ngames:x:60:\n"
				  "audio:x:29:bob,alice\nvideo:x:44:alice\n"
				  "staff:x:50:bob\nalice:x:23456:\nbob:x:12346:\n");
}

/* Makes the child another user, without capabilities and without supplementary groups. */
static inline void child_become(uid_t uid, gid_t gid)
{
	assert_int_equal(setgroups(0, NULL), 0);
	assert_int_equal(setresgid(gid, gid, gid), 0);
	assert_int_equal(setresuid(uid, uid, uid), 0);
	/* The leak check traces its own process, so the process must be dumpable. */
	assert_int_equal(prctl(PR_SET_DUMPABLE, 1), 0);
}

static inline void child_main(void (*test)(void))
{
	/* Makes a failed assertion abort the child. By default, the longjmp(3) of the assertion
	 * would run the parent's code in the child. */
	setenv("CMOCKA_TEST_ABORT", "1", 1);
	assert_int_equal(unshare(CLONE_NEWNS), 0);
	assert_int_equal(mount(NULL, "/", NULL, MS_PRIVATE | MS_REC, NULL), 0);
	child_cover("/tmp");
	child_cover("/run"); /* hide the control directories of other users */
	test();
	_exit(__lsan_do_recoverable_leak_check() ? LEAKED : 0);
}

/* Runs a test in a child. cmocka calls this function; `state` points to the test function. */
static inline void child_run(void **state)
{
	int status = 0;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0)
		child_main((void (*)(void)) * state);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

#define IN_CHILD(test)                                       \
	{                                                    \
#test, child_run, NULL, NULL, (void *)(test) \
	}

#endif
