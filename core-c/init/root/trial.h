/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Trials (docs/trial.md): the trial that this container continues (--ephemeral=DIR), and the trials
 * whose changes lie below this container (--lower=DIR), with their manifests. The monitor reads the
 * manifests before it clones init, so init has a copy of the data.
 */
#ifndef PF_TRIAL_H
#define PF_TRIAL_H

#include <linux/limits.h>
#include <sys/stat.h>

#include "common/output.h"
#include "init/base/run.h"

/* The maximum number of trials below a container. The kernel takes at most 255 bytes for the names
 * of all layers. */
#define PF_TRIALS 8
#define PF_TRIAL_NAME 32 /* buffer size for the name of an upper or a work directory */

/* A trial: its directory, and the manifest there. */
struct pf_trial {
	char path[PATH_MAX];  /* path of the directory, without symbolic links */
	uint64_t same[2];     /* device and inode of the directory, for pf_open_same() */
	int fd;               /* directory, open for reading until the monitor ends */
	int layers;           /* in init: the directory, opened in init's mount namespace */
	struct stat manifest; /* status of the manifest when it was read */
	int manifest_fd;      /* manifest, with a lock (flock(2)) until the monitor ends */
	const char *head;     /* lines of the manifest before the changes, NUL-terminated */
	size_t head_size;
	/* For each operation of the plan: 1 + the number of the upper directory, if the operation
	 * is an overlay with changes in the trial; else 0. Number 0 is the directory "upper",
	 * number 1 is "upper-1". */
	uint32_t *numbers;
	uint32_t new_from; /* number from which upper directories are new */
};

extern struct pf_trials {
	int is_continued; /* this container continues the trial `own` */
	struct pf_trial own;
	size_t below_count;
	struct pf_trial below[PF_TRIALS]; /* trials of --lower, the nearest first */
} pf_trials;

/* Sets the reason of a failure: "WHAT: WHY", or WHY alone if `what` is "". Returns -error. */
int pf_refuse_trial(struct pf_run *run, int error, const char *what, const char *why);

/* Opens and reads the manifest of a trial. The caller has set path, same and fd. The manifest must
 * belong to the caller, and its container must have had the same ids as this container. Returns 0,
 * or -errno with the reason in run->text. */
int pf_read_trial(struct pf_run *run, struct pf_trial *trial);

/* Finds the upper directory that a trial has for each overlay of this container. Refuses the trial
 * if it has changes of an overlay that this container does not have, or that had another lower
 * directory. Returns 0, or -errno with the reason in run->text. */
int pf_match_trial(struct pf_run *run, struct pf_trial *trial);

/* Numbers a new upper directory for each overlay that has none in the trial. */
void pf_number_overlays(const struct pf_run *run, struct pf_trial *trial);

/* Returns the first line of a manifest, from `line` on, that begins with `start`, or NULL. */
const char *pf_trial_line(const char *line, const char *start);

/* Returns the start of the next line, or NULL. */
const char *pf_next_line(const char *line);

/* Reads a path from a line of a manifest, up to the quotation mark. Returns 0 or -EINVAL. */
int pf_read_path(const char *from, char ret[PATH_MAX]);

/* Writes the members of a manifest's first line that tell the container's ids: uid, userns and
 * map. */
void pf_put_ids(struct pf_output *out, const struct pf_run *run);

/* Returns the last operation before `end` that makes or opens layer `number` of the plan, or
 * NULL. */
const struct pf_op *pf_find_layer(const struct pf_run *run, int32_t end, uint64_t number,
				  int is_work);

/* Writes the name of the upper or work directory with a number. */
void pf_trial_name(uint32_t number, int is_work, char ret[PF_TRIAL_NAME]);

/* Opens the upper directory of a trial for an overlay. `overlay` is the index of the overlay in the
 * plan, and `directory` is the directory of the trial. Returns a descriptor, -ENOENT if the trial
 * has no such overlay, or another -errno. */
int pf_open_upper(const struct pf_trial *trial, int directory, int32_t overlay);

#endif
