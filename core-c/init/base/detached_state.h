/* SPDX-License-Identifier: BSD-2-Clause */
/* The state of a detached container's monitor: the socket on which it listens, and its pid file. */
#ifndef PF_DETACHED_STATE_H
#define PF_DETACHED_STATE_H

#include <sys/types.h>

#include "common/log_file.h"
#include "common/protocol/control_dir.h"
#include "ring.h"

/* Identifies a file that the monitor has made, so that the monitor never removes another file of
 * this name. */
struct pf_file_id {
	dev_t device;
	ino_t inode;
};

struct pf_detached_state {
	int listener; /* socket for clients; -1: the container is not detached */
	int signals;  /* signalfd(2) for the signals that are sent to the monitor itself */
	const char *name, *directory, *root;
	char file[PF_CONTROL_FILE]; /* the socket's name in the directory */
	struct pf_file_id socket_id, pid_file_id;
	const char *pid_file;   /* name of the pid file in its directory, or NULL */
	int pid_directory;      /* directory of the pid file, or -1 */
	int pid_fd;             /* the pid file, kept open, or -1 */
	int32_t pid_index;      /* index of the operation that opened the pid file */
	int has_pid_file;       /* the monitor must remove the pid file */
	int keeps_end;          /* keep the record of the end even without a name */
	struct pf_ring ring;    /* output of a container with a terminal */
	struct pf_log_file log; /* the file for the output */
	int log_pipe;           /* the output of a command without a terminal, or -1 */
};

#endif
