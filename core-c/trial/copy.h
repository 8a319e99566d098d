/* SPDX-License-Identifier: BSD-2-Clause */
/* Copies files with everything that belongs to them: owner, attributes, mode, times, holes and hard
 * links. A copy gets its name at the end, by rename(2), so no process sees half a copy. */
#ifndef PF_TRIAL_COPY_H
#define PF_TRIAL_COPY_H

#include "files.h"
#include "place.h"

/* The first copy of a file with several names. */
struct pf_link {
	dev_t device; /* of the original */
	ino_t inode;
	dev_t to_device; /* of the copy */
	ino_t to_inode;
	int root;
	char *path; /* of the copy, below root */
};

/* What the copies of one step share. Starts filled with zeros. */
struct pf_copier {
	struct pflask_trial *trial;
	struct pf_link *links;
	size_t link_count;
	size_t link_room;
	char *room;          /* for attributes */
	uint32_t refused;    /* the flags of pflask_trial_apply() that would allow more files */
	struct pf_text path; /* of the present copy, below `root` */
	int root;
};

void pf_end_copier(struct pf_copier *copier);

/* Returns the flag of pflask_trial_apply() that allows a file with a mode, or 0. */
int pf_risk_of_mode(mode_t mode);

/* Copies an entry to a temporary name beside a place, or to this place if `temporary` is NULL.
 * Replaces the remains of an interrupted copy. `with_tree` tells whether to copy the entries of a
 * directory, too. */
int pf_copy(struct pf_copier *copier, struct pf_place from, struct pf_place to,
	    const char *temporary, int with_tree);

/* Copies owner, attributes, mode and times of a directory to an existing directory. Refuses another
 * directory than `node`, which another user can have put in its place. */
int pf_copy_directory_status(struct pf_copier *copier, struct pf_place from, struct pf_place to,
			     const struct pf_node *node);

#endif
