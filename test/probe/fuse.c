/* SPDX-License-Identifier: BSD-2-Clause */
/* A FUSE server that uses /dev/fuse directly, without libfuse. linux/fuse.h has the protocol. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "probe.h"

enum { ROOT = FUSE_ROOT_ID, FILE_NODE };

static const char content[] = "served\n";

static uint32_t owner, group;

static char request[FUSE_MIN_READ_BUFFER + 4096];

static const struct fuse_in_header *header(void)
{
	return (const struct fuse_in_header *)request;
}

static void answer(int device, int error, const void *body, size_t size)
{
	char reply[4096];
	struct fuse_out_header out = {
		.len = (uint32_t)(sizeof(out) + size), .error = -error, .unique = header()->unique};

	memcpy(reply, &out, sizeof(out));
	if (size > 0)
		memcpy(reply + sizeof(out), body, size);
	if (write(device, reply, out.len) < 0)
		perror("probe: /dev/fuse");
}

static void answer_init(int device)
{
	const struct fuse_init_out out = {.major = FUSE_KERNEL_VERSION,
					  .minor = FUSE_KERNEL_MINOR_VERSION,
					  .max_write = 4096};

	answer(device, 0, &out, sizeof(out));
}

static struct fuse_attr attributes_of(uint64_t node)
{
	struct fuse_attr attr = {
		.ino = node, .mode = S_IFDIR | 0755, .nlink = 2, .uid = owner, .gid = group};

	if (node == FILE_NODE) {
		attr.mode = S_IFREG | 0644;
		attr.nlink = 1;
		attr.size = sizeof(content) - 1;
	}
	return attr;
}

static void answer_attributes(int device)
{
	const struct fuse_attr_out out = {.attr = attributes_of(header()->nodeid)};

	answer(device, 0, &out, sizeof(out));
}

static void answer_lookup(int device)
{
	const struct fuse_entry_out out = {.nodeid = FILE_NODE, .attr = attributes_of(FILE_NODE)};

	if (strcmp(request + sizeof(struct fuse_in_header), "file") == 0)
		answer(device, 0, &out, sizeof(out));
	else
		answer(device, ENOENT, NULL, 0);
}

static void answer_read(int device)
{
	const struct fuse_read_in *in =
		(const struct fuse_read_in *)(request + sizeof(struct fuse_in_header));
	size_t size = sizeof(content) - 1;

	answer(device, 0, content, in->offset < size ? size : 0);
}

static void answer_request(int device)
{
	const struct fuse_open_out opened = {0};
	const struct fuse_statfs_out system = {.st = {.bsize = 4096, .namelen = 255}};

	switch (header()->opcode) {
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
	case FUSE_INTERRUPT:
		return;
	case FUSE_LOOKUP:
		answer_lookup(device);
		return;
	case FUSE_GETATTR:
		answer_attributes(device);
		return;
	case FUSE_OPEN:
	case FUSE_OPENDIR:
		answer(device, 0, &opened, sizeof(opened));
		return;
	case FUSE_STATFS:
		answer(device, 0, &system, sizeof(system));
		return;
	case FUSE_READDIR:
		answer(device, 0, NULL, 0);
		return;
	case FUSE_READ:
		answer_read(device);
		return;
	default:
		answer(device, ENOSYS, NULL, 0);
	}
}

/* Waits for a request. Returns false after the parent has ended. */
static bool has_request(int device, int parent)
{
	struct pollfd fds[] = {{.fd = device, .events = POLLIN}, {.fd = parent, .events = POLLIN}};

	while (poll(fds, 2, -1) < 0)
		;
	return !fds[1].revents && read(device, request, sizeof(request)) > 0;
}

/* Serves requests. The mount itself sends FUSE_INIT. A process causes every other request. */
static void serve(int device, const char *kind)
{
	bool answers = strcmp(kind, "silent") != 0, holds = strcmp(kind, "holding") == 0;
	int parent = (int)syscall(SYS_pidfd_open, getppid(), 0);

	while (has_request(device, parent)) {
		if (header()->opcode == FUSE_INIT) {
			answer_init(device);
			printf("ready now\n");
		} else {
			printf("asked %u\n", header()->opcode);
			if (answers && !(holds && header()->opcode == FUSE_FLUSH))
				answer_request(device);
		}
		fflush(stdout);
	}
}

/* fuse PLACE USER gone|silent|serving|holding: mounts a file system of a user. With "gone", the
 * server exits. With "silent", the server prints each request and never answers. With "serving",
 * the file system has a file named "file". With "holding", close(2) of this file blocks. The
 * server ends with its parent. */
static int mount_fuse(int count, char **words)
{
	char options[128];
	int device = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	struct stat status;

	if (count != 4)
		misused("fuse PLACE USER gone|silent|serving|holding");
	if (device < 0 || stat(words[1], &status) < 0) {
		perror("probe: fuse");
		return 1;
	}
	owner = (uint32_t)number(words[2]);
	group = status.st_uid == owner ? status.st_gid : owner;
	snprintf(options, sizeof(options), "fd=%d,rootmode=%o,user_id=%u,group_id=%u", device,
		 status.st_mode & S_IFMT, owner, group);
	if (mount("pftest", words[1], "fuse.pftest", MS_NOSUID | MS_NODEV, options) < 0) {
		perror("probe: mount fuse");
		return 1;
	}
	if (strcmp(words[3], "gone") != 0)
		serve(device, words[3]);
	return 0;
}

const struct verb fuse_verbs[] = {
	{"fuse", mount_fuse, false},
	{NULL, NULL, false},
};
