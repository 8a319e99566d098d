/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Replaces functions of musl by smaller functions, because libpflask contains pflask-init. musl's
 * functions take locks for processes with threads, and make further system calls for kernels that
 * ignore a flag. pflask-init has one thread, and requires a kernel that knows the flags.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

pid_t fork(void)
{
	return (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
}

int getrlimit(int resource, struct rlimit *limit)
{
	return (int)syscall(SYS_prlimit64, 0, resource, NULL, limit);
}

int setrlimit(int resource, const struct rlimit *limit)
{
	return (int)syscall(SYS_prlimit64, 0, resource, limit, NULL);
}

int open(const char *path, int flags, ...)
{
	va_list arguments;

	va_start(arguments, flags);
	int fd = openat(AT_FDCWD, path, flags, va_arg(arguments, mode_t));
	va_end(arguments);
	return fd;
}

int openat(int directory, const char *path, int flags, ...)
{
	va_list arguments;

	va_start(arguments, flags);
	long fd = syscall(SYS_openat, directory, path, flags, va_arg(arguments, mode_t));
	va_end(arguments);
	return (int)fd;
}

int fcntl(int fd, int command, ...)
{
	va_list arguments;

	va_start(arguments, command);
	long r = syscall(SYS_fcntl, fd, command, va_arg(arguments, unsigned long));
	va_end(arguments);
	return (int)r;
}

int dup3(int from, int to, int flags)
{
	return (int)syscall(SYS_dup3, from, to, flags);
}

int pipe2(int fds[2], int flags)
{
	return (int)syscall(SYS_pipe2, fds, flags);
}

int socket(int family, int type, int protocol)
{
	return (int)syscall(SYS_socket, family, type, protocol);
}

int socketpair(int family, int type, int protocol, int fds[2])
{
	return (int)syscall(SYS_socketpair, family, type, protocol, fds);
}

int accept4(int fd, struct sockaddr *restrict address, socklen_t *restrict size, int flags)
{
	return (int)syscall(SYS_accept4, fd, address, size, flags);
}

int signalfd(int fd, const sigset_t *set, int flags)
{
	return (int)syscall(SYS_signalfd4, fd, set, _NSIG / 8, flags);
}

int fchdir(int fd)
{
	return (int)syscall(SYS_fchdir, fd);
}

int fstat(int fd, struct stat *ret)
{
	return (int)syscall(SYS_fstat, fd, ret);
}

int fstatat(int directory, const char *restrict path, struct stat *restrict ret, int flags)
{
	return (int)syscall(SYS_newfstatat, directory, path, ret, flags);
}

/* Calls faccessat2(2). The older system call takes no flags, and musl's function emulates the flags
 * in a child. */
int faccessat(int directory, const char *path, int mode, int flags)
{
	return (int)syscall(SYS_faccessat2, directory, path, mode, flags);
}

int utimensat(int directory, const char *path, const struct timespec times[2], int flags)
{
	return (int)syscall(SYS_utimensat, directory, path, times, flags);
}

int nanosleep(const struct timespec *length, struct timespec *rest)
{
	return (int)syscall(SYS_nanosleep, length, rest);
}

void *mmap(void *place, size_t size, int protection, int flags, int fd, off_t offset)
{
	return (void *)syscall(SYS_mmap, place, size, protection, flags, fd, offset);
}

void *mremap(void *place, size_t size, size_t new_size, int flags, ...)
{
	va_list arguments;

	va_start(arguments, flags);
	long r = syscall(SYS_mremap, place, size, new_size, flags, va_arg(arguments, void *));
	va_end(arguments);
	return (void *)r;
}

char *stpcpy(char *restrict to, const char *restrict from)
{
	while ((*to = *from++))
		to++;
	return to;
}

size_t strnlen(const char *text, size_t most)
{
	size_t length = 0;

	while (length < most && text[length])
		length++;
	return length;
}

size_t strspn(const char *text, const char *set)
{
	size_t length = 0;

	while (text[length] && strchr(set, text[length]))
		length++;
	return length;
}

size_t strcspn(const char *text, const char *set)
{
	size_t length = 0;

	while (text[length] && !strchr(set, text[length]))
		length++;
	return length;
}

char *strstr(const char *text, const char *word)
{
	size_t length = strlen(word);

	while (strncmp(text, word, length) != 0)
		if (!*text++)
			return NULL;
	return (char *)text;
}

static void swap(char *one, char *other, size_t size)
{
	for (; size; size--, one++, other++) {
		char kept = *one;

		*one = *other;
		*other = kept;
	}
}

/* Sorts an array as a heap: each member with the number n is at least as great as the members with
 * the numbers 2n + 1 and 2n + 2. The first steps build the heap, from the last pair of children to
 * the first. Each further step moves the greatest member behind the heap. */
void qsort(void *first, size_t count, size_t size, int (*compare)(const void *, const void *))
{
	char *array = first;

	for (size_t start = count / 2, end = count; end > 1;) {
		if (start)
			start--;
		else
			swap(array, array + --end * size, size);
		for (size_t n = start, child; (child = 2 * n + 1) < end; n = child) {
			if (child + 1 < end &&
			    compare(array + child * size, array + (child + 1) * size) < 0)
				child++;
			if (compare(array + n * size, array + child * size) >= 0)
				break;
			swap(array + n * size, array + child * size, size);
		}
	}
}
