/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Opens detached containers of another program in an event loop:
 *
 *	open ACT WHICH...
 *
 * Opens each container with PFLASK_NOWAIT, and follows all containers by one poll(2). ACT is the
 * use of an opened container: "none"; "kill": sends SIGTERM when all containers are open; "stop":
 * stops the monitor, sends SIGTERM, and continues the monitor after a step; "lose": kills the
 * monitor; "exec": runs commands in the container, without waiting; "exec-missing": runs a missing
 * command. Other acts do not use PFLASK_NOWAIT: "threads": waits in two threads, and kills in a
 * third thread; "own-threads": does this with a container of this program; "own-end": ends such a
 * container; "interrupt": interrupts pflask_attach() and pflask_logs() of another thread; "fork":
 * uses the handle in a forked child; "order": opens each container twice, and closes the handles in
 * another order; "running": opens only a container that runs. Prints a line for each event, and the
 * number of descriptors before and after.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pflask.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST = 64, COMMANDS = 8 };

struct followed {
	pflask_container *container;
	int bell;
	int timeout;
	int steps; /* steps without news */
	int is_command;
};

static struct followed all[MOST];
static int count, opened;
static const char *act;
static struct pflask_error error;

static _Noreturn void fail(const char *what, const char *why)
{
	fprintf(stderr, "open: %s: %s\n", what, why);
	_exit(99);
}

static void must(int result, const char *what)
{
	if (result < 0)
		fail(what, error.message);
}

static int is_act(const char *name)
{
	return strcmp(act, name) == 0;
}

static int count_descriptors(void)
{
	int found = 0;
	DIR *directory = opendir("/proc/self/fd");

	if (!directory)
		fail("/proc/self/fd", strerror(errno));
	while (readdir(directory))
		found++;
	closedir(directory);
	return found;
}

static int pid_of(const pflask_container *container)
{
	struct pflask_info info;

	must(pflask_info(container, &info, sizeof(info)), "info");
	return info.monitor_pid;
}

static void follow(pflask_container *container, int is_command)
{
	struct followed *one = &all[count++];

	*one = (struct followed){.container = container, .timeout = 0, .is_command = is_command};
	one->bell = pflask_fd(container);
	if (one->bell < 0 || pflask_fd(container) != -EINVAL)
		fail("fd", "not one descriptor");
}

static void leave(struct followed *one)
{
	one->container = pflask_close(one->container);
	close(one->bell);
}

/* Runs a command. The library has copies of the descriptors, and needs neither the spec nor the
 * handle of the container. */
static void run_command(const pflask_container *container, const char *command, const char *code)
{
	pflask_spec *spec = pflask_spec_new();
	pflask_container *made;
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	must(pflask_spec_set(spec, "command", command, &error, sizeof(error)), "command");
	must(pflask_spec_set(spec, "command", "-c", &error, sizeof(error)), "command");
	must(pflask_spec_set(spec, "command", code, &error, sizeof(error)), "command");
	must(pflask_exec(container, spec, null, 1, 2, PFLASK_NOWAIT, &made, &error, sizeof(error)),
	     "exec");
	pflask_spec_free(spec);
	close(null);
	follow(made, 1);
}

static void on_open(struct followed *one)
{
	struct pflask_record record;
	int r = pflask_record(one->container, &record, sizeof(record));
	char code[16];

	printf("opened %s %d ended %d record %d\n", record.name, (int)(one - all),
	       record.ended != 0, r);
	opened++;
	for (int i = 0; is_act("kill") && opened == count && i < count; i++)
		printf("kill %d\n", pflask_kill(all[i].container, SIGTERM));
	if (is_act("stop")) {
		kill(record.monitor_pid, SIGSTOP);
		printf("kill %d\n", pflask_kill(one->container, SIGTERM));
		int msec;
		printf("step %d\n", pflask_step(one->container, &msec, &error, sizeof(error)));
		kill(record.monitor_pid, SIGCONT);
	}
	if (is_act("lose"))
		kill(record.monitor_pid, SIGKILL);
	for (int i = 0; is_act("exec") && i < COMMANDS; i++) {
		snprintf(code, sizeof(code), "exit %d", i);
		run_command(one->container, "/bin/sh", code);
	}
	if (is_act("exec-missing"))
		run_command(one->container, "/no/such/command", "");
	if (is_act("exec") || is_act("exec-missing"))
		leave(one);
}

static void on_end(struct followed *one)
{
	struct pflask_exit exit;
	int r = pflask_wait(one->container, 0, &exit, sizeof(exit));

	printf("ended %d reason %d code %d signal %d wait %d kill %d\n",
	       one->is_command ? -1 : (int)(one - all), exit.reason, exit.code, exit.signal, r,
	       pflask_kill(one->container, SIGTERM));
	leave(one);
}

static void step(struct followed *one)
{
	char dropped[64];

	while (read(one->bell, dropped, sizeof(dropped)) > 0)
		;
	int r = pflask_step(one->container, &one->timeout, &error, sizeof(error));
	if (r < 0) {
		printf("failed %d %s\nsteps %s\n", r, error.message,
		       one->steps > 20 ? "many" : "few");
		leave(one);
	} else if (r == PFLASK_STEP_STARTED && one->is_command) {
		printf("started\n");
	} else if (r == PFLASK_STEP_STARTED) {
		on_open(one);
	} else if (r == PFLASK_STEP_ENDED) {
		on_end(one);
	} else {
		one->steps++;
	}
}

static void loop(void)
{
	for (;;) {
		struct pollfd fds[MOST];
		int next = -1, left = 0, known = count;
		for (int i = 0; i < known; i++) {
			const int timeout = all[i].container ? all[i].timeout : -1;
			left += all[i].container != NULL;
			fds[i] = (struct pollfd){.fd = all[i].container ? all[i].bell : -1,
						 .events = POLLIN};
			next = timeout >= 0 && (next < 0 || timeout < next) ? timeout : next;
		}
		if (!left)
			return;
		int n = poll(fds, (nfds_t)known, next);
		for (int i = 0; i < known; i++)
			if (all[i].container &&
			    (fds[i].revents || (n == 0 && all[i].timeout == next)))
				step(&all[i]);
	}
}

static void *wait_for(void *container)
{
	struct pflask_exit exit;
	int r = pflask_wait(container, -1, &exit, sizeof(exit));

	printf("waited %d reason %d signal %d\n", r, exit.reason, exit.signal);
	return NULL;
}

static void *kill_it(void *container)
{
	for (int i = 0; i < 100; i++)
		must(pflask_kill(container, SIGCONT), "CONT");
	printf("killed %d\n", pflask_kill(container, SIGKILL));
	return NULL;
}

static void use_threads(pflask_container *container)
{
	pthread_t threads[3];

	pthread_create(&threads[0], NULL, wait_for, container);
	pthread_create(&threads[1], NULL, wait_for, container);
	pthread_create(&threads[2], NULL, kill_it, container);
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	pflask_close(container);
}

static void end(pflask_container *container)
{
	struct pflask_exit exit;

	printf("end %d\n", pflask_end(container, 0, 1000, &error, sizeof(error)));
	must(pflask_wait(container, 0, &exit, sizeof(exit)), "wait");
	printf("end of own %d %d\n", exit.reason, exit.signal);
	printf("end again %d\n", pflask_end(container, 0, 1000, &error, sizeof(error)));
	pflask_close(container);
}

static void *interrupt(void *container)
{
	usleep(50000); /* an interruption that comes before the function works, too */
	printf("interrupt %d\n", pflask_interrupt(container));
	return NULL;
}

static void be_interrupted(pflask_container *container)
{
	struct pflask_exit exit;
	pthread_t thread;
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	pthread_create(&thread, NULL, interrupt, container);
	printf("attach %d\n",
	       pflask_attach(container, -1, null, -1, &exit, sizeof(exit), &error, sizeof(error)));
	pthread_join(thread, NULL);
	pthread_create(&thread, NULL, interrupt, container);
	printf("logs %d\n", pflask_logs(container, null, 1, &error, sizeof(error)));
	pthread_join(thread, NULL);
	printf("kept logs %d\n", pflask_logs(container, null, 0, &error, sizeof(error)));
	printf("end %d\n", pflask_end(container, 0, 0, &error, sizeof(error)));
	close(null);
	pflask_close(container);
}

static void use_in_child(pflask_container *container)
{
	struct pflask_exit exit;
	pid_t child = fork();

	if (child == 0) {
		int msec;
		printf("child.wait %d\n", pflask_wait(container, 0, &exit, sizeof(exit)));
		printf("child.kill %d\n", pflask_kill(container, SIGKILL));
		printf("child.step %d\n", pflask_step(container, &msec, &error, sizeof(error)));
		printf("child.end %d\n", pflask_end(container, 0, 0, &error, sizeof(error)));
		pflask_close(container);
		fflush(stdout);
		_exit(0);
	}
	waitpid(child, NULL, 0);
	printf("parent.wait %d\n", pflask_wait(container, 0, &exit, sizeof(exit)));
	printf("parent.kill %d\n", pflask_kill(container, SIGKILL));
	printf("parent.end %d\n", pflask_wait(container, -1, &exit, sizeof(exit)));
	pflask_close(container);
}

static pflask_container *open_one(const char *which, uint32_t flags)
{
	pflask_container *container;

	must(pflask_open(which, flags, &container, &error, sizeof(error)), which);
	return container;
}

/* Opens each container twice. Closes the first handles first. */
static void use_in_order(char **names)
{
	pflask_container *first[MOST], *second[MOST];
	struct pflask_exit exit;
	int found = 0;

	for (; names[found]; found++) {
		first[found] = open_one(names[found], 0);
		second[found] = open_one(names[found], 0);
		printf("same %d\n", pid_of(first[found]) == pid_of(second[found]));
	}
	for (int i = found; i > 0; i--)
		pflask_close(first[i - 1]);
	for (int i = 0; i < found; i++) {
		printf("runs %d\n", pflask_wait(second[i], 0, &exit, sizeof(exit)));
		pflask_close(second[i]);
	}
}

/* Starts a container with the command /bin/sleep. */
static pflask_container *start(void)
{
	pflask_spec *spec = pflask_spec_new();
	pflask_container *container;
	pflask_plan *plan;

	must(pflask_spec_set(spec, "command", "/bin/sleep", &error, sizeof(error)), "command");
	must(pflask_spec_set(spec, "command", "1000", &error, sizeof(error)), "command");
	must(pflask_plan_make(spec, &plan, &error, sizeof(error)), "plan");
	must(pflask_start(plan, -1, 1, 2, 0, &container, &error, sizeof(error)), "start");
	pflask_plan_free(plan);
	pflask_spec_free(spec);
	return container;
}

static void act_on(char **names)
{
	pflask_container *container;

	if (is_act("threads"))
		use_threads(open_one(names[0], 0));
	else if (is_act("own-threads"))
		use_threads(start());
	else if (is_act("own-end"))
		end(start());
	else if (is_act("interrupt"))
		be_interrupted(open_one(names[0], 0));
	else if (is_act("fork"))
		use_in_child(open_one(names[0], 0));
	else if (is_act("order"))
		use_in_order(names);
	else if (is_act("running"))
		printf("open %d\n",
		       pflask_open(names[0], PFLASK_RUNNING, &container, &error, sizeof(error)));
}

static int is_loop(void)
{
	static const char *const acts[] = {"none", "kill", "stop", "lose", "exec", "exec-missing"};

	for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++)
		if (is_act(acts[i]))
			return 1;
	return 0;
}

int main(int argc, char **argv)
{
	if (argc < 3 || argc - 2 > MOST)
		fail("usage", "open ACT WHICH...");
	act = argv[1];
	setvbuf(stdout, NULL, _IOLBF, 0);
	int before = count_descriptors() + (strncmp(act, "own", 3) == 0); /* pflask-init's memfd */
	if (!is_loop())
		act_on(argv + 2);
	for (int i = 2; is_loop() && i < argc; i++)
		follow(open_one(argv[i], PFLASK_NOWAIT), 0);
	loop();
	printf("descriptors %d %d\n", before, count_descriptors());
	printf("children %d\n", waitpid(-1, NULL, WNOHANG) >= 0 || errno != ECHILD);
	return 0;
}
