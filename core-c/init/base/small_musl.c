/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Replaces functions of musl by smaller versions, to keep pflask-init small. musl's versions take
 * locks for threads, make further system calls for old kernels, and are fast for long texts.
 * pflask-init has one thread and short texts, and requires a recent kernel.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
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

int signalfd(int fd, const sigset_t *set, int flags)
{
	return (int)syscall(SYS_signalfd4, fd, set, _NSIG / 8, flags);
}

int waitid(idtype_t kind, id_t id, siginfo_t *ret, int flags)
{
	return (int)syscall(SYS_waitid, kind, id, ret, flags, NULL);
}

pid_t waitpid(pid_t pid, int *status, int flags)
{
	return (pid_t)syscall(SYS_wait4, pid, status, flags, NULL);
}

int sigqueue(pid_t pid, int number, const union sigval value)
{
	siginfo_t info = {.si_signo = number, .si_code = SI_QUEUE};

	info.si_value = value;
	info.si_uid = getuid();
	info.si_pid = getpid();
	return (int)syscall(SYS_rt_sigqueueinfo, pid, number, &info);
}

int isatty(int fd)
{
	struct winsize size;

	return ioctl(fd, TIOCGWINSZ, &size) == 0;
}

void *memchr(const void *place, int byte, size_t size)
{
	for (const unsigned char *next = place; size; size--, next++)
		if (*next == (unsigned char)byte)
			return (void *)next;
	return NULL;
}

size_t strlen(const char *text)
{
	size_t length = 0;

	while (text[length])
		length++;
	return length;
}

int strncmp(const char *one, const char *other, size_t most)
{
	for (; most; most--, one++, other++)
		if (*one != *other || !*one)
			return (unsigned char)*one - (unsigned char)*other;
	return 0;
}

char *strchr(const char *text, int byte)
{
	while (*text != (char)byte)
		if (!*text++)
			return NULL;
	return (char *)text;
}

char *strncpy(char *restrict to, const char *restrict from, size_t size)
{
	for (size_t i = 0; i < size; i++)
		to[i] = *from ? *from++ : '\0';
	return to;
}

char *stpcpy(char *restrict to, const char *restrict from)
{
	while ((*to = *from++))
		to++;
	return to;
}

char *strcpy(char *restrict to, const char *restrict from)
{
	stpcpy(to, from);
	return to;
}

char *strcat(char *restrict to, const char *restrict from)
{
	stpcpy(to + strlen(to), from);
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

/* Sorts an array by heapsort. In a heap, member n is at least as great as the members 2n+1 and
 * 2n+2. The first steps build the heap, from the last pair of children to the first. Each further
 * step moves the greatest member behind the heap. */
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
