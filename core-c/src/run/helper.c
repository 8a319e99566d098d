/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Starts pflask-init (helper.h). The calling program may be large and have threads, so the child
 * that executes pflask-init shares the program's memory, and makes only two system calls.
 * pflask-init is executed from a sealed memfd: through its /proc/PID/exe, a container can reach no
 * file of the host (CVE-2019-5736).
 */
#define _GNU_SOURCE
#include "helper.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/fd_path.h"
#include "src/base/error.h"
#include "src/base/lz4.h"
#include "src/base/memfd.h"
#include "src/base/numbers.h"
#include "src/explain/hint.h"

#define INSTALLED "/usr/libexec/pflask-init"

#define NAME "pflask-init"

/* Pflask-init, plain or compressed by LZ4 (helper_image.S), and its size. */
extern const char pf_helper_image[], pf_helper_image_end[];
extern const uint32_t pf_helper_size;

/* Opens the installed pflask-init, for a system that forbids executing a memfd. The file must
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

/* Makes a memfd with pflask-init. The memory is mapped with all its pages, because page faults
 * would take longer. Returns a descriptor or -errno. */
static int make_image(void)
{
	const size_t size = (size_t)(pf_helper_image_end - pf_helper_image);

	if (size == pf_helper_size)
		return pf_make_memfd(NAME, pf_helper_image, size, 1);
	void *memory = mmap(NULL, pf_helper_size, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (memory == MAP_FAILED)
		return -errno;
	int r = pf_lz4_decode(pf_helper_image, size, memory, pf_helper_size);
	if (r == 0)
		r = pf_make_memfd(NAME, memory, pf_helper_size, 1);
	munmap(memory, pf_helper_size);
	return r;
}

static int make_helper(void)
{
#ifdef PF_INIT_OVERRIDE
	const char *path = secure_getenv("PFLASK_INIT"); /* only in builds for tests */
	if (path) {
		int opened = open(path, O_PATH | O_CLOEXEC);
		return opened < 0 ? -errno : opened;
	}
#endif
	int fd = make_image();
	int installed = fd == -EACCES ? open_installed() : fd;
	return installed >= 0 ? installed : fd;
}

/* Returns a descriptor of pflask-init, or -errno. All containers of a process share the descriptor,
 * because a sealed memfd cannot change. Makes it again if the program has closed or replaced the
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

/* Makes the error for a pflask-init that cannot be started. `is_made` tells whether the memfd could
 * be made. vm.memfd_noexec can forbid making it, and AppArmor can forbid executing it. */
static int fail(struct pflask_error *reterr, int number, int is_made)
{
	if (number == EACCES && !is_made) {
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
	int r = pf_error_internal(reterr, number, "cannot start pflask-init: %s",
				  pf_errno_text(number));
	pf_hint_apparmor(reterr);
	return r;
}

/* The data that the calling thread shares with its child. */
struct launch {
	char path[PF_FD_PATH];
	int socket;
	volatile int error; /* errno if execve(2) has failed, else 0 */
};

/* Executes pflask-init, with the socket as descriptor 0. */
static int execute(void *context)
{
	static char *const arguments[] = {"pflask", "monitor", NULL};
	/* Init keeps this environment: systemd-detect-virt(1) reads the variable `container` in
	 * /proc/1/environ. */
	static char *const environment[] = {"container=pflask", NULL};
	struct launch *launch = context;

	if (launch->socket == 0 ? fcntl(0, F_SETFD, 0) == 0 : dup2(launch->socket, 0) == 0)
		execve(launch->path, arguments, environment);
	launch->error = errno;
	return 125; /* exit status of the child (clone(2)) */
}

/* Executes pflask-init in a child. As with vfork(2), the calling thread waits until the child has
 * called execve(2). All signals are blocked, so that no handler runs in the child. posix_spawn(3)
 * maps memory, and takes longer. Returns the pid or -errno. */
static pid_t spawn(int helper, int socket)
{
	_Alignas(16) char stack[4096];
	struct launch launch = {.socket = socket};
	const uint64_t all = ~0ull;
	uint64_t before;

	pf_fd_path(helper, launch.path);
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, &before, sizeof(all));
	pid_t pid =
		clone(execute, stack + sizeof(stack), CLONE_VM | CLONE_VFORK | SIGCHLD, &launch);
	if (pid < 0)
		launch.error = errno;
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &before, NULL, sizeof(before));
	while (pid > 0 && launch.error && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return launch.error ? -launch.error : pid;
}

pid_t pf_helper_start(int socket, struct pflask_error *reterr)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

	pthread_mutex_lock(&lock);
	int helper = open_helper();
	pthread_mutex_unlock(&lock);
	pid_t pid = helper < 0 ? helper : spawn(helper, socket);
	return pid < 0 ? fail(reterr, -pid, helper >= 0) : pid;
}
