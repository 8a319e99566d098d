/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Changes a tree: puts entries at their places, and removes others. The order keeps the tree
 * correct at each moment: first directories and temporary copies, then the renames, then the
 * removals, and at the end the status of directories. Every step can be done again, so a second
 * transfer can finish an interrupted transfer.
 */
#ifndef PF_TRIAL_TRANSFER_H
#define PF_TRIAL_TRANSFER_H

#include <time.h>

#include "files.h"
#include "place.h"

/* Puts a copy of an entry at a place. */
struct pf_put {
	const struct pf_change *change; /* for messages */
	struct pf_place to;
	struct pf_place from;
	int is_directory;    /* the step copies the status of the directory, not its entries */
	int with_tree;       /* whether a directory comes with everything below */
	ino_t inode;         /* of the directory that is at the place and stays there; 0: none */
	size_t index;        /* of the change */
	struct pf_node node; /* the directory at the place, since pf_transfer() has seen it */
};

/* Removes the entry at a place. */
struct pf_removal {
	const struct pf_change *change;
	struct pf_place to;
	int with_tree; /* whether to remove a directory that is not empty */
};

/* Sets the times of a directory whose entries change. */
struct pf_times {
	struct pf_place to;
	struct timespec times[2];
};

struct pf_transfer {
	int again;            /* whether this transfer was begun before */
	uint32_t refused;     /* as pf_copier */
	struct pf_node *made; /* the directories that the journal has as made, by `index` */
	struct pf_put *puts;  /* the parents come before their entries */
	size_t put_count;
	struct pf_removal *removals;
	size_t removal_count;
	struct pf_times *times;
	size_t times_count;
};

/* Says that a file must not be applied (risk.c). Returns PF_SAID. */
int pf_refuse_risk(struct pflask_trial *trial, const struct pf_change *change, int risk);

/* Carries out a transfer. The new contents are on the disk before any name changes. */
int pf_transfer(struct pflask_trial *trial, const struct pf_transfer *all);

/* Writes the beginning of all temporary names of a trial. Returns its length. No other transfer at
 * the same time has the same beginning. */
#define PF_TEMPORARY 48
int pf_temporary_start(const struct pflask_trial *trial, char ret[PF_TEMPORARY], size_t *ret_size);

#endif
