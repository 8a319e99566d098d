/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Defines functions that glibc has under these names only since 2.28, 2.32 and 2.33. The libraries
 * must load with an older glibc, too. So each library has its own copies of these functions, hidden
 * from its callers. scripts/glibc-at-most.sh finds a function that is missing in this file. musl
 * has always had these functions.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef __GLIBC__

/* On these processors, struct stat of the C library has the layout of the kernel's. */
#if defined(__x86_64__)
_Static_assert(sizeof(struct stat) == 144, "struct stat is that of the kernel");
#elif defined(__aarch64__)
_Static_assert(sizeof(struct stat) == 128, "struct stat is that of the kernel");
#else
#error "the layout of struct stat is not known"
#endif

int fstatat(int dirfd, const char *path, struct stat *ret, int flags)
{
	return (int)syscall(SYS_newfstatat, dirfd, path, ret, flags);
}

int stat(const char *path, struct stat *ret)
{
	return fstatat(AT_FDCWD, path, ret, 0);
}

int lstat(const char *path, struct stat *ret)
{
	return fstatat(AT_FDCWD, path, ret, AT_SYMLINK_NOFOLLOW);
}

int fstat(int fd, struct stat *ret)
{
	return (int)syscall(SYS_fstat, fd, ret);
}

int mknodat(int dirfd, const char *path, mode_t mode, dev_t device)
{
	/* The kernel takes only the 32 bits that it uses. */
	return (int)syscall(SYS_mknodat, dirfd, path, mode, (unsigned int)device);
}

int renameat2(int from_fd, const char *from, int to_fd, const char *to, unsigned int flags)
{
	return (int)syscall(SYS_renameat2, from_fd, from, to_fd, to, flags);
}

/* Before 2.32, glibc has this function only in libpthread. The kernel changes only the mask of the
 * calling thread, so sigprocmask(2) does the same work. */
int pthread_sigmask(int how, const sigset_t *set, sigset_t *ret_before)
{
	return sigprocmask(how, set, ret_before) < 0 ? errno : 0;
}

#endif
