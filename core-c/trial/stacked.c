/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds out what the trials below show, and what they have applied (stacked.h). */
#define _GNU_SOURCE
#include "stacked.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>

#include "common/cleanup.h"
#include "files.h"

/* Returns the layer of a trial below for the same mount point, or NULL. */
static const struct pf_layer *same_layer(const struct pflask_trial *lower,
					 const struct pf_layer *layer)
{
	for (size_t i = 0; i < lower->layer_count; i++)
		if (lower->layers[i].lower >= 0 && strcmp(lower->layers[i].path, layer->path) == 0)
			return &lower->layers[i];
	return NULL;
}

/* --- what overlayfs shows --------------------------------------------------------------------- */

/* Tells whether a file has an attribute of overlayfs, with this value if `value` is not NULL. */
static int has_note(const struct pflask_trial *trial, int root, const char *path, const char *name,
		    const char *value)
{
	char key[64], found[16], fd_path[PF_FD_PATH];
	PF_CLEANUP_FD int fd = pf_open_below(root, path, O_PATH | O_NOFOLLOW);

	if (fd < 0)
		return fd;
	pf_path_of_fd(fd, fd_path);
	stpcpy(stpcpy(key, trial->notes), name);
	ssize_t size = getxattr(fd_path, key, found, sizeof(found));
	if (size < 0 && errno == ERANGE)
		return !value;
	if (size < 0)
		return errno == ENODATA || errno == EOPNOTSUPP ? 0 : pf_fault(PF_CALL_GETXATTR);
	return !value || ((size_t)size == strlen(value) && memcmp(found, value, (size_t)size) == 0);
}

/* Tells whether an entry of an upper directory hides the entry with its name below. */
static int is_whiteout(const struct pflask_trial *trial, int root, const char *path,
		       const struct stat *status)
{
	if (S_ISCHR(status->st_mode))
		return status->st_rdev == 0;
	if (!S_ISREG(status->st_mode) || status->st_size != 0)
		return 0;
	return has_note(trial, root, path, "whiteout", NULL);
}

/* Keeps those of the roots that have a part of the path, as overlayfs merges them. */
static int merge(struct pflask_trial *trial, const struct pf_layer *layer, const char *path,
		 struct pf_roots *roots)
{
	const size_t count = roots->count;
	int is_last = 0;

	roots->count = 0;
	for (size_t i = 0; i < count && !is_last; i++) {
		const int root = roots->all[i];
		struct stat status;
		int r = pf_status_of_place(trial, (struct pf_place){root, path}, &status);
		if (r < 0)
			return r;
		if (r == 0)
			continue;
		const int is_directory = S_ISDIR(status.st_mode);
		/* Nothing lies below the host's directory. */
		const int is_host = root == layer->lower;
		r = is_directory || is_host ? 0 : is_whiteout(trial, root, path, &status);
		if (r < 0)
			return r;
		if (r > 0 || (!is_directory && roots->count > 0))
			return 0;
		r = is_directory && !is_host ? has_note(trial, root, path, "opaque", "y") : 1;
		if (r < 0)
			return r;
		roots->all[roots->count++] = root;
		is_last = r;
	}
	return 0;
}

int pf_roots_of(struct pflask_trial *trial, const struct pf_layer *layer, const char *path,
		struct pf_roots *ret)
{
	ret->count = 0;
	for (size_t i = 0; i < trial->below_count; i++) {
		const struct pf_layer *lower = same_layer(trial->below[i], layer);
		if (lower)
			ret->all[ret->count++] = lower->upper;
	}
	ret->all[ret->count++] = layer->lower;
	if (ret->count == 1 || *path == '\0')
		return 0;
	char *part = strdup(path);
	int r = part ? 0 : PF_NO_MEMORY;
	for (char *end = part; r >= 0 && end;) {
		end = strchr(end, '/');
		if (end)
			*end = '\0';
		r = merge(trial, layer, part, ret);
		if (end)
			*end++ = '/';
	}
	free(part);
	return r;
}

int pf_lower_root(struct pflask_trial *trial, const struct pf_layer *layer, const char *path)
{
	struct pf_roots roots;
	int r = pf_roots_of(trial, layer, path, &roots);

	if (r < 0)
		return r;
	return roots.count > 0 ? roots.all[0] : layer->lower;
}

/* --- what was applied ------------------------------------------------------------------------- */

int pf_lock_below(struct pflask_trial *trial)
{
	int r = 0;

	for (size_t i = 0; i < trial->below_count && r >= 0; i++)
		r = pf_take_error(trial, trial->below[i], pf_lock(trial->below[i]));
	return r;
}

static int is_applied_completely(const struct pflask_trial *lower)
{
	const struct pf_journal *journal = lower->journal;

	for (size_t i = 0; i < lower->change_count; i++)
		if (lower->changes[i].layer && !journal->after[i].known)
			return 0;
	return journal->begun == PF_BEGUN_NOTHING;
}

static int refuse_unapplied(struct pflask_trial *trial, struct pflask_trial *lower)
{
	struct pf_text why = {0};

	pf_text_put(&why, "is not applied, and the trial ");
	pf_text_put(&why, trial->dir);
	pf_text_put(&why, " lies above it");
	int r = pf_say_hint(lower, lower->dir, pf_text_of(&why), "--apply=%s");
	pf_text_free(&why);
	return pf_take_error(trial, lower, r);
}

int pf_read_below(struct pflask_trial *trial, int must_be_applied)
{
	for (size_t i = trial->below_count; i-- > 0;) {
		struct pflask_trial *lower = trial->below[i];
		pf_forget_journal(lower);
		lower->journal = calloc(1, sizeof(*lower->journal));
		if (!lower->journal)
			return PF_NO_MEMORY;
		int r = pf_read_journal(lower, lower->journal);
		if (r < 0)
			return pf_take_error(trial, lower, r);
		if (must_be_applied && !is_applied_completely(lower))
			return refuse_unapplied(trial, lower);
	}
	return 0;
}

/* Returns what a trial below has put at a path of the host; NULL if the trial changed nothing. */
static const struct pf_identity *applied_at(const struct pflask_trial *lower, const char *path)
{
	const struct pf_change *change = pf_find_change(lower, path);
	const struct pf_identity *after =
		change ? &lower->journal->after[pf_index_of(lower, change)] : NULL;

	return after && after->known != PF_UNKNOWN ? after : NULL;
}

int pf_is_applied(const struct pflask_trial *trial, const char *path, const struct stat *status)
{
	const struct pf_identity now = pf_identity_of(status);

	for (size_t i = 0; i < trial->below_count; i++) {
		const struct pf_identity *applied = applied_at(trial->below[i], path);
		if (applied && pf_is_same(applied, &now))
			return 1;
	}
	return 0;
}

static int add_conflict(struct pflask_trial *trial, const struct pf_change *change, const char *why,
			const char *dir)
{
	struct pf_text text = {0};

	pf_text_put(&text, why);
	pf_text_put(&text, dir);
	int r = pf_add_reason(&trial->conflicts, change->path, pf_text_of(&text));
	pf_text_free(&text);
	return r < 0 ? r : 2;
}

/* Tells whether two identities differ at most in what a copy cannot take from its original. */
static int is_same_kind(const struct pf_identity *one, const struct pf_identity *other)
{
	struct pf_identity same = *one;

	same.inode = other->inode;
	same.ctime = other->ctime;
	return pf_is_same(&same, other);
}

/* Finds an entry of the host that a trial below has copied to its upper directory without a change.
 * If the entry has changed since that trial, adds a conflict. */
static int find_unchanged(struct pflask_trial *trial, const struct pf_change *change,
			  const struct pflask_trial *lower, const struct pf_identity *copy,
			  struct pf_identity *ret)
{
	int r = pf_identity_at(trial, pf_lower(change), ret);

	if (r < 0)
		return r;
	if (ret->known != PF_FOUND)
		return add_conflict(trial, change, "does not exist any more", "");
	if ((!S_ISDIR(ret->mode) && pf_is_later(&ret->ctime, &lower->began)) ||
	    !is_same_kind(copy, ret))
		return add_conflict(trial, change, "has changed", "");
	return 1;
}

int pf_applied_below(struct pflask_trial *trial, const struct pf_change *change,
		     struct pf_identity *ret)
{
	const size_t number = change->below.trial;
	struct pf_identity seen = {.known = PF_NOTHING};

	if (number == 0)
		return 0;
	if (number > trial->below_count)
		return add_conflict(trial, change, "has changed in the trial below", "");
	const struct pflask_trial *lower = trial->below[number - 1];
	const struct pf_layer *layer = same_layer(lower, change->layer);
	int r = layer ? pf_identity_at(trial, (struct pf_place){layer->upper, change->at}, &seen)
		      : 0;
	if (r < 0)
		return r;
	if (seen.known != PF_FOUND || !pf_is_same(&change->below, &seen))
		return add_conflict(trial, change, "has changed in the trial ", lower->dir);
	const struct pf_identity *applied = applied_at(lower, change->path);
	if (!applied)
		return find_unchanged(trial, change, lower, &seen, ret);
	if (applied->known != PF_FOUND)
		return add_conflict(trial, change, "does not exist any more", "");
	*ret = *applied;
	return 1;
}

/* --- what was reverted ------------------------------------------------------------------------ */

/* Tells whether reverting items has copied an entry back that a trial below had applied. */
static int is_copied_back(const struct pflask_trial *trial, const struct pf_journal *journal,
			  const char *path, const struct pf_identity *then, int again)
{
	const struct pf_change *change = pf_find_change(trial, path);

	if (change && change->is_wanted) {
		const struct pf_identity *before = &journal->before[pf_index_of(trial, change)];
		return pf_is_same(before, then) ||
		       (again && before->known == PF_FOUND && is_same_kind(then, before));
	}
	char *above = strdup(path);
	int is = above ? 0 : PF_NO_MEMORY;
	for (char *slash; is == 0 && (slash = strrchr(above, '/')) != NULL && slash > above;) {
		*slash = '\0';
		change = pf_find_change(trial, above);
		/* A directory that stayed a directory got only its own status back. */
		is = change && change->is_wanted && !pf_is_directory(change) &&
		     S_ISDIR(journal->before[pf_index_of(trial, change)].mode);
	}
	free(above);
	return is;
}

/* Notes the entries of one trial below. */
static int note_reverted(struct pflask_trial *trial, const struct pf_journal *journal,
			 struct pflask_trial *lower, int again)
{
	struct pf_text line = {0};
	size_t count = 0;

	pf_begin_line(&line, "applied");
	for (size_t i = 0; i < lower->change_count; i++) {
		const struct pf_change *change = &lower->changes[i];
		const struct pf_identity *then = &lower->journal->after[i];
		struct pf_identity now = {.known = PF_NOTHING};
		if (!change->layer || then->known != PF_FOUND)
			continue;
		int r = is_copied_back(trial, journal, change->path, then, again);
		if (r > 0)
			r = pf_identity_at(lower, pf_lower(change), &now);
		else if (r == 0)
			continue;
		if (r < 0) {
			pf_text_free(&line);
			return pf_say_change(trial, change->path, r, NULL);
		}
		if (now.known == PF_FOUND && is_same_kind(then, &now))
			pf_add_indexed(&line, i, &now, count++ == 0);
	}
	pf_text_put(&line, "]}");
	if (count > 0)
		return pf_take_error(trial, lower, pf_write_line(lower, &line));
	pf_text_free(&line);
	return 0;
}

int pf_note_reverted(struct pflask_trial *trial, const struct pf_journal *journal,
		     const struct pf_items *items, int again)
{
	int r = 0;

	for (size_t i = 0; i < items->count; i++)
		items->all[i]->is_wanted = 1;
	for (size_t i = 0; i < trial->below_count && r >= 0; i++) {
		pf_close_parents(trial->below[i]);
		r = note_reverted(trial, journal, trial->below[i], again);
	}
	for (size_t i = 0; i < items->count; i++)
		items->all[i]->is_wanted = 0;
	return r;
}
