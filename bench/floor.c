/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs a container like pflask's, without checks, look-ups, reports and cleanup, to measure the
 * least time that such a container takes. floor_once() spawns a static helper. The helper clones a
 * child into new namespaces. The child mounts the file systems of a root, enters the root and
 * executes the command. This file is built twice: as the helper, and as a library with floor_once()
 * for running programs.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

int floor_once(const char *helper, const char *root, const char *netns);

/* Runs ROOT/bin/true once. `netns` is "n" for a new network namespace, otherwise "". Returns the
 * status as wait(2) gives it. */
int floor_once(const char *helper, const char *root, const char *netns)
{
	char *const argv[] = {"floor", (char *)root, (char *)netns, NULL};
	char *const envp[] = {NULL};
	pid_t pid;
	int status;

	if (posix_spawn(&pid, helper, NULL, NULL, argv, envp) != 0 || waitpid(pid, &status, 0) < 0)
		return -1;
	return status;
}

static void add(const char *type, const char *where, unsigned long flags, const char *options)
{
	mkdir(where, 0755);
	if (mount(type, where, type, flags, options) < 0)
		_exit(2);
}

static void fill_root(void)
{
	static const int nodes[][2] = {{1, 3}, {1, 5}, {1, 7}, {1, 8}, {1, 9}, {5, 0}};
	static const char *const names[] = {"null", "zero", "full", "random", "urandom", "tty"};
	char path[] = "dev/xxxxxxxxxx";

	add("proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
	add("sysfs", "sys", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
	add("tmpfs", "dev", MS_NOSUID, "mode=0755");
	for (int i = 0; i < 6; i++) {
		strcpy(path + 4, names[i]);
		mknod(path, S_IFCHR | 0666, makedev(nodes[i][0], nodes[i][1]));
	}
	add("devpts", "dev/pts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666");
	add("tmpfs", "dev/shm", MS_NOSUID | MS_NODEV, NULL);
	add("tmpfs", "run", MS_NOSUID | MS_NODEV, NULL);
}

/* Runs as pid 1: makes the root, executes the command and reaps it. */
static int be_init(const char *root)
{
	char *const argv[] = {"true", NULL};
	char *const envp[] = {NULL};
	int status;

	if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0 ||
	    mount(root, root, NULL, MS_BIND | MS_REC, NULL) < 0 || chdir(root) < 0)
		return 2;
	fill_root();
	if (syscall(SYS_pivot_root, ".", ".") < 0 || umount2(".", MNT_DETACH) < 0)
		return 2;
	pid_t command = vfork();
	if (command == 0) {
		execve("/bin/true", argv, envp);
		_exit(127);
	}
	waitpid(command, &status, 0);
	return WEXITSTATUS(status);
}

int main(int argc, char **argv)
{
	unsigned long flags =
		CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP;
	int status;

	if (argc < 3)
		return 2;
	if (argv[2][0] == 'n')
		flags |= CLONE_NEWNET;
	pid_t init = (pid_t)syscall(SYS_clone, flags | SIGCHLD, NULL, NULL, NULL, NULL);
	if (init == 0)
		_exit(be_init(argv[1]));
	if (init < 0 || waitpid(init, &status, 0) < 0)
		return 2;
	return WEXITSTATUS(status);
}
