/* SPDX-License-Identifier: BSD-2-Clause */
/* Verbs that obstruct pflask: they stop processes of pflask, and lock files that pflask opens. */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "probe.h"

enum { MOST = 32768 };

struct process {
	pid_t pid;
	pid_t parent;
	char state;
	char comm[32];
};

static struct process all[MOST];
static int known;

static bool read_process(pid_t pid, struct process *process)
{
	char path[64];
	FILE *file;
	bool got;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "re");
	if (!file)
		return false;
	got = fscanf(file, "%d (%31[^)]) %c %d", &process->pid, process->comm, &process->state,
		     &process->parent) == 4;
	fclose(file);
	return got;
}

static void read_all(void)
{
	DIR *directory = opendir("/proc");
	struct dirent *entry;

	known = 0;
	while (directory && known < MOST && (entry = readdir(directory)))
		if (atoi(entry->d_name) > 0)
			known += read_process(atoi(entry->d_name), &all[known]);
	if (directory)
		closedir(directory);
}

static const struct process *find(pid_t pid)
{
	for (int i = 0; i < known; i++)
		if (all[i].pid == pid)
			return &all[i];
	return NULL;
}

/* Returns the monitor of this container, or 0. The monitor is the parent of the nearest ancestor
 * with the name pf-init. */
static pid_t find_monitor(void)
{
	const struct process *above = find(getpid());

	while (above && strcmp(above->comm, "pf-init") != 0)
		above = find(above->parent);
	return above ? above->parent : 0;
}

static bool is_below(const struct process *process, pid_t ancestor)
{
	while (process && process->pid != ancestor)
		process = find(process->parent);
	return process != NULL;
}

static bool is_wanted(const struct process *process, pid_t monitor, int count, char **words)
{
	const char *name = process->pid == monitor ? "monitor" : process->comm;

	for (int i = 1; i < count; i++)
		if (strcmp(words[i], name) == 0)
			return is_below(process, monitor);
	return false;
}

/* Waits until a process that has got SIGSTOP has stopped or ended. */
static void await_stop(pid_t pid)
{
	struct process now;

	while (read_process(pid, &now) && !strchr("TtZX", now.state))
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

/*
 * freeze NAME...: stops each process of this container that has one of the names. "monitor" means
 * the container's monitor. Leaves the containers of other tests alone.
 */
static int freeze(int count, char **words)
{
	pid_t monitor;

	read_all();
	monitor = find_monitor();
	for (int i = 0; monitor && i < known; i++) {
		if (!is_wanted(&all[i], monitor, count, words))
			continue;
		int r = kill(all[i].pid, SIGSTOP);
		printf("frozen %s %s\n", all[i].pid == monitor ? "monitor" : all[i].comm,
		       outcome(r));
		if (r == 0)
			await_stop(all[i].pid);
	}
	fflush(stdout);
	return 0;
}

/* freeze-ever NAME...: starts a process that remains when the probe ends. The process ignores
 * signals, and stops the processes with these names again and again. */
static int freeze_ever(int count, char **words)
{
	pid_t monitor;

	read_all();
	monitor = find_monitor();
	printf("freezing %s\n", monitor ? "ok" : "none");
	fflush(stdout);
	if (fork() != 0)
		return 0;
	heed_nothing();
	for (;;) {
		read_all();
		for (int i = 0; i < known; i++)
			if (is_wanted(&all[i], monitor, count, words))
				kill(all[i].pid, SIGSTOP);
	}
}

static int lock_one(int fd, const char *kind)
{
	struct flock whole = {.l_type = F_RDLCK, .l_whence = SEEK_SET};

	if (strcmp(kind, "exclusive") == 0)
		return flock(fd, LOCK_EX);
	if (strcmp(kind, "shared") == 0)
		return flock(fd, LOCK_SH);
	if (strcmp(kind, "try-exclusive") == 0)
		return flock(fd, LOCK_EX | LOCK_NB);
	if (strcmp(kind, "try-shared") == 0)
		return flock(fd, LOCK_SH | LOCK_NB);
	if (strcmp(kind, "record") == 0)
		return fcntl(fd, F_SETLK, &whole);
	if (strcmp(kind, "description") == 0)
		return fcntl(fd, F_OFD_SETLK, &whole);
	misused(kind);
}

/* lock KIND PATH...: opens each path for reading, and locks the file until the program ends. */
static int lock(int count, char **words)
{
	for (int i = 2; i < count; i++) {
		int fd = open(words[i], O_RDONLY | O_CLOEXEC | O_NONBLOCK);

		printf("locked %s %s\n", words[i], outcome(fd < 0 ? -1 : lock_one(fd, words[1])));
	}
	fflush(stdout);
	return 0;
}

/* lock-ended PATH...: starts a process that sets a record lock on each path and then ends. This
 * process shares its descriptors with the probe, so the locks outlive the process. Prints the pid
 * of the process. */
static int lock_ended(int count, char **words)
{
	struct clone_args args = {.flags = CLONE_FILES, .exit_signal = SIGCHLD};
	int fds[16], failures = 0;

	for (int i = 1; i < count && i < 16; i++)
		fds[i] = open(words[i], O_RDONLY | O_CLOEXEC);
	pid_t pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
	if (pid == 0) {
		for (int i = 1; i < count && i < 16; i++)
			failures += lock_one(fds[i], "record") < 0;
		_exit(failures);
	}
	waitpid(pid, &failures, 0);
	printf("locker %d\nfailures %d\n", pid, failures);
	fflush(stdout);
	return 0;
}

const struct verb hamper_verbs[] = {
	{"freeze", freeze, false}, {"freeze-ever", freeze_ever, false},
	{"lock", lock, false},     {"lock-ended", lock_ended, false},
	{NULL, NULL, false},
};
