/* SPDX-License-Identifier: BSD-2-Clause */
/* A verb that watches the descriptors of other processes all the time, to see descriptors that
 * exist only for a moment. */
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "probe.h"

enum { MOST = 256 };

static char seen[MOST][256];
static int known;

static void print_once(const char *target)
{
	for (int i = 0; i < known; i++)
		if (strcmp(seen[i], target) == 0)
			return;
	if (known < MOST)
		snprintf(seen[known++], sizeof(seen[0]), "%s", target);
	printf("seen %s\n", target);
	fflush(stdout);
}

/* Tells whether a link leads to the root directory of this process. The text of the link is not
 * sufficient, because the host's root is called "/", too. */
static bool is_our_root(int directory, const char *name)
{
	struct stat ours, theirs;

	return stat("/", &ours) == 0 && fstatat(directory, name, &theirs, 0) == 0 &&
	       ours.st_dev == theirs.st_dev && ours.st_ino == theirs.st_ino;
}

/* Prints the target of a link, each target once. */
static void look_at(int directory, const char *name)
{
	char target[256];
	ssize_t length = readlinkat(directory, name, target, sizeof(target) - 1);

	if (length < 0 || is_our_root(directory, name))
		return;
	target[length] = '\0';
	print_once(target);
}

static void look_at_process(const char *pid)
{
	char path[300];
	DIR *directory;
	struct dirent *entry;

	snprintf(path, sizeof(path), "/proc/%s/fd", pid);
	directory = opendir(path);
	while (directory && (entry = readdir(directory)))
		look_at(dirfd(directory), entry->d_name);
	if (directory)
		closedir(directory);
}

/* watch-fds: prints the target of each descriptor of processes other than pid 1 and 2, until this
 * process is killed. Prints each target once. */
static int watch(int count, char **words)
{
	(void)count;
	(void)words;
	printf("watching now\n");
	while (!ferror(stdout)) {
		DIR *processes = opendir("/proc");
		struct dirent *entry;

		while (processes && (entry = readdir(processes)))
			if (atoi(entry->d_name) > 2)
				look_at_process(entry->d_name);
		if (processes)
			closedir(processes);
	}
	return 0;
}

const struct verb watch_verbs[] = {
	{"watch-fds", watch, false},
	{NULL, NULL, false},
};
