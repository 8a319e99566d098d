/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads kept ends: files in which monitors of detached containers record how their containers ended
 * (common/protocol/kept_end.h). Such a file may have been written by another user, or by a process
 * in a container. */
#ifndef PF_KEPT_H
#define PF_KEPT_H

#include "common/protocol/wire.h"
#include "pflask.h"

/* An open file NAME.end, which records how a container ended. The position in the file is the
 * beginning of the container's output. */
struct pf_kept {
	int fd; /* file of the kept end, or -1 */
	int has_log;
	uint64_t left; /* number of unread bytes of the file */
	struct pflask_record record;
	struct pflask_exit exit;
};

/* Finds the latest kept end of a container, by the container's name, or by the pid that the monitor
 * or the leader had. Returns 0, -ESRCH or another -errno. pf_kept_close() closes *ret. */
int pf_kept_find(uid_t uid, const char *name, struct pf_kept *ret);
void pf_kept_close(struct pf_kept *kept);

/* Reads a kept end (the file NAME.end) from the start of a regular file. Returns 0 or -errno. */
int pf_kept_read(int fd, struct pf_kept *ret);

/* Reads the next message of the output, and the bytes of OUTPUT into `buffer`. Returns 1, 0 at the
 * end of the file, or -errno. */
int pf_kept_next(struct pf_kept *kept, struct pf_message *ret, char *buffer);

/* Lists the records of all kept ends that the caller can read. Returns their number or -ENOMEM. The
 * caller frees *ret. */
int pf_kept_all(struct pflask_record **ret);

/* Removes the kept ends of a container. Returns 0, or -ESRCH if there is none. */
int pf_kept_remove(uid_t uid, const char *name);

#endif
