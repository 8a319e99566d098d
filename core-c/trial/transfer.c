/* SPDX-License-Identifier: BSD-2-Clause */
/* Carries out a transfer (transfer.h). */
#define _GNU_SOURCE
#include "transfer.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/decimal.h"
#include "copy.h"
#include "files.h"
#include "journal.h"

#define HINT "--apply=%s, or pflask --revert=%s"

struct work {
	struct pflask_trial *trial;
	const struct pf_transfer *all;
	struct pf_copier copier;
	char name[PF_TEMPORARY + PF_DECIMAL_SIZE]; /* the temporary name */
	size_t start;                              /* the length of its beginning */
	int has_made;                              /* whether a directory was made */
};

int pf_temporary_start(const struct pflask_trial *trial, char ret[PF_TEMPORARY], size_t *ret_size)
{
	static const char start[] = ".pflask-";
	static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";
	char reversed[16];
	struct stat status;
	size_t count = 0, size = sizeof(start) - 1;
	int r = pf_status_of(trial->fd, &status);

	if (r < 0)
		return r;
	for (uint64_t rest = status.st_ino; rest > 0 || count == 0; rest /= 36)
		reversed[count++] = digits[rest % 36];
	memcpy(ret, start, size);
	while (count > 0)
		ret[size++] = reversed[--count];
	ret[size++] = '-';
	ret[size] = '\0';
	*ret_size = size;
	return 0;
}

/* Sets the temporary name with a number. */
static const char *temporary(struct work *work, size_t number)
{
	pf_write_decimal(number, work->name + work->start);
	return work->name;
}

/* Recognizes the directory at a place: by the inode that the directory had before the step, by the
 * journal, or because an interrupted step can have made the directory just now. Another user who
 * can write to the parent directory can have put any other directory there. */
static int recognize(struct work *work, struct pf_put *put, int directory, const char *name,
		     const struct stat *status)
{
	const struct pf_node *made = work->all->made ? &work->all->made[put->index] : NULL;

	put->node = pf_node_of(status);
	if (made && made->inode)
		return pf_is_node(made, &put->node) ? 0 : PF_IS_OTHER;
	if (put->inode)
		return put->inode == status->st_ino ? 0 : PF_IS_OTHER;
	int r = pf_is_new_directory(directory, name, &put->node);
	if (r > 0)
		work->has_made = 1; /* the interrupted step did not write it to the journal */
	return r > 0 ? 0 : r < 0 ? r : PF_IS_OTHER;
}

/* Makes a missing directory. If an entry of another type is at the place, replaces the entry. */
static int make_directory(struct work *work, size_t i)
{
	struct pf_put *put = &work->all->puts[i];
	struct pf_parent *parent;
	const char *name;
	struct stat status;

	if (!put->is_directory)
		return 0;
	temporary(work, i);
	int directory = pf_parent_of(work->trial, put->to, &name, &parent);
	int r = directory;

	if (r >= 0 && work->all->again)
		r = pf_remove_tree(directory, work->name);
	if (r >= 0)
		r = pf_status_at(directory, name, &status);
	if (r < 0)
		return r;
	if (r > 0 && S_ISDIR(status.st_mode))
		return recognize(work, put, directory, name, &status);
	work->has_made = 1;
	if (r == 0) {
		r = pf_make_directory(directory, name, &put->node);
	} else {
		r = pf_remove_tree(directory, work->name);
		if (r >= 0)
			r = pf_make_directory(directory, work->name, &put->node);
		if (r >= 0)
			r = pf_checked(PF_CALL_RENAME, renameat2(directory, work->name, directory,
								 name, RENAME_EXCHANGE));
		if (r >= 0)
			r = pf_checked(PF_CALL_UNLINK, unlinkat(directory, work->name, 0));
	}
	pf_close_parents(work->trial); /* one of them can be missing no longer */
	return r;
}

/* Writes the directories that were made to the journal. Until then they are empty. */
static int note_made(struct work *work)
{
	const struct pf_transfer *all = work->all;
	struct pf_text line = {0};
	int is_first = 1;

	if (!work->has_made)
		return 0;
	pf_begin_line(&line, "made");
	for (size_t i = 0; i < all->put_count; i++) {
		const struct pf_put *put = &all->puts[i];
		if (!put->is_directory || put->inode == put->node.inode)
			continue;
		pf_add_node(&line, put->index, &put->node, is_first);
		is_first = 0;
	}
	pf_text_put(&line, "]}");
	return pf_write_line(work->trial, &line);
}

/* Makes a temporary copy. */
static int prepare(struct work *work, size_t i)
{
	const struct pf_put *put = &work->all->puts[i];
	const char *name = temporary(work, i);

	if (put->is_directory)
		return 0;
	return pf_copy(&work->copier, put->from, put->to, name, put->with_tree);
}

/* Gives a temporary copy its name. */
static int place(struct work *work, size_t i)
{
	const struct pf_put *put = &work->all->puts[i];
	const char *old = temporary(work, i), *name;
	struct pf_parent *parent;

	if (put->is_directory)
		return 0;
	int directory = pf_parent_of(work->trial, put->to, &name, &parent);
	if (directory < 0)
		return directory;
	if (renameat2(directory, old, directory, name, 0) < 0) {
		if (errno != EISDIR && errno != ENOTDIR && errno != EEXIST && errno != ENOTEMPTY)
			return pf_fault(PF_CALL_RENAME);
		/* The exchange leaves the old entry. */
		if (renameat2(directory, old, directory, name, RENAME_EXCHANGE) < 0)
			return pf_fault(PF_CALL_RENAME);
		int r = pf_remove_tree(directory, old);
		if (r < 0)
			return r;
	}
	/* A rename of one hard link to another hard link of the file leaves both names. */
	return work->all->again ? pf_remove_tree(directory, old) : 0;
}

/* Removes the entry at a place. A directory disappears in one step, so no process sees a part of
 * the directory. */
static int remove_entry(struct work *work, size_t i)
{
	const struct pf_removal *removal = &work->all->removals[i];
	const char *old = temporary(work, work->all->put_count + i), *name;
	struct pf_parent *parent;
	struct stat status;
	int is = pf_status_of_place(work->trial, removal->to, &status);

	if (is < 0 || (is == 0 && !removal->with_tree))
		return is;
	int directory = pf_parent_of(work->trial, removal->to, &name, &parent);
	if (directory < 0)
		return is == 0 ? 0 : directory;
	/* An interrupted step may have left a part of the directory. */
	int r = removal->with_tree ? pf_remove_tree(directory, old) : 0;
	if (r < 0 || is == 0)
		return r;
	const int is_directory = S_ISDIR(status.st_mode);
	if (!is_directory || !removal->with_tree)
		return pf_checked(PF_CALL_UNLINK,
				  unlinkat(directory, name, is_directory ? AT_REMOVEDIR : 0));
	if (renameat2(directory, name, directory, old, 0) < 0)
		return pf_fault(PF_CALL_RENAME);
	return pf_remove_tree(directory, old);
}

static int copy_status(struct work *work, size_t i)
{
	const struct pf_put *put = &work->all->puts[i];

	return put->is_directory
		       ? pf_copy_directory_status(&work->copier, put->from, put->to, &put->node)
		       : 0;
}

static int set_times(const struct pf_times *one)
{
	PF_CLEANUP_FD int fd = pf_open_below(one->to.root, one->to.path, O_RDONLY | O_DIRECTORY);
	int r = fd < 0 ? fd : pf_checked(PF_CALL_UTIMENS, futimens(fd, one->times));
	const int number = pf_number_of(r);

	/* The directory is gone, or belongs to another user, as /tmp does. */
	return number == EPERM || number == ENOENT || number == ENOTDIR ? 0 : r;
}

/* Writes all data of the file systems to the disk that have changed. */
static int sync_all(const struct pf_transfer *all)
{
	int last = -1;

	for (size_t i = 0; i < all->put_count + all->removal_count; i++) {
		const int root = i < all->put_count ? all->puts[i].to.root
						    : all->removals[i - all->put_count].to.root;
		if (root == last)
			continue;
		last = root;
		if (syncfs(root) < 0)
			return pf_fault(PF_CALL_SYNCFS);
	}
	return 0;
}

static int say(struct work *work, const struct pf_change *change, int failure)
{
	struct pf_text shown = {0};

	if (pf_call_of(failure) == PF_CALL_RISK)
		return pf_refuse_risk(work->trial, change, pf_number_of(failure));
	if (pf_call_of(failure) != PF_CALL_OTHER)
		return pf_say_change(work->trial, change->path, failure, HINT);
	pf_text_visible(&shown, change->path);
	pf_say_hint(work->trial, pf_text_of(&shown),
		    "another process has put another directory there", HINT);
	pf_text_free(&shown);
	return PF_SAID;
}

typedef int (*step_fn)(struct work *work, size_t i);

/* Does a step for each put or removal, from the first to the last or back. */
static int each(struct work *work, step_fn step, int of_removals, int is_back)
{
	const struct pf_transfer *all = work->all;
	const size_t count = of_removals ? all->removal_count : all->put_count;
	int r = 0;

	pf_close_parents(work->trial);
	for (size_t n = 0; n < count && r >= 0; n++) {
		const size_t i = is_back ? count - 1 - n : n;
		r = step(work, i);
		if (r < 0)
			return say(work,
				   of_removals ? all->removals[i].change : all->puts[i].change, r);
	}
	return 0;
}

static int carry_out(struct work *work)
{
	const struct pf_transfer *all = work->all;
	int r = each(work, make_directory, 0, 0);

	if (r >= 0)
		r = note_made(work);
	if (r >= 0)
		r = each(work, prepare, 0, 0);
	if (r >= 0 && all->put_count > 0)
		r = sync_all(&(struct pf_transfer){.puts = all->puts, .put_count = all->put_count});
	if (r >= 0)
		r = each(work, place, 0, 0);
	if (r >= 0)
		r = each(work, remove_entry, 1, 1);
	if (r >= 0)
		r = each(work, copy_status, 0, 1);
	for (size_t i = 0; i < all->times_count && r >= 0; i++) {
		r = set_times(&all->times[i]);
		if (r < 0)
			return pf_say_change(work->trial, all->times[i].to.path, r, HINT);
	}
	return r < 0 ? r : sync_all(all);
}

int pf_transfer(struct pflask_trial *trial, const struct pf_transfer *all)
{
	struct work work = {
		.trial = trial,
		.all = all,
		.copier = {.trial = trial, .refused = all->refused},
	};
	int r = pf_temporary_start(trial, work.name, &work.start);

	if (r >= 0)
		r = carry_out(&work);
	pf_end_copier(&work.copier);
	pf_close_parents(trial);
	return r;
}
