/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds and runs programs (program.h). */
#define _GNU_SOURCE
#include "program.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/cleanup.h"

#define MAX_OUTPUT (64u << 10)
/* Time limit for the output of a program; getsubids(1) may ask a server. */
#define PATIENCE_MSEC 60000

static int is_program(const char *file)
{
	struct stat status;

	return stat(file, &status) == 0 && S_ISREG(status.st_mode) && access(file, X_OK) == 0;
}

static int is_file(const char *file)
{
	struct stat status;

	return stat(file, &status) == 0 && S_ISREG(status.st_mode);
}

static char *find_in_path(const char *name, int (*is_wanted)(const char *file))
{
	const char *path = getenv("PATH");
	char *file = NULL;

	for (path = path ? path : "/usr/bin:/bin"; *path; path += *path == ':') {
		size_t length = strcspn(path, ":");
		if (*path == '/' && asprintf(&file, "%.*s/%s", (int)length, path, name) >= 0) {
			if (is_wanted(file))
				return file;
			free(file);
		}
		path += length;
	}
	return NULL;
}

char *pf_find_program(const char *name)
{
	return find_in_path(name, is_program);
}

char *pf_find_file_in_path(const char *name)
{
	return find_in_path(name, is_file);
}

/* Tells whether only root can change a file or, for a directory, replace its entries. In a
 * directory with the sticky bit, other users cannot replace a file of root. */
static int is_writable_by_root_only(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && status.st_uid == 0 &&
	       (!(status.st_mode & (S_IWGRP | S_IWOTH)) ||
		(S_ISDIR(status.st_mode) && status.st_mode & S_ISVTX));
}

int pf_is_controlled_by_root(const char *file)
{
	char path[PATH_MAX];
	int is_safe = realpath(file, path) && is_writable_by_root_only(path);

	while (is_safe && path[1]) {
		char *slash = strrchr(path, '/');
		slash[slash == path] = '\0';
		is_safe = is_writable_by_root_only(path);
	}
	return is_safe;
}

/* Starts a program whose standard output is a pipe. Returns the pid or -errno. */
static pid_t start(char *const arguments[], int out)
{
	char *const environment[] = {NULL};
	posix_spawn_file_actions_t actions;
	pid_t pid = 0;
	int error = posix_spawn_file_actions_init(&actions);

	if (error)
		return -error;
	error = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	if (!error)
		error = posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
	if (!error)
		error = posix_spawn_file_actions_adddup2(&actions, out, 1);
	if (!error)
		error = posix_spawn(&pid, arguments[0], &actions, NULL, arguments, environment);
	posix_spawn_file_actions_destroy(&actions);
	return error ? -error : pid;
}

/* Reads until the end of file. Returns the number of bytes, or -1 on a timeout or an error, or if
 * the output is too long. */
static ssize_t read_all(int from, char *text, size_t size)
{
	struct pollfd end = {.fd = from, .events = POLLIN};
	size_t used = 0;
	ssize_t n = 1;

	while (n > 0 && used < size) {
		int r = poll(&end, 1, PATIENCE_MSEC);
		if (r == 0)
			return -1;
		n = r < 0 ? -1 : read(from, text + used, size - used);
		if (n < 0 && errno == EINTR)
			n = 1;
		else if (n > 0)
			used += (size_t)n;
	}
	return n == 0 ? (ssize_t)used : -1;
}

char *pf_read_program_output(char *const arguments[])
{
	char *text = malloc(MAX_OUTPUT);
	int pipes[2], status = 0;

	if (!text || pipe2(pipes, O_CLOEXEC) < 0) {
		free(text);
		return NULL;
	}
	pid_t pid = start(arguments, pipes[1]);
	close(pipes[1]);
	ssize_t size = pid < 0 ? -1 : read_all(pipes[0], text, MAX_OUTPUT - 1);
	close(pipes[0]);
	if (pid > 0 && size < 0)
		kill(pid, SIGKILL);
	/* ECHILD: the calling program has already reaped the child, which is no error. */
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (size >= 0 && status == 0) {
		text[size] = '\0';
		return text;
	}
	free(text);
	return NULL;
}
