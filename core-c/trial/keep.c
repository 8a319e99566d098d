/* SPDX-License-Identifier: BSD-2-Clause */
/* Keeps what a step replaces, and notes the step in the journal (steps.h). */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/decimal.h"
#include "copy.h"
#include "files.h"
#include "steps.h"

#define UNDO "undo"
#define LOCK_TRIES 100
#define LOCK_PAUSE 20000000 /* nanoseconds */

/* Refuses a trial that went on after its manifest was read: the manifest is another file now. */
static int refuse_replaced(struct pflask_trial *trial)
{
	struct stat read, now;
	int r = pf_status_of(trial->manifest_fd, &read);

	if (r >= 0)
		r = pf_status_at(trial->fd, "manifest", &now);
	if (r < 0)
		return pf_say_failure(trial, trial->dir, r, NULL);
	const struct pf_node one = pf_node_of(&read), other = pf_node_of(r > 0 ? &now : &read);
	if (r > 0 && pf_is_node(&one, &other))
		return 0;
	return pf_say_hint(trial, trial->dir, "a command has gone on with the trial meanwhile",
			   "--diff=%s");
}

int pf_lock(struct pflask_trial *trial)
{
	const struct timespec pause = {.tv_nsec = LOCK_PAUSE};

	for (int tries = 0; flock(trial->manifest_fd, LOCK_EX | LOCK_NB) < 0; tries++) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return pf_say_failure(trial, trial->dir, pf_fault(PF_CALL_LOCK), NULL);
		if (tries == LOCK_TRIES)
			return pf_say(trial, trial->dir, "another pflask uses the trial", NULL);
		nanosleep(&pause, NULL);
	}
	return refuse_replaced(trial);
}

int pf_open_undo(struct pflask_trial *trial)
{
	struct pf_text subject = {0};
	int fd = mkdirat(trial->fd, UNDO, 0700) < 0 && errno != EEXIST
			 ? pf_fault(PF_CALL_MKDIR)
			 : pf_open_kept(trial, UNDO, O_RDONLY | O_DIRECTORY);

	if (fd >= 0)
		return fd;
	pf_text_put(&subject, trial->dir);
	pf_text_put(&subject, "/" UNDO);
	pf_say_failure(trial, pf_text_of(&subject), fd, NULL);
	pf_text_free(&subject);
	return PF_SAID;
}

int pf_make_items(const struct pflask_trial *trial, struct pf_items *ret)
{
	ret->count = 0;
	ret->all = calloc(trial->change_count + 1, sizeof(struct pf_change *));
	return ret->all ? 0 : PF_NO_MEMORY;
}

int pf_journal_items(const struct pflask_trial *trial, const struct pf_journal *journal,
		     int only_begun, struct pf_items *ret)
{
	int r = pf_make_items(trial, ret);

	for (size_t i = 0; r >= 0 && i < trial->change_count; i++)
		if (journal->before[i].known && !(only_begun && journal->after[i].known))
			ret->all[ret->count++] = &trial->changes[i];
	return r;
}

int pf_add_done(struct pflask_trial *trial, const struct pf_items *items)
{
	struct pf_change **done = realloc(trial->done, (trial->done_count + items->count + 1) *
							       sizeof(struct pf_change *));

	if (!done)
		return PF_NO_MEMORY;
	trial->done = done;
	memcpy(done + trial->done_count, items->all, items->count * sizeof(struct pf_change *));
	trial->done_count += items->count;
	return 0;
}

int pf_note_identities(struct pflask_trial *trial, const char *word, const struct pf_items *items)
{
	struct pf_text line = {0};

	pf_begin_line(&line, word);
	for (size_t i = 0; i < items->count; i++) {
		struct pf_identity now;
		int r = pf_identity_at(trial, pf_lower(items->all[i]), &now);
		if (r < 0) {
			pf_text_free(&line);
			return pf_say_change(trial, items->all[i]->path, r, NULL);
		}
		pf_add_indexed(&line, pf_index_of(trial, items->all[i]), &now, i == 0);
	}
	pf_text_put(&line, "]}");
	return pf_write_line(trial, &line);
}

/* Copies the entry at the place of an item to the directory `undo`, and notes the identity of the
 * entry. Returns 1 if there was an entry. */
static int keep_one(struct pf_copier *copier, int undo, const struct pf_change *change,
		    struct pf_identity *ret)
{
	struct pflask_trial *trial = copier->trial;
	char name[PF_DECIMAL_SIZE];
	int r = pf_identity_at(trial, pf_lower(change), ret);

	if (r < 0 || ret->known != PF_FOUND)
		return r;
	pf_write_decimal(pf_index_of(trial, change), name);
	r = pf_copy(copier, pf_lower(change), (struct pf_place){undo, name}, NULL,
		    !pf_is_directory(change));
	return r < 0 ? r : 1;
}

/* Keeps the entries, and adds their identities to a line of the journal. */
static int keep_all(struct pf_copier *copier, int undo, const struct pf_items *items,
		    struct pf_text *line, struct pf_identity *ret)
{
	struct pflask_trial *trial = copier->trial;
	int has_entries = 0;

	for (size_t i = 0; i < items->count; i++) {
		const struct pf_change *change = items->all[i];
		struct pf_identity *before = &ret[pf_index_of(trial, change)];
		int r = keep_one(copier, undo, change, before);
		if (r < 0)
			return pf_say_change(trial, change->path, r, NULL);
		has_entries |= r;
		pf_add_indexed(line, pf_index_of(trial, change), before, i == 0);
	}
	if (has_entries && syncfs(undo) < 0)
		return pf_say_failure(trial, trial->dir, pf_fault(PF_CALL_SYNCFS), NULL);
	return 0;
}

/* The path of a parent directory. */
struct directory {
	const struct pf_change *change;
	size_t length;
};

static int compare_directories(const void *one, const void *other)
{
	const struct directory *a = one, *b = other;

	if (a->change->layer != b->change->layer)
		return a->change->layer < b->change->layer ? -1 : 1;
	if (a->length != b->length)
		return a->length < b->length ? -1 : 1;
	return memcmp(a->change->at, b->change->at, a->length);
}

/* Makes room for the times and the paths of directories. */
static int make_room(const struct directory *all, size_t count, struct pf_journal *ret)
{
	size_t size = 1;

	for (size_t i = 0; i < count; i++)
		size += all[i].length + 1;
	ret->text = malloc(size);
	ret->parents = calloc(count + 1, sizeof(*ret->parents));
	return ret->text && ret->parents ? 0 : PF_NO_MEMORY;
}

/* Adds the times of the directories that exist, and that get or lose entries. */
static int add_parents(struct pflask_trial *trial, const struct pf_items *items,
		       struct directory *all, struct pf_text *line, struct pf_journal *ret)
{
	size_t count = 0;

	for (size_t i = 0; i < items->count; i++) {
		struct directory *next = &all[count];
		*next = (struct directory){.change = items->all[i]};
		pf_last_name(next->change->at, &next->length);
		if (*next->change->at && (count == 0 || compare_directories(next - 1, next) != 0))
			count++;
	}
	qsort(all, count, sizeof(*all), compare_directories);
	int r = make_room(all, count, ret);
	char *path = ret->text;
	for (size_t i = 0; i < count && r >= 0; i++) {
		const struct pf_layer *layer = all[i].change->layer;
		struct stat status;
		if (i > 0 && compare_directories(&all[i - 1], &all[i]) == 0)
			continue;
		const struct pf_place place = {layer->lower, path};
		memcpy(path, all[i].change->at, all[i].length);
		path[all[i].length] = '\0';
		path += all[i].length + 1;
		r = pf_status_of_place(trial, place, &status);
		if (r <= 0)
			continue;
		pf_add_parent(line, layer, place.path, &status, ret->parent_count == 0);
		ret->parents[ret->parent_count++] =
			(struct pf_times){place, {status.st_atim, status.st_mtim}};
	}
	return r < 0 ? r : 0;
}

static void forget_copy(int undo, size_t index)
{
	char name[PF_DECIMAL_SIZE];

	pf_write_decimal(index, name);
	pf_remove_tree(undo, name);
}

int pf_keep(struct pflask_trial *trial, const struct pf_items *items, struct pf_journal *ret)
{
	struct pf_copier copier = {.trial = trial};
	struct pf_text line = {0};
	PF_CLEANUP_FD int undo = pf_open_undo(trial);

	if (undo < 0)
		return undo;
	struct directory *parents = calloc(items->count + 1, sizeof(*parents));
	pf_close_parents(trial);
	pf_begin_line(&line, "apply");
	ret->before = calloc(trial->change_count + 1, sizeof(*ret->before));
	int r = parents && ret->before ? keep_all(&copier, undo, items, &line, ret->before)
				       : PF_NO_MEMORY;
	pf_text_put(&line, "],\"parents\":[");
	if (r >= 0)
		r = add_parents(trial, items, parents, &line, ret);
	pf_text_put(&line, "]}");
	pf_end_copier(&copier);
	pf_close_parents(trial);
	free(parents);
	if (r >= 0)
		r = pf_write_line(trial, &line);
	else
		pf_text_free(&line);
	/* No line of the journal names these copies. They may have filled the disk. */
	for (size_t i = 0; r < 0 && i < items->count; i++)
		forget_copy(undo, pf_index_of(trial, items->all[i]));
	return r;
}
