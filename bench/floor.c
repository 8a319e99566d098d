/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs a container like pflask's, without checks, look-ups, reports and cleanup, to measure the
 * least time that such a container takes. floor_once() spawns a static helper. The helper clones a
 * child into new namespaces. The child mounts the file systems of a root, enters the root and
 * executes the command. The child makes only the mounts that a program needs. With the option "m",
 * the child makes the same mounts and files as pflask. This file is built twice: as the helper, and
 * as a library with floor_once() for running programs.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/keyctl.h>
#include <linux/mount.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

int floor_once(const char *helper, const char *root, const char *options);

/* Runs ROOT/bin/true once. `options` has "n" for a new network namespace, and "m" for all mounts.
 * Returns the status that wait(2) gives. */
int floor_once(const char *helper, const char *root, const char *options)
{
	char *const argv[] = {"floor", (char *)root, (char *)options, NULL};
	char *const envp[] = {NULL};
	pid_t pid;
	int status;

	if (posix_spawn(&pid, helper, NULL, NULL, argv, envp) != 0 || waitpid(pid, &status, 0) < 0)
		return -1;
	return status;
}

static void check(long result)
{
	if (result < 0)
		_exit(2);
}

static void add(const char *type, const char *where, unsigned long flags, const char *options)
{
	mkdir(where, 0755);
	check(mount(type, where, type, flags, options));
}

static void add_devices(void)
{
	static const int nodes[][2] = {{1, 3}, {1, 5}, {1, 7}, {1, 8}, {1, 9}, {5, 0}};
	static const char *const names[] = {"null", "zero", "full", "random", "urandom", "tty"};
	char path[] = "dev/xxxxxxxxxx";

	add("tmpfs", "dev", MS_NOSUID, "mode=0755");
	for (int i = 0; i < 6; i++) {
		strcpy(path + 4, names[i]);
		mknod(path, S_IFCHR | 0666, makedev(nodes[i][0], nodes[i][1]));
	}
	add("devpts", "dev/pts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666");
	add("tmpfs", "dev/shm", MS_NOSUID | MS_NODEV, NULL);
}

static int clone_tree(const char *path, unsigned flags)
{
	return (int)syscall(SYS_open_tree, AT_FDCWD, path, flags | OPEN_TREE_CLONE);
}

/* Sets attributes of a mount tree. */
static void set(int tree, unsigned flags, uint64_t attributes)
{
	struct mount_attr attr = {.attr_set = attributes};

	check(syscall(SYS_mount_setattr, tree, "", flags | AT_EMPTY_PATH, &attr, sizeof(attr)));
}

static int attach(int tree, const char *path)
{
	return (int)syscall(SYS_move_mount, tree, "", AT_FDCWD, path, MOVE_MOUNT_F_EMPTY_PATH);
}

static void protect(void)
{
	static const char *const paths[] = {"proc/bus", "proc/fs", "proc/irq", "proc/sys",
					    "proc/sysrq-trigger"};

	for (size_t i = 0; i < COUNT(paths); i++) {
		int tree = clone_tree(paths[i], AT_RECURSIVE);
		if (tree < 0)
			continue;
		set(tree, AT_RECURSIVE, MOUNT_ATTR_RDONLY);
		check(attach(tree, paths[i]));
		close(tree);
	}
}

/* Covers each path that exists by a mount or a clone of the mount. */
static void cover(int tree, const char *const *paths, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (attach(tree, paths[i]) < 0)
			continue;
		close(tree);
		tree = clone_tree(paths[i], 0);
	}
	close(tree);
}

static void mask(void)
{
	static const char *const files[] = {
		"proc/interrupts",  "proc/kcore",      "proc/keys",       "proc/latency_stats",
		"proc/sched_debug", "proc/timer_list", "proc/timer_stats"};
	static const char *const directories[] = {"proc/acpi", "proc/asound", "proc/scsi",
						  "sys/firmware", "sys/devices/virtual/powercap"};
	const unsigned attributes = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC;
	int null = clone_tree("/dev/null", 0);
	int fs = (int)syscall(SYS_fsopen, "tmpfs", 0);

	set(null, 0, attributes);
	cover(null, files, COUNT(files));
	check(syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, "mode", "0555", 0));
	check(syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0));
	cover((int)syscall(SYS_fsmount, fs, 0, attributes | MOUNT_ATTR_NODEV), directories,
	      COUNT(directories));
	close(fs);
}

/* Makes the mounts and files that pflask makes and fill_root() does not make. */
static void fill_like_pflask(void)
{
	static const char *const links[][2] = {
		{"/proc/self/fd", "dev/fd"},       {"/proc/self/fd/0", "dev/stdin"},
		{"/proc/self/fd/1", "dev/stdout"}, {"/proc/self/fd/2", "dev/stderr"},
		{"pts/ptmx", "dev/ptmx"},          {"/proc/kcore", "dev/core"},
	};

	add("cgroup2", "sys/fs/cgroup", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
	protect();
	mask();
	for (size_t i = 0; i < COUNT(links); i++)
		check(symlink(links[i][0], links[i][1]));
	add("mqueue", "dev/mqueue", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
	mkdir("run/lock", 01777);
	mkdir("run/host", 0755);
	int file = open("run/host/container-manager", O_WRONLY | O_CREAT, 0444);
	check(write(file, "pflask\n", 7));
	close(file);
	syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL);
}

static void fill_root(int has_all_mounts)
{
	add("proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
	add("sysfs", "sys", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
	add_devices();
	add("tmpfs", "run", MS_NOSUID | MS_NODEV, NULL);
	if (has_all_mounts)
		fill_like_pflask();
}

/* Runs as pid 1: makes the root, executes the command, and reaps the command. */
static int be_init(const char *root, int has_all_mounts)
{
	char *const argv[] = {"true", NULL};
	char *const envp[] = {NULL};
	int status;

	if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0 ||
	    mount(root, root, NULL, MS_BIND | MS_REC, NULL) < 0 || chdir(root) < 0)
		return 2;
	fill_root(has_all_mounts);
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
	if (strchr(argv[2], 'n'))
		flags |= CLONE_NEWNET;
	pid_t init = (pid_t)syscall(SYS_clone, flags | SIGCHLD, NULL, NULL, NULL, NULL);
	if (init == 0)
		_exit(be_init(argv[1], strchr(argv[2], 'm') != NULL));
	if (init < 0 || waitpid(init, &status, 0) < 0)
		return 2;
	return WEXITSTATUS(status);
}
