/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds the parent directories of paths. The two directories that were used last stay open. */
#ifndef PF_TRIAL_PLACE_H
#define PF_TRIAL_PLACE_H

#include "trial.h"

/* A path of a tree, below an open directory. The path "" is the directory itself. */
struct pf_place {
	int root;
	const char *path;
};

/* Returns the last name of a path, and the length of the path of its parent directory. */
const char *pf_last_name(const char *path, size_t *ret_parent);

/* Opens the parent directory of a place. `*ret` is valid until the second next call. Returns the
 * descriptor. */
int pf_parent_of(struct pflask_trial *trial, struct pf_place place, const char **ret_name,
		 struct pf_parent **ret);

/* Reads the status of a place. Returns 1, or 0 if nothing is there. */
int pf_status_of_place(struct pflask_trial *trial, struct pf_place place, struct stat *ret);

/* Reads the identity of what is at a place. */
int pf_identity_at(struct pflask_trial *trial, struct pf_place place, struct pf_identity *ret);

/* Tells whether the parent directory of a place exists: 1 or 0. */
int pf_is_reachable(struct pflask_trial *trial, struct pf_place place);

/* Tells whether new files in a directory get an access control list from the directory. */
int pf_inherits(struct pf_parent *parent);

/* Closes the open directories. Later calls see directories that were made meanwhile. */
void pf_close_parents(struct pflask_trial *trial);

#endif
