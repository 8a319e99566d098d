/* SPDX-License-Identifier: BSD-2-Clause */
/* The handle of a trial: its manifest, and the directories of its overlays. */
#ifndef PF_TRIAL_H
#define PF_TRIAL_H

#include <stddef.h>
#include <stdint.h>

#include "fault.h"
#include "identity.h"
#include "pflask.h"
#include "pflask/trial.h"
#include "text.h"

/* The two directories of an overlay. */
struct pf_layer {
	const char *path;  /* the mount point in the container: "" is the root */
	const char *place; /* where the lower directory is on the host */
	const char *upper_name;
	uint64_t inode; /* of the lower directory at the start of the trial */
	int is_mapped;  /* whether the lower directory was mounted with mapped owners */
	int upper;      /* descriptors */
	int lower;
};

/* A change of the manifest. */
struct pf_change {
	const char *path;
	const struct pf_layer *layer; /* NULL: the trial could not keep the change */
	const char *at; /* the path below the upper and lower directory: "" is the directory */
	struct pf_identity now;
	struct pf_identity below;
	char kind;
	char is_selected;
	char is_wanted; /* for a moment: whether a step needs the change */
};

/* A path with a reason. */
struct pf_reason {
	char *path;
	char *why;
};

struct pf_reasons {
	struct pf_reason *all;
	size_t count;
};

/* A line about a trial below, with the identity of its manifest. */
struct pf_trial_line {
	const char *path; /* the directory of the trial, an absolute path of the host */
	uint64_t inode;
	struct pf_time mtime;
};

/* A path that could not be examined. */
struct pf_failed {
	const char *path;
	int number;
};

/* An open directory, the parent of paths. */
struct pf_parent {
	int root; /* the directory below which the path was opened; -1: the slot is empty */
	int fd;   /* or the failure to open the directory */
	char *path;
	size_t length;
	int inherits; /* whether new files get an access control list; -1: not known */
};

struct pflask_trial {
	char *dir; /* as the caller wrote the path */
	int fd;
	int manifest_fd; /* other users cannot open the manifest */
	char *text;      /* the manifest, into which strings point */
	struct pf_time began;
	uint32_t uid;
	int userns;
	int has_ended;
	const char *notes; /* the prefix of attributes in which overlayfs describes its files */
	struct pf_layer *layers;
	size_t layer_count;
	struct pf_change *changes;
	struct pf_change **sorted; /* by path */
	size_t change_count;
	struct pf_failed *failed;
	size_t failed_count;
	struct pf_trial_line lines[PF_TRIALS]; /* the trials below, the nearest first */
	size_t line_count;
	struct pflask_trial *below[PF_TRIALS]; /* the trials of these lines, as far as opened */
	size_t below_count;
	struct pf_journal *journal; /* of a trial below, during a step (stacked.h) */
	struct pf_parent parents[2];
	int oldest_parent;
	struct pf_reasons lost;
	struct pf_reasons conflicts;
	const struct pf_change *searched; /* the directory that was searched last for conflicts */
	struct pf_change **done;          /* the changes that were applied or reverted */
	size_t done_count;
	struct pf_differ *differ;
	size_t last_index; /* of the change that pflask_trial_change() returned last */
	uint32_t last_number;
	struct pf_text shown; /* the strings of the last structure */
	struct pflask_error error;
};

/* Makes the error of a trial, "SUBJECT: WHY". The hint may be NULL. Returns PF_SAID. */
int pf_say(struct pflask_trial *trial, const char *subject, const char *why, const char *hint);

/* As pf_say(), with "pflask FORMAT" as the hint, in which %s stands for the directory. */
int pf_say_hint(struct pflask_trial *trial, const char *subject, const char *why,
		const char *format);

/* Turns a failure into the error of a path, "PATH: CALL: REASON". Returns PF_SAID. */
int pf_say_failure(struct pflask_trial *trial, const char *path, int failure, const char *hint);

/* As pf_say_failure(), with a path of the container, which may contain any byte. */
int pf_say_change(struct pflask_trial *trial, const char *path, int failure, const char *hint);

/* Takes the error of a trial below after a failure. Returns PF_SAID, or a success. */
int pf_take_error(struct pflask_trial *trial, struct pflask_trial *lower, int failure);

/* Reads the manifest into the handle. `text` has `size` bytes. */
int pf_read_manifest(struct pflask_trial *trial, char *text, size_t size);

/* Opens the directory of a trial (open.c). The handle is freed by pf_free_trial(), also after a
 * failure. */
int pf_open_trial(struct pflask_trial *trial, const char *dir);
void pf_free_trial(struct pflask_trial *trial);

/* Opens a file or a directory that pflask keeps in the directory of the trial. Refuses a file of
 * another user. Returns the descriptor. */
int pf_open_kept(struct pflask_trial *trial, const char *name, int flags);

/* Finds a change by its path. Returns NULL if the trial has no such change. */
struct pf_change *pf_find_change(const struct pflask_trial *trial, const char *path);

/* Returns the number of the first change, in the order of paths, that is not before a path. */
size_t pf_first_from(const struct pflask_trial *trial, const char *path);

/* Selects changes (select.c). */
int pf_select(struct pflask_trial *trial, const char *const *paths, size_t count);

int pf_add_reason(struct pf_reasons *reasons, const char *path, const char *why);
void pf_clear_reasons(struct pf_reasons *reasons);

#endif
