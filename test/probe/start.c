/* SPDX-License-Identifier: BSD-2-Clause */
/* Verbs that set up an unusual start for the program that "exec" runs next. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "probe.h"

/* close FD...: closes descriptors. */
static int close_some(int count, char **words)
{
	fflush(stdout);
	for (int i = 1; i < count; i++)
		close((int)number(words[i]));
	return 0;
}

/* leak N: opens N descriptors without the close-on-exec flag. */
static int leak(int count, char **words)
{
	long wanted = number(count > 1 ? words[1] : NULL);

	for (long i = 0; i < wanted; i++)
		if (open("/etc/passwd", O_RDONLY) < 0)
			misused("leak: too many open files");
	return 0;
}

static int set_umask(int count, char **words)
{
	umask((mode_t)number(count > 1 ? words[1] : NULL));
	return 0;
}

/* nofile SOFT HARD: sets the limits of open files. */
static int set_open_files(int count, char **words)
{
	struct rlimit limit;

	if (count < 3)
		misused("nofile SOFT HARD");
	limit.rlim_cur = (rlim_t)number(words[1]);
	limit.rlim_max = (rlim_t)number(words[2]);
	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		misused("nofile");
	return 0;
}

/* new-session: starts a session. A new session has no controlling terminal. */
static int new_session(int count, char **words)
{
	(void)count;
	(void)words;
	if (setsid() < 0)
		misused("setsid");
	return 0;
}

/* put FROM TO: duplicates descriptor FROM to TO. */
static int put(int count, char **words)
{
	if (count < 3)
		misused("put FROM TO");
	fflush(stdout);
	if (dup2((int)number(words[1]), (int)number(words[2])) < 0)
		misused("put");
	return 0;
}

static void write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		misused(path);
	close(fd);
}

/* Maps every id in a process's new user namespace to itself. */
static void map_ids(pid_t pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/uid_map", pid);
	write_text(path, "0 0 100000");
	snprintf(path, sizeof(path), "/proc/%d/gid_map", pid);
	write_text(path, "0 0 100000");
}

/*
 * no-user-namespaces UID: becomes an ordinary user in a new user namespace with
 * user.max_user_namespaces = 0. A child outside the new namespace writes the maps.
 */
static int forbid_user_namespaces(int count, char **words)
{
	uid_t uid = (uid_t)number(count > 1 ? words[1] : NULL);
	pid_t parent = getpid();
	int ends[2], status;
	char byte;

	if (pipe(ends) < 0)
		misused("pipe");
	if (fork() == 0) {
		if (read(ends[0], &byte, 1) == 1)
			map_ids(parent);
		_exit(0);
	}
	if (unshare(CLONE_NEWUSER) < 0 || write(ends[1], "", 1) != 1 || wait(&status) < 0 || status)
		misused("unshare");
	close(ends[0]);
	close(ends[1]);
	write_text("/proc/sys/user/max_user_namespaces", "0");
	if (setgroups(0, NULL) < 0 || setresgid(uid, uid, uid) < 0 || setresuid(uid, uid, uid) < 0)
		misused("setresuid");
	return 0;
}

/* argv0 NAME COMMAND...: runs a command with another argv[0]. */
static int become_as(int count, char **words)
{
	if (count < 3)
		misused("argv0 NAME COMMAND...");
	fflush(stdout);
	{
		char *path = words[2];

		words[2] = words[1];
		execvp(path, words + 2);
	}
	misused(words[2]);
}

/* bare PROGRAM: runs a program without arguments, even without its name. */
static int become_bare(int count, char **words)
{
	char *const nothing[] = {NULL};

	fflush(stdout);
	if (count > 1)
		execv(words[1], nothing);
	misused("bare PROGRAM");
}

static int become(int count, char **words)
{
	if (count < 2)
		misused("exec COMMAND...");
	fflush(stdout);
	execvp(words[1], words + 1);
	misused(words[1]);
}

const struct verb start_verbs[] = {
	{"close", close_some, false},
	{"leak", leak, false},
	{"umask", set_umask, false},
	{"nofile", set_open_files, false},
	{"new-session", new_session, false},
	{"put", put, false},
	{"no-user-namespaces", forbid_user_namespaces, false},
	{"argv0", become_as, true},
	{"bare", become_bare, true},
	{"exec", become, true},
	{NULL, NULL, false},
};
