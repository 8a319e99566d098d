/* SPDX-License-Identifier: BSD-2-Clause */
/* Verbs that receive, ignore and block signals, and a verb that stops itself. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "probe.h"

/*
 * catch N: prints "ready", then the number and the sender of each of the next N signals. For
 * SIGWINCH, also prints the new size of the window.
 */
static int catch_signals(int count, char **words)
{
	long wanted = number(count > 1 ? words[1] : NULL);
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	printf("ready\n");
	for (long i = 0; i < wanted; i++) {
		struct winsize size = {0};
		siginfo_t info;
		int got;

		fflush(stdout);
		got = sigwaitinfo(&all, &info);
		printf("signal %d %d", got, info.si_pid);
		if (got == SIGWINCH && ioctl(0, TIOCGWINSZ, &size) == 0)
			printf(" %d %d", size.ws_row, size.ws_col);
		printf("\n");
	}
	fflush(stdout);
	return 0;
}

/* group: starts a child in the same process group. Child and parent each catch one signal. */
static int catch_as_group(int count, char **words)
{
	sigset_t all;
	siginfo_t info;
	int ends[2];
	pid_t child;
	char byte;

	(void)count;
	(void)words;
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	fflush(stdout);
	if (pipe(ends) < 0)
		return 1;
	child = fork();
	if (child == 0) {
		if (write(ends[1], "", 1) == 1)
			printf("child %d\n", sigwaitinfo(&all, &info));
		fflush(stdout);
		_exit(0);
	}
	if (read(ends[0], &byte, 1) != 1)
		return 1;
	printf("ready\n");
	fflush(stdout);
	sigdelset(&all, SIGCHLD);
	printf("parent %d\n", sigwaitinfo(&all, &info));
	fflush(stdout);
	waitpid(child, NULL, 0);
	return 0;
}

/* ignore SIGNAL...: ignores signals. The program that "exec" runs next ignores the signals, too. */
static int ignore(int count, char **words)
{
	for (int i = 1; i < count; i++)
		signal((int)number(words[i]), SIG_IGN);
	return 0;
}

/* block SIGNAL...: blocks signals. The signals stay blocked in the program that "exec" runs
 * next. */
static int block(int count, char **words)
{
	sigset_t set;

	sigemptyset(&set);
	for (int i = 1; i < count; i++)
		sigaddset(&set, (int)number(words[i]));
	sigprocmask(SIG_BLOCK, &set, NULL);
	return 0;
}

static int stop(int count, char **words)
{
	(void)count;
	(void)words;
	fflush(stdout);
	raise(SIGSTOP);
	printf("continued\n");
	return 0;
}

const struct verb signal_verbs[] = {
	{"catch", catch_signals, false}, {"group", catch_as_group, false},
	{"ignore", ignore, false},       {"block", block, false},
	{"stop", stop, false},           {NULL, NULL, false},
};
