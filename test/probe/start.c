/* SPDX-License-Identifier: BSD-2-Clause */
/* Verbs that set up an odd start for the program that "exec" then becomes. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "probe.h"

/* close FD... */
static int close_some(int count, char **words)
{
	fflush(stdout);
	for (int i = 1; i < count; i++)
		close((int)number(words[i]));
	return 0;
}

/* leak N: N descriptors that are not closed on exec. */
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

/* nofile SOFT HARD */
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

/* new-session: without a controlling terminal. */
static int new_session(int count, char **words)
{
	(void)count;
	(void)words;
	if (setsid() < 0)
		misused("setsid");
	return 0;
}

/* put FROM TO: descriptor TO becomes what FROM is. */
static int put(int count, char **words)
{
	if (count < 3)
		misused("put FROM TO");
	fflush(stdout);
	if (dup2((int)number(words[1]), (int)number(words[2])) < 0)
		misused("put");
	return 0;
}

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
	{"sethostname", SYS_sethostname},
	{"setsid", SYS_setsid},
	{"symlinkat", SYS_symlinkat},
	{"umount2", SYS_umount2},
	{"unshare", SYS_unshare},
};

/* refuse CALL ERRNO: a kernel in which a system call always fails. */
static int refuse(int count, char **words)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {sizeof(code) / sizeof(code[0]), code};
	size_t i = 0;

	if (count < 3)
		misused("refuse CALL ERRNO");
	while (strcmp(calls[i].name, words[1]) != 0)
		if (++i == sizeof(calls) / sizeof(calls[0]))
			misused(words[1]);
	code[1].k = calls[i].number;
	code[2].k |= (unsigned)number(words[2]);
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
		misused("refuse");
	return 0;
}

static void write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		misused(path);
	close(fd);
}

/* Maps every id of a process's new user namespace to itself. */
static void map_ids(pid_t pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/uid_map", pid);
	write_text(path, "0 0 100000");
	snprintf(path, sizeof(path), "/proc/%d/gid_map", pid);
	write_text(path, "0 0 100000");
}

/*
 * no-user-namespaces UID: an ordinary user where user.max_user_namespaces is 0. The limit is that
 * of a user namespace made for it; a child that stays outside maps the ids.
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

/* argv0 NAME COMMAND...: becomes a command under another name. */
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
	{"refuse", refuse, false},
	{"no-user-namespaces", forbid_user_namespaces, false},
	{"argv0", become_as, true},
	{"exec", become, true},
	{NULL, NULL, false},
};
