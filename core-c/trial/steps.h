/* SPDX-License-Identifier: BSD-2-Clause */
/* The steps of pflask_trial_apply() and pflask_trial_revert(). */
#ifndef PF_TRIAL_STEPS_H
#define PF_TRIAL_STEPS_H

#include "journal.h"

/* Changes, in the order of the manifest. */
struct pf_items {
	struct pf_change **all;
	size_t count;
};

static inline struct pf_place pf_lower(const struct pf_change *change)
{
	return (struct pf_place){change->layer->lower, change->at};
}

static inline struct pf_place pf_upper(const struct pf_change *change)
{
	return (struct pf_place){change->layer->upper, change->at};
}

static inline size_t pf_index_of(const struct pflask_trial *trial, const struct pf_change *change)
{
	return (size_t)(change - trial->changes);
}

/* Returns the inode of the directory that was at a place before a step; 0: there was none. */
static inline ino_t pf_inode_before(const struct pflask_trial *trial,
				    const struct pf_journal *journal,
				    const struct pf_change *change)
{
	const struct pf_identity *before = &journal->before[pf_index_of(trial, change)];

	return before->known == PF_FOUND && S_ISDIR(before->mode) ? before->inode : 0;
}

/* Tells whether a change makes a directory, or leaves a directory. */
static inline int pf_is_directory(const struct pf_change *change)
{
	return change->kind != 'D' && S_ISDIR(change->now.mode);
}

int pf_apply(struct pflask_trial *trial, uint32_t flags);
int pf_revert(struct pflask_trial *trial);

/* Finds the conflicts of changes (conflict.c). An applied change conflicts if its path has changed
 * since the change was applied. Any other change conflicts if its path has changed since the
 * trial. Returns a failure or 0. */
int pf_find_conflicts(struct pflask_trial *trial, const struct pf_items *items,
		      const struct pf_journal *journal);

/* Finds conflicts of an interrupted step: paths that are neither in the state before the step nor
 * in the state after the step. */
int pf_find_begun_conflicts(struct pflask_trial *trial, const struct pf_items *items,
			    const struct pf_journal *journal);

/* Refuses changes of the directories of the trial and of the trials below, and of the temporary
 * names (itself.c). */
int pf_refuse_itself(struct pflask_trial *trial, const struct pf_items *items);

/* Returns the flags that would allow files which are refused (risk.c). Root refuses files by which
 * a less privileged user could become root. */
uint32_t pf_refused_risks(const struct pflask_trial *trial, uint32_t flags);

/* Refuses these files, before anything is copied. pf_transfer() checks the copies once more. */
int pf_refuse_risks(struct pflask_trial *trial, const struct pf_items *items, uint32_t flags);

/* Refuses files that a caller without privilege cannot give to their owners. In a container with a
 * range of ids, the command can make such files. */
int pf_refuse_foreign(struct pflask_trial *trial, const struct pf_items *items);

/* Locks a trial, by its manifest: other users can open the directory, and could lock it for ever.
 * Waits a moment, because a process that was killed needs time to end. */
int pf_lock(struct pflask_trial *trial);

/* Opens the directory for the entries that changes replace. Returns the descriptor. */
int pf_open_undo(struct pflask_trial *trial);

/* Copies the entries that the items will replace or remove to the directory `undo`, and writes
 * their identities and the times of their directories to the journal (keep.c). Returns both in an
 * empty journal, which the caller frees, also after a failure. */
int pf_keep(struct pflask_trial *trial, const struct pf_items *items, struct pf_journal *ret);

/* Reverts items, whose step is in the journal (revert.c). */
int pf_undo(struct pflask_trial *trial, const struct pf_journal *journal,
	    const struct pf_items *items, int again);

/* Adds a line with the present identities of the items to the journal. */
int pf_note_identities(struct pflask_trial *trial, const char *word, const struct pf_items *items);

/* Makes a list with room for all changes. */
int pf_make_items(const struct pflask_trial *trial, struct pf_items *ret);

/* Lists the changes that the journal has as applied. If `only_begun`, lists only those whose step
 * has not ended. */
int pf_journal_items(const struct pflask_trial *trial, const struct pf_journal *journal,
		     int only_begun, struct pf_items *ret);

/* Adds items to the changes that were done. */
int pf_add_done(struct pflask_trial *trial, const struct pf_items *items);

#endif
