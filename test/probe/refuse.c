/* SPDX-License-Identifier: BSD-2-Clause */
/* Verbs that make system calls fail in the program that "exec" runs next. The verbs stand for a
 * kernel that refuses the calls. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "probe.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
	const char *name;
	unsigned number;
} calls[] = {
	{"clone3", SYS_clone3},
	{"fsconfig", SYS_fsconfig},
	{"fsmount", SYS_fsmount},
	{"fsopen", SYS_fsopen},
	{"keyctl", SYS_keyctl},
	{"memfd_create", SYS_memfd_create},
	{"mknodat", SYS_mknodat},
	{"mount", SYS_mount},
	{"mount_setattr", SYS_mount_setattr},
	{"move_mount", SYS_move_mount},
	{"open_tree", SYS_open_tree},
	{"openat2", SYS_openat2},
	{"pidfd_open", SYS_pidfd_open},
	{"pidfd_send_signal", SYS_pidfd_send_signal},
	{"pivot_root", SYS_pivot_root},
	{"seccomp", SYS_seccomp},
	{"sethostname", SYS_sethostname},
	{"setsid", SYS_setsid},
	{"setxattr", SYS_setxattr},
	{"symlinkat", SYS_symlinkat},
	{"umount2", SYS_umount2},
	{"unshare", SYS_unshare},
};

/* Installs a filter that gives one system call a fixed outcome. Returns the result of
 * seccomp(2). */
static long filter(unsigned number, unsigned outcome, unsigned flags)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, outcome),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {COUNT(code), code};

	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}

/* refuse CALL ERRNO: simulates a kernel in which a system call always fails. */
static int refuse(int count, char **words)
{
	size_t i = 0;

	if (count < 3)
		misused("refuse CALL ERRNO");
	while (strcmp(calls[i].name, words[1]) != 0)
		if (++i == COUNT(calls))
			misused(words[1]);
	if (filter(calls[i].number, SECCOMP_RET_ERRNO | (unsigned)number(words[2]), 0) < 0)
		misused("refuse");
	return 0;
}

static bool is_overlay(const struct seccomp_notif *asked)
{
	char path[64], name[8] = "";

	snprintf(path, sizeof(path), "/proc/%u/mem", asked->pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = pread(fd, name, sizeof(name), (off_t)asked->data.args[0]);
	close(fd);
	return n == sizeof(name) && memcmp(name, "overlay", sizeof(name)) == 0;
}

/* Answers filtered system calls until no filtered process is left. */
static void answer(int listener)
{
	struct pollfd questions = {.fd = listener, .events = POLLIN};

	while (poll(&questions, 1, -1) == 1 && !(questions.revents & POLLHUP)) {
		struct seccomp_notif asked = {0};
		struct seccomp_notif_resp answer = {.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE};
		if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &asked) < 0)
			continue;
		answer.id = asked.id;
		if (is_overlay(&asked)) {
			answer.flags = 0;
			answer.error = -EPERM;
		}
		ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
	}
}

/* The process that answers in place of the kernel. Takes the listener of the filter from the parent
 * before the parent runs another program. Closes all other descriptors. */
static _Noreturn void be_kernel(int parent_end, pid_t parent)
{
	int32_t number;

	if (dup2(parent_end, 0) != 0 || syscall(SYS_close_range, 1, ~0u, 0) < 0 ||
	    read(0, &number, sizeof(number)) != sizeof(number))
		_exit(1);
	int pidfd = (int)syscall(SYS_pidfd_open, parent, 0);
	int listener = (int)syscall(SYS_pidfd_getfd, pidfd, number, 0);
	if (listener < 0 || write(0, "", 1) != 1)
		_exit(1);
	close(0);
	answer(listener);
	_exit(0);
}

/*
 * no-overlay: simulates a kernel that refuses to mount overlays, as in user namespaces before Linux
 * 5.11. A child without the filter answers for the kernel.
 */
static int refuse_overlay(int count, char **words)
{
	pid_t parent = getpid();
	int ends[2];
	char byte;

	(void)count;
	(void)words;
	fflush(stdout);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		misused("socketpair");
	if (fork() == 0)
		be_kernel(ends[1], parent);
	close(ends[1]);
	int32_t listener = (int32_t)filter(SYS_fsopen, SECCOMP_RET_USER_NOTIF,
					   SECCOMP_FILTER_FLAG_NEW_LISTENER);
	if (listener < 0 || write(ends[0], &listener, sizeof(listener)) != sizeof(listener) ||
	    read(ends[0], &byte, 1) != 1)
		misused("no-overlay");
	close(ends[0]);
	close(listener);
	return 0;
}

const struct verb refuse_verbs[] = {
	{"refuse", refuse, false},
	{"no-overlay", refuse_overlay, false},
	{NULL, NULL, false},
};
