/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests the check of the process at the other end of a control socket. */
#define _GNU_SOURCE
#include "common/protocol/peer_check.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>

#include "child.h"

static pid_t start_child(void (*body)(void))
{
	pid_t child = fork();

	assert_true(child >= 0);
	if (child > 0)
		return child;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	body();
	pause();
	_exit(1);
}

static void end_child(pid_t child)
{
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, NULL, 0), child);
}

static void do_nothing(void)
{
}

static void *wait_for_a_signal(void *argument)
{
	for (;;)
		pause();
	return argument;
}

/* Ends the first thread of a process, which another thread keeps alive. The kernel then releases
 * the namespaces of the first thread. The kernel does this for each process that is about to
 * end. */
static void end_the_first_thread(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, wait_for_a_signal, NULL) == 0)
		syscall(SYS_exit, 0);
}

static void wait_for_state(pid_t pid, char wanted)
{
	char path[64], state = 0;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	while (state != wanted) {
		FILE *file = fopen(path, "re");
		assert_non_null(file);
		assert_int_equal(fscanf(file, "%*d (%*[^)]) %c", &state), 1);
		fclose(file);
		usleep(1000);
	}
}

static void a_process_with_the_same_namespaces_passes(void)
{
	pid_t child = start_child(do_nothing);

	assert_int_equal(pf_peer_check_process(child), 0);
	end_child(child);
}

static void enter_another_mount_namespace(void)
{
	assert_int_equal(unshare(CLONE_NEWNS), 0);
}

static void a_process_with_another_namespace_is_refused(void)
{
	int r = 0;
	pid_t child = start_child(enter_another_mount_namespace);

	while (r == 0) /* until the child has called unshare(2) */
		r = pf_peer_check_process(child);
	assert_int_equal(r, -EPERM);
	end_child(child);
}

static void a_process_that_is_ending_has_ended(void)
{
	pid_t child = start_child(end_the_first_thread);

	wait_for_state(child, 'Z');
	assert_int_equal(pf_peer_check_process(child), -ESRCH);
	end_child(child);
}

static void a_process_that_cannot_be_seen_has_not_ended(void)
{
	pid_t child = start_child(do_nothing);

	assert_int_equal(mount("proc", "/proc", "proc", 0, "hidepid=2"), 0);
	assert_int_equal(setgroups(0, NULL), 0);
	assert_int_equal(setegid(12345), 0);
	assert_int_equal(seteuid(12345), 0);
	assert_int_equal(prctl(PR_SET_DUMPABLE, 1), 0);
	assert_int_equal(pf_peer_check_process(child), -ENOENT);
	assert_int_equal(seteuid(0), 0);
	end_child(child);
}

static const struct CMUnitTest tests[] = {
	IN_CHILD(a_process_with_the_same_namespaces_passes),
	IN_CHILD(a_process_with_another_namespace_is_refused),
	IN_CHILD(a_process_that_is_ending_has_ended),
	IN_CHILD(a_process_that_cannot_be_seen_has_not_ended),
};

UNIT_MAIN(tests)
