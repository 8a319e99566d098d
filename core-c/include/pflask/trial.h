/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libpflask-trial: look at the changes that a command has made in a container with an ephemeral
 * root that is kept in a directory, and apply or revert the changes.
 *
 *	pflask_trial_open("trial", &trial, &error, sizeof(error));
 *	pflask_trial_diff(trial, 1, &error, sizeof(error));
 *	if (pflask_trial_apply(trial, 0, &error, sizeof(error)) == 0)
 *		while (pflask_trial_conflict(trial, i++, &change, sizeof(change)) == 0)
 *			printf("%s: %s\n", change.path, change.why);
 *	pflask_trial_close(trial);
 *
 * Errors and structures are those of pflask.h: every function that can fail returns 0 or more on
 * success and -errno on failure, and the caller tells the size of each structure. Texts of errors
 * contain no field in braces. Strings in structures live until the next call with the same handle.
 * Different handles are independent. Only one thread at a time may use a handle. While
 * pflask_trial_apply() or pflask_trial_revert() runs, the umask of the process must leave the owner
 * all permissions. Every descriptor that the library makes is close-on-exec.
 */
#ifndef PFLASK_TRIAL_H
#define PFLASK_TRIAL_H

#include <stdint.h>

#include "types.h"

/** The version of the binary interface (ABI) that this header declares, as PFLASK_ABI. */
#define PFLASK_TRIAL_ABI 1

#ifdef __cplusplus
extern "C" {
#endif

typedef struct pflask_trial pflask_trial;

/** Flags of pflask_trial_apply(). */
enum pflask_trial_flag {
	PFLASK_TRIAL_FORCE = 1,  /**< overwrite paths that have changed since the trial */
	PFLASK_TRIAL_SETUID = 2, /**< apply setuid and setgid files, and files with capabilities */
	PFLASK_TRIAL_DEVICES = 4 /**< apply devices */
};

/** A changed path, or a path with a reason. */
struct pflask_change {
	const char *path; /**< the path in the container */
	const char *why;  /**< why the change cannot be applied, or the conflict; else NULL */
	uint64_t size;    /**< the size in bytes; 0 for a directory */
	int32_t kind;     /**< 'A' added, 'M' modified, 'D' deleted; 0: unknown */
	int32_t index;    /**< the index of the change in the manifest; -1: unknown */
	uint32_t mode;    /**< type and permissions, as st_mode; of the old file if deleted */
	uint32_t uid;     /**< the owner, as for `mode` */
	uint32_t gid;     /**< the group, as for `mode` */
	uint32_t below;   /**< type and permissions in the lower directory; 0: nothing was there */
	uint64_t below_size; /**< the size in the lower directory, bytes; 0 for a directory */
};

/** The two directories of an overlay of the container. */
struct pflask_overlay {
	const char *path;  /**< the mount point in the container */
	const char *upper; /**< the name of the upper directory in the directory of the trial */
	const char *lower; /**< the path of the lower directory on the host */
	uint32_t uid;      /**< the user who has started the container */
	uint32_t userns;   /**< 1 if the container had a user namespace */
};

/** The difference of one path. */
struct pflask_difference {
	const char *path;    /**< the path in the container */
	const char *text;    /**< a unified diff with its header and its end of line, or "" */
	const char *notes;   /**< lines about all that a unified diff cannot show, or "" */
	uint64_t text_size;  /**< the length of `text`, which may contain any byte */
	uint64_t notes_size; /**< the length of `notes` */
	uint64_t added;      /**< the number of added lines */
	uint64_t removed;    /**< the number of removed lines */
	uint64_t before;     /**< the size of the old file, bytes; 0 if there is no regular file */
	uint64_t after;      /**< the size of the new file, bytes */
	int32_t kind;        /**< 'A', 'M' or 'D' */
	int32_t is_text;     /**< whether `added` and `removed` are known */
	int32_t index;       /**< the index of the change in the manifest */
	int32_t unused;      /**< 0 */
};

/** Returns PFLASK_TRIAL_ABI of the loaded library. */
uint32_t pflask_trial_abi(void);

/** Opens the directory of a trial, and checks its manifest. All changes are selected. The caller
 * closes the handle with pflask_trial_close(). */
int pflask_trial_open(const char *dir, pflask_trial **ret, struct pflask_error *reterr,
		      uint32_t error_size);

/** Closes a handle, and ends its lock. NULL is allowed. Returns NULL. */
pflask_trial *pflask_trial_close(pflask_trial *trial);

/** Selects the changes of paths and of all paths below, or all changes if `count` is 0. A path is
 * absolute, or relative to the current directory, or relative to the root of the container if the
 * container had another root. */
int pflask_trial_select(pflask_trial *trial, const char *const *paths, uint32_t count,
			struct pflask_error *reterr, uint32_t error_size);

/** Returns the selected changes, in the order of the manifest. After them, returns the selected
 * paths that cannot be applied, each with the reason. Returns 0, or -ENOENT after the last. */
int pflask_trial_change(pflask_trial *trial, uint32_t number, struct pflask_change *ret,
			uint32_t change_size);

/** Returns an overlay of the container. Returns 0, or -ENOENT after the last. */
int pflask_trial_overlay(pflask_trial *trial, uint32_t number, struct pflask_overlay *ret,
			 uint32_t overlay_size);

/** Returns the next difference of the selected changes, beginning with the first one after
 * pflask_trial_open() and pflask_trial_select(). Returns 1, or 0 after the last. */
int pflask_trial_difference(pflask_trial *trial, struct pflask_difference *ret,
			    uint32_t difference_size, struct pflask_error *reterr,
			    uint32_t error_size);

/** Writes all differences of the selected changes to a descriptor. */
int pflask_trial_diff(pflask_trial *trial, int out_fd, struct pflask_error *reterr,
		      uint32_t error_size);

/** Applies the selected changes, and finishes an interrupted pflask_trial_apply(). `flags` are
 * values of enum pflask_trial_flag. If there are conflicts, applies nothing: see
 * pflask_trial_conflict(). Returns the number of applied changes. */
int pflask_trial_apply(pflask_trial *trial, uint32_t flags, struct pflask_error *reterr,
		       uint32_t error_size);

/** Reverts all applied changes, and finishes an interrupted pflask_trial_revert(). If there are
 * conflicts, reverts nothing. Returns the number of reverted changes. */
int pflask_trial_revert(pflask_trial *trial, struct pflask_error *reterr, uint32_t error_size);

/** Returns a conflict of the last pflask_trial_apply() or pflask_trial_revert(): a path that
 * another process has changed. Returns 0, or -ENOENT after the last. */
int pflask_trial_conflict(pflask_trial *trial, uint32_t number, struct pflask_change *ret,
			  uint32_t change_size);

/** Returns a change that the last pflask_trial_apply() or pflask_trial_revert() has applied or
 * reverted. Returns 0, or -ENOENT after the last. */
int pflask_trial_done(pflask_trial *trial, uint32_t number, struct pflask_change *ret,
		      uint32_t change_size);

#ifdef __cplusplus
}
#endif
#endif
