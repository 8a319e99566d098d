/* SPDX-License-Identifier: BSD-2-Clause */
/* Questions about the code of the kernel and about the machine (reach.h). */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "reach.h"

enum {
	PROCESSES = 3000,
	MEMORY = 256 << 20,
	PAGE = 4096,
};

/* Parts of the kernel that a filter can close */
static long makes_user_namespace(void)
{
	return unshare(CLONE_NEWUSER);
}

static long mounts(void)
{
	if (unshare(CLONE_NEWNS) < 0 && unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
		return -1;
	/* The mount must not reach the host, even if the host's mounts are shared. */
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return -1;
	return mount("none", "/tmp", "tmpfs", 0, NULL) < 0 ? mount("none", "/", "tmpfs", 0, NULL)
							   : 0;
}

static long uses_bpf(void)
{
	struct {
		uint32_t type, key_size, value_size, entries;
	} map = {2 /* an array */, 4, 4, 1};
	char attributes[128] = {0};

	memcpy(attributes, &map, sizeof(map));
	return syscall(SYS_bpf, 0, attributes, sizeof(attributes));
}

static long uses_perf(void)
{
	struct perf_event_attr event = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(event),
		.config = PERF_COUNT_SW_TASK_CLOCK,
		.exclude_kernel = 1,
	};

	return syscall(SYS_perf_event_open, &event, 0, -1, -1, 0);
}

static long uses_userfaultfd(void)
{
	long fd = syscall(SYS_userfaultfd, 0);

	return fd >= 0 ? fd : syscall(SYS_userfaultfd, 1 /* UFFD_USER_MODE_ONLY */);
}

static long uses_io_uring(void)
{
	char parameters[256] = {0};

	return syscall(SYS_io_uring_setup, 1, parameters);
}

static long uses_keys(void)
{
	return syscall(SYS_add_key, "user", "pft-own", "x", 1, -2 /* the process's own keyring */);
}

static long makes_odd_socket(void)
{
	int fd = socket(38 /* AF_ALG */, SOCK_SEQPACKET, 0);

	return fd >= 0 ? fd : socket(40 /* AF_VSOCK */, SOCK_STREAM, 0);
}

static long calls_as_i386(void)
{
#ifdef __x86_64__
	long result;

	__asm__ volatile("int $0x80"
			 : "=a"(result)
			 : "a"(20L /* getpid */)
			 : "memory", "r8", "r9", "r10", "r11");
	return (int)result > 0 ? 0 : fail(-(int)result);
#else
	return fail(ENOSYS);
#endif
}

static long reads_kernel_log(void)
{
	return syscall(SYS_syslog, 10 /* the size of the log */, NULL, 0);
}

/* The machine */
static long changes_settings(void)
{
	const char *const files[] = {
		"/proc/sys/kernel/core_pattern", "/proc/sys/vm/overcommit_memory",
		"/proc/sysrq-trigger",           "/sys/power/state",
		"/sys/kernel/mm/ksm/run",
	};

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (open(files[i], O_WRONLY | O_CLOEXEC) >= 0)
			return 0;
	return -1;
}

static long reads_memory(void)
{
	char byte;
	int fd = open("/proc/kcore", O_RDONLY | O_CLOEXEC);

	return fd >= 0 && read(fd, &byte, 1) == 1 ? 0 : -1;
}

/* Tells whether a device has no effect on the host and no data of the host. */
static int is_harmless(const struct stat *status)
{
	unsigned in = major(status->st_rdev), is = minor(status->st_rdev);

	return S_ISCHR(status->st_mode) &&
	       ((in == 1 && (is == 3 || is == 5 || (is >= 7 && is <= 9))) /* null to urandom */ ||
		in == 5 || (in >= 136 && in <= 143) /* terminals */);
}

static long opens_device(void)
{
	struct stat status;
	DIR *devices = opendir("/dev");

	for (struct dirent *entry; devices && (entry = readdir(devices));)
		if (fstatat(dirfd(devices), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
		    (S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode)) && !is_harmless(&status) &&
		    openat(dirfd(devices), entry->d_name,
			   O_RDWR | O_CLOEXEC | O_NONBLOCK | O_NOCTTY) >= 0)
			return 0;
	return open("/dev/net/tun", O_RDWR | O_CLOEXEC) >= 0 ? 0 : fail(ENOENT);
}

/* Amounts of processes and memory */
static long makes_processes(void)
{
	int count = 0;
	long pid = 0;

	setpgid(0, 0);
	while (count < PROCESSES && (pid = fork()) >= 0) {
		if (pid == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			pause();
			_exit(0);
		}
		count++;
	}
	int error = errno;
	signal(SIGTERM, SIG_IGN);
	kill(0, SIGTERM);
	while (wait(NULL) > 0)
		continue;
	return count == PROCESSES ? 0 : fail(error);
}

static long uses_memory(void)
{
	char *memory =
		mmap(NULL, MEMORY, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		return -1;
	for (size_t i = 0; i < MEMORY; i += PAGE)
		memory[i] = 1;
	return 0;
}

const struct question kernel_questions[] = {
	{"makes-user-namespace", makes_user_namespace},
	{"mounts", mounts},
	{"uses-bpf", uses_bpf},
	{"uses-perf", uses_perf},
	{"uses-userfaultfd", uses_userfaultfd},
	{"uses-io-uring", uses_io_uring},
	{"uses-keys", uses_keys},
	{"makes-odd-socket", makes_odd_socket},
	{"calls-as-i386", calls_as_i386},
	{"reads-kernel-log", reads_kernel_log},
	{"changes-settings", changes_settings},
	{"reads-memory", reads_memory},
	{"opens-device", opens_device},
	{"makes-processes", makes_processes},
	{"uses-memory", uses_memory},
	{0},
};
