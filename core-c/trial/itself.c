/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Refuses changes of the trial itself. The directory of a trial can lie in the root of the
 * container. The command can change the files that it sees there, for example the manifest. Such a
 * change must not reach the directory: the manifest and the journal decide what
 * pflask_trial_apply() and pflask_trial_revert() do. The same is true of the trials below.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "files.h"
#include "steps.h"

/* The directory of the trial, and all directories above. */
struct own {
	struct directory {
		dev_t device;
		ino_t inode;
	} * all;
	size_t count;
	/* The parent directory that was examined last, and whether it lies in the trial. */
	const struct pf_layer *layer;
	const char *path;
	size_t length;
	int is_in;
};

static int is_directory(const struct stat *status, const struct directory *directory)
{
	return directory && status->st_dev == directory->device &&
	       status->st_ino == directory->inode;
}

/* Finds the directories from the directory of the trial to the root. */
static int find_own(const struct pflask_trial *trial, struct own *own)
{
	PF_CLEANUP_FD int fd = fcntl(trial->fd, F_DUPFD_CLOEXEC, 0);
	struct stat status;

	if (fd < 0)
		return pf_fault(PF_CALL_DUP);
	for (;;) {
		int r = pf_status_of(fd, &status);
		if (r < 0)
			return r;
		if (own->count > 0 && is_directory(&status, &own->all[own->count - 1]))
			return 0; /* the root is above itself */
		struct directory *all = realloc(own->all, (own->count + 1) * sizeof(*all));
		if (!all)
			return PF_NO_MEMORY;
		own->all = all;
		all[own->count++] = (struct directory){status.st_dev, status.st_ino};
		int above = openat(fd, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (above < 0)
			return pf_fault(PF_CALL_OPEN);
		close(fd);
		fd = above;
	}
}

/* Reads the status of a path. Returns 1, or 0 if nothing is there, or if a link leads elsewhere,
 * which is a conflict. */
static int status_below(struct pflask_trial *trial, int root, const char *path, struct stat *ret)
{
	int r = pf_status_of_place(trial, (struct pf_place){root, path}, ret);

	return pf_number_of(r) == EXDEV || pf_number_of(r) == ELOOP ? 0 : r;
}

/* Tells whether the parent directory of a path is the directory of the trial, or lies in it. */
static int parent_is_in(struct pflask_trial *trial, struct own *own, const struct pf_change *change,
			size_t length)
{
	struct stat status;

	if (own->path && own->layer == change->layer && own->length == length &&
	    strncmp(own->path, change->at, length) == 0)
		return own->is_in;
	own->layer = change->layer;
	own->path = change->at;
	own->length = length;
	own->is_in = 0;
	char *path = strndup(change->at, length);
	if (!path)
		return PF_NO_MEMORY;
	int r = 0;
	for (char *end = path + length; r >= 0 && !own->is_in; end = strrchr(path, '/')) {
		end = end ? end : path;
		*end = '\0';
		r = status_below(trial, change->layer->lower, path, &status);
		own->is_in = r > 0 && is_directory(&status, &own->all[0]);
		if (end == path)
			break;
	}
	free(path);
	return r < 0 ? r : own->is_in;
}

/* Tells whether a change touches the directory of the trial, or removes a directory above. */
static int touches(struct pflask_trial *trial, struct own *own, const struct pf_change *change)
{
	const int removes = !pf_is_directory(change) && change->below.known == PF_FOUND;
	struct stat status;
	size_t length;

	pf_last_name(change->at, &length);
	int r = parent_is_in(trial, own, change, length);
	if (r != 0)
		return r;
	r = status_below(trial, change->layer->lower, change->at, &status);
	if (r <= 0 || !S_ISDIR(status.st_mode))
		return r < 0 ? r : 0;
	for (size_t i = 0; i < (removes ? own->count : 1); i++)
		if (is_directory(&status, &own->all[i]))
			return 1;
	return 0;
}

static int refuse(struct pflask_trial *trial, const struct pf_change *change, const char *why)
{
	struct pf_text shown = {0};

	pf_text_visible(&shown, change->path);
	pf_say_hint(trial, pf_text_of(&shown), why, "--apply=%s PATH");
	pf_text_free(&shown);
	return PF_SAID;
}

static int check(struct pflask_trial *trial, const struct pf_items *items, struct own *own,
		 const char *why)
{
	char start[PF_TEMPORARY];
	size_t length;
	int r = pf_temporary_start(trial, start, &length);

	for (size_t i = 0; i < items->count && r >= 0; i++) {
		const struct pf_change *change = items->all[i];
		size_t parent;
		if (!change->layer)
			continue;
		if (strncmp(pf_last_name(change->at, &parent), start, length) == 0)
			return refuse(trial, change, "is a name that pflask itself uses");
		r = touches(trial, own, change);
		if (r > 0)
			return refuse(trial, change, why);
		if (r < 0)
			return pf_say_change(trial, change->path, r, NULL);
	}
	return r < 0 ? r : 0;
}

/* Refuses changes of the directory of one trial. */
static int check_one(struct pflask_trial *trial, const struct pflask_trial *one,
		     const struct pf_items *items, const char *why)
{
	struct own own = {0};
	int r = find_own(one, &own);

	if (r >= 0)
		r = check(trial, items, &own, why);
	free(own.all);
	return r;
}

int pf_refuse_itself(struct pflask_trial *trial, const struct pf_items *items)
{
	pf_close_parents(trial);
	int r = check_one(trial, trial, items, "is, contains, or lies in the trial itself");

	for (size_t i = 0; i < trial->below_count && r >= 0; i++)
		r = check_one(trial, trial->below[i], items,
			      "is, contains, or lies in a trial below");
	return r;
}
