/* SPDX-License-Identifier: BSD-2-Clause */
/* Reverts the changes that were applied. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/decimal.h"
#include "files.h"
#include "stacked.h"

/* The transfer that undoes changes, and the names of the kept entries. */
struct undoing {
	struct pf_transfer all;
	char (*names)[PF_DECIMAL_SIZE];
};

/* Adds the step that undoes a change: a removal, or a copy of the kept entry. */
static void add_step(const struct pflask_trial *trial, struct undoing *undoing, int undo,
		     const struct pf_change *change, const struct pf_journal *journal)
{
	const struct pf_identity *before = &journal->before[pf_index_of(trial, change)];
	const struct pf_identity *after = &journal->after[pf_index_of(trial, change)];
	struct pf_transfer *all = &undoing->all;
	const size_t number = all->put_count + all->removal_count;
	const int is_directory = before->known == PF_FOUND && S_ISDIR(before->mode);

	pf_write_decimal(pf_index_of(trial, change), undoing->names[number]);
	if (before->known == PF_FOUND)
		all->puts[all->put_count++] = (struct pf_put){
			.change = change,
			.to = pf_lower(change),
			.from = {undo, undoing->names[number]},
			.is_directory = is_directory && pf_is_directory(change),
			/* A trial above can have deleted the directory and made it again. */
			.inode = after->known == PF_FOUND ? after->inode : before->inode,
			.index = pf_index_of(trial, change),
			.with_tree = is_directory && !pf_is_directory(change),
		};
	else
		all->removals[all->removal_count++] =
			(struct pf_removal){.change = change, .to = pf_lower(change)};
}

/* Turns the order of the times round: the times before the first step come last. */
static void reverse_times(struct pf_times *times, size_t count)
{
	for (size_t i = 0; i < count / 2; i++) {
		const struct pf_times one = times[i];
		times[i] = times[count - 1 - i];
		times[count - 1 - i] = one;
	}
}

static int carry_out(struct pflask_trial *trial, const struct pf_journal *journal,
		     const struct pf_items *items, int undo, int again)
{
	struct undoing undoing = {
		.all = {.again = again,
			.made = journal->made,
			.puts = calloc(items->count + 1, sizeof(struct pf_put)),
			.removals = calloc(items->count + 1, sizeof(struct pf_removal)),
			.times = journal->parents,
			.times_count = journal->parent_count},
		.names = calloc(items->count + 1, PF_DECIMAL_SIZE),
	};
	int r = undoing.all.puts && undoing.all.removals && undoing.names ? 0 : PF_NO_MEMORY;

	for (size_t i = 0; i < items->count && r >= 0; i++)
		add_step(trial, &undoing, undo, items->all[i], journal);
	reverse_times(journal->parents, journal->parent_count);
	if (r >= 0)
		r = pf_transfer(trial, &undoing.all);
	free(undoing.all.puts);
	free(undoing.all.removals);
	free(undoing.names);
	return r;
}

/* Removes the temporary copies that an interrupted step has left in a directory. */
static int remove_copies_in(int directory, const char *start, size_t length)
{
	struct pf_names names;
	int r = pf_list_names(directory, &names);

	for (size_t i = 0; i < names.count && r >= 0; i++)
		if (strncmp(names.names[i], start, length) == 0)
			r = pf_remove_tree(directory, names.names[i]);
	pf_free_names(&names);
	return r;
}

static int remove_copies(struct pflask_trial *trial, const struct pf_items *items)
{
	char start[PF_TEMPORARY];
	const struct pf_change *last = NULL;
	size_t length, last_length = 0;
	int r = pf_temporary_start(trial, start, &length);

	pf_close_parents(trial);
	for (size_t i = 0; i < items->count && r >= 0; i++) {
		const struct pf_change *change = items->all[i];
		struct pf_parent *parent;
		const char *name;
		size_t parent_length;
		pf_last_name(change->at, &parent_length);
		if (last && last->layer == change->layer && last_length == parent_length &&
		    memcmp(last->at, change->at, parent_length) == 0)
			continue;
		last = change;
		last_length = parent_length;
		r = pf_is_reachable(trial, pf_lower(change));
		if (r > 0)
			r = remove_copies_in(pf_parent_of(trial, pf_lower(change), &name, &parent),
					     start, length);
	}
	return r;
}

int pf_undo(struct pflask_trial *trial, const struct pf_journal *journal,
	    const struct pf_items *items, int again)
{
	PF_CLEANUP_FD int undo = pf_open_undo(trial);
	int r = undo < 0 ? undo : 0;

	/* The copies of an interrupted step may be in a directory that must be removed. */
	if (r >= 0 && again)
		r = remove_copies(trial, items);
	pf_close_parents(trial);
	if (r >= 0)
		r = carry_out(trial, journal, items, undo, again);

	if (r >= 0)
		r = pf_note_reverted(trial, journal, items, again);
	if (r >= 0)
		r = pf_note_identities(trial, "reverted", items);
	for (size_t i = 0; i < items->count && r >= 0; i++) {
		char name[PF_DECIMAL_SIZE];
		pf_write_decimal(pf_index_of(trial, items->all[i]), name);
		r = pf_remove_tree(undo, name);
		if (r < 0)
			r = pf_say_failure(trial, trial->dir, r, NULL);
	}
	return r < 0 ? r : pf_add_done(trial, items);
}

/* Tells whether an interrupted step has not changed a place yet. A directory that stays a directory
 * is changed by several system calls, so such a directory counts as changed. */
static int is_untouched(struct pflask_trial *trial, const struct pf_change *change,
			const struct pf_journal *journal)
{
	const size_t index = pf_index_of(trial, change);
	const struct pf_identity *before = &journal->before[index];
	struct pf_identity now;

	if (change->kind == 'M' && pf_is_directory(change) && before->known == PF_FOUND &&
	    S_ISDIR(before->mode))
		return 0;
	int r = pf_identity_at(trial, pf_lower(change), &now);
	if (r < 0)
		return pf_say_change(trial, change->path, r, NULL);
	return !journal->after[index].known && pf_is_same(before, &now);
}

static int note_begin(struct pflask_trial *trial, const struct pf_items *items)
{
	struct pf_text line = {0};

	pf_begin_line(&line, "revert");
	for (size_t i = 0; i < items->count; i++) {
		pf_text_put(&line, i == 0 ? "" : ",");
		pf_text_number(&line, pf_index_of(trial, items->all[i]));
	}
	pf_text_put(&line, "]}");
	return pf_write_line(trial, &line);
}

/* Reverts items. `begun` are the items whose application was interrupted. */
static int revert(struct pflask_trial *trial, const struct pf_journal *journal,
		  struct pf_items *items, const struct pf_items *begun)
{
	size_t count = 0;
	int r = pf_find_begun_conflicts(trial, begun, journal);

	if (r >= 0)
		r = pf_find_conflicts(trial, items, journal);
	if (r < 0 || trial->conflicts.count > 0)
		return r;
	r = note_begin(trial, items);
	if (r >= 0 && begun->count > 0)
		r = remove_copies(trial, begun);
	pf_close_parents(trial);
	for (size_t i = 0; i < items->count && r >= 0; i++) {
		r = is_untouched(trial, items->all[i], journal);
		if (r == 0)
			items->all[count++] = items->all[i];
	}
	items->count = count;
	return r < 0 ? r : pf_undo(trial, journal, items, begun->count > 0);
}

int pf_revert(struct pflask_trial *trial)
{
	struct pf_items items = {0}, begun = {0};
	struct pf_journal journal = {0};
	int r = pf_lock(trial);

	if (r >= 0)
		r = pf_lock_below(trial);
	if (r >= 0)
		r = pf_read_below(trial, 0);
	if (r < 0)
		return r;
	r = pf_read_journal(trial, &journal);
	if (r >= 0)
		r = pf_journal_items(trial, &journal, 0, &items);
	if (r >= 0)
		r = pf_journal_items(trial, &journal, 1, &begun);
	if (r >= 0 && items.count == 0)
		r = pf_say(trial, trial->dir, "nothing is applied", NULL);
	else if (r >= 0 && journal.begun == PF_BEGUN_REVERT)
		r = pf_undo(trial, &journal, &items, 1);
	else if (r >= 0)
		r = revert(trial, &journal, &items, &begun);
	free(items.all);
	free(begun.all);
	pf_free_journal(&journal);
	return r < 0 ? r : (int)trial->done_count;
}
