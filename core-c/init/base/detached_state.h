/* SPDX-License-Identifier: BSD-2-Clause */
/* The state that only the monitor of a detached container has: its control socket, its pid file,
 * and the kept output. */
#ifndef PF_DETACHED_STATE_H
#define PF_DETACHED_STATE_H

#include <sys/types.h>

#include "common/log_file.h"
#include "common/protocol/control_dir.h"
#include "ring.h"

/* Identifies a file that the monitor has made. The monitor then never removes a file that has
 * replaced the file at the same path. */
struct pf_file_id {
	dev_t device;
	ino_t inode;
};

struct pf_detached_state {
	/* The control socket, on which clients connect; -1: the container is not detached. */
	int listener;
	int signals; /* signalfd(2) for the signals that other processes send to the monitor */
	const char *name, *directory, *root;
	char file[PF_CONTROL_FILE]; /* file name of the control socket */
	struct pf_file_id socket_id, pid_file_id;
	const char *pid_file; /* file name of the pid file, or NULL */
	int pid_directory;    /* descriptor of the pid file's directory, or -1 */
	int pid_fd;           /* open descriptor of the pid file, or -1 */
	int32_t pid_index;    /* index of the operation `pid_file` in the plan */
	int has_pid_file;     /* the monitor has made the pid file, and must remove the file */
	/* Keep a record of the container's end (kept_end.h) even if the container has no name. */
	int keeps_end;
	struct pf_ring ring;    /* the last output of a command with a terminal */
	struct pf_log_file log; /* the file of --log-file */
	int log_pipe;           /* pipe with the output of a command without a terminal, or -1 */
};

#endif
