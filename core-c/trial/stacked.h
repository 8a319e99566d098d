/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Trials above other trials (--lower=DIR). The lower directory of an overlay then consists of the
 * upper directories of the trials below, and of the host's directory. A trial is applied only after
 * all trials below have been applied.
 */
#ifndef PF_TRIAL_STACKED_H
#define PF_TRIAL_STACKED_H

#include "steps.h"

/* The directories that have a path of the lower directory of an overlay, the nearest first. */
struct pf_roots {
	int all[PF_TRIALS + 1];
	size_t count;
};

/* Finds the directories that overlayfs merges at a path. */
int pf_roots_of(struct pflask_trial *trial, const struct pf_layer *layer, const char *path,
		struct pf_roots *ret);

/* Returns the directory that shows a path of the lower directory of an overlay. */
int pf_lower_root(struct pflask_trial *trial, const struct pf_layer *layer, const char *path);

/* Locks the trials below. */
int pf_lock_below(struct pflask_trial *trial);

/* Reads the journals of the trials below. If `must_be_applied`, refuses a trial that was not
 * applied completely. Begins with the lowest trial. */
int pf_read_below(struct pflask_trial *trial, int must_be_applied);

/* Tells whether a file of the host is the file that a trial below has put there. */
int pf_is_applied(const struct pflask_trial *trial, const char *path, const struct stat *status);

/* Finds what must be at the place of a change whose path was in a trial below: the entry that was
 * applied from there. If there is a conflict, adds the conflict. Returns 1 for an entry, 0 if the
 * path was in the host's directory, and 2 for a conflict. */
int pf_applied_below(struct pflask_trial *trial, const struct pf_change *change,
		     struct pf_identity *ret);

/* Tells the trials below that items were reverted. An entry that a trial below had put in its place
 * was copied back, alone or with a directory, so the entry has another identity now. `again` tells
 * whether an earlier call may have been interrupted. */
int pf_note_reverted(struct pflask_trial *trial, const struct pf_journal *journal,
		     const struct pf_items *items, int again);

#endif
