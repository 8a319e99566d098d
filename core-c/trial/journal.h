/* SPDX-License-Identifier: BSD-2-Clause */
/* The journal of a trial: what was applied and reverted. Each step is in the journal before a file
 * changes, so an interrupted step can be finished or undone. docs/trial.md describes the lines. */
#ifndef PF_TRIAL_JOURNAL_H
#define PF_TRIAL_JOURNAL_H

#include "transfer.h"

enum pf_begun { PF_BEGUN_NOTHING, PF_BEGUN_APPLY, PF_BEGUN_REVERT };

struct pf_journal {
	char *text;
	/* For each change of the manifest: the entry that was there before the change was applied,
	 * the entry after the change was applied, and the entry after the change was reverted. */
	struct pf_identity *before;
	struct pf_identity *after;
	struct pf_identity *restored;
	struct pf_node
		*made; /* the directories that the present step has made; the inode 0: none */
	struct pf_times *parents; /* the times of directories before each step */
	size_t parent_count;
	enum pf_begun begun; /* the step that was begun and has not ended */
};

/* Reads the journal. The caller frees the journal, also after a failure. */
int pf_read_journal(struct pflask_trial *trial, struct pf_journal *ret);
void pf_free_journal(struct pf_journal *journal);

/* Frees the journal that the handle of a trial below has, if any. */
void pf_forget_journal(struct pflask_trial *lower);

/* Begins a line of the journal, "{"WORD":[". */
void pf_begin_line(struct pf_text *line, const char *word);

/* Adds a change with the identity of the entry at its place. */
void pf_add_indexed(struct pf_text *line, size_t index, const struct pf_identity *identity,
		    int is_first);

/* Adds a change with the numbers of the directory at its place. */
void pf_add_node(struct pf_text *line, size_t index, const struct pf_node *node, int is_first);

/* Adds the times of a directory. */
void pf_add_parent(struct pf_text *line, const struct pf_layer *layer, const char *path,
		   const struct stat *status, int is_first);

/* Adds a line to the journal, and waits until the line is on the disk. Frees the line. */
int pf_write_line(struct pflask_trial *trial, struct pf_text *line);

#endif
