/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Starts the helper (helper.h). The calling program may be large and have threads. So the child
 * that executes the helper shares the program's memory, and makes only two system calls. The helper
 * is executed from a sealed memfd, so that no container can reach a file of the host through
 * /proc/PID/exe (CVE-2019-5736).
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

/* The helper or a block of LZ4, and the size of the helper (helper_image.S). */
extern const char pf_helper_image[], pf_helper_image_end[];
extern const uint32_t pf_helper_size;

/* Opens the installed helper, for a system that forbids the execution of a memfd. The file must
 * belong to root, and only root may write to the file. Returns a descriptor or -errno. */
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

/* Makes a memfd of the helper. Returns a descriptor or -errno. The kernel maps all pages of the
 * memory at once, because each page fault would take longer. */
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
	const char *path = secure_getenv("PFLASK_INIT"); /* test builds only */
	if (path) {
		int opened = open(path, O_PATH | O_CLOEXEC);
		return opened < 0 ? -errno : opened;
	}
#endif
	int fd = make_image();
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

/* `is_made` tells whether the helper could be made. AppArmor may forbid to execute a helper in
 * memory. The setting vm.memfd_noexec forbids to make such a helper. */
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

/* The data that the calling thread and its child share. */
struct launch {
	char path[PF_FD_PATH];
	int socket;
	volatile int error; /* errno if the helper was not executed, else 0 */
};

/* Executes the helper, with the socket as descriptor 0. */
static int execute(void *context)
{
	static char *const arguments[] = {"pflask", "monitor", NULL};
	/* Init also has this environment. systemd-detect-virt(1) reads the variable `container` in
	 * /proc/1/environ. */
	static char *const environment[] = {"container=pflask", NULL};
	struct launch *launch = context;

	if (launch->socket == 0 ? fcntl(0, F_SETFD, 0) == 0 : dup2(launch->socket, 0) == 0)
		execve(launch->path, arguments, environment);
	launch->error = errno;
	return 125; /* the child's exit status (clone(2)) */
}

/* Executes the helper in a child. As with vfork(2), the calling thread waits until the child has
 * called execve(2). All signals are blocked, so that no handler runs in the child. posix_spawn(3)
 * takes longer, because it maps memory. Returns the pid or -errno. */
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
