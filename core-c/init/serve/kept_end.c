/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes kept ends: the files in which the monitor of a detached container records how the
 * container ended (kept_end.h). */
#define _GNU_SOURCE
#include "kept_end.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/decimal.h"
#include "common/protocol/control_dir.h"
#include "common/protocol/kept_end.h"
#include "init/base/ring.h"
#include "record.h"

#define TEMPORARY ".end~"
#define STALE_SEC 60 /* an older temporary file belongs to a killed monitor */
#define MEBIBYTE (UINT64_C(1) << 20)

_Static_assert(sizeof(PF_END_SUFFIX) <= sizeof(PF_CONTROL_SUFFIX), "room for a name");

/* The kept ends in a control directory, except the newest. */
struct ends {
	unsigned count;
	uint64_t bytes;
	struct timespec time;      /* modification time of the oldest kept end */
	char oldest[NAME_MAX + 1]; /* file name of the oldest kept end, or "" */
};

/* Writes the file name of the kept end: the name of the control socket, with another suffix. */
static void name_file(const struct pf_detached_state *detached, char ret[PF_CONTROL_FILE])
{
	strcpy(ret, detached->file);
	strcpy(ret + strlen(ret) - strlen(PF_CONTROL_SUFFIX), PF_END_SUFFIX);
}

/* Writes all parts by one writev(2). A short write means that the file system is full. Returns 0 or
 * -errno. */
static int put(int fd, const struct iovec *parts, int count)
{
	ssize_t size = 0, n = writev(fd, parts, count);

	if (n < 0)
		return -errno;
	for (int i = 0; i < count; i++)
		size += (ssize_t)parts[i].iov_len;
	return n == size ? 0 : -ENOSPC;
}

static int put_message(int fd, const struct pf_message *message)
{
	const struct iovec part = {(void *)message,
				   offsetof(struct pf_message, body) + message->length};

	return put(fd, &part, 1);
}

static int put_record(int fd, const struct monitor *monitor)
{
	struct pf_message message;

	pf_message_init(&message, PF_MESSAGE_RECORD);
	pf_record_fill(monitor, &message.body.record);
	message.body.record.ended = pf_real_usec();
	return put_message(fd, &message);
}

static int put_exit(int fd, const struct pflask_exit *end)
{
	struct pf_message message;

	pf_message_init(&message, PF_MESSAGE_EXITED);
	message.body.exited = *end;
	return put_message(fd, &message);
}

static int put_missed(int fd, const struct monitor *monitor, uint64_t bytes)
{
	struct pf_message message;

	if (bytes == 0)
		return 0;
	pf_message_init(&message, PF_MESSAGE_MISSED);
	message.body.missed.bytes = bytes;
	message.body.missed.parser = monitor->parser;
	message.body.missed.modes = monitor->modes;
	return put_message(fd, &message);
}

static int put_output(int fd, const struct pf_ring *ring)
{
	int r = 0;

	for (uint64_t place = pf_ring_tail(ring); r == 0 && place < ring->head;) {
		uint32_t head[2] = {PF_MESSAGE_OUTPUT, 0};
		struct iovec parts[3] = {{head, sizeof(head)}};
		head[1] = (uint32_t)pf_ring_look(ring, place, PF_OUTPUT_MAX, parts + 1);
		r = put(fd, parts, 3);
		place += head[1];
	}
	return r;
}

static int put_all(int fd, const struct monitor *monitor, const struct pflask_exit *end)
{
	const struct pf_ring *ring = &monitor->run.outside.detached.ring;
	struct pf_end_header header = {PF_END_MAGIC, PF_CONTROL_VERSION, ring->data != NULL};
	const struct iovec part = {&header, sizeof(header)};
	int r = put(fd, &part, 1);

	if (r == 0)
		r = put_record(fd, monitor);
	if (r == 0)
		r = put_exit(fd, end);
	if (r == 0 && ring->data)
		r = put_missed(fd, monitor, pf_ring_tail(ring));
	return r == 0 && ring->data ? put_output(fd, ring) : r;
}

static int has_suffix(const char *name, const char *suffix)
{
	size_t length = strlen(name), end = strlen(suffix);

	return length > end && strcmp(name + length - end, suffix) == 0;
}

static int is_older(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec != b->tv_sec ? a->tv_sec < b->tv_sec : a->tv_nsec < b->tv_nsec;
}

/* Examines a file of the control directory: counts a kept end, and removes a temporary file of a
 * killed monitor. */
static void look_at(int directory, const char *name, const char *newest, struct ends *ends)
{
	const int is_temporary = has_suffix(name, TEMPORARY);
	struct stat status;

	if ((!is_temporary && !has_suffix(name, PF_END_SUFFIX)) ||
	    fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return;
	if (is_temporary) {
		if (status.st_mtim.tv_sec + STALE_SEC < (time_t)(pf_real_usec() / 1000000))
			unlinkat(directory, name, 0);
		return;
	}
	ends->count++;
	if (strcmp(name, newest) == 0)
		return;
	ends->bytes += (uint64_t)status.st_size;
	if (*ends->oldest && !is_older(&status.st_mtim, &ends->time))
		return;
	ends->time = status.st_mtim;
	strcpy(ends->oldest, name);
}

static void look(int directory, const char *newest, struct ends *ret)
{
	char entries[4096] __attribute__((aligned(8)));
	long n;

	*ret = (struct ends){0};
	lseek(directory, 0, SEEK_SET);
	while ((n = syscall(SYS_getdents64, directory, entries, sizeof(entries))) > 0) {
		for (long i = 0; i < n;) {
			const struct dirent *entry = (void *)(entries + i);
			i += entry->d_reclen;
			look_at(directory, entry->d_name, newest, ret);
		}
	}
}

/* Removes the oldest kept ends while the directory has too many. */
static void remove_oldest(int directory, const char *newest)
{
	struct ends ends;

	do
		look(directory, newest, &ends);
	while ((ends.count > PF_LIMIT_ends || ends.bytes > PF_LIMIT_endMebibytes * MEBIBYTE) &&
	       *ends.oldest && unlinkat(directory, ends.oldest, 0) == 0);
}

/* Tells whether a new container has taken the name, after the control directory was removed. */
static int has_lost_name(const struct pf_detached_state *detached, int directory)
{
	struct stat status;

	return fstatat(directory, detached->file, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
	       (status.st_ino != detached->socket_id.inode ||
		status.st_dev != detached->socket_id.device);
}

/* Gives the temporary file its final name. A lock keeps other monitors from removing kept ends
 * meanwhile. */
static int publish(const struct pf_detached_state *detached, int directory, const char *temporary)
{
	char name[PF_CONTROL_FILE];
	int r = pf_control_dir_lock(directory);

	name_file(detached, name);
	if (r == 0 && has_lost_name(detached, directory))
		r = -ESTALE;
	if (r == 0 && renameat(directory, temporary, directory, name) < 0)
		r = -errno;
	if (r == 0)
		remove_oldest(directory, name);
	return r;
}

int pf_end_keep(const struct monitor *monitor, const struct pflask_exit *end)
{
	const struct pf_detached_state *detached = &monitor->run.outside.detached;
	char temporary[PF_DECIMAL_SIZE + sizeof(TEMPORARY)];

	if (detached->listener < 0 || (!*detached->name && !detached->keeps_end))
		return 0;
	PF_CLEANUP_FD int directory = pf_control_dir_open(detached->directory, geteuid(), 1);
	if (directory < 0)
		return directory;
	pf_write_decimal((uint64_t)getpid(), temporary);
	strcat(temporary, TEMPORARY);
	unlinkat(directory, temporary, 0);
	const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
	PF_CLEANUP_FD int fd = openat(directory, temporary, flags, 0600);
	if (fd < 0)
		return -errno;
	int r = put_all(fd, monitor, end);
	if (r == 0)
		r = publish(detached, directory, temporary);
	if (r < 0)
		unlinkat(directory, temporary, 0);
	return r;
}

void pf_end_forget(const struct pf_run *run)
{
	const struct pf_detached_state *detached = &run->outside.detached;
	char name[PF_CONTROL_FILE];
	PF_CLEANUP_FD int directory = pf_control_dir_open(detached->directory, geteuid(), 0);

	if (directory < 0)
		return;
	name_file(detached, name);
	unlinkat(directory, name, 0);
}
