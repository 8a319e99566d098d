/* SPDX-License-Identifier: BSD-2-Clause */
/* Verbs that make, list and signal processes, and verbs that end in many ways. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "probe.h"

struct process {
	int pid;
	int parent;
	int session;
	char state;
	char name[64];
};

/* Calls a function for every process in /proc. Returns the number of processes. */
static int each_process(void (*call)(const struct process *process))
{
	DIR *directory = opendir("/proc");
	struct dirent *entry;
	int seen = 0;

	while (directory && (entry = readdir(directory))) {
		struct process found = {.pid = atoi(entry->d_name)};
		char path[64];
		FILE *file;

		if (found.pid <= 0)
			continue;
		snprintf(path, sizeof(path), "/proc/%d/stat", found.pid);
		file = fopen(path, "re");
		if (!file)
			continue;
		if (fscanf(file, "%*d (%63[^)]) %c %d %*d %d", found.name, &found.state,
			   &found.parent, &found.session) == 4) {
			call(&found);
			seen++;
		}
		fclose(file);
	}
	if (directory)
		closedir(directory);
	return seen;
}

static void print_process(const struct process *process)
{
	printf("process %d %d %c %s\n", process->pid, process->parent, process->state,
	       process->name);
}

static int processes(int count, char **words)
{
	(void)count;
	(void)words;
	if (each_process(print_process) == 0)
		printf("process! ENOENT\n");
	return 0;
}

static int zombies;

/* Counts only the zombies of this session. Without a pid namespace, /proc shows the zombies of
 * other sessions, too. */
static void count_zombie(const struct process *process)
{
	zombies += process->state == 'Z' && process->session == getsid(0);
}

static void pause_briefly(void)
{
	nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
}

/* Leaves a grandchild that has already ended. Another process must reap the grandchild. */
static void leave_orphan(void)
{
	pid_t child = fork();

	if (child == 0) {
		if (fork() == 0)
			_exit(7);
		_exit(0);
	}
	waitpid(child, NULL, 0);
}

/* orphans N: makes N orphans that end. Waits up to 10 s until no orphan is a zombie, and prints the
 * number of zombies. */
static int orphans(int count, char **words)
{
	long wanted = number(count > 1 ? words[1] : NULL);

	for (long i = 0; i < wanted; i++)
		leave_orphan();
	for (int i = 0; i < 5000; i++) {
		zombies = 0;
		each_process(count_zombie);
		if (zombies == 0)
			break;
		pause_briefly();
	}
	printf("zombies %d\n", zombies);
	return 0;
}

/* adopted: prints the new parent of a process after the end of its parent. */
static int adopted(int count, char **words)
{
	int ends[2];
	pid_t child, middle = getpid();
	char text[32] = "";

	(void)count;
	(void)words;
	if (pipe(ends) < 0)
		return 1;
	fflush(stdout);
	child = fork();
	if (child == 0) {
		pid_t parent = getpid();

		if (fork() == 0) {
			while (getppid() == parent)
				pause_briefly();
			dprintf(ends[1], "%d", getppid());
			_exit(0);
		}
		_exit(0);
	}
	waitpid(child, NULL, 0);
	close(ends[1]);
	if (read(ends[0], text, sizeof(text) - 1) < 0)
		return 1;
	printf("adopted %s %s\n", text, atoi(text) == middle ? "by-me" : "by-another");
	close(ends[0]);
	return 0;
}

static _Noreturn void stay(void)
{
	for (;;)
		pause();
}

void heed_nothing(void)
{
	setsid();
	for (int number = 1; number < 65; number++)
		signal(number, SIG_IGN);
}

/*
 * daemon: leaves a process in a new session that ignores every signal that can be ignored. The
 * daemon keeps stdout open, so a reader of stdout gets the end of file when the daemon ends.
 */
static int leave_daemon(int count, char **words)
{
	(void)count;
	(void)words;
	fflush(stdout);
	if (fork() != 0)
		return 0;
	heed_nothing();
	if (fork() != 0)
		_exit(0);
	stay();
}

/* child: leaves a process in the same process group. */
static int leave_child(int count, char **words)
{
	(void)count;
	(void)words;
	fflush(stdout);
	if (fork() == 0)
		stay();
	return 0;
}

/* nested: leaves a child, a grandchild and a great-grandchild, each in a new session. */
static int leave_nested(int count, char **words)
{
	(void)count;
	(void)words;
	fflush(stdout);
	if (fork() == 0) {
		setsid();
		if (fork() == 0) {
			setsid();
			if (fork() == 0)
				setsid();
		}
		stay();
	}
	return 0;
}

/*
 * flee: leaves a chain of 20000 processes behind. Each process starts a new session, forks and
 * ends, so a signal hardly ever reaches the last process.
 */
static int flee(int count, char **words)
{
	(void)count;
	(void)words;
	fflush(stdout);
	if (fork() != 0)
		return 0;
	for (int generation = 0; generation < 20000; generation++) {
		setsid();
		if (fork() != 0)
			_exit(0);
	}
	_exit(0);
}

static int hold(int count, char **words)
{
	(void)count;
	(void)words;
	printf("ready\n");
	fflush(stdout);
	stay();
}

/* as-pid PID COMMAND...: runs a command in a process with the given pid. After the end of the
 * command, the process stays a zombie. */
static int run_as_pid(int count, char **words)
{
	pid_t pid = (pid_t)number(count > 1 ? words[1] : NULL);
	struct clone_args args = {
		.exit_signal = SIGCHLD, .set_tid = (uintptr_t)&pid, .set_tid_size = 1};
	long made = syscall(SYS_clone3, &args, sizeof(args));

	if (made == 0) {
		execvp(words[2], words + 2);
		_exit(127);
	}
	printf("made %s\n", outcome(made));
	fflush(stdout);
	stay();
}

static int leave(int count, char **words)
{
	long status = number(count > 1 ? words[1] : NULL);

	fflush(stdout);
	_exit((int)status);
}

static int die(int count, char **words)
{
	int signal_number = (int)number(count > 1 ? words[1] : NULL);
	struct rlimit none = {0, 0};
	sigset_t set;

	fflush(stdout);
	setrlimit(RLIMIT_CORE, &none);
	signal(signal_number, SIG_DFL);
	sigemptyset(&set);
	sigaddset(&set, signal_number);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	kill(getpid(), signal_number);
	return 1;
}

/* kill PID SIGNAL: sends a signal. */
static int send(int count, char **words)
{
	if (count < 3)
		misused("kill PID SIGNAL");
	printf("kill %s\n", outcome(kill((pid_t)number(words[1]), (int)number(words[2]))));
	return 0;
}

/* reboot off|halt|restart: calls reboot(2), like an init program at its end. */
static int restart(int count, char **words)
{
	const char *how = count > 1 ? words[1] : "";
	int command = strcmp(how, "off") == 0    ? RB_POWER_OFF
		      : strcmp(how, "halt") == 0 ? RB_HALT_SYSTEM
						 : RB_AUTOBOOT;

	fflush(stdout);
	printf("reboot %s\n", outcome(reboot(command)));
	fflush(stdout);
	stay();
}

/* run COMMAND...: runs a command in a child, and prints the status of the child. */
static int run_child(int count, char **words)
{
	int status;
	pid_t child;

	if (count < 2)
		misused("run COMMAND...");
	fflush(stdout);
	child = fork();
	if (child == 0) {
		execv(words[1], words + 1);
		_exit(errno);
	}
	waitpid(child, &status, 0);
	printf("ended %d %d\n", WEXITSTATUS(status), WIFSIGNALED(status) ? WTERMSIG(status) : 0);
	return 0;
}

/* devour: allocates memory until no memory is left. */
static int devour(int count, char **words)
{
	const size_t size = 1 << 20, page = 4096;
	volatile char *bytes;

	(void)count;
	(void)words;
	while ((bytes = malloc(size)))
		for (size_t i = 0; i < size; i += page)
			bytes[i] = 1;
	return 1;
}

const struct verb process_verbs[] = {
	{"devour", devour, false},       {"ps", processes, false},
	{"orphans", orphans, false},     {"adopted", adopted, false},
	{"daemon", leave_daemon, false}, {"child", leave_child, false},
	{"nested", leave_nested, false}, {"flee", flee, false},
	{"hold", hold, false},           {"as-pid", run_as_pid, true},
	{"exit", leave, false},          {"die", die, false},
	{"kill", send, false},           {"reboot", restart, false},
	{"run", run_child, true},        {NULL, NULL, false},
};
