/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Starts containers with PFLASK_NOWAIT in an event loop, polls their descriptors, and never waits
 * for one container alone.
 *
 * 	step COUNT ACT FIELD=VALUE...
 *
 * Starts COUNT containers of a spec with these fields. ACT is the use of each container: "none";
 * "kill", "close" or "lose": kills or closes the container, or kills its monitor, immediately after
 * the start; "lose-later": kills each monitor after the command was executed; "TERM-later": sends
 * SIGTERM then; "hang-up-later": closes the descriptor of pflask_fd() then; "fork-later": closes
 * the handle in a forked child then; "lose-traced-later": stops init by ptrace(2) and kills the
 * monitor then; "lose-held": kills the monitor at once, and keeps the library from knowing whether
 * the command has been executed; "lose-kept": kills the monitor at once, while a tracer keeps the
 * status of the monitor. Prints a line for each event, and the number of descriptors before
 * and after.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pflask.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST = 64 };

static pflask_container *containers[MOST];
static int bells[MOST];
static const char *act;

static _Noreturn void fail(const char *what, const char *why)
{
	fprintf(stderr, "step: %s: %s\n", what, why);
	exit(99);
}

static int count_descriptors(void)
{
	int count = 0;
	DIR *directory = opendir("/proc/self/fd");

	if (!directory)
		fail("/proc/self/fd", strerror(errno));
	while (readdir(directory))
		count++;
	closedir(directory);
	return count;
}

static int is_act(const char *name)
{
	return strcmp(act, name) == 0;
}

static pflask_plan *make_plan(char **fields)
{
	struct pflask_error error;
	pflask_spec *spec = pflask_spec_new();
	pflask_plan *plan;

	for (; *fields; fields++) {
		char *value = strchr(*fields, '=');
		*value = '\0';
		if (pflask_spec_set(spec, *fields, value + 1, &error, sizeof(error)) < 0)
			fail(*fields, error.message);
	}
	if (pflask_plan_make(spec, &plan, &error, sizeof(error)) < 0)
		fail("plan", error.message);
	pflask_spec_free(spec);
	return plan;
}

/* Returns the pid of the monitor. The only child of this program is a monitor when COUNT is 1. */
static pid_t find_monitor(int index)
{
	struct pflask_info info = {0};
	char path[64];
	int pid = 0;

	pflask_info(containers[index], &info, sizeof(info));
	snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
	FILE *children = info.monitor_pid ? NULL : fopen(path, "re");
	if (children && fscanf(children, "%d", &pid) != 1)
		fail("children", "no monitor");
	if (children)
		fclose(children);
	return info.monitor_pid ? info.monitor_pid : pid;
}

static void kill_monitor(int index)
{
	kill(find_monitor(index), SIGKILL);
}

/* Closes the bell of a container. The loop then has no news. */
static void hang_up(int index)
{
	close(bells[index]);
	bells[index] = -1;
}

static void leave(int index)
{
	containers[index] = pflask_close(containers[index]);
	if (bells[index] >= 0)
		hang_up(index);
}

/* Opens the other end of a pipe of this process. Returns the descriptor, or -1 if the descriptor
 * is no pipe. */
static int other_end(const char *number)
{
	char path[64], target[64] = "";

	snprintf(path, sizeof(path), "/proc/self/fd/%s", number);
	return readlink(path, target, sizeof(target) - 1) > 0 && strncmp(target, "pipe:", 5) == 0
		       ? open(path, O_WRONLY | O_CLOEXEC)
		       : -1;
}

/* Opens the other ends of the pipes that the library has made after the descriptor `first`. */
static int open_other_ends(int first, int ret[MOST])
{
	int opened = 0, fd;
	DIR *directory = opendir("/proc/self/fd");

	if (!directory)
		fail("/proc/self/fd", strerror(errno));
	for (const struct dirent *entry; (entry = readdir(directory)) && opened < MOST;)
		if (atoi(entry->d_name) > first && (fd = other_end(entry->d_name)) >= 0)
			ret[opened++] = fd;
	closedir(directory);
	return opened;
}

/* Kills the monitor during the start. While the library cannot know whether the command has been
 * executed, a step must not wait. */
static void lose_held(int index)
{
	struct pflask_error error;
	siginfo_t info;
	int ends[MOST], timeout, r;
	const int opened = open_other_ends(2, ends);

	kill_monitor(index);
	waitid(P_ALL, 0, &info, WEXITED | WNOWAIT);
	r = pflask_step(containers[index], &timeout, &error, sizeof(error));
	printf("step without a monitor: %d\n", r);
	for (int i = 0; i < opened; i++)
		close(ends[i]);
	if (r < 0)
		leave(index);
}

/* Waits until every process has closed the writing ends of the pipes that the library has made. */
static void await_pipes(void)
{
	char path[64], target[64];

	for (int fd = 3; fd < MOST; fd++) {
		struct pollfd end = {.fd = fd};
		memset(target, 0, sizeof(target));
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		if (readlink(path, target, sizeof(target) - 1) > 0 &&
		    strncmp(target, "pipe:", 5) == 0)
			poll(&end, 1, -1);
	}
}

/* Traces the only child of its parent, and tells when this child has ended. Keeps the status of the
 * child from its parent, until the process is killed. */
static _Noreturn void keep_status(pid_t pid, int tell)
{
	siginfo_t info;

	if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) < 0)
		_exit(99);
	kill(pid, SIGKILL);
	waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT | __WALL);
	(void)!write(tell, "", 1);
	for (;;)
		pause();
}

/* Kills the monitor during the start. While a tracer of the monitor has the monitor's status, a
 * step must not wait. */
static void lose_kept(int index)
{
	struct pflask_error error;
	int told[2], timeout, r;
	char byte;
	const pid_t monitor = find_monitor(index);

	kill(monitor, SIGSTOP); /* the command must not run before the tracer does */
	if (pipe2(told, O_CLOEXEC) < 0)
		fail("pipe", strerror(errno));
	const pid_t tracer = fork();
	if (tracer == 0)
		keep_status(monitor, told[1]);
	close(told[1]);
	if (read(told[0], &byte, 1) != 1)
		fail("tracer", "has ended");
	close(told[0]);
	await_pipes();
	r = pflask_step(containers[index], &timeout, &error, sizeof(error));
	printf("step with a kept monitor: %d\n", r);
	kill(tracer, SIGKILL);
	waitpid(tracer, NULL, 0);
	if (r < 0)
		leave(index);
}

/* Kills the monitor, while init is stopped and cannot end. A look for the end must not wait. */
static void lose_traced(int index)
{
	struct pflask_exit exit;
	struct pflask_info info = {0};
	int status;

	pflask_info(containers[index], &info, sizeof(info));
	if (ptrace(PTRACE_SEIZE, info.init_pid, NULL, NULL) < 0 ||
	    ptrace(PTRACE_INTERRUPT, info.init_pid, NULL, NULL) < 0 ||
	    waitpid(info.init_pid, &status, __WALL) != info.init_pid)
		fail("ptrace", strerror(errno));
	kill_monitor(index);
	siginfo_t ended;
	waitid(P_PID, (id_t)info.monitor_pid, &ended, WEXITED | WNOWAIT);
	printf("wait without a monitor: %d\n",
	       pflask_wait(containers[index], 0, &exit, sizeof(exit)));
	ptrace(PTRACE_DETACH, info.init_pid, NULL, NULL);
	waitpid(info.init_pid, NULL, __WALL | WNOHANG);
}

static void start(int index, const pflask_plan *plan)
{
	struct pflask_error error;
	struct pflask_exit exit;

	if (pflask_start(plan, -1, 1, 2, PFLASK_NOWAIT, &containers[index], &error, sizeof(error)) <
	    0)
		fail("start", error.message);
	bells[index] = pflask_fd(containers[index]);
	if (bells[index] < 0 || pflask_fd(containers[index]) != -EINVAL)
		fail("fd", "not one descriptor");
	printf("early %d\n", pflask_wait(containers[index], 0, &exit, sizeof(exit)));
	if (is_act("kill"))
		printf("kill %d\n", pflask_kill(containers[index], SIGKILL));
	if (is_act("lose"))
		kill_monitor(index);
	if (is_act("lose-held"))
		lose_held(index);
	if (is_act("lose-kept"))
		lose_kept(index);
	if (is_act("close"))
		leave(index);
}

/* Closes the handle in a forked child. This must only free the child's copy. */
static void close_in_child(int index)
{
	pid_t child = fork();

	if (child == 0) {
		pflask_close(containers[index]);
		_exit(0);
	}
	if (child < 0 || waitpid(child, NULL, 0) != child)
		fail("child", strerror(errno));
}

static void on_started(int index)
{
	printf("started %d\n", index);
	if (is_act("lose-later"))
		kill_monitor(index);
	if (is_act("lose-traced-later"))
		lose_traced(index);
	if (is_act("TERM-later"))
		pflask_kill(containers[index], SIGTERM);
	if (is_act("fork-later"))
		close_in_child(index);
	if (is_act("hang-up-later")) {
		struct pflask_exit exit;
		hang_up(index);
		printf("ended by hang-up %d\n",
		       pflask_wait(containers[index], -1, &exit, sizeof(exit)));
		leave(index);
	}
}

static void on_ended(int index)
{
	struct pflask_exit exit;
	int r = pflask_wait(containers[index], 0, &exit, sizeof(exit));

	printf("ended %d reason %d code %d signal %d wait %d\n", index, exit.reason, exit.code,
	       exit.signal, r);
	leave(index);
}

/* Takes the news of a container. Returns the time until the next step. */
static int step(int index)
{
	char dropped[64];
	struct pflask_error error;
	if (read(bells[index], dropped, sizeof(dropped)) < 0 && errno != EAGAIN &&
	    bells[index] >= 0)
		fail("bell", strerror(errno));
	int timeout, r = pflask_step(containers[index], &timeout, &error, sizeof(error));

	if (r < 0) {
		printf("failed %d %s\n", index, error.message);
		leave(index);
	} else if (r == PFLASK_STEP_STARTED) {
		on_started(index);
	} else if (r == PFLASK_STEP_ENDED) {
		on_ended(index);
	}
	return containers[index] ? timeout : -1;
}

static int is_earlier(int one, int other)
{
	return one >= 0 && (other < 0 || one < other);
}

/* Waits for news of any container, and takes the news. */
static void loop(int count)
{
	int timeout[MOST], is_due[MOST] = {0};

	for (int i = 0; i < count; i++)
		timeout[i] = -1;
	for (;;) {
		struct pollfd fds[MOST];
		int next = -1, left = 0;
		for (int i = 0; i < count; i++) {
			left += containers[i] != NULL;
			fds[i] = (struct pollfd){.fd = containers[i] ? bells[i] : -1,
						 .events = POLLIN};
			next = is_earlier(timeout[i], next) ? timeout[i] : next;
		}
		if (!left)
			return;
		int n = poll(fds, (nfds_t)count, next);
		for (int i = 0; i < count; i++) {
			is_due[i] = n == 0 && timeout[i] == next;
			if (containers[i] && (fds[i].revents || is_due[i]))
				timeout[i] = step(i);
		}
	}
}

int main(int argc, char **argv)
{
	int count = argc > 3 ? atoi(argv[1]) : 0;

	if (count < 1 || count > MOST)
		fail("usage", "step COUNT ACT FIELD=VALUE...");
	act = argv[2];
	setvbuf(stdout, NULL, _IOLBF, 0);
	pflask_plan *plan = make_plan(argv + 3);
	int before = count_descriptors() + 1; /* the memfd of pflask-init stays open */
	for (int i = 0; i < count; i++)
		start(i, plan);
	loop(count);
	printf("descriptors %d %d\n", before, count_descriptors());
	pflask_plan_free(plan);
	printf("children %d\n", waitpid(-1, NULL, WNOHANG) >= 0 || errno != ECHILD);
	return 0;
}
