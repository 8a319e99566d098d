/* SPDX-License-Identifier: BSD-2-Clause */
/* Verbs by which root of a container traces processes. Some verbs make pid 1 do things that its
 * program never does. One verb keeps an ended process as a zombie. */
#define _GNU_SOURCE
#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/protocol/wire.h"
#include "probe.h"

enum { INIT = 1, FDS = 64, SCRATCH = 65536 };

/* The address of the probe's memory in pid 1, and the bytes that the probe writes there. */
static unsigned long scratch;
static unsigned char image[SCRATCH];

/* Makes a stopped pid 1 call the kernel. Returns the result, or -ESRCH if pid 1 has ended. */
static long inject(long call, long a, long b, long c, long d)
{
#ifdef __x86_64__
	struct user_regs_struct saved, now;
	struct iovec vector = {&now, sizeof(now)};
	int status;

	if (ptrace(PTRACE_GETREGSET, INIT, (void *)NT_PRSTATUS, &vector) < 0)
		return -errno;
	saved = now;
	now.orig_rax = (unsigned long)-1;
	now.rax = (unsigned long)call;
	now.rdi = (unsigned long)a;
	now.rsi = (unsigned long)b;
	now.rdx = (unsigned long)c;
	now.r10 = (unsigned long)d;
	now.r8 = (unsigned long)-1;
	now.r9 = 0;
	now.rip -= 2; /* Pid 1 was stopped in a system call, so go back to the call. */
	ptrace(PTRACE_SETREGSET, INIT, (void *)NT_PRSTATUS, &vector);
	if (ptrace(PTRACE_SINGLESTEP, INIT, NULL, NULL) < 0 || waitpid(INIT, &status, __WALL) < 0 ||
	    !WIFSTOPPED(status))
		return -ESRCH;
	if (ptrace(PTRACE_GETREGSET, INIT, (void *)NT_PRSTATUS, &vector) < 0)
		return -errno;
	if (call != SYS_execve) {
		long result = (long)now.rax;

		now = saved;
		ptrace(PTRACE_SETREGSET, INIT, (void *)NT_PRSTATUS, &vector);
		return result;
	}
	return (long)now.rax;
#else
	(void)call, (void)a, (void)b, (void)c, (void)d;
	misused("trace-init: not for this machine");
#endif
}

/* Writes the image into the memory of pid 1. */
static void upload(size_t length)
{
	struct iovec here = {image, length}, there = {(void *)scratch, length};

	if (process_vm_writev(INIT, &here, 1, &there, 1, 0) < 0)
		misused("process_vm_writev");
}

/* Sends the image as a datagram to every descriptor of pid 1. */
static void send_to_all(size_t length)
{
	upload(length);
	for (int fd = 0; fd < FDS; fd++)
		inject(SYS_sendto, fd, (long)scratch, (long)length, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void garbage(void)
{
	for (size_t length = 1; length <= 8192; length *= 2) {
		memset(image, 0xff, length);
		send_to_all(length);
	}
}

/* Sends a message to every descriptor of pid 1. The header is valid, and each byte of the body is
 * `fill`. */
static void send_type(uint32_t type, uint32_t length, int fill)
{
	uint32_t header[] = {type, length};

	memset(image, fill, sizeof(image));
	memcpy(image, header, sizeof(header));
	send_to_all(sizeof(header) + length);
}

static void statuses(void)
{
	static const int values[] = {-1, 0x7f, 0xffff, 0x137f, 0x80, 0x10000};

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		uint32_t message[] = {PF_MESSAGE_STATUS, sizeof(int), (uint32_t)values[i]};

		memcpy(image, message, sizeof(message));
		send_to_all(sizeof(message));
	}
}

static void types(void)
{
	static const uint32_t lengths[] = {0,
					   sizeof(int),
					   sizeof(struct pf_ready),
					   sizeof(struct pf_make),
					   sizeof(struct pf_failed),
					   sizeof(struct pf_moved_link),
					   sizeof(struct pflask_exit),
					   sizeof(struct pflask_record)};

	for (uint32_t type = 0; type <= PF_MESSAGE_COUNT; type++)
		for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
			send_type(type, lengths[i], type % 2 ? 0xff : 0x01);
}

/* Sends one message with many descriptors to every descriptor of pid 1. */
static void descriptors(void)
{
	size_t at = sizeof(struct msghdr) + sizeof(struct iovec);
	struct msghdr message = {
		.msg_iov = (struct iovec *)(scratch + sizeof(message)),
		.msg_iovlen = 1,
		.msg_control = (void *)(scratch + at),
		.msg_controllen = CMSG_SPACE(sizeof(int) * 200),
	};
	struct iovec vector = {(void *)(scratch + at + message.msg_controllen), 8};
	struct cmsghdr header = {CMSG_LEN(sizeof(int) * 200), 0, SOL_SOCKET, SCM_RIGHTS};
	uint32_t type = PF_MESSAGE_TERMINAL;
	int null = (int)inject(SYS_dup, 0, 0, 0, 0);

	memset(image, 0, sizeof(image));
	memcpy(image, &message, sizeof(message));
	memcpy(image + sizeof(message), &vector, sizeof(vector));
	memcpy(image + at, &header, sizeof(header));
	for (size_t i = 0; i < 200; i++)
		memcpy(image + at + sizeof(header) + i * sizeof(int), &null, sizeof(null));
	memcpy(image + at + message.msg_controllen, &type, sizeof(type));
	upload(at + message.msg_controllen + 8);
	for (int fd = 0; fd < FDS; fd++)
		inject(SYS_sendmsg, fd, (long)scratch, MSG_NOSIGNAL | MSG_DONTWAIT, 0);
}

/* Makes pid 1 execute this program with a verb that does not exit. */
static void execute(void)
{
	unsigned long words[] = {scratch + 512, scratch + 600, 0};

	memset(image, 0, sizeof(image));
	memcpy(image, words, sizeof(words));
	if (readlink("/proc/self/exe", (char *)image + 512, 80) < 0)
		misused("readlink");
	strcpy((char *)image + 600, "hold");
	upload(1024);
	inject(SYS_execve, (long)scratch + 512, (long)scratch, 0, 0);
}

/* Copies the descriptors of pid 1, and sends messages through the copies in place of pid 1. */
static void steal(void)
{
	uint32_t message[] = {PF_MESSAGE_STATUS, sizeof(int), 0};
	int pidfd = (int)syscall(SYS_pidfd_open, INIT, 0);
	int taken[FDS];

	for (int fd = 0; fd < FDS; fd++)
		taken[fd] = (int)syscall(SYS_pidfd_getfd, pidfd, fd, 0);
	for (int fd = 0; fd < FDS; fd++)
		if (taken[fd] >= 0)
			send(taken[fd], message, sizeof(message), MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void on_all_fds(long call, long argument)
{
	for (int fd = 0; fd < FDS; fd++)
		inject(call, fd, argument, 0, 0);
}

/* Manipulates a stopped pid 1. `way` is the name of the attack. Returns whether pid 1 can
 * continue. */
static bool torment(const char *way)
{
	bool goes_on = true;

	if (strcmp(way, "exit") == 0)
		inject(SYS_exit_group, 7, 0, 0, 0);
	else if (strcmp(way, "close") == 0)
		on_all_fds(SYS_close, 0);
	else if (strcmp(way, "shutdown") == 0)
		on_all_fds(SYS_shutdown, SHUT_RDWR);
	else if (strcmp(way, "garbage") == 0)
		garbage();
	else if (strcmp(way, "status") == 0)
		statuses();
	else if (strcmp(way, "types") == 0)
		types();
	else if (strcmp(way, "descriptors") == 0)
		descriptors();
	else if (strcmp(way, "exec") == 0)
		execute();
	else if (strcmp(way, "fork") == 0)
		inject(SYS_clone, SIGCHLD, 0, 0, 0);
	else if (strcmp(way, "steal") == 0)
		steal();
	else if (strcmp(way, "crash") == 0)
		ptrace(PTRACE_CONT, INIT, NULL, (void *)SIGSEGV);
	else if (strcmp(way, "kill") == 0)
		ptrace(PTRACE_SETOPTIONS, INIT, NULL, (void *)PTRACE_O_EXITKILL);
	else if (strcmp(way, "stop") == 0)
		goes_on = false;
	else
		misused(way);
	return goes_on;
}

/* Tells whether pid 1 belongs to a container. The verb must not trace the host's pid 1. */
static bool is_ours(void)
{
	char name[16] = "";
	int fd = open("/proc/1/comm", O_RDONLY | O_CLOEXEC);

	return fd >= 0 && read(fd, name, sizeof(name) - 1) > 0 && strcmp(name, "pf-init\n") == 0;
}

/*
 * trace-init WAY: a child of this process traces and manipulates pid 1. Pid 1 then continues,
 * except with "stop". Prints the result.
 */
static int trace_init(int count, char **words)
{
	const char *way = count > 1 ? words[1] : "";
	int ends[2], status;
	char byte;

	fflush(stdout);
	if (!is_ours())
		misused("trace-init: pid 1 is not pf-init");
	if (pipe2(ends, O_CLOEXEC) < 0)
		return 1;
	if (fork() == 0) {
		bool attached = ptrace(PTRACE_ATTACH, INIT, NULL, NULL) == 0;

		printf("trace %s\n", outcome(attached ? 0 : -1));
		fflush(stdout);
		if (!attached || waitpid(INIT, &status, __WALL) < 0)
			_exit(1);
		scratch = (unsigned long)inject(SYS_mmap, 0, SCRATCH, PROT_READ | PROT_WRITE,
						MAP_PRIVATE | MAP_ANONYMOUS);
		if (torment(way)) {
			if (strcmp(way, "kill") != 0)
				ptrace(PTRACE_DETACH, INIT, NULL, NULL);
			_exit(0);
		}
		if (write(ends[1], "", 1) < 0)
			_exit(1);
		for (;;)
			pause();
	}
	close(ends[1]);
	if (read(ends[0], &byte, 1) < 0)
		return 1;
	printf("done %s\n", way);
	return flushed();
}

/* Returns the pid of a process by name, or 0. */
static int find_named(const char *name)
{
	DIR *processes = opendir("/proc");
	struct dirent *entry;
	int found = 0;

	while (processes && !found && (entry = readdir(processes))) {
		char path[300], comm[32] = "";
		snprintf(path, sizeof(path), "/proc/%s/comm", entry->d_name);
		int fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd >= 0 && read(fd, comm, sizeof(comm) - 1) > 0 &&
		    strcspn(comm, "\n") == strlen(name) && strncmp(comm, name, strlen(name)) == 0)
			found = atoi(entry->d_name);
		if (fd >= 0)
			close(fd);
	}
	if (processes)
		closedir(processes);
	return found;
}

/* trace-zombie NAME: waits until a process with this name exists, and traces the process. Never
 * reaps the process. After its end, the process stays a zombie, and even its parent cannot reap the
 * process (ptrace(2)). */
static int trace_zombie(int count, char **words)
{
	int pid = 0;

	printf("waiting for %s\n", count > 1 ? words[1] : "");
	fflush(stdout);
	while (count > 1 && (pid = find_named(words[1])) == 0)
		;
	printf("traced %s\n", outcome(ptrace(PTRACE_SEIZE, pid, NULL, NULL)));
	return flushed();
}

const struct verb trace_verbs[] = {
	{"trace-zombie", trace_zombie, false},
	{"trace-init", trace_init, false},
	{NULL, NULL, false},
};
