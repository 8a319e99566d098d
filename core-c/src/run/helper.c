/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Starts the helper (helper.h) by posix_spawn(3): the calling program may be large and have
 * threads, so other code must not run between fork and exec. The helper is executed from a sealed
 * memfd, so that no container can reach a file of the host through /proc/PID/exe (CVE-2019-5736).
 */
#define _GNU_SOURCE
#include "helper.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/fd_path.h"
#include "src/base/error.h"
#include "src/base/memfd.h"
#include "src/base/numbers.h"

#define INSTALLED "/usr/libexec/pflask-init"

extern const char pf_helper_image[], pf_helper_image_end[];

/* Opens the installed helper, for a system that forbids the execution of a memfd. The file must
 * belong to root, and only root may write to it. Returns a descriptor or -errno. */
static int open_installed(void)
{
	struct stat status;
	PF_CLEANUP_FD int fd = open(INSTALLED, O_PATH | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &status) < 0)
		return -errno;
	if (!S_ISREG(status.st_mode) || status.st_uid != 0 || status.st_mode & 022)
		return -EPERM;
	return pf_steal_fd(&fd);
}

static int make_helper(void)
{
#ifdef PF_INIT_OVERRIDE
	const char *path = secure_getenv("PFLASK_INIT"); /* test builds only */
	if (path) {
		int opened = open(path, O_PATH | O_CLOEXEC);
		return opened < 0 ? -errno : opened;
	}
#endif
	int fd = pf_make_memfd("pflask-init", pf_helper_image,
			       (size_t)(pf_helper_image_end - pf_helper_image), 1);
	int installed = fd == -EACCES ? open_installed() : fd;
	return installed >= 0 ? installed : fd;
}

/* Returns a descriptor of the helper, or -errno. All containers of a process share the descriptor,
 * because the file cannot change. Opens the helper again if the program has closed or replaced the
 * descriptor, for example by closefrom(3). */
static int open_helper(void)
{
	static int kept = -1;
	static struct stat is;
	struct stat now;

	if (kept >= 0 && fstat(kept, &now) == 0 && now.st_dev == is.st_dev &&
	    now.st_ino == is.st_ino)
		return kept;
	kept = make_helper();
	return kept < 0 || fstat(kept, &is) == 0 ? kept : -errno;
}

static int fail(struct pflask_error *reterr, int number)
{
	if (number == EACCES) {
		int r = pf_error_internal(reterr, number,
					  "pflask-init: vm.memfd_noexec=2 forbids execution from "
					  "memory, and root owns no " INSTALLED);
		pf_error_hint(reterr, "sudo sysctl vm.memfd_noexec=1");
		return r;
	}
	if (number == ENOENT) {
		int r = pf_error_internal(
			reterr, number,
			"pflask-init: /proc is not mounted, or is of another pid namespace");
		pf_error_hint(reterr, "mount -t proc proc /proc");
		return r;
	}
	return pf_error_internal(reterr, number, "cannot start pflask-init: %s",
				 pf_errno_text(number));
}

/* Sets all signals of the helper to the default action, and blocks all signals. Returns 0 or an
 * errno. */
static int reset_signals(posix_spawnattr_t *attributes)
{
	sigset_t all;
	int error = posix_spawnattr_setflags(attributes,
					     POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);

	sigfillset(&all);
	if (!error)
		error = posix_spawnattr_setsigdefault(attributes, &all);
	return error ? error : posix_spawnattr_setsigmask(attributes, &all);
}

static int spawn(int helper, int socket, pid_t *ret_pid)
{
	char *const arguments[] = {"pflask", "monitor", NULL};
	/* Init also has this environment. systemd-detect-virt(1) reads it in /proc/1/environ. */
	char *const environment[] = {"container=pflask", NULL};
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	char path[PF_FD_PATH];

	pf_fd_path(helper, path);
	int error = posix_spawn_file_actions_init(&actions);
	if (error)
		return error;
	error = posix_spawnattr_init(&attributes);
	if (!error)
		error = posix_spawn_file_actions_adddup2(&actions, socket, 0);
	if (!error)
		error = reset_signals(&attributes);
	if (!error)
		error = posix_spawn(ret_pid, path, &actions, &attributes, arguments, environment);
	posix_spawn_file_actions_destroy(&actions);
	return error;
}

pid_t pf_helper_start(int socket, struct pflask_error *reterr)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	pid_t pid = 0;

	pthread_mutex_lock(&lock);
	int helper = open_helper();
	pthread_mutex_unlock(&lock);
	int error = helper < 0 ? -helper : spawn(helper, socket, &pid);
	return error ? fail(reterr, error) : pid;
}
