/* SPDX-License-Identifier: BSD-2-Clause */
/* Verbs that try what a program in a sandbox can reach (test/lib/reach.ts). */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "probe.h"
#include "reach.h"

enum {
	PATH_SIZE = 512,
	PAGE = 4096,
	SECRET_FD = 9,
	SECONDS = 3,
};

/* The things on the host that test/lib/reach.ts has prepared. Their names begin with `name`. */
static struct {
	const char *name, *home;
	long port;
	pid_t pid;
} host;

long fail(int error)
{
	errno = error;
	return -1;
}

static long opens(const char *directory, const char *name, const char *file, int flags)
{
	char path[PATH_SIZE];

	snprintf(path, sizeof(path), "%s/%s%s", directory, name, file);
	return open(path, flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0644);
}

/* Reading and writing files. test/lib/reach.ts checks which of the written files are on the host.
 * */
static long reads_home(void)
{
	return opens(host.home, ".ssh/", host.name, O_RDONLY);
}

static long reads_tmp(void)
{
	return opens("/tmp", host.name, "/file", O_RDONLY);
}

static long reads_elsewhere(void)
{
	return opens("/var/lib", host.name, "/file", O_RDONLY);
}

static long writes_home(void)
{
	return opens(host.home, host.name, ".written", O_WRONLY | O_CREAT);
}

static long writes_tmp(void)
{
	long result = -1;

	for (const char *const *directory =
		     (const char *const[]){"/tmp", "/var/tmp", "/dev/shm", NULL};
	     *directory; directory++)
		if (opens(*directory, host.name, ".written", O_WRONLY | O_CREAT) >= 0)
			result = 0;
	return result;
}

static long writes_elsewhere(void)
{
	return opens("/var/lib", host.name, "/shared/written", O_WRONLY | O_CREAT);
}

/* Processes */
static long sees_process(void)
{
	char path[PATH_SIZE], text[PATH_SIZE];

	snprintf(path, sizeof(path), "/proc/%d/cmdline", host.pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t size = fd < 0 ? 0 : read(fd, text, sizeof(text));
	if (size > 0 && memmem(text, (size_t)size, "reach-host", strlen("reach-host")))
		return 0;
	return fail(ENOENT);
}

static long signals_process(void)
{
	return sees_process() < 0 ? -1 : kill(host.pid, 0);
}

static long traces_process(void)
{
	return sees_process() < 0 ? -1 : ptrace(PTRACE_SEIZE, host.pid, 0, 0);
}

/* Networks */
static struct sockaddr_in address(void)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)host.port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
}

static long connects_tcp(void)
{
	struct sockaddr_in to = address();
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return fd < 0 ? -1 : connect(fd, (struct sockaddr *)&to, sizeof(to));
}

/* Sends a question to a server of the host by UDP, like a resolver, and waits for the answer. */
static long asks_udp(void)
{
	struct sockaddr_in to = address();
	struct timeval wait = {.tv_sec = SECONDS};
	char byte = 'x';
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)) < 0 ||
	    connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0 || send(fd, &byte, 1, 0) < 0)
		return -1;
	return recv(fd, &byte, 1, 0);
}

static long connects_unix(const char *directory, const char *file)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int start = *directory ? 0 : 1; /* an abstract name begins with a null byte */
	int length = snprintf(to.sun_path + start, sizeof(to.sun_path) - (size_t)start, "%s%s%s",
			      directory, host.name, file);

	return fd < 0 ? -1
		      : connect(fd, (struct sockaddr *)&to,
				(socklen_t)(offsetof(struct sockaddr_un, sun_path) +
					    (size_t)(start + length)));
}

static long connects_abstract(void)
{
	return connects_unix("", "");
}

static long connects_run(void)
{
	return connects_unix("/run/", "/socket");
}

static long connects_tmp(void)
{
	return connects_unix("/tmp/", "/socket");
}

static long connects_elsewhere(void)
{
	return connects_unix("/var/lib/", "/socket");
}

/* The variable and the descriptor that a sandbox may pass on. test/lib/reach.ts sets them. */
#define SECRET "PFT_SECRET"

static long has_variable(void)
{
	return getenv(SECRET) ? 0 : fail(ENOENT);
}

static long has_descriptor(void)
{
	char byte;

	return pread(SECRET_FD, &byte, 1, 0) == 1 ? 0 : -1;
}

static long searches_keys(void)
{
	enum { KEYCTL_SEARCH = 10, USER_KEYRING = -4 };

	return syscall(SYS_keyctl, KEYCTL_SEARCH, USER_KEYRING, "user", host.name, 0);
}

/* Returns the key of the shared memory, which is a hash of the name. */
static key_t shm_key(void)
{
	key_t key = 0;

	for (const char *c = host.name; *c; c++)
		key = key * 31 + *c;
	return key & 0x7fffffff;
}

static long finds_shm(void)
{
	int id = shmget(shm_key(), 0, 0);

	return id < 0 ? -1 : shmat(id, NULL, SHM_RDONLY) == (void *)-1 ? -1 : 0;
}

/* Privileges */
static long has_capability(void)
{
	char line[128];
	FILE *file = fopen("/proc/self/status", "re");

	while (file && fgets(line, sizeof(line), file))
		if (strncmp(line, "Cap", 3) == 0 && strncmp(line, "CapBnd", 6) != 0 &&
		    strtoull(line + 7, NULL, 16) != 0)
			return 0;
	return file ? fail(EPERM) : -1;
}

/* Runs a program that belongs to root and has the set-user-ID bit: a copy of this program. */
static long runs_setuid(void)
{
	char path[PATH_SIZE], uid[16];

	snprintf(path, sizeof(path), "/var/lib/%s/setuid", host.name);
	snprintf(uid, sizeof(uid), "%d", (int)geteuid());
	execl(path, path, "reach-uid", uid, NULL);
	return -1;
}

/* reach-uid UID: ends with 0 if the effective uid is not UID. */
static int reach_uid(int count, char **words)
{
	return count < 2 || number(words[1]) == (long)geteuid() ? EPERM : 0;
}

static const struct question questions[] = {
	{"reads-home", reads_home},
	{"reads-tmp", reads_tmp},
	{"reads-elsewhere", reads_elsewhere},
	{"writes-home", writes_home},
	{"writes-tmp", writes_tmp},
	{"writes-elsewhere", writes_elsewhere},
	{"sees-process", sees_process},
	{"signals-process", signals_process},
	{"traces-process", traces_process},
	{"connects-tcp", connects_tcp},
	{"asks-udp", asks_udp},
	{"connects-abstract", connects_abstract},
	{"connects-run", connects_run},
	{"connects-tmp", connects_tmp},
	{"connects-elsewhere", connects_elsewhere},
	{"has-variable", has_variable},
	{"has-descriptor", has_descriptor},
	{"searches-keys", searches_keys},
	{"finds-shm", finds_shm},
	{"has-capability", has_capability},
	{"runs-setuid", runs_setuid},
	{0},
};

/* Asks a question in a child, because a filter may kill the process that asks. Prints "yes", or
 * "no" with the reason. */
static void ask(const struct question *question)
{
	int status;

	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) {
		alarm(60);
		_exit(question->ask() >= 0 ? 0 : errno);
	}
	waitpid(pid, &status, 0);
	if (WIFSIGNALED(status))
		printf("%s no signal %d\n", question->name, WTERMSIG(status));
	else if (WEXITSTATUS(status) == 0)
		printf("%s yes\n", question->name);
	else {
		errno = WEXITSTATUS(status);
		printf("%s no %s\n", question->name, outcome(-1));
	}
}

static void take(int count, char **words, int wanted)
{
	if (count < wanted)
		misused("reach NAME HOME PORT PID");
	host.name = words[1];
	if (wanted > 2) {
		host.home = words[2];
		host.port = number(words[3]);
		host.pid = (pid_t)number(words[4]);
	}
}

/* reach NAME HOME PORT PID: asks all questions. */
static int reach(int count, char **words)
{
	take(count, words, 5);
	for (const struct question *question = questions; question->name; question++)
		ask(question);
	for (const struct question *question = kernel_questions; question->name; question++)
		ask(question);
	return flushed();
}

/* reach-host NAME: stands for a process of the host. Makes a key and a segment of shared memory. A
 * program in a sandbox must not find the key and the segment. */
static int reach_host(int count, char **words)
{
	take(count, words, 2);
	if (syscall(SYS_add_key, "user", host.name, "x", 1, -4 /* the user's keyring */) < 0)
		misused("add_key");
	int id = shmget(shm_key(), PAGE, IPC_CREAT | 0644);
	if (id < 0)
		misused("shmget");
	printf("ready\n");
	fflush(stdout);
	getchar();
	shmctl(id, IPC_RMID, NULL);
	return 0;
}

/* reach-stay NAME [orphan]: becomes a process called NAME that ignores signals and does not end.
 * With "orphan", a child becomes this process, and its parent ends. */
static int reach_stay(int count, char **words)
{
	take(count, words, 2);
	if (count > 2 && fork() != 0)
		return 0;
	heed_nothing();
	prctl(PR_SET_NAME, host.name);
	printf("ready\n");
	fflush(stdout);
	int null = open("/dev/null", O_RDWR);
	for (int fd = 0; fd < 3; fd++)
		dup2(null, fd);
	sleep(600);
	return 0;
}

/* reach-terminal: pushes a byte into the terminal at each standard descriptor, as if the user had
 * typed the byte. Prints the result and the device and inode number of each descriptor. */
static int reach_terminal(int count, char **words)
{
	(void)count;
	(void)words;
	for (int fd = 0; fd < 3; fd++) {
		struct stat status = {0};
		fstat(fd, &status);
		printf("push.%d %s %lu:%lu\n", fd, outcome(ioctl(fd, TIOCSTI, "@")),
		       (unsigned long)status.st_dev, (unsigned long)status.st_ino);
	}
	return flushed();
}

const struct verb reach_verbs[] = {
	{"reach", reach, false},           {"reach-host", reach_host, false},
	{"reach-stay", reach_stay, false}, {"reach-terminal", reach_terminal, false},
	{"reach-uid", reach_uid, false},   {0},
};
