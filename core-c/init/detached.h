/* SPDX-License-Identifier: BSD-2-Clause */
/* How a detached container is found: the socket its monitor listens on, and its pid file. */
#ifndef PF_DETACHED_H
#define PF_DETACHED_H

#include <sys/types.h>

#include "control_dir.h"
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

struct pf_run;

/* Puts directory and socket back where something has removed them. */
void pf_detached_restore(struct pf_run *run);

/* Writes the pid file of a container that has started. Returns 0 or -errno. */
int pf_detached_announce(struct pf_run *run);

/* Removes the socket, the pid file, and the directory if it was the last socket there. */
void pf_detached_leave(struct pf_run *run);

#endif
