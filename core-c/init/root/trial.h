/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The trial that a container continues (--ephemeral=DIR), the trials below the container
 * (--lower=DIR), and their manifests (docs/trial.md). The monitor reads the manifests before the
 * monitor makes init, so init has a copy of all these data.
 */
#ifndef PF_TRIAL_H
#define PF_TRIAL_H

#include <linux/limits.h>
#include <sys/stat.h>

#include "common/output.h"
#include "init/base/run.h"

/* The maximum number of trials below a container. The limit is low, because the kernel takes at
 * most 255 bytes for the names of all layers. */
#define PF_TRIALS 8
#define PF_TRIAL_NAME 32 /* room for the name of an upper or a work directory */

/* A directory of a trial. */
struct pf_trial {
	char path[PATH_MAX];  /* without symbolic links */
	uint64_t same[2];     /* device and inode, as for pf_open_same() */
	int fd;               /* open for reading, as long as the monitor lives */
	int layers;           /* in init: the directory, opened in init's mount namespace */
	struct stat manifest; /* status of the manifest */
	int manifest_fd;      /* has a lock (flock(2)), as long as the monitor lives */
	const char *head;     /* the lines before the changes; NUL-terminated */
	size_t head_size;
	/* For each operation of the plan that is an overlay: 1 + the number of the directory that
	 * has its changes, or 0. The number 0 stands for "upper", 1 for "upper-1". */
	uint32_t *numbers;
	uint32_t new_from; /* directories from this number on are new */
};

extern struct pf_trials {
	int is_continued; /* the container continues `own` */
	struct pf_trial own;
	size_t below_count;
	struct pf_trial below[PF_TRIALS]; /* the nearest trial first */
} pf_trials;

/* Sets the reason of a failure: `what`, a colon and `why`; or `why` alone if `what` is "". Returns
 * -error. */
int pf_refuse_trial(struct pf_run *run, int error, const char *what, const char *why);

/* Opens and reads the manifest of a trial. The path, `same` and fd of the trial must be set. The
 * manifest must belong to the caller, and its container must have had the same ids as this
 * container. Returns 0, or -errno with the reason in run->text. */
int pf_read_trial(struct pf_run *run, struct pf_trial *trial);

/* Finds the directories of a trial that have changes of this container's overlays. Refuses changes
 * of an overlay that this container does not have. Refuses an overlay that had another lower
 * directory in the trial. Returns 0, or -errno with the reason in run->text. */
int pf_match_trial(struct pf_run *run, struct pf_trial *trial);

/* Gives a new directory's number to each overlay without a directory. */
void pf_number_overlays(const struct pf_run *run, struct pf_trial *trial);

/* Returns the first line of a manifest at or after `line` that begins with a text, or NULL. */
const char *pf_trial_line(const char *line, const char *start);

/* Returns the line after a line, or NULL. */
const char *pf_next_line(const char *line);

/* Reads a path from a manifest, up to a quotation mark. Returns 0, or -EINVAL. */
int pf_read_path(const char *from, char ret[PATH_MAX]);

/* Writes the members of the first line that tell which ids a container has: uid, userns and map. */
void pf_put_ids(struct pf_output *out, const struct pf_run *run);

/* Returns the last operation before `end` that makes or opens layer `number`, or NULL if there is
 * no such operation. */
const struct pf_op *pf_find_layer(const struct pf_run *run, int32_t end, uint64_t number,
				  int is_work);

/* Writes the name of the upper or work directory with a number. */
void pf_trial_name(uint32_t number, int is_work, char ret[PF_TRIAL_NAME]);

/* Opens the upper directory of a trial for the overlay with an index in the plan. `directory` is
 * the directory of the trial. Returns a descriptor, -ENOENT if the trial has no such overlay, or
 * another -errno. */
int pf_open_upper(const struct pf_trial *trial, int directory, int32_t overlay);

#endif
