/* SPDX-License-Identifier: BSD-2-Clause */
/* Applies the changes of a trial to the files in the lower directories. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

#include "stacked.h"

/* Tells whether a change makes a directory where no directory was. */
static int is_made(const struct pf_change *change)
{
	return pf_is_directory(change) &&
	       !(change->below.known == PF_FOUND && S_ISDIR(change->below.mode));
}

/* Marks the changes of the directories above a path, without which a new path has no place. */
static int want_parents(const struct pflask_trial *trial, const struct pf_change *change)
{
	char *path = strdup(change->path);

	if (!path)
		return PF_NO_MEMORY;
	for (char *slash; (slash = strrchr(path, '/')) != NULL && slash > path;) {
		*slash = '\0';
		struct pf_change *above = pf_find_change(trial, path);
		if (!above)
			continue;
		if (above->is_wanted)
			break;
		above->is_wanted = is_made(above) ? 1 : 0;
	}
	free(path);
	return 0;
}

/* Lists the selected changes that are not applied yet, with the directories that they need. */
static int list_items(struct pflask_trial *trial, const struct pf_journal *journal,
		      struct pf_items *ret)
{
	int r = pf_make_items(trial, ret);

	for (size_t i = 0; i < trial->change_count && r >= 0; i++)
		if (trial->changes[i].layer && trial->changes[i].is_selected)
			r = want_parents(trial, &trial->changes[i]);
	for (size_t i = 0; i < trial->change_count; i++) {
		struct pf_change *change = &trial->changes[i];
		const int is = change->is_selected || change->is_wanted;
		change->is_wanted = 0;
		if (r >= 0 && change->layer && is && !journal->before[i].known)
			ret->all[ret->count++] = change;
	}
	return r;
}

static const struct pf_layer *layer_of(const struct pflask_trial *trial, int lower)
{
	size_t i = 0;

	while (trial->layers[i].lower != lower)
		i++;
	return &trial->layers[i];
}

/* Sets the times that the directories had in the trial. Leaves out directories that the trial has
 * not changed. */
static int use_times_of_trial(struct pflask_trial *trial, struct pf_journal *journal)
{
	size_t count = 0;

	for (size_t i = 0; i < journal->parent_count; i++) {
		struct pf_times one = journal->parents[i];
		const struct pf_layer *layer = layer_of(trial, one.to.root);
		struct stat status;
		int r = pf_status_of_place(trial, (struct pf_place){layer->upper, one.to.path},
					   &status);
		if (r < 0)
			return pf_say_change(trial, one.to.path, r, NULL);
		one.times[0] = status.st_atim;
		one.times[1] = status.st_mtim;
		if (r > 0)
			journal->parents[count++] = one;
	}
	journal->parent_count = count;
	return 0;
}

/* Carries out the changes, which are already in the journal. Uses up the times in the journal. */
static int carry_out(struct pflask_trial *trial, const struct pf_items *items,
		     struct pf_journal *journal, int again, uint32_t flags)
{
	struct pf_put *puts = calloc(items->count + 1, sizeof(*puts));
	struct pf_removal *removals = calloc(items->count + 1, sizeof(*removals));
	struct pf_transfer all = {
		.again = again,
		.refused = pf_refused_risks(trial, flags),
		.made = journal->made,
		.puts = puts,
		.removals = removals,
	};
	int r = puts && removals ? use_times_of_trial(trial, journal) : PF_NO_MEMORY;

	for (size_t i = 0; i < items->count && r >= 0; i++) {
		const struct pf_change *change = items->all[i];
		if (change->kind == 'D')
			removals[all.removal_count++] =
				(struct pf_removal){change, pf_lower(change), 1};
		else
			puts[all.put_count++] = (struct pf_put){
				.change = change,
				.to = pf_lower(change),
				.from = pf_upper(change),
				.is_directory = pf_is_directory(change),
				.inode = pf_inode_before(trial, journal, change),
				.index = pf_index_of(trial, change),
			};
	}
	all.times = journal->parents;
	all.times_count = journal->parent_count;
	if (r >= 0)
		r = pf_transfer(trial, &all);
	if (r >= 0)
		r = pf_note_identities(trial, "applied", items);
	if (r >= 0)
		r = pf_add_done(trial, items);
	free(puts);
	free(removals);
	return r;
}

/* Finishes a step that was interrupted. */
static int finish_begun(struct pflask_trial *trial, struct pf_journal *journal, uint32_t flags)
{
	const int is_revert = journal->begun == PF_BEGUN_REVERT;
	struct pf_items items = {0};
	int r = 0;

	if (journal->begun == PF_BEGUN_NOTHING)
		return 0;
	r = pf_journal_items(trial, journal, !is_revert, &items);
	if (r >= 0 && is_revert)
		r = pf_undo(trial, journal, &items, 1);
	if (r >= 0 && !is_revert && !(flags & PFLASK_TRIAL_FORCE))
		r = pf_find_begun_conflicts(trial, &items, journal);
	if (r >= 0 && !is_revert && trial->conflicts.count == 0)
		r = carry_out(trial, &items, journal, 1, flags);
	free(items.all);
	return r;
}

/* Refuses a root whose files had other owners in the container than they have on the host. */
static int refuse_mapped(struct pflask_trial *trial)
{
	for (size_t i = 0; i < trial->layer_count; i++)
		if (trial->layers[i].is_mapped)
			return pf_say(
				trial, trial->layers[i].place,
				"was mounted with mapped owners, which --apply cannot map back",
				NULL);
	return 0;
}

static int refuse_lost(struct pflask_trial *trial)
{
	struct pf_text shown = {0};

	if (trial->lost.count == 0)
		return 0;
	pf_text_visible(&shown, trial->lost.all[0].path);
	pf_say(trial, pf_text_of(&shown), trial->lost.all[0].why, NULL);
	pf_text_free(&shown);
	return PF_SAID;
}

/* Checks the items. Conflicts are no failure. */
static int check(struct pflask_trial *trial, const struct pf_items *items,
		 const struct pf_journal *journal, uint32_t flags)
{
	int r = pf_refuse_risks(trial, items, flags);

	if (r >= 0)
		r = pf_refuse_foreign(trial, items);
	if (r >= 0)
		r = pf_refuse_itself(trial, items);
	if (r >= 0 && !(flags & PFLASK_TRIAL_FORCE))
		r = pf_find_conflicts(trial, items, journal);
	return r;
}

static int apply_items(struct pflask_trial *trial, const struct pf_items *items, uint32_t flags)
{
	struct pf_journal step = {0};
	int r = pf_keep(trial, items, &step);

	if (r >= 0)
		r = carry_out(trial, items, &step, 0, flags);
	pf_free_journal(&step);
	return r;
}

static int apply_rest(struct pflask_trial *trial, uint32_t flags)
{
	struct pf_items items = {0};
	struct pf_journal journal;
	int r = pf_read_journal(trial, &journal);

	if (r >= 0)
		r = refuse_lost(trial);
	if (r >= 0)
		r = list_items(trial, &journal, &items);
	if (r >= 0)
		r = check(trial, &items, &journal, flags);
	pf_free_journal(&journal);
	if (r >= 0 && items.count > 0 && trial->conflicts.count == 0)
		r = apply_items(trial, &items, flags);
	free(items.all);
	return r;
}

int pf_apply(struct pflask_trial *trial, uint32_t flags)
{
	struct pf_journal journal = {0};
	int r = refuse_mapped(trial);

	if (r >= 0)
		r = pf_lock(trial);
	if (r >= 0)
		r = pf_lock_below(trial);
	if (r >= 0)
		r = pf_read_below(trial, 1);
	if (r < 0)
		return r;
	r = pf_read_journal(trial, &journal);
	if (r >= 0)
		r = finish_begun(trial, &journal, flags);
	pf_free_journal(&journal);
	if (r >= 0 && trial->conflicts.count == 0)
		r = apply_rest(trial, flags);
	return r < 0 ? r : (int)trial->done_count;
}
