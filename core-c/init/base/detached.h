/* SPDX-License-Identifier: BSD-2-Clause */
/* What the monitor of a detached container has: the socket it listens on, and its pid file. */
#ifndef PF_DETACHED_H
#define PF_DETACHED_H

#include <sys/types.h>

#include "common/protocol/control_dir.h"
#include "ring.h"

/* A file that was made, and is removed if it is still the same. */
struct pf_made_file {
	dev_t device;
	ino_t inode;
};

struct pf_detached {
	int listener; /* or -1: the container is not detached */
	int signals;  /* signalfd(2): of those that are sent to the monitor itself */
	const char *name, *directory, *root;
	char file[PF_CONTROL_FILE]; /* the socket's name in the directory */
	struct pf_made_file socket, pid;
	const char *pid_file; /* its name in a directory; or NULL */
	int pid_directory;    /* that, or -1 */
	int pid_fd;           /* the file, kept open; or -1 */
	int32_t pid_index;    /* of the operation that opened it */
	int has_pid;          /* it is ours to remove: it was made, or written to */
	struct pf_ring ring;  /* of a container with a terminal */
};

#endif
