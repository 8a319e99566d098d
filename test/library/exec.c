/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs commands in a container of this program. The container is not detached:
 *
 *	exec
 *
 * Prints a line for each result, and the number of descriptors before and after.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <pflask.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define HELD 5

static struct pflask_error error;

static _Noreturn void fail(const char *what, const char *why)
{
	fprintf(stderr, "exec: %s: %s\n", what, why);
	_exit(99);
}

static void must(int result, const char *what)
{
	if (result < 0)
		fail(what, error.message);
}

static int count_descriptors(void)
{
	int found = 0;
	DIR *directory = opendir("/proc/self/fd");

	if (!directory)
		fail("/proc/self/fd", "cannot be read");
	while (readdir(directory))
		found++;
	closedir(directory);
	return found;
}

static pflask_spec *spec_of(const char *script)
{
	pflask_spec *spec = pflask_spec_new();

	must(pflask_spec_set(spec, "command", "/bin/sh", &error, sizeof(error)), "command");
	must(pflask_spec_set(spec, "command", "-c", &error, sizeof(error)), "command");
	must(pflask_spec_set(spec, "command", script, &error, sizeof(error)), "command");
	return spec;
}

static pflask_container *start(const char *script, uint32_t flags, pflask_plan **ret_plan)
{
	pflask_spec *spec = spec_of(script);
	pflask_container *container;

	must(pflask_plan_make(spec, ret_plan, &error, sizeof(error)), "plan");
	must(pflask_start(*ret_plan, -1, 1, 2, flags, &container, &error, sizeof(error)), "start");
	pflask_spec_free(spec);
	return container;
}

static int run(const pflask_container *container, const char *script, uint32_t flags,
	       pflask_container **ret)
{
	pflask_spec *spec = spec_of(script);
	int r = pflask_exec(container, spec, -1, 1, 2, flags, ret, &error, sizeof(error));

	pflask_spec_free(spec);
	return r;
}

static void tell_end(const char *what, pflask_container *container)
{
	struct pflask_exit exit;
	int r = pflask_wait(container, -1, &exit, sizeof(exit));

	printf("%s %d reason %d code %d signal %d\n", what, r, exit.reason, exit.code, exit.signal);
	pflask_close(container);
}

static void *wait_for(void *container)
{
	struct pflask_exit exit;

	pflask_wait(container, -1, &exit, sizeof(exit));
	printf("waited reason %d\n", exit.reason);
	return NULL;
}

/* Follows a handle until there is news. Returns the result of the step. */
static int follow(pflask_container *container, int bell)
{
	int timeout = 0, r;
	char dropped[64];

	for (;;) {
		struct pollfd fd = {.fd = bell, .events = POLLIN};
		poll(&fd, 1, timeout);
		if (fd.revents)
			(void)!recv(bell, dropped, sizeof(dropped), MSG_DONTWAIT);
		r = pflask_step(container, &timeout, &error, sizeof(error));
		if (r != PFLASK_STEP_NONE)
			return r;
	}
}

/* Runs commands while the monitor has room for few descriptors. The first number is the number of
 * descriptors that the monitor has open for HELD commands: with a lower limit, poll(2) fails.
 * Prints the first error of the commands for each number of descriptors, unless the error is the
 * same as before. */
static void be_exhausted(void)
{
	char last[sizeof(error.message)] = "";
	pflask_plan *plan;
	pflask_container *container = start("sleep 1000", 0, &plan), *command, *held[HELD];
	struct pflask_info info;
	struct rlimit limit;

	pflask_info(container, &info, sizeof(info));
	prlimit(info.monitor_pid, RLIMIT_NOFILE, NULL, &limit);
	for (int i = 0; i < HELD; i++)
		must(run(container, "sleep 1000", 0, &held[i]), "held");
	for (limit.rlim_cur = 4 + 2 * HELD; limit.rlim_cur < 40; limit.rlim_cur++) {
		prlimit(info.monitor_pid, RLIMIT_NOFILE, &limit, NULL);
		strcpy(error.message, ": runs");
		if (run(container, "true", 0, &command) == 0)
			pflask_close(command);
		const char *why = strchr(error.message, ':');
		if (why && strcmp(why, last) != 0)
			printf("exhausted%s\n", strcpy(last, why));
	}
	for (int i = 0; i < HELD; i++)
		pflask_close(held[i]);
	pflask_close(container);
	pflask_plan_free(plan);
}

/* Runs commands before the container has started. */
static void be_early(void)
{
	pflask_plan *plan;
	pflask_container *container = start("sleep 1000", PFLASK_NOWAIT, &plan), *command, *other;
	int bell = pflask_fd(container);

	printf("early %d\n", run(container, "exit 1", 0, &command));
	must(run(container, "exit 5", PFLASK_NOWAIT, &command), "early command");
	must(run(container, "sleep 1000", PFLASK_NOWAIT, &other), "early command");
	int bell_of_command = pflask_fd(command), bell_of_other = pflask_fd(other);
	must(pflask_kill(other, SIGTERM), "kill");
	printf("step %d\n", follow(container, bell));
	printf("command %d\n", follow(command, bell_of_command));
	printf("command %d\n", follow(command, bell_of_command));
	tell_end("ended", command);
	follow(other, bell_of_other);
	tell_end("killed", other);
	pflask_close(container);
	pflask_plan_free(plan);
	close(bell);
	close(bell_of_command);
	close(bell_of_other);
}

/* Closes the handle of a container before the container has started. The handles of commands are
 * still open. */
static void be_closed_early(void)
{
	pflask_plan *plan;
	pflask_container *container = start("sleep 1000", PFLASK_NOWAIT, &plan), *command;
	int bell;

	must(run(container, "exit 5", PFLASK_NOWAIT, &command), "early command");
	bell = pflask_fd(command);
	pflask_close(container);
	printf("closed %d %s\n", follow(command, bell), error.message);
	pflask_close(command);
	pflask_plan_free(plan);
	close(bell);
}

int main(void)
{
	pflask_plan *plan;
	pflask_container *container = start("sleep 1000", 0, &plan), *command, *held, *none;
	pthread_t thread;

	pflask_close(container); /* the library now has pflask-init open */
	pflask_plan_free(plan);
	const int before = count_descriptors();
	container = start("sleep 1000", 0, &plan);
	must(run(container, "exit 7", 0, &command), "command");
	tell_end("ended", command);
	pthread_create(&thread, NULL, wait_for, container);
	must(run(container, "sleep 1000", 0, &held), "held");
	printf("inside a command %d\n", run(held, "true", 0, &none));
	for (int i = 0; i < 3; i++) {
		must(run(container, "exit 8", 0, &command), "command");
		tell_end("ended", command);
	}
	if (fork() == 0)
		_exit(-run(container, "true", 0, &none));
	int status;
	wait(&status);
	printf("child %d\n", WEXITSTATUS(status));
	must(pflask_kill(container, SIGKILL), "kill");
	pthread_join(thread, NULL);
	tell_end("held", held);
	printf("after the end %d %s\n", run(container, "true", 0, &none), error.message);
	pflask_close(container);
	pflask_plan_free(plan);
	be_early();
	be_closed_early();
	be_exhausted();
	printf("descriptors %d %d\n", before, count_descriptors());
	return 0;
}
