/* SPDX-License-Identifier: BSD-2-Clause */
/* Verbs that print the state that a process starts with: ids, environment, descriptors, limits. */
#include <fcntl.h>
#include <limits.h>
#include <linux/keyctl.h>
#include <net/if.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <termios.h>
#include <unistd.h>

#include "probe.h"

extern char **environ;

static int ids(int count, char **words)
{
	gid_t groups[64];
	int group_count = getgroups(64, groups);

	(void)count;
	(void)words;
	printf("pid %d\nppid %d\npgrp %d\nsid %d\n", getpid(), getppid(), getpgrp(), getsid(0));
	printf("uid %d %d\ngid %d %d\ngroups", getuid(), geteuid(), getgid(), getegid());
	for (int i = 0; i < group_count; i++)
		printf(" %d", groups[i]);
	printf("\n");
	return 0;
}

/* Prints the inode number of each namespace of this process. */
static int namespaces(int count, char **words)
{
	static const char *const names[] = {
#define PF_NAMESPACE(name, flag, field) #name,
#include "defs/namespaces.def"
	};

	(void)count;
	(void)words;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char path[64];
		struct stat info;

		snprintf(path, sizeof(path), "/proc/self/ns/%s", names[i]);
		if (stat(path, &info) == 0)
			printf("ns.%s %lu\n", names[i], (unsigned long)info.st_ino);
		else
			printf("ns.%s %s\n", names[i], outcome(-1));
	}
	return 0;
}

static int environment(int count, char **words)
{
	(void)count;
	(void)words;
	for (char **entry = environ; *entry; entry++)
		printf("env %s\n", *entry);
	return 0;
}

/* Prints the words in hexadecimal, because words may contain any byte. */
static int arguments(int count, char **words)
{
	for (int i = 1; i < count; i++) {
		printf("arg ");
		for (const char *c = words[i]; *c; c++)
			printf("%02x", (unsigned char)*c);
		printf("\n");
	}
	return 0;
}

/* Tests each descriptor number by a system call, so that the verb works without /proc. */
static int descriptors(int count, char **words)
{
	(void)count;
	(void)words;
	for (int fd = 0; fd < 65536; fd++) {
		char path[64], target[PATH_MAX];
		struct stat info;
		ssize_t length;

		if (fcntl(fd, F_GETFD) < 0)
			continue;
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		length = readlink(path, target, sizeof(target) - 1);
		target[length < 0 ? 0 : length] = '\0';
		fstat(fd, &info);
		printf("fd %d %lu:%lu %s\n", fd, (unsigned long)info.st_dev,
		       (unsigned long)info.st_ino, target);
	}
	return 0;
}

static int limits(int count, char **words)
{
	static const struct {
		int resource;
		const char *name;
	} known[] = {
		{RLIMIT_NOFILE, "nofile"}, {RLIMIT_NPROC, "nproc"},     {RLIMIT_CORE, "core"},
		{RLIMIT_STACK, "stack"},   {RLIMIT_AS, "as"},           {RLIMIT_FSIZE, "fsize"},
		{RLIMIT_CPU, "cpu"},       {RLIMIT_MEMLOCK, "memlock"},
	};

	(void)count;
	(void)words;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		struct rlimit limit;

		getrlimit(known[i].resource, &limit);
		printf("rlimit.%s %lld %lld\n", known[i].name, (long long)limit.rlim_cur,
		       (long long)limit.rlim_max);
	}
	return 0;
}

/* Prints the ignored and blocked signals. A shell after a login has no such signals. */
static int signals(int count, char **words)
{
	sigset_t blocked;

	(void)count;
	(void)words;
	sigprocmask(SIG_BLOCK, NULL, &blocked);
	printf("signals.ignored");
	for (int number = 1; number <= 64; number++) {
		struct sigaction action;

		if (sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN)
			printf(" %d", number);
	}
	printf("\nsignals.blocked");
	for (int number = 1; number <= 64; number++)
		if (sigismember(&blocked, number) == 1)
			printf(" %d", number);
	printf("\n");
	return 0;
}

static int print_umask(int count, char **words)
{
	mode_t mask = umask(0);

	(void)count;
	(void)words;
	umask(mask);
	printf("umask %03o\n", (unsigned)mask);
	return 0;
}

static int terminal(int count, char **words)
{
	int fd;

	(void)count;
	(void)words;
	for (fd = 0; fd < 3; fd++) {
		struct winsize size = {0};

		printf("isatty.%d %d\n", fd, isatty(fd));
		if (ioctl(fd, TIOCGWINSZ, &size) == 0)
			printf("winsize.%d %d %d\n", fd, size.ws_row, size.ws_col);
	}
	fd = open("/dev/tty", O_RDWR | O_CLOEXEC);
	printf("ctty %s\n", outcome(fd));
	if (fd >= 0) {
		printf("ctty.pgrp %d\nctty.sid %d\n", tcgetpgrp(fd), tcgetsid(fd));
		close(fd);
	}
	return 0;
}

/* Prints the id of the session keyring. Does not create a missing keyring. */
static int keyring(int count, char **words)
{
	char text[256] = "";
	long id = syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0);

	(void)count;
	(void)words;
	if (id < 0) {
		printf("keyring %s\n", outcome(id));
		return 0;
	}
	syscall(SYS_keyctl, KEYCTL_DESCRIBE, id, text, sizeof(text) - 1);
	printf("keyring %ld\nkeyring.text %s\n", id, text);
	return 0;
}

static int capabilities(int count, char **words)
{
	FILE *file = fopen("/proc/self/status", "re");
	char line[256];

	(void)count;
	(void)words;
	if (!file)
		return 1;
	while (fgets(line, sizeof(line), file))
		if (strncmp(line, "Cap", 3) == 0 || strncmp(line, "NoNewPrivs", 10) == 0 ||
		    strncmp(line, "Seccomp:", 8) == 0)
			printf("status.%s", line);
	fclose(file);
	return 0;
}

static int host(int count, char **words)
{
	struct utsname name;

	(void)count;
	(void)words;
	uname(&name);
	printf("hostname %s\n", name.nodename);
	return 0;
}

static int set_host(int count, char **words)
{
	if (count < 2)
		misused("sethostname NAME");
	printf("sethostname %s\n", outcome(sethostname(words[1], strlen(words[1]))));
	return 0;
}

static int interfaces(int count, char **words)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct if_nameindex *names = if_nameindex();

	(void)count;
	(void)words;
	for (struct if_nameindex *name = names; name && name->if_index; name++) {
		struct ifreq request = {0};

		snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name->if_name);
		ioctl(fd, SIOCGIFFLAGS, &request);
		printf("interface %s %s\n", name->if_name,
		       request.ifr_flags & IFF_UP ? "up" : "down");
	}
	close(fd);
	return 0;
}

static int tell(int count, char **words)
{
	char directory[PATH_MAX];

	(void)count;
	(void)words;
	printf("cwd %s\n", getcwd(directory, sizeof(directory)) ? directory : outcome(-1));
	printf("dumpable %d\n", prctl(PR_GET_DUMPABLE));
	return 0;
}

const struct verb fact_verbs[] = {
	{"ids", ids, false},
	{"ns", namespaces, false},
	{"env", environment, false},
	{"args", arguments, true},
	{"fds", descriptors, false},
	{"limits", limits, false},
	{"signals", signals, false},
	{"umask?", print_umask, false},
	{"tty", terminal, false},
	{"keyring", keyring, false},
	{"caps", capabilities, false},
	{"hostname", host, false},
	{"sethostname", set_host, false},
	{"net", interfaces, false},
	{"tell", tell, false},
	{NULL, NULL, false},
};
