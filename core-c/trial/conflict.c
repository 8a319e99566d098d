/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds paths that another process has changed since the trial, or since a change was applied. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/path_below.h"
#include "files.h"
#include "stacked.h"

/* A search for files below a directory. */
struct search {
	struct pflask_trial *trial;
	struct pf_text path; /* the path in the container */
	int is_applied; /* whether the files must be in the trial, or else older than the trial */
};

static int search_directory(struct search *search, int directory, const char *name);

static int search_name(struct search *search, int directory, const char *name)
{
	struct pflask_trial *trial = search->trial;
	struct stat status;
	int r = pf_status_at(directory, name, &status);

	if (r <= 0)
		return r;
	if (S_ISDIR(status.st_mode))
		return search_directory(search, directory, name);
	const char *path = pf_text_of(&search->path);
	if (search->is_applied) {
		const struct pf_change *change = pf_find_change(trial, path);
		return change && change->is_wanted
			       ? 0
			       : pf_add_reason(&trial->conflicts, path, "was added");
	}
	const struct pf_time ctime = {status.st_ctim.tv_sec, status.st_ctim.tv_nsec};
	if (!pf_is_later(&ctime, &trial->began) || pf_is_applied(trial, path, &status))
		return 0;
	return pf_add_reason(&trial->conflicts, path, "has changed");
}

static int search_directory(struct search *search, int directory, const char *name)
{
	PF_CLEANUP_FD int fd = pf_open_below(directory, name, O_RDONLY | O_DIRECTORY);
	const size_t length = search->path.size;
	struct pf_names names = {0};
	int r = fd < 0 ? fd : pf_list_names(fd, &names);

	for (size_t i = 0; r >= 0 && i < names.count; i++) {
		if (length != 1 || search->path.bytes[0] != '/')
			pf_text_put(&search->path, "/");
		pf_text_put(&search->path, names.names[i]);
		r = search->path.failed ? PF_NO_MEMORY : search_name(search, fd, names.names[i]);
		search->path.size = length;
		search->path.bytes[length] = '\0';
	}
	pf_free_names(&names);
	return r;
}

static int search_below(struct pflask_trial *trial, const struct pf_change *change, int is_applied)
{
	struct search search = {.trial = trial, .is_applied = is_applied};
	const struct pf_change *last = trial->searched;

	/* In the order of the manifest, a directory follows the directory that contains it. */
	if (last && last->layer == change->layer && pf_lies_in(change->path, last->path))
		return 0;
	trial->searched = change;
	pf_text_put(&search.path, change->path);
	int r = search.path.failed ? PF_NO_MEMORY
				   : search_directory(&search, change->layer->lower, change->at);
	pf_text_free(&search.path);
	return r;
}

/* Says how a place differs from the expected state; NULL if there is no difference. */
static const char *difference(const struct pf_identity *expected, const struct pf_identity *now)
{
	if (pf_is_same(expected, now))
		return NULL;
	if (expected->known != PF_FOUND)
		return "exists now";
	return now->known == PF_FOUND ? "has changed" : "does not exist any more";
}

/* Finds the reasons why a change of a trial cannot be applied. */
static int before_applying(struct pflask_trial *trial, const struct pf_change *change,
			   const struct pf_identity *restored)
{
	const struct pf_identity *below = &change->below;
	struct pf_identity now, applied;
	const int is_applied = pf_applied_below(trial, change, &applied);

	if (is_applied < 0 || is_applied > 1)
		return is_applied < 0 ? is_applied : 0;
	int r = pf_identity_at(trial, pf_lower(change), &now);
	if (r < 0)
		return r;
	const char *why = difference(is_applied        ? &applied
				     : restored->known ? restored
						       : below,
				     &now);
	if (why)
		return pf_add_reason(&trial->conflicts, change->path, why);
	if (restored->known || below->known != PF_FOUND)
		return 0;
	if (!S_ISDIR(below->mode))
		return !is_applied && pf_is_later(&below->ctime, &trial->began)
			       ? pf_add_reason(&trial->conflicts, change->path,
					       "changed during the trial")
			       : 0;
	return pf_is_directory(change) ? 0 : search_below(trial, change, 0);
}

/* Finds the reasons why an applied change cannot be reverted. */
static int before_reverting(struct pflask_trial *trial, const struct pf_change *change,
			    const struct pf_identity *before, const struct pf_identity *after)
{
	struct pf_identity now;
	int r = pf_identity_at(trial, pf_lower(change), &now);

	if (r < 0)
		return r;
	const char *why = difference(after, &now);
	if (why)
		return pf_add_reason(&trial->conflicts, change->path, why);
	if (now.known != PF_FOUND || !S_ISDIR(now.mode) ||
	    (before->known == PF_FOUND && S_ISDIR(before->mode)))
		return 0;
	return search_below(trial, change, 1);
}

/* Turns the failure to reach a path into a conflict. */
static int unreachable(struct pflask_trial *trial, const struct pf_change *change, int failure)
{
	const int number = pf_number_of(failure);

	if (number == EXDEV)
		return pf_add_reason(&trial->conflicts, change->path, "is in another file system");
	if (number == ELOOP)
		return pf_add_reason(&trial->conflicts, change->path, "is behind a link");
	return failure < 0 ? pf_say_change(trial, change->path, failure, NULL) : 0;
}

int pf_find_conflicts(struct pflask_trial *trial, const struct pf_items *items,
		      const struct pf_journal *journal)
{
	int failed = 0;

	pf_close_parents(trial);
	trial->searched = NULL;
	for (size_t i = 0; i < items->count; i++)
		items->all[i]->is_wanted = 1;
	for (size_t i = 0; i < items->count && failed >= 0; i++) {
		const struct pf_change *change = items->all[i];
		const size_t index = pf_index_of(trial, change);
		int r = 0;
		if (journal->after[index].known)
			r = before_reverting(trial, change, &journal->before[index],
					     &journal->after[index]);
		else if (!journal->before[index].known)
			r = before_applying(trial, change, &journal->restored[index]);
		failed = unreachable(trial, change, r);
	}
	for (size_t i = 0; i < items->count; i++)
		items->all[i]->is_wanted = 0;
	return failed;
}

/* Tells whether the directory at a place was there before an interrupted step, or was made by the
 * step. */
static int is_own_directory(struct pflask_trial *trial, const struct pf_change *change,
			    const struct pf_journal *journal, const struct stat *status)
{
	const struct pf_node *made = &journal->made[pf_index_of(trial, change)];
	const struct pf_node now = pf_node_of(status);
	const ino_t before = pf_inode_before(trial, journal, change);
	struct pf_parent *parent;
	struct pf_node found;
	const char *name;

	if (made->inode || before)
		return made->inode ? pf_is_node(made, &now) : before == now.inode;
	int r = pf_parent_of(trial, pf_lower(change), &name, &parent);
	return r < 0 ? r : pf_is_new_directory(r, name, &found);
}

/* Tells whether a place is in the state before an interrupted step, or in the state after the step.
 * The step's own copy is recognized by the properties that a copy takes from its original. */
static int is_result(struct pflask_trial *trial, const struct pf_change *change,
		     const struct pf_journal *journal)
{
	const struct pf_identity *before = &journal->before[pf_index_of(trial, change)];
	struct stat status, source;
	int is = pf_status_of_place(trial, pf_lower(change), &status);

	if (is < 0)
		return is;
	const struct pf_identity now = pf_identity_of(is > 0 ? &status : NULL);
	if (pf_is_same(before, &now))
		return 1;
	if (change->kind == 'D')
		return is == 0;
	int r = pf_status_of_place(trial, pf_upper(change), &source);
	if (r <= 0 || is == 0)
		return r < 0 ? r : 0;
	if ((status.st_mode & S_IFMT) != (source.st_mode & S_IFMT))
		return 0;
	if (S_ISDIR(status.st_mode))
		return is_own_directory(trial, change, journal, &status);
	return status.st_size == source.st_size && status.st_mode == source.st_mode &&
	       status.st_mtim.tv_sec == source.st_mtim.tv_sec &&
	       status.st_mtim.tv_nsec == source.st_mtim.tv_nsec;
}

int pf_find_begun_conflicts(struct pflask_trial *trial, const struct pf_items *items,
			    const struct pf_journal *journal)
{
	int r = 0;

	for (size_t i = 0; i < items->count && r >= 0; i++) {
		const struct pf_change *change = items->all[i];
		r = is_result(trial, change, journal);
		if (r == 0)
			r = pf_add_reason(&trial->conflicts, change->path,
					  "has changed since pflask was interrupted");
		else
			r = unreachable(trial, change, r);
	}
	return r;
}
