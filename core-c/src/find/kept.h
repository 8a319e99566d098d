/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads the kept ends of detached containers (common/protocol/kept_end.h). Another user, or a
 * process in a container, may have written the file of an end. */
#ifndef PF_KEPT_H
#define PF_KEPT_H

#include "common/protocol/wire.h"
#include "pflask.h"

/* A kept end that is open. The output follows in the file. */
struct pf_kept {
	int fd; /* file of the end, or -1 */
	int has_log;
	uint64_t left; /* bytes of the file that were not read */
	struct pflask_record record;
	struct pflask_exit exit;
};

/* Finds the latest end of a user's container, by name, or by the pid that the monitor or the leader
 * had. Returns 0, -ESRCH or another -errno. pf_kept_close() closes *ret. */
int pf_kept_find(uid_t uid, const char *name, struct pf_kept *ret);
void pf_kept_close(struct pf_kept *kept);

/* Reads an end from the start of a regular file. Returns 0 or -errno. */
int pf_kept_read(int fd, struct pf_kept *ret);

/* Reads the next message of the output. The bytes of OUTPUT go into `buffer`. Returns 1, 0 at the
 * end of the file, or -errno. */
int pf_kept_next(struct pf_kept *kept, struct pf_message *ret, char *buffer);

/* Lists the ended containers with a kept record that the caller can read. Returns the number of
 * records, or -ENOMEM. The caller frees *ret. */
int pf_kept_all(struct pflask_record **ret);

/* Removes the ends of a container. Returns 0, or -ESRCH if the container has no kept end. */
int pf_kept_remove(uid_t uid, const char *name);

#endif
