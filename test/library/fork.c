/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Uses the library and forks. The container belongs to the parent, so the child must not reach the
 * container through the inherited handle.
 *
 * 	fork WAY COMMAND [ARGUMENT]...
 *
 * WAY selects the test. Prints the results of the child and of the parent, and exits with the
 * command's exit code.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pflask.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

enum { SOME_TIME = 20000 }; /* the time limit of a wait, milliseconds */

static pflask_container *container;
static struct pflask_exit ended;

static _Noreturn void fail(const char *what, const struct pflask_error *error)
{
	fprintf(stderr, "fork: %s: %s\n", what, error ? error->message : strerror(errno));
	_exit(99);
}

/* Starts the command of the command line in a container. */
static void start(char **command, int terminal, int foreground)
{
	struct pflask_error error = {0};
	pflask_spec *spec = pflask_spec_new();
	pflask_plan *plan = NULL;
	uint32_t flags = foreground ? PFLASK_FOREGROUND : 0;

	for (; *command; command++)
		if (pflask_spec_set(spec, "command", *command, &error, sizeof(error)) < 0)
			fail("command", &error);
	if (pflask_spec_set(spec, "terminal", terminal ? "yes" : "no", &error, sizeof(error)) < 0)
		fail("terminal", &error);
	if (pflask_plan_make(spec, &plan, &error, sizeof(error)) < 0 ||
	    pflask_start(plan, terminal ? 0 : -1, 1, 2, flags, &container, &error, sizeof(error)) <
		    0)
		fail("start", &error);
	pflask_plan_free(plan);
	pflask_spec_free(spec);
}

/* Prints the results of the functions in the child. */
static void try_all(void)
{
	struct pflask_exit exit = {0};
	struct pflask_info info = {0};

	printf("child.wait %d\n", pflask_wait(container, 0, &exit, sizeof(exit)));
	printf("child.kill %d\n", pflask_kill(container, SIGKILL));
	printf("child.attach %d\n",
	       pflask_attach(container, -1, -1, -1, &exit, sizeof(exit), NULL, 0));
	printf("child.info %d", pflask_info(container, &info, sizeof(info)));
	printf(" %d\n", info.leader_pid > 0);
	fflush(stdout);
}

/* Runs a function in a child, and prints how the child ended. */
static void in_child(void (*act)(void))
{
	int status = -1;
	pid_t child;

	fflush(stdout);
	child = fork();
	if (child == 0) {
		act();
		fflush(stdout);
		_exit(3);
	}
	if (child < 0 || waitpid(child, &status, 0) != child)
		fail("child", NULL);
	printf("child.ended %d\n", status);
}

static void close_it(void)
{
	printf("child.close %d\n", pflask_close(container) == NULL);
}

/* Waits for the container's end in the child, which reads from the parent's socket. */
static void steal(void)
{
	struct pflask_exit exit = {0};

	printf("child.wait %d\n", pflask_wait(container, SOME_TIME, &exit, sizeof(exit)));
	close_it();
}

/* Starts a child that may receive the message about the container's end before the parent asks for
 * the message. */
static void beside_a_thief(void)
{
	int status;
	pid_t child;

	fflush(stdout);
	child = fork();
	if (child == 0) {
		steal();
		fflush(stdout);
		_exit(3);
	}
	printf("parent.kill %d\n", pflask_kill(container, SIGUSR1));
	if (child < 0 || waitpid(child, &status, 0) != child)
		fail("child", NULL);
	printf("parent.wait %d\n", pflask_wait(container, SOME_TIME, &ended, sizeof(ended)));
}

static void print_handlers(const char *who)
{
	struct sigaction now;

	printf("%s.handlers", who);
	for (int number = 1; number < 32; number++)
		if (sigaction(number, NULL, &now) == 0 && now.sa_handler != SIG_DFL)
			printf(" %d", number);
	printf("\n");
}

/* Tells whether the terminal is raw. A terminal in use by pflask_attach() is raw. */
static int is_raw(void)
{
	struct termios modes;

	return tcgetattr(0, &modes) == 0 && !(modes.c_lflag & (ICANON | ECHO));
}

static void *look_after(void *unused)
{
	struct pflask_error error;

	(void)unused;
	if (pflask_attach(container, 0, 1, -1, &ended, sizeof(ended), &error, sizeof(error)) < 0)
		fail("attach", &error);
	return NULL;
}

/*
 * Closes the handle in a child while a thread of the parent uses the terminal. SIGURG comes when
 * the command's output has reached the terminal, so the thread then relays.
 */
static void beside_a_thread(void)
{
	pthread_t thread;
	sigset_t urgent;
	int number;

	sigemptyset(&urgent);
	sigaddset(&urgent, SIGURG);
	sigprocmask(SIG_BLOCK, &urgent, NULL);
	if (pthread_create(&thread, NULL, look_after, NULL) != 0)
		fail("thread", NULL);
	if (sigwait(&urgent, &number) != 0)
		fail("sigwait", NULL);
	print_handlers("before");
	in_child(close_it);
	print_handlers("after");
	printf("parent.raw %d\n", is_raw());
	fflush(stdout);
	pthread_join(thread, NULL);
	printf("parent.raw %d\n", is_raw());
}

/* Starts a child that keeps copies of all descriptors. The reader of "left" kills the parent. */
static _Noreturn void leave_child(void)
{
	fflush(stdout);
	if (fork() != 0) {
		printf("left\n");
		fflush(stdout);
	}
	for (;;)
		pause();
}

/* Waits for a line of the command. The command prints the line when the command is ready for a
 * signal. */
static void wait_for_line(void)
{
	int byte;

	do
		byte = getchar();
	while (byte != '\n' && byte != EOF);
}

static void beside_a_child(int foreground)
{
	print_handlers("before");
	in_child(try_all);
	in_child(close_it);
	print_handlers("after");
	printf("parent.running %d\n",
	       pflask_wait(container, 0, &ended, sizeof(ended)) == -ETIMEDOUT);
	fflush(stdout);
	if (foreground)
		kill(getpid(), SIGUSR1);
	else
		printf("parent.kill %d\n", pflask_kill(container, SIGUSR1));
	printf("parent.wait %d\n", pflask_wait(container, SOME_TIME, &ended, sizeof(ended)));
}

int main(int argc, char **argv)
{
	const char *way = argc > 2 ? argv[1] : "";
	int terminal = strcmp(way, "foreground-terminal") == 0;
	int foreground = strncmp(way, "foreground", 10) == 0;

	start(argv + 2, terminal, foreground);
	if (terminal) {
		beside_a_thread();
	} else if (strcmp(way, "leave") == 0) {
		leave_child();
	} else {
		wait_for_line();
		if (strcmp(way, "thief") == 0)
			beside_a_thief();
		else
			beside_a_child(foreground);
	}
	pflask_close(container);
	printf("exit %d %d\n", ended.reason, ended.code);
	return ended.code;
}
