/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Applies or reverts a trial, and disturbs the work. packages/trial/test has the tests. The linker
 * leads each system call that changes a file to a function of this file (--wrap).
 *
 *	trial_steps apply|revert DIR
 *	trial_steps apply|revert DIR crash|fail NUMBER
 *	trial_steps apply|revert DIR CALL DIRECTORY
 *
 * "crash" ends the process before the call with this number, and "fail" lets this call fail as on a
 * full disk. The status is 3 if the call was reached. With CALL, another user replaces the
 * temporary copies in DIRECTORY before each call with this name. The status is 2 if conflicts were
 * found, and 1 after an error.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "pflask.h"
#include "pflask/trial.h"

#define REACHED 3

static long count, wanted = -1;
static int is_crash, is_reached;
static const char *stolen_call = "", *stolen_directory;

/* Puts a file of another user in the place of each temporary copy. */
static void steal(void)
{
	const struct timeval times[2] = {{5, 0}, {5, 0}};
	DIR *directory = opendir(stolen_directory);

	for (struct dirent *entry; directory && (entry = readdir(directory)) != NULL;) {
		char path[4096], to[4096];
		if (strncmp(entry->d_name, ".pflask-", 8) != 0)
			continue;
		snprintf(path, sizeof(path), "%s/%s", stolen_directory, entry->d_name);
		snprintf(to, sizeof(to), "%s/stolen", stolen_directory);
		if (rename(path, to) < 0)
			exit(9);
		FILE *file = fopen(path, "we");
		if (!file || fputs("theirs", file) < 0 || fclose(file) != 0 ||
		    utimes(path, times) < 0)
			exit(9);
		puts("stolen");
	}
	if (directory)
		closedir(directory);
}

/* Is called before a system call that changes a file. Returns whether the call must fail. */
static int before(const char *call)
{
	if (strcmp(call, stolen_call) == 0)
		steal();
	if (++count != wanted)
		return 0;
	if (is_crash)
		_exit(REACHED);
	is_reached = 1;
	errno = ENOSPC;
	return 1;
}

#define WRAP(type, name, parameters, arguments)                      \
	type __real_##name parameters;                               \
	type __wrap_##name parameters;                               \
	type __wrap_##name parameters                                \
	{                                                            \
		return before(#name) ? -1 : __real_##name arguments; \
	}

WRAP(ssize_t, write, (int fd, const void *bytes, size_t size), (fd, bytes, size))
WRAP(int, mkdirat, (int fd, const char *path, mode_t mode), (fd, path, mode))
WRAP(int, mknodat, (int fd, const char *path, mode_t mode, dev_t device), (fd, path, mode, device))
WRAP(int, symlinkat, (const char *target, int fd, const char *path), (target, fd, path))
WRAP(int, linkat, (int from_fd, const char *from, int to_fd, const char *to, int flags),
     (from_fd, from, to_fd, to, flags))
WRAP(int, unlinkat, (int fd, const char *path, int flags), (fd, path, flags))
WRAP(int, renameat2, (int from_fd, const char *from, int to_fd, const char *to, unsigned int flags),
     (from_fd, from, to_fd, to, flags))
WRAP(int, fchownat, (int fd, const char *path, uid_t uid, gid_t gid, int flags),
     (fd, path, uid, gid, flags))
WRAP(int, fchmod, (int fd, mode_t mode), (fd, mode))
WRAP(int, chmod, (const char *path, mode_t mode), (path, mode))
WRAP(int, utimensat, (int fd, const char *path, const struct timespec times[2], int flags),
     (fd, path, times, flags))
WRAP(int, futimens, (int fd, const struct timespec times[2]), (fd, times))
WRAP(int, fsync, (int fd), (fd))
WRAP(int, syncfs, (int fd), (fd))
WRAP(int, ftruncate, (int fd, off_t size), (fd, size))
WRAP(int, setxattr, (const char *path, const char *name, const void *value, size_t size, int flags),
     (path, name, value, size, flags))
WRAP(int, removexattr, (const char *path, const char *name), (path, name))

int __real_openat(int fd, const char *path, int flags, ...);
int __wrap_openat(int fd, const char *path, int flags, ...);
int __wrap_openat(int fd, const char *path, int flags, ...)
{
	mode_t mode = 0;
	va_list arguments;

	va_start(arguments, flags);
	if (flags & O_CREAT)
		mode = va_arg(arguments, mode_t);
	va_end(arguments);
	if ((flags & O_CREAT) && before("openat"))
		return -1;
	return __real_openat(fd, path, flags, mode);
}

static int step(const char *action, pflask_trial *trial, struct pflask_error *error)
{
	if (strcmp(action, "apply") == 0)
		return pflask_trial_apply(trial, 0, error, sizeof(*error));
	return pflask_trial_revert(trial, error, sizeof(*error));
}

int main(int argc, char **argv)
{
	struct pflask_change change;
	struct pflask_error error;
	pflask_trial *trial;

	if (argc < 3)
		return 9;
	if (argc > 4) {
		is_crash = strcmp(argv[3], "crash") == 0;
		if (is_crash || strcmp(argv[3], "fail") == 0) {
			if (sscanf(argv[4], "%ld", &wanted) != 1)
				return 9;
		} else {
			stolen_call = argv[3];
			stolen_directory = argv[4];
		}
	}
	int r = pflask_trial_open(argv[2], &trial, &error, sizeof(error));
	if (r >= 0) {
		r = step(argv[1], trial, &error);
		for (uint32_t i = 0; pflask_trial_conflict(trial, i, &change, sizeof(change)) == 0;
		     i++)
			printf("conflict: %s: %s\n", change.path, change.why);
		if (r >= 0 && pflask_trial_conflict(trial, 0, &change, sizeof(change)) == 0)
			r = 2;
		else
			r = r < 0 ? r : 0;
		pflask_trial_close(trial);
	}
	if (r < 0)
		fprintf(stderr, "%s\n", error.message);
	fflush(stdout);
	return is_reached ? REACHED : r < 0 ? 1 : r;
}
