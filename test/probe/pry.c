/* SPDX-License-Identifier: BSD-2-Clause */
/* Verbs that try to reach the host through visible processes of pflask. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "probe.h"

enum { MOST = 256, DESCRIPTORS = 256, LEVELS = 64 };

/* The /proc to search, and the things that a payload must not reach. */
static struct {
	const char *proc;
	const char *secret;
	char host[64]; /* the text of the link to the host's mount namespace */
	bool same_pids;
	long attempts;
} job;

struct target {
	pid_t pid;
	char comm[32];
	char directory[128];
};

/* Prints a breach once. */
static void breach(const struct target *target, const char *what)
{
	static char told[MOST][96];
	static int count;
	char line[96];

	snprintf(line, sizeof(line), "breach %s %s", target->comm, what);
	for (int i = 0; i < count; i++)
		if (strcmp(told[i], line) == 0)
			return;
	if (count < MOST)
		memcpy(told[count++], line, sizeof(line));
	printf("%s\n", line);
	fflush(stdout);
}

/* Opens an entry in a process's directory. Returns the descriptor, or -1. */
static int open_entry(const struct target *target, const char *name, int flags)
{
	char path[PATH_MAX];

	job.attempts++;
	snprintf(path, sizeof(path), "%s/%s", target->directory, name);
	return open(path, flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
}

/*
 * Tells whether a process is in the host's mount namespace. Called only after an access to the
 * process has succeeded. A process that joins the container starts outside, and access is permitted
 * as soon as the process is inside. So the access is a breach only if the process is still outside.
 */
static bool is_outside(const struct target *target)
{
	char path[PATH_MAX], link[64] = "";

	snprintf(path, sizeof(path), "%s/ns/mnt", target->directory);
	return readlink(path, link, sizeof(link) - 1) > 0 && strcmp(link, job.host) == 0;
}

static bool has_file(int directory, const char *name)
{
	char byte;
	int fd = openat(directory, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	bool there = fd >= 0 && read(fd, &byte, 1) == 1;

	job.attempts++;
	close(fd);
	return there;
}

static bool is_same(int one, int other)
{
	struct stat a, b;

	return fstat(one, &a) == 0 && fstat(other, &b) == 0 && a.st_dev == b.st_dev &&
	       a.st_ino == b.st_ino;
}

/* Looks for the secret in a directory and the directories above. Closes the directory. */
static bool leads_out(int directory)
{
	const char *name = strrchr(job.secret, '/') + 1;
	bool found = false;

	for (int level = 0; level < LEVELS && directory >= 0 && !found; level++) {
		int above = openat(directory, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
		bool top = above < 0 || is_same(directory, above);

		found = has_file(directory, job.secret + 1) || has_file(directory, name);
		close(directory);
		directory = above;
		if (top)
			break;
	}
	close(directory);
	return found;
}

/* Follows the root and cwd links of a process, and looks in the directories above. Also opens the
 * secret by a path through these links, because the kernel may refuse only an open(2) of the links
 * themselves. */
static void try_links(const struct target *target)
{
	static const char *const names[] = {"root", "cwd"};

	for (size_t i = 0; i < 2; i++) {
		char path[PATH_MAX];
		int fd = open_entry(target, names[i], O_PATH | O_DIRECTORY);

		if (fd >= 0 && leads_out(fd))
			breach(target, names[i]);
		snprintf(path, sizeof(path), "%s%s", names[i], job.secret);
		fd = open_entry(target, path, O_RDONLY);
		if (fd >= 0)
			breach(target, names[i]);
		close(fd);
	}
}

/* Calls a function for each entry in a directory of a process. */
static void each_entry(const struct target *target, const char *name,
		       void (*call)(const struct target *target, const char *path))
{
	char path[PATH_MAX];
	struct dirent *entry;
	DIR *directory;

	job.attempts++;
	snprintf(path, sizeof(path), "%s/%s", target->directory, name);
	directory = opendir(path);
	while (directory && (entry = readdir(directory))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", name, entry->d_name);
		call(target, path);
	}
	if (directory)
		closedir(directory);
}

/* Opens a descriptor of a process. Opening must fail for a process outside the container, and no
 * descriptor may lead out of the root. */
static void try_descriptor(const struct target *target, const char *path)
{
	int fd = open_entry(target, path, O_PATH);

	if (fd < 0)
		return;
	if (is_outside(target))
		breach(target, "fd");
	if (leads_out(fd))
		breach(target, "fd that leads out");
}

static void try_namespace(const struct target *target, const char *path)
{
	int fd = open_entry(target, path, O_RDONLY);

	if (fd >= 0 && is_outside(target))
		breach(target, path);
	close(fd);
}

/* Reads files that show a process's memory or its layout. */
static void try_files(const struct target *target)
{
	static const struct {
		const char *name;
		int flags;
	} files[] = {
		{"mem", O_RDWR},       {"mem", O_RDONLY},  {"environ", O_RDONLY},
		{"auxv", O_RDONLY},    {"maps", O_RDONLY}, {"syscall", O_RDONLY},
		{"pagemap", O_RDONLY}, {"exe", O_RDONLY},
	};

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		char byte;
		int fd = open_entry(target, files[i].name, files[i].flags);
		ssize_t got = fd < 0 ? -1 : read(fd, &byte, 1);
		/* Every user can open some of these files without being able to read them. So only
		 * reading counts. For mem, opening counts, because the first byte is not mapped. */
		bool reached = fd >= 0 && (got > 0 || strcmp(files[i].name, "mem") == 0);

		if (reached && is_outside(target))
			breach(target, files[i].name);
		close(fd);
	}
}

/* Traces a process. Tracing stops the process, so the process cannot leave the host's mount
 * namespace before the call of is_outside(). */
static void try_trace(const struct target *target)
{
	int status;

	job.attempts++;
	if (ptrace(PTRACE_SEIZE, target->pid, NULL, NULL) < 0)
		return;
	ptrace(PTRACE_INTERRUPT, target->pid, NULL, NULL);
	if (waitpid(target->pid, &status, __WALL) != target->pid || !WIFSTOPPED(status))
		return;
	if (is_outside(target))
		breach(target, "ptrace");
	ptrace(PTRACE_DETACH, target->pid, NULL, NULL);
}

static void try_grab(const struct target *target)
{
	int pidfd = (int)syscall(SYS_pidfd_open, target->pid, 0);

	for (int i = 0; pidfd >= 0 && i < DESCRIPTORS; i++) {
		int fd = (int)syscall(SYS_pidfd_getfd, pidfd, i, 0);

		job.attempts++;
		if (fd < 0 && errno == EPERM)
			break; /* The kernel refuses all other numbers, too. */
		if (fd < 0)
			continue;
		if (is_outside(target))
			breach(target, "pidfd_getfd");
		if (leads_out(fd))
			breach(target, "pidfd_getfd that leads out");
	}
	close(pidfd);
}

/* Reads memory of a process. EFAULT means that the kernel has permitted the access, and that only
 * the address is not mapped. */
static void try_memory(const struct target *target)
{
	char byte;
	struct iovec here = {&byte, 1}, there = {(void *)0x400000, 1};
	long got = syscall(SYS_process_vm_readv, target->pid, &here, 1UL, &there, 1UL, 0UL);

	job.attempts++;
	if ((got >= 0 || errno == EFAULT) && is_outside(target))
		breach(target, "process_vm_readv");
}

static void try_process(const struct target *target)
{
	try_links(target);
	each_entry(target, "fd", try_descriptor);
	each_entry(target, "ns", try_namespace);
	try_files(target);
	if (!job.same_pids)
		return; /* In our pid namespace, these pids belong to other processes. */
	try_trace(target);
	try_grab(target);
	try_memory(target);
}

static bool read_line(const char *path, char *line, size_t room)
{
	FILE *file = fopen(path, "re");
	bool got = file && fgets(line, (int)room, file);

	if (file)
		fclose(file);
	if (got)
		line[strcspn(line, "\n")] = '\0';
	return got;
}

static void try_all(void)
{
	DIR *directory = opendir(job.proc);
	struct dirent *entry;

	if (!directory)
		misused(job.proc);
	while ((entry = readdir(directory))) {
		struct target target = {.pid = atoi(entry->d_name)};
		char path[sizeof(target.directory) + 8];

		if (target.pid <= 0)
			continue;
		snprintf(target.directory, sizeof(target.directory), "%s/%d", job.proc, target.pid);
		snprintf(path, sizeof(path), "%s/comm", target.directory);
		if (read_line(path, target.comm, sizeof(target.comm)) &&
		    strncmp(target.comm, "pf", 2) == 0)
			try_process(&target);
	}
	closedir(directory);
}

/*
 * pry PROC SECRET HOST END: tries all ways to reach the host through each process of pflask in
 * PROC, a directory like /proc. SECRET is a file outside the root. HOST is a file that names the
 * host's mount namespace. END is the number of rounds, or a file. The rounds end when the file
 * appears.
 */
static int pry(int count, char **words)
{
	char self[32] = "", path[PATH_MAX], *end;
	long rounds;

	if (count < 5)
		misused("pry PROC SECRET HOST END");
	job.proc = words[1];
	job.secret = words[2];
	if (access(job.secret, F_OK) == 0 || !read_line(words[3], job.host, sizeof(job.host)))
		misused("pry: a secret that everybody sees, or an unknown host");
	snprintf(path, sizeof(path), "%s/self", job.proc);
	job.same_pids = readlink(path, self, sizeof(self) - 1) > 0 && atoi(self) == getpid();
	rounds = strtol(words[4], &end, 10);
	printf("prying\n");
	fflush(stdout);
	for (long i = 0; *end ? access(words[4], F_OK) < 0 : i < rounds; i++)
		try_all();
	printf("pried %ld\n", job.attempts);
	fflush(stdout);
	return 0;
}

const struct verb pry_verbs[] = {
	{"pry", pry, false},
	{NULL, NULL, false},
};
