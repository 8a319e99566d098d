/* SPDX-License-Identifier: BSD-2-Clause */
/* Opens the directory of a trial: its manifest, and the directories of its overlays (trial.h). */
#define _GNU_SOURCE
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/path_below.h"
#include "differ.h"
#include "files.h"
#include "journal.h"
#include "src/base/error.h"
#include "src/base/numbers.h"
#include "trial.h"

/* The largest manifest that is read, bytes. */
#define LARGEST_MANIFEST ((size_t)1 << 31)

/* Follows the uid in the hint for the trial of another user. */
#define NEW_DIRECTORY "mkdir -m 700 DIR, and pflask --ephemeral=DIR"
#define SEE_AS "' pflask --diff="

int pf_say(struct pflask_trial *trial, const char *subject, const char *why, const char *hint)
{
	pf_error_start(&trial->error, PFLASK_SETUP, 0);
	pf_error_say(&trial->error, "%s: %s", subject, why);
	if (strlen(subject) < sizeof(trial->error.subject))
		strcpy(trial->error.subject, subject);
	if (hint)
		pf_error_hint(&trial->error, "%s", hint);
	return PF_SAID;
}

int pf_say_hint(struct pflask_trial *trial, const char *subject, const char *why,
		const char *format)
{
	struct pf_text hint = {0};

	pf_text_put(&hint, "pflask ");
	for (const char *at = format; *at; at++)
		if (at[0] == '%' && at[1] == 's') {
			pf_text_put(&hint, trial->dir);
			at++;
		} else {
			pf_text_add(&hint, at, 1);
		}
	pf_say(trial, subject, why, pf_text_of(&hint));
	pf_text_free(&hint);
	return PF_SAID;
}

int pf_say_failure(struct pflask_trial *trial, const char *path, int failure, const char *hint)
{
	struct pf_text why = {0};
	const int number = pf_number_of(failure);

	if (failure == PF_SAID)
		return failure;
	if (*pf_call_name(failure)) {
		pf_text_put(&why, pf_call_name(failure));
		pf_text_put(&why, ": ");
	}
	pf_text_put(&why, pf_errno_text(number));
	if (hint)
		pf_say_hint(trial, path, pf_text_of(&why), hint);
	else
		pf_say(trial, path, pf_text_of(&why), NULL);
	trial->error.number = number;
	pf_text_free(&why);
	return PF_SAID;
}

int pf_say_change(struct pflask_trial *trial, const char *path, int failure, const char *hint)
{
	struct pf_text shown = {0};

	pf_text_visible(&shown, path);
	int r = pf_say_failure(trial, pf_text_of(&shown), failure, hint);
	pf_text_free(&shown);
	return r;
}

/* Tells whether a file belongs to the caller or to root. */
static int is_trusted(const struct stat *status)
{
	return status->st_uid == geteuid() || status->st_uid == 0;
}

/* Says that a file belongs to another user. */
static int refuse_owner(struct pflask_trial *trial, const char *subject, uint32_t uid,
			const char *action)
{
	struct pf_text why = {0}, hint = {0};

	pf_text_put(&why, "belongs to user ");
	pf_text_number(&why, uid);
	if (action) {
		pf_text_put(&hint, "sudo -u '#");
		pf_text_number(&hint, uid);
		pf_text_put(&hint, action);
		pf_text_put(&hint, trial->dir);
	}
	pf_say(trial, subject, pf_text_of(&why), pf_text_of(&hint));
	pf_text_free(&why);
	pf_text_free(&hint);
	return PF_SAID;
}

int pf_open_kept(struct pflask_trial *trial, const char *name, int flags)
{
	struct pf_text subject = {0};
	struct stat status;
	PF_CLEANUP_FD int fd = pf_open_below(trial->fd, name, flags | O_NONBLOCK | O_NOFOLLOW);
	int r = fd < 0 ? fd : pf_status_of(fd, &status);

	if (r < 0)
		return r;
	const mode_t type = flags & O_DIRECTORY ? S_IFDIR : S_IFREG;
	if ((status.st_mode & S_IFMT) == type && is_trusted(&status))
		return pf_steal_fd(&fd);
	pf_text_put(&subject, trial->dir);
	pf_text_put(&subject, "/");
	pf_text_put(&subject, name);
	if ((status.st_mode & S_IFMT) == type)
		refuse_owner(trial, pf_text_of(&subject), status.st_uid, NULL);
	else
		pf_say(trial, pf_text_of(&subject), "not a regular file", NULL);
	pf_text_free(&subject);
	return PF_SAID;
}

/* Reads the manifest, and its status. */
static int open_manifest(struct pflask_trial *trial, struct stat *status)
{
	struct pf_text subject = {0};
	size_t size;

	trial->manifest_fd =
		pf_open_below(trial->fd, "manifest", O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY);
	int r = trial->manifest_fd;
	if (pf_number_of(r) == ENOENT)
		return pf_say(trial, trial->dir, "not a trial: has no manifest",
			      "pflask --ephemeral=DIR");
	if (r >= 0)
		r = pf_status_of(r, status);
	pf_text_put(&subject, trial->dir);
	pf_text_put(&subject, "/manifest");
	if (r >= 0 && !S_ISREG(status->st_mode))
		r = pf_say(trial, pf_text_of(&subject), "not a regular file", NULL);
	/* Another user could have written a manifest that is too large, or damaged on purpose. */
	if (r >= 0 && !is_trusted(status))
		r = refuse_owner(trial, trial->dir, status->st_uid, SEE_AS);
	if (r >= 0)
		r = pf_read_all(trial->manifest_fd, LARGEST_MANIFEST, &trial->text, &size);
	if (r >= 0)
		r = pf_read_manifest(trial, trial->text, size);
	r = r < 0 ? pf_say_failure(trial, pf_text_of(&subject), r, NULL) : 0;
	pf_text_free(&subject);
	return r;
}

/* Refuses the trial of another user. The user could have written anything into the manifest, and
 * the changes would be applied with the rights of the caller. If root has started a trial with a
 * user namespace, the directory may belong to the root user of the container. */
static int check_owner(struct pflask_trial *trial, const struct stat *directory,
		       const struct stat *manifest)
{
	const struct stat *foreign = !is_trusted(manifest) || trial->userns ? manifest : directory;

	if (is_trusted(foreign))
		return 0;
	return refuse_owner(trial, trial->dir, foreign->st_uid, SEE_AS);
}

/* Refuses a directory in which other users can rename files. They could have put other files in the
 * place of the upper directories. In a directory with the sticky bit, nobody can do this. The group
 * with the number of its user has no other users. */
static int check_writers(struct pflask_trial *trial, const struct stat *directory)
{
	struct pf_text hint = {0};

	if ((directory->st_mode & S_ISVTX) || !(directory->st_mode & (S_IWOTH | S_IWGRP)))
		return 0;
	if (directory->st_mode & S_IWOTH)
		return pf_say(trial, trial->dir,
			      "every user can write to it, and can have changed the trial",
			      NEW_DIRECTORY);
	/* The mode of a directory with an access control list shows all users of the list. */
	const int is_private = directory->st_gid == 0 || directory->st_gid == directory->st_uid;
	if (is_private && fgetxattr(trial->fd, "system.posix_acl_access", NULL, 0) < 0)
		return 0;
	pf_text_put(&hint, "chmod g-w ");
	pf_text_put(&hint, trial->dir);
	pf_say(trial, trial->dir, "other users can write to it, and can have changed the trial",
	       pf_text_of(&hint));
	pf_text_free(&hint);
	return PF_SAID;
}

static int is_needed(const struct pflask_trial *trial, const struct pf_layer *layer)
{
	for (size_t i = 0; i < trial->change_count; i++)
		if (pf_lies_in(trial->changes[i].path, *layer->path ? layer->path : "/"))
			return 1;
	return 0;
}

/* Says that a directory of an overlay cannot be opened. Nothing is said if no change needs it. */
static int refuse_layer(struct pflask_trial *trial, const struct pf_layer *layer, int failure)
{
	struct pf_text upper = {0};

	if (!is_needed(trial, layer))
		return 0;
	pf_text_put(&upper, trial->dir);
	pf_text_put(&upper, "/");
	pf_text_put(&upper, layer->upper_name);
	pf_say_failure(trial, layer->upper < 0 ? pf_text_of(&upper) : layer->place, failure, NULL);
	pf_text_free(&upper);
	return PF_SAID;
}

static int open_layer(struct pflask_trial *trial, struct pf_layer *layer)
{
	struct stat status;

	/* The upper directory of a directory of another user can belong to a subordinate id. */
	layer->upper = pf_open_below(trial->fd, layer->upper_name, O_RDONLY | O_DIRECTORY);
	if (layer->upper < 0)
		return refuse_layer(trial, layer, layer->upper);
	/* Another user could put a link to another directory of root into the path. */
	layer->lower = pf_open_real(layer->place, O_RDONLY | O_DIRECTORY);
	if (layer->lower < 0)
		return refuse_layer(trial, layer, layer->lower);
	int r = pf_status_of(layer->lower, &status);
	if (r < 0)
		return r;
	if (status.st_ino != layer->inode)
		return pf_say(trial, layer->place,
			      "is another directory than at the start of the trial", NULL);
	return 0;
}

/* The longest path comes first, so that the first layer that contains a path is the right one. */
static int compare_layers(const void *one, const void *other)
{
	const size_t a = strlen(((const struct pf_layer *)one)->path);
	const size_t b = strlen(((const struct pf_layer *)other)->path);

	return a < b ? 1 : a > b ? -1 : 0;
}

/* Finds the place of the files of a change. */
static void place_change(const struct pflask_trial *trial, struct pf_change *change)
{
	for (size_t i = 0; i < trial->layer_count && !change->layer; i++) {
		const struct pf_layer *layer = &trial->layers[i];
		if (layer->lower < 0 || !pf_lies_in(change->path, *layer->path ? layer->path : "/"))
			continue;
		change->layer = layer;
		change->at = change->path + strlen(layer->path);
		change->at += *change->at == '/';
	}
}

static int open_layers(struct pflask_trial *trial)
{
	int r = 0;

	qsort(trial->layers, trial->layer_count, sizeof(*trial->layers), compare_layers);
	for (size_t i = 0; i < trial->layer_count && r >= 0; i++)
		r = open_layer(trial, &trial->layers[i]);
	for (size_t i = 0; i < trial->change_count && r >= 0; i++)
		place_change(trial, &trial->changes[i]);
	return r;
}

/* Opens a trial without the trials below. `open_dir` opens its directory. */
static int open_one(struct pflask_trial *trial, const char *dir, int (*open_dir)(const char *, int),
		    struct stat *ret_manifest)
{
	struct stat directory;

	trial->manifest_fd = -1;
	trial->fd = -1;
	trial->last_index = (size_t)-1;
	for (size_t i = 0; i < 2; i++)
		trial->parents[i].root = -1;
	trial->dir = strdup(dir);
	if (!trial->dir)
		return PF_NO_MEMORY;
	trial->fd = open_dir(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (pf_number_of(trial->fd) == ENOENT) {
		pf_say(trial, dir, pf_errno_text(ENOENT), NEW_DIRECTORY);
		trial->error.number = ENOENT;
		return PF_SAID;
	}
	if (trial->fd < 0)
		return pf_say_failure(trial, dir, -pf_number_of(trial->fd), NULL);
	int r = open_manifest(trial, ret_manifest);
	if (r >= 0)
		r = pf_status_of(trial->fd, &directory);
	if (r >= 0)
		r = check_owner(trial, &directory, ret_manifest);
	if (r >= 0)
		r = check_writers(trial, &directory);
	if (r >= 0 && !trial->has_ended)
		r = pf_say_hint(trial, dir, "the trial has not ended, or pflask was killed",
				"--ephemeral=%s");
	return r < 0 ? r : open_layers(trial);
}

static int refuse_changed(struct pflask_trial *lower, const char *above)
{
	struct pf_text why = {0};

	pf_text_put(&why, "has changed since the trial ");
	pf_text_put(&why, above);
	pf_text_put(&why, " above it");
	pf_say(lower, lower->dir, pf_text_of(&why), NULL);
	pf_text_free(&why);
	return PF_SAID;
}

/* Opens a trial below. Nobody else can put a link into the path. */
static int open_lower(struct pflask_trial *trial, const struct pf_trial_line *line)
{
	struct pflask_trial *lower = calloc(1, sizeof(*lower));
	struct stat manifest;

	if (!lower)
		return PF_NO_MEMORY;
	trial->below[trial->below_count++] = lower;
	int r = open_one(lower, line->path, pf_open_real, &manifest);
	if (r >= 0 &&
	    (manifest.st_ino != line->inode || manifest.st_mtim.tv_sec != line->mtime.sec ||
	     manifest.st_mtim.tv_nsec != line->mtime.nsec))
		r = refuse_changed(lower, trial->dir);
	return pf_take_error(trial, lower, r);
}

int pf_take_error(struct pflask_trial *trial, struct pflask_trial *lower, int failure)
{
	if (failure >= 0)
		return failure;
	pf_say_failure(lower, lower->dir ? lower->dir : trial->dir, failure, NULL);
	trial->error = lower->error;
	return PF_SAID;
}

static int open_any(const char *dir, int flags)
{
	return pf_checked(PF_CALL_OPEN, open(dir, flags));
}

int pf_open_trial(struct pflask_trial *trial, const char *dir)
{
	struct stat manifest;
	int r = open_one(trial, dir, open_any, &manifest);

	for (size_t i = 0; i < trial->line_count && r >= 0; i++)
		r = open_lower(trial, &trial->lines[i]);
	return r < 0 ? r : pf_select(trial, NULL, 0);
}

int pf_add_reason(struct pf_reasons *reasons, const char *path, const char *why)
{
	struct pf_reason *all = reasons->all;

	if ((reasons->count & (reasons->count - 1)) == 0) {
		all = realloc(all, (reasons->count ? 2 * reasons->count : 1) * sizeof(*all));
		if (!all)
			return PF_NO_MEMORY;
		reasons->all = all;
	}
	all[reasons->count] = (struct pf_reason){strdup(path), strdup(why)};
	reasons->count++;
	return all[reasons->count - 1].path && all[reasons->count - 1].why ? 0 : PF_NO_MEMORY;
}

void pf_clear_reasons(struct pf_reasons *reasons)
{
	for (size_t i = 0; i < reasons->count; i++) {
		free(reasons->all[i].path);
		free(reasons->all[i].why);
	}
	free(reasons->all);
	*reasons = (struct pf_reasons){0};
}

void pf_free_trial(struct pflask_trial *trial)
{
	for (size_t i = 0; i < trial->below_count; i++)
		pf_free_trial(trial->below[i]);
	pf_free_differ(trial->differ);
	pf_forget_journal(trial);
	pf_close_parents(trial);
	for (size_t i = 0; i < trial->layer_count; i++) {
		pf_drop_fd(&trial->layers[i].upper);
		pf_drop_fd(&trial->layers[i].lower);
	}
	pf_drop_fd(&trial->manifest_fd);
	pf_drop_fd(&trial->fd);
	pf_clear_reasons(&trial->lost);
	pf_clear_reasons(&trial->conflicts);
	pf_text_free(&trial->shown);
	free(trial->done);
	free(trial->failed);
	free(trial->sorted);
	free(trial->changes);
	free(trial->layers);
	free(trial->text);
	free(trial->dir);
	free(trial);
}
