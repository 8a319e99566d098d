/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests reports of starts and ends: the exit status, the errors, the events, and the signal that a
 * report raises. */
#define _GNU_SOURCE
#include "unit.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>

#include "pflask.h"
#include "reports.h"
#include "src/explain/report_exit.h"

#define TYPED "changes\t--changes\nkeep\t--keep\nnetif\t--netif\nephemeral\t--ephemeral\n"

static struct reports reports;

static int report(const struct pflask_exit *end, uint32_t flags)
{
	reports_begin(&reports);
	int status = pflask_report_exit("p", TYPED, reports.status_fd, end, sizeof(*end), flags);
	reports_end(&reports);
	return status;
}

static void test_status(void **state)
{
	static const struct {
		struct pflask_exit end;
		int status;
	} rows[] = {
		{{.reason = PFLASK_EXITED}, 0},
		{{.reason = PFLASK_EXITED, .code = 255}, 255},
		{{.reason = PFLASK_SIGNALED, .signal = 9}, 137},
		{{.reason = PFLASK_SIGNALED, .signal = 64}, 192},
		{{.reason = PFLASK_POWEROFF}, 0},
		{{.reason = PFLASK_REBOOT}, 133},
		{{.reason = PFLASK_LOST}, 137},
		{{.reason = PFLASK_OOM, .signal = 9}, 137},
		{{.reason = PFLASK_KILLED, .signal = 9}, 137},
		{{.reason = PFLASK_SECCOMP, .signal = 31}, 159},
		{{.reason = PFLASK_TIMEOUT}, 124},
		{{.reason = PFLASK_TIMEOUT, .code = 3}, 124},
		{{.reason = PFLASK_TIMEOUT, .signal = 15}, 124},
		{{.reason = PFLASK_EXITED, .output_errno = ENOSPC}, 125},
		{{.reason = PFLASK_EXITED, .output_errno = EPIPE}, 125},
		{{.reason = PFLASK_EXITED, .changes_errno = ENOSPC}, 125},
		{{.reason = PFLASK_EXITED, .keep_errno = ENOSPC}, 125},
		{{.reason = PFLASK_EXITED, .link_errno = ENOSPC}, 125},
		{{.reason = PFLASK_EXITED, .network = "pasta"}, 125},
		{{.reason = PFLASK_EXITED, .network = "pasta", .code = 3}, 3},
		{{.reason = PFLASK_EXITED, .output_errno = ENOSPC, .code = 3}, 125},
		{{.reason = PFLASK_EXITED, .changes_errno = ENOSPC, .code = 3}, 3},
		{{.reason = PFLASK_SIGNALED, .output_errno = EPIPE, .signal = 1}, 125},
		{{.reason = PFLASK_LOST, .output_errno = EPIPE}, 137},
	};

	(void)state;
	for (size_t i = 0; i < UNIT_COUNT(rows); i++)
		assert_int_equal(report(&rows[i].end, 0), rows[i].status);
}

static void expect_said(const struct pflask_exit *end, uint32_t flags, const char *said)
{
	report(end, flags);
	assert_string_equal(reports.said, said);
}

static void test_errors(void **state)
{
	struct pflask_exit all = {.reason = PFLASK_EXITED,
				  .link_errno = ENOSPC,
				  .link = "p0",
				  .network = "pasta",
				  .changes_errno = ENOSPC,
				  .changes_path = "/a b",
				  .keep_errno = EIO,
				  .keep_path = "/\xff",
				  .output_errno = ENOSPC};

	(void)state;
	expect_said(&(struct pflask_exit){.reason = PFLASK_EXITED}, 0, "");
	expect_said(&all, 0,
		    "p: --netif: p0: cannot give the interface back under this name: "
		    "No space left on device\n"
		    "hint: ip link\n"
		    "p: --netif: pasta: ended before the container\n"
		    "p: --changes: cannot list '/a b': No space left on device\n"
		    "p: --keep: cannot copy '/\\xff': Input/output error\n"
		    "p: standard output: No space left on device\n");
	expect_said(&(struct pflask_exit){.reason = PFLASK_EXITED, .changes_errno = EIO}, 0,
		    "p: --changes: cannot list the changes: Input/output error\n");
	expect_said(&(struct pflask_exit){.reason = PFLASK_EXITED,
					  .keep_errno = ENOSPC,
					  .keep_path = "manifest"},
		    0, "p: --ephemeral: cannot write 'manifest': No space left on device\n");
	expect_said(&(struct pflask_exit){.reason = PFLASK_EXITED, .output_errno = EPIPE}, 0, "");
	expect_said(&(struct pflask_exit){.reason = PFLASK_TIMEOUT, .timeout_msec = 90000}, 0,
		    "p: timed out after 90s\n");
	expect_said(&(struct pflask_exit){.reason = PFLASK_TIMEOUT, .timeout_msec = 7200000}, 0,
		    "p: timed out after 2h\n");
	expect_said(&(struct pflask_exit){.reason = PFLASK_TIMEOUT, .timeout_msec = 1}, 0,
		    "p: timed out after 1ms\n");
	expect_said(&(struct pflask_exit){.reason = PFLASK_OOM, .memory_limit = 512 << 20}, 0,
		    "p: killed: out of memory (limit 512M)\n");
	expect_said(&(struct pflask_exit){.reason = PFLASK_OOM, .memory_limit = 4097}, 0,
		    "p: killed: out of memory (limit 4097)\n");
	expect_said(&(struct pflask_exit){.reason = PFLASK_OOM}, 0, "p: killed: out of memory\n");
	expect_said(&(struct pflask_exit){.reason = PFLASK_SECCOMP}, 0,
		    "p: killed: forbidden system call (seccomp)\n");
	expect_said(&(struct pflask_exit){.reason = PFLASK_KILLED}, 0, "");
	all.reason = PFLASK_LOST;
	expect_said(&all, 0, "p: the monitor was killed, and with it the container\n");
	expect_said(&all, PFLASK_OF_EXEC, "p: the monitor was killed, and with it the command\n");
	all.wall_usec = 1;
	expect_said(&all, 0, "p: the monitor was killed, and with it the container\n");
	all.lost_errno = ECHILD;
	expect_said(&all, PFLASK_OF_EXEC,
		    "p: command: the status is lost: a tracer of the command has read it\n");
	all.lost_errno = EBADMSG;
	expect_said(&all, PFLASK_OF_EXEC,
		    "p: command: the status is lost: the monitor sent a malformed message\n");
	all.lost_errno = EMFILE;
	expect_said(&all, PFLASK_OF_EXEC, "p: command: the status is lost: Too many open files\n");
}

#define EVENT "{\"version\":1,\"event\":\"exited\","
#define USAGE "\"usage\":{\"wallUsec\":1,\"userUsec\":2,\"systemUsec\":3,\"maxRssKib\":4}}\n"

static void expect_event(struct pflask_exit end, const char *members)
{
	char expected[1024];

	end.wall_usec = 1;
	end.user_usec = 2;
	end.system_usec = 3;
	end.max_rss_kib = 4;
	report(&end, 0);
	snprintf(expected, sizeof(expected), EVENT "%s," USAGE, members);
	assert_string_equal(reports.events, expected);
}

#define END(...) ((struct pflask_exit){__VA_ARGS__})

static void test_exited(void **state)
{
	(void)state;
	expect_event(END(.reason = PFLASK_EXITED, .code = 7, .signal = 9),
		     "\"reason\":\"exit\",\"status\":7,\"exitCode\":7");
	expect_event(END(.reason = PFLASK_SIGNALED, .signal = 9, .output_errno = ENOSPC),
		     "\"reason\":\"signal\",\"status\":125,\"signal\":\"SIGKILL\","
		     "\"outputErrno\":\"ENOSPC\"");
	expect_event(END(.reason = PFLASK_SIGNALED, .signal = 34),
		     "\"reason\":\"signal\",\"status\":162,\"signal\":\"SIGRTMIN\"");
	expect_event(END(.reason = PFLASK_SIGNALED, .signal = 37),
		     "\"reason\":\"signal\",\"status\":165,\"signal\":\"SIGRTMIN+3\"");
	expect_event(END(.reason = PFLASK_SIGNALED, .signal = 32),
		     "\"reason\":\"signal\",\"status\":160,\"signal\":\"32\"");
	expect_event(END(.reason = PFLASK_KILLED, .signal = 9),
		     "\"reason\":\"killed\",\"status\":137,\"signal\":\"SIGKILL\"");
	expect_event(END(.reason = PFLASK_SECCOMP, .signal = 31),
		     "\"reason\":\"seccomp\",\"status\":159,\"signal\":\"SIGSYS\"");
	expect_event(END(.reason = PFLASK_TIMEOUT, .signal = 15),
		     "\"reason\":\"timeout\",\"status\":124,\"signal\":\"SIGTERM\"");
	expect_event(END(.reason = PFLASK_TIMEOUT, .code = 3),
		     "\"reason\":\"timeout\",\"status\":124");
	expect_event(END(.reason = PFLASK_OOM, .signal = 9, .memory_limit = 5),
		     "\"reason\":\"oom\",\"status\":137,\"signal\":\"SIGKILL\",\"memoryLimit\":5");
	expect_event(END(.reason = PFLASK_POWEROFF), "\"reason\":\"poweroff\",\"status\":0");
	expect_event(END(.reason = PFLASK_REBOOT), "\"reason\":\"reboot\",\"status\":133");
	report(&END(.reason = PFLASK_LOST, .wall_usec = 1, .lost_errno = ECHILD), 0);
	assert_string_equal(reports.events, EVENT "\"reason\":\"lost\",\"status\":137,"
						  "\"lostErrno\":\"ECHILD\"}\n");
	expect_event(END(.reason = PFLASK_EXITED, .changes_errno = EIO, .changes_path = "/a\n",
			 .link_errno = EIO, .link = "p0", .network = "pasta", .keep_errno = EIO,
			 .keep_path = "/\xff", .code = 1),
		     "\"reason\":\"exit\",\"status\":1,\"exitCode\":1,\"changesErrno\":\"EIO\","
		     "\"linkErrno\":\"EIO\",\"link\":\"p0\",\"network\":\"pasta\","
		     "\"changesPath\":\"/a\\n\",\"keepErrno\":\"EIO\","
		     "\"keepPath\":\"/\xef\xbf\xbd\"");
	expect_event(END(.reason = PFLASK_EXITED, .link = "p0"),
		     "\"reason\":\"exit\",\"status\":0,\"exitCode\":0");
}

static void expect_usage(struct pflask_exit end, const char *usage)
{
	char expected[1024];

	report(&end, 0);
	snprintf(expected, sizeof(expected), "\"exitCode\":0%s}\n", usage);
	assert_string_equal(strstr(reports.events, "\"exitCode\""), expected);
}

static void a_number_that_is_not_known_is_left_out(void **state)
{
	(void)state;
	expect_usage(END(.reason = PFLASK_EXITED), "");
	expect_usage(END(.reason = PFLASK_EXITED, .wall_usec = 1, .io_read = 1),
		     ",\"usage\":{\"wallUsec\":1}");
	expect_usage(END(.reason = PFLASK_EXITED, .wall_usec = 1, .max_rss_kib = 2),
		     ",\"usage\":{\"wallUsec\":1,\"userUsec\":0,\"systemUsec\":0,\"maxRssKib\":2}");
	expect_usage(END(.reason = PFLASK_EXITED, .wall_usec = 1, .has_io = 1),
		     ",\"usage\":{\"wallUsec\":1,\"ioRead\":0,\"ioWrite\":0}");
	expect_usage(END(.reason = PFLASK_EXITED, .wall_usec = 1, .memory_peak = UINT64_C(1) << 40,
			 .process_peak = 4),
		     ",\"usage\":{\"wallUsec\":1,\"memoryPeak\":1099511627776,\"processPeak\":4}");
}

static void test_started(void **state)
{
	const struct pflask_info bare = {.monitor_pid = 1, .init_pid = 2, .leader_pid = 3};
	struct pflask_info full = bare;

	(void)state;
	full.namespaces = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNET |
			  CLONE_NEWUSER | CLONE_NEWCGROUP;
	full.keyring_errno = EDQUOT;
	reports_begin(&reports);
	const struct pf_reporter to = {.program = "p", .status_fd = reports.status_fd},
				 none = {.program = "p", .status_fd = -1};
	assert_int_equal(pf_report_started(&to, &bare, NULL, 0), 0);
	assert_int_equal(pf_report_started(&to, &full, "memory=4G,pids=5", 1), 0);
	assert_int_equal(pf_report_started(&none, &full, NULL, 1), 0);
	reports_end(&reports);
	assert_string_equal(reports.events,
			    "{\"version\":1,\"event\":\"started\","
			    "\"pid\":{\"monitor\":1,\"init\":2,\"leader\":3},"
			    "\"enforced\":{\"namespaces\":[],\"keyring\":true,\"pty\":false}}\n"
			    "{\"version\":1,\"event\":\"started\","
			    "\"pid\":{\"monitor\":1,\"init\":2,\"leader\":3},"
			    "\"enforced\":{\"namespaces\":[\"mnt\",\"pid\",\"ipc\",\"uts\",\"net\","
			    "\"user\",\"cgroup\"],\"keyring\":{\"errno\":\"EDQUOT\"},\"pty\":true},"
			    "\"leftOut\":\"memory=4G,pids=5\"}\n");
}

static void test_unwritable(void **state)
{
	const int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
	const struct pf_reporter to = {.program = "p", .status_fd = full};
	const struct pflask_info info = {.leader_pid = 1};

	(void)state;
	reports_begin(&reports);
	assert_int_equal(pf_report_started(&to, &info, NULL, 0), -ENOSPC);
	reports_end(&reports);
	assert_string_equal(reports.said, "p: --status-fd: No space left on device\n");
	close(full);
}

static void test_sizes(void **state)
{
	const struct pflask_exit end = {.reason = PFLASK_EXITED};

	(void)state;
	assert_int_equal(pflask_report_exit("p", NULL, -1, &end, 607, 0), -EINVAL);
	assert_int_equal(pflask_report_exit("p", NULL, -1, &end, 608, 0), 0);
}

/* Starts two processes in a new process group. The first process reports an end. Returns the wait
 * status of the first process. *ret_other gets the wait status of the second process. */
static int passed_on(const struct pflask_exit *end, uint32_t flags, int *ret_other)
{
	int status;
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		pause();
		_exit(99);
	}
	assert_int_equal(setpgid(child, child), 0);
	pid_t reporter = fork();
	assert_true(reporter >= 0);
	if (reporter == 0) {
		setpgid(0, child);
		_exit(pflask_report_exit("p", NULL, -1, end, sizeof(*end), flags));
	}
	assert_int_equal(waitpid(reporter, &status, 0), reporter);
	kill(child, SIGUSR1); /* ends the other process if it still runs */
	assert_int_equal(waitpid(child, ret_other, 0), child);
	return status;
}

static int is_ended_by(int status, int signal)
{
	return WIFSIGNALED(status) && WTERMSIG(status) == signal;
}

static void test_passed_on(void **state)
{
	int other;

	(void)state;
	const struct pflask_exit interrupted = END(.reason = PFLASK_SIGNALED, .signal = SIGINT);
	assert_true(is_ended_by(passed_on(&interrupted, PFLASK_PASS_ON, &other), SIGINT));
	assert_true(is_ended_by(other, SIGUSR1));
	assert_int_equal(WEXITSTATUS(passed_on(&interrupted, 0, &other)), 130);
	const struct pflask_exit quit = END(.reason = PFLASK_SIGNALED, .signal = SIGQUIT);
	assert_int_equal(WEXITSTATUS(passed_on(&quit, PFLASK_PASS_ON, &other)), 131);
	assert_true(is_ended_by(other, SIGUSR1));
	const struct pflask_exit typed =
		END(.reason = PFLASK_SIGNALED, .signal = SIGINT, .typed_signal = SIGINT);
	assert_true(is_ended_by(passed_on(&typed, PFLASK_PASS_ON, &other), SIGINT));
	assert_true(is_ended_by(other, SIGINT));
	const struct pflask_exit typed_quit =
		END(.reason = PFLASK_EXITED, .code = 3, .typed_signal = SIGQUIT);
	assert_int_equal(WEXITSTATUS(passed_on(&typed_quit, PFLASK_PASS_ON, &other)), 3);
	assert_true(is_ended_by(other, SIGQUIT));
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_status),
	cmocka_unit_test(test_errors),
	cmocka_unit_test(test_exited),
	cmocka_unit_test(test_started),
	cmocka_unit_test(a_number_that_is_not_known_is_left_out),
	cmocka_unit_test(test_unwritable),
	cmocka_unit_test(test_sizes),
	cmocka_unit_test(test_passed_on),
};

UNIT_MAIN(tests)
