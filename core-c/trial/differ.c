/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds the differences of the selected changes (differ.h). */
#define _GNU_SOURCE
#include "differ.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "files.h"
#include "side.h"
#include "stacked.h"
#include "unified.h"

/* A path whose difference is still to be shown. */
struct task {
	char kind;     /* 'A', 'M' or 'D' */
	int with_tree; /* whether everything below a deleted directory is shown, too */
	char *at;      /* the path below the lower or upper directory */
	char *path;    /* the path in the container */
};

struct pf_differ {
	size_t next; /* the next change of the manifest */
	const struct pf_change *change;
	struct task *tasks; /* the last one comes first */
	size_t task_count;
	size_t task_room;
	struct pf_text path, patch, notes;
	uint32_t caller; /* the user who has started the container */
};

static int push(struct pf_differ *differ, char kind, int with_tree, const char *at,
		const char *path)
{
	if (differ->task_count == differ->task_room) {
		const size_t room = differ->task_room ? 2 * differ->task_room : 16;
		struct task *tasks = realloc(differ->tasks, room * sizeof(*tasks));
		if (!tasks)
			return PF_NO_MEMORY;
		differ->tasks = tasks;
		differ->task_room = room;
	}
	struct task *task = &differ->tasks[differ->task_count++];
	*task = (struct task){kind, with_tree, strdup(at), strdup(path)};
	return task->at && task->path ? 0 : PF_NO_MEMORY;
}

static void free_task(struct task *task)
{
	free(task->at);
	free(task->path);
}

void pf_free_differ(struct pf_differ *differ)
{
	if (!differ)
		return;
	while (differ->task_count > 0)
		free_task(&differ->tasks[--differ->task_count]);
	free(differ->tasks);
	pf_text_free(&differ->path);
	pf_text_free(&differ->patch);
	pf_text_free(&differ->notes);
	free(differ);
}

/* Adds "PREFIX" and a name as git does: in double quotes, if a character would be unclear. Returns
 * whether the name is in quotes. */
static int put_quoted(struct pf_text *out, const char *prefix, const char *name)
{
	static const char letters[] = "\n\t\"\\", escapes[] = "nt\"\\";
	int is_quoted = 0;

	for (const unsigned char *at = (const unsigned char *)name; *at; at++)
		is_quoted |= *at < 0x20 || *at >= 0x7f || *at == '"' || *at == '\\';
	pf_text_put(out, is_quoted ? "\"" : "");
	pf_text_put(out, prefix);
	for (; *name; name++) {
		const unsigned char byte = (unsigned char)*name;
		const char *letter = strchr(letters, byte);
		if (letter || byte < 0x20 || byte >= 0x7f)
			pf_text_put(out, "\\");
		if (letter)
			pf_text_add(out, &escapes[letter - letters], 1);
		else if (byte < 0x20 || byte >= 0x7f)
			pf_text_digits(out, byte, 8, 3);
		else
			pf_text_add(out, name, 1);
	}
	pf_text_put(out, is_quoted ? "\"" : "");
	return is_quoted;
}

/* Adds the line "--- NAME" or "+++ NAME". */
static void put_file(struct pf_text *out, const char *mark, const char *prefix, const char *name,
		     int exists)
{
	pf_text_put(out, mark);
	/* A tab must follow a name with a blank. Else the end of the name is not clear. */
	if (!exists)
		pf_text_put(out, "/dev/null");
	else if (!put_quoted(out, prefix, name) && strchr(name, ' '))
		pf_text_put(out, "\t");
	pf_text_put(out, "\n");
}

static const char *git_mode(const struct pf_side *side)
{
	return side->status.st_mode & 0100 ? "100755\n" : "100644\n";
}

static void put_modes(struct pf_text *out, const struct pf_side *old, const struct pf_side *now)
{
	if (!old || !now) {
		pf_text_put(out, old ? "deleted file mode " : "new file mode ");
		pf_text_put(out, git_mode(old ? old : now));
	} else if (git_mode(old) != git_mode(now)) {
		pf_text_put(out, "old mode ");
		pf_text_put(out, git_mode(old));
		pf_text_put(out, "new mode ");
		pf_text_put(out, git_mode(now));
	}
}

/* Adds the unified diff of two texts with the header of git. */
static int put_patch(struct pf_text *out, const char *path, const struct pf_side *old,
		     const struct pf_side *now, struct pflask_difference *ret)
{
	struct pf_text hunks = {0}, modes = {0};
	const char *name = path + 1;
	int r = pf_unified(&hunks, old ? old->text : "", old ? old->size : 0, now ? now->text : "",
			   now ? now->size : 0, &ret->added, &ret->removed);

	ret->is_text = 1;
	put_modes(&modes, old, now);
	if (r >= 0 && (hunks.size > 0 || modes.size > 0)) {
		pf_text_put(out, "diff --git ");
		put_quoted(out, "a/", name);
		pf_text_put(out, " ");
		put_quoted(out, "b/", name);
		pf_text_put(out, "\n");
		pf_text_put(out, pf_text_of(&modes));
	}
	if (r >= 0 && hunks.size > 0) {
		put_file(out, "--- ", "a/", name, old != NULL);
		put_file(out, "+++ ", "b/", name, now != NULL);
		pf_text_add(out, hunks.bytes, hunks.size);
	}
	if (r >= 0 && (hunks.failed || modes.failed))
		r = PF_NO_MEMORY;
	pf_text_free(&hunks);
	pf_text_free(&modes);
	return r;
}

static int is_file(const struct pf_side *side)
{
	return side && S_ISREG(side->status.st_mode);
}

/* Tells whether two entries look the same in one line. */
static int looks_same(const struct pf_side *old, const struct pf_side *now)
{
	struct pf_text one = {0}, other = {0};

	pf_describe(&one, old);
	pf_describe(&other, now);
	const int is = !is_file(now) && strcmp(pf_text_of(&one), pf_text_of(&other)) == 0;
	pf_text_free(&one);
	pf_text_free(&other);
	return is;
}

/* Adds a line about the contents, which a patch cannot show. */
static void put_line(struct pf_text *out, const char *name, const struct pf_side *old,
		     const struct pf_side *now, int is_binary)
{
	if (old && now && looks_same(old, now))
		return;
	pf_text_put(out, is_binary ? "binary " : "file ");
	pf_text_put(out, name);
	pf_text_put(out, !old ? ": added " : !now ? ": deleted " : ": ");
	if (old)
		pf_describe(out, old);
	pf_text_put(out, old && now ? " -> " : "");
	if (now)
		pf_describe(out, now);
	pf_text_put(out, "\n");
}

static uint64_t size_of(const struct pf_side *side)
{
	return side && is_file(side) ? (uint64_t)side->status.st_size : 0;
}

/* Compares the two sides of a path, of which one can be NULL. */
static int compare(struct pf_differ *differ, char kind, const struct pf_side *old,
		   const struct pf_side *now, struct pflask_difference *ret)
{
	const char *path = pf_text_of(&differ->path);
	const struct pf_side *first = old ? old : now, *second = now ? now : old;
	const int both_files = is_file(first) && is_file(second);
	struct pf_text name = {0};
	int r = 0;

	memset(ret, 0, sizeof(*ret));
	pf_text_clear(&differ->patch);
	pf_text_clear(&differ->notes);
	pf_text_visible(&name, path);
	if (both_files && first->text && second->text)
		r = put_patch(&differ->patch, path, old, now, ret);
	else
		put_line(&differ->notes, pf_text_of(&name), old, now, both_files);
	if (now)
		pf_put_notes(&differ->notes, pf_text_of(&name), old, now, differ->caller);
	ret->path = path;
	ret->kind = (unsigned char)kind;
	ret->text = pf_text_of(&differ->patch);
	ret->text_size = differ->patch.size;
	ret->notes = pf_text_of(&differ->notes);
	ret->notes_size = differ->notes.size;
	ret->before = size_of(old);
	ret->after = size_of(now);
	if (name.failed || differ->patch.failed || differ->notes.failed)
		r = PF_NO_MEMORY;
	pf_text_free(&name);
	return r;
}

/* Adds the task for an entry of a deleted directory, if the trials below show the entry. */
static int push_entry(struct pflask_trial *trial, const char *at, const char *name)
{
	struct pf_differ *differ = trial->differ;
	struct pf_text below = {0}, shown = {0};
	struct pf_roots roots = {.count = 1};
	int r = 0;

	pf_text_put(&below, at);
	pf_text_put(&below, *at ? "/" : "");
	pf_text_put(&below, name);
	pf_text_put(&shown, pf_text_of(&differ->path));
	pf_text_put(&shown, "/");
	pf_text_put(&shown, name);
	if (below.failed || shown.failed)
		r = PF_NO_MEMORY;
	if (r >= 0 && trial->below_count > 0)
		r = pf_roots_of(trial, differ->change->layer, below.bytes, &roots);
	if (r >= 0 && roots.count > 0)
		r = push(differ, 'D', 1, below.bytes, shown.bytes);
	pf_text_free(&below);
	pf_text_free(&shown);
	return r;
}

static int list_below(int root, const char *at, struct pf_names *ret)
{
	PF_CLEANUP_FD int fd = pf_open_below(root, at, O_RDONLY | O_DIRECTORY);

	return fd < 0 ? fd : pf_list_names(fd, ret);
}

/* Takes the last name of several sorted lists, from each list that has the name. Returns NULL if
 * the lists are empty. */
static const char *take_last(struct pf_names *lists, size_t count)
{
	const char *last = NULL;

	for (size_t i = 0; i < count; i++) {
		const char *name = lists[i].count > 0 ? lists[i].names[lists[i].count - 1] : NULL;
		if (name && (!last || strcmp(name, last) > 0))
			last = name;
	}
	for (size_t i = 0; i < count && last; i++)
		if (lists[i].count > 0 && strcmp(lists[i].names[lists[i].count - 1], last) == 0)
			lists[i].count--;
	return last;
}

/* Adds the tasks for the entries of a deleted directory. */
static int push_entries(struct pflask_trial *trial, const char *at)
{
	struct pf_names lists[PF_TRIALS + 1] = {0};
	struct pf_roots roots;
	const char *name;
	int r = pf_roots_of(trial, trial->differ->change->layer, at, &roots);

	for (size_t i = 0; r >= 0 && i < roots.count; i++)
		r = list_below(roots.all[i], at, &lists[i]);
	while (r >= 0 && (name = take_last(lists, roots.count)) != NULL)
		r = push_entry(trial, at, name);
	for (size_t i = 0; i < PF_TRIALS + 1; i++)
		pf_free_names(&lists[i]);
	return r;
}

/* Compares the two sides of a modified path. If the type of a text file changes, shows two
 * differences, because a patch cannot change the type of a file. */
static int compare_modified(struct pflask_trial *trial, const struct task *task,
			    const struct pf_side *old, const struct pf_side *now,
			    struct pflask_difference *ret)
{
	struct pf_differ *differ = trial->differ;
	const int from_text = old->text && !is_file(now);
	const int to_text = !is_file(old) && now->text;

	if (!from_text && !to_text)
		return compare(differ, 'M', old, now, ret);
	int r = push(differ, 'A', 0, task->at, task->path);
	if (r >= 0 && to_text && S_ISDIR(old->status.st_mode))
		r = push_entries(trial, task->at);
	return r < 0 ? r : compare(differ, 'D', old, NULL, ret);
}

static int do_task(struct pflask_trial *trial, const struct task *task,
		   struct pflask_difference *ret)
{
	struct pf_differ *differ = trial->differ;
	const struct pf_layer *layer = differ->change->layer;
	struct pf_side old = {0}, now = {0};
	int r = 0;

	pf_text_clear(&differ->path);
	pf_text_put(&differ->path, task->path);
	if (task->kind != 'D')
		r = pf_read_side(layer->upper, task->at, trial->notes, &now);
	const int root = r < 0 || task->kind == 'A' ? r : pf_lower_root(trial, layer, task->at);
	if (root < 0)
		r = root;
	else if (r >= 0 && task->kind != 'A')
		r = pf_read_side(root, task->at, trial->notes, &old);
	if (r >= 0 && task->kind == 'M')
		r = compare_modified(trial, task, &old, &now, ret);
	else if (r >= 0)
		r = compare(differ, task->kind, task->kind == 'D' ? &old : NULL,
			    task->kind == 'D' ? NULL : &now, ret);
	if (r >= 0 && task->with_tree && S_ISDIR(old.status.st_mode))
		r = push_entries(trial, task->at);
	pf_free_side(&old);
	pf_free_side(&now);
	return r < 0 ? r : 1;
}

/* Finds the next selected change. Returns 1, or 0 after the last. */
static int next_change(struct pflask_trial *trial)
{
	struct pf_differ *differ = trial->differ;

	for (; differ->next < trial->change_count; differ->next++) {
		const struct pf_change *change = &trial->changes[differ->next];
		if (!change->is_selected || !change->layer)
			continue;
		differ->change = change;
		differ->next++;
		int r = push(differ, change->kind, change->kind == 'D', change->at, change->path);
		return r < 0 ? r : 1;
	}
	return 0;
}

int pf_next_difference(struct pflask_trial *trial, struct pflask_difference *ret)
{
	if (!trial->differ)
		trial->differ = calloc(1, sizeof(*trial->differ));
	if (!trial->differ)
		return PF_NO_MEMORY;
	struct pf_differ *differ = trial->differ;
	differ->caller = trial->uid;
	int r = differ->task_count > 0 ? 1 : next_change(trial);
	if (r <= 0)
		return r;
	struct task task = differ->tasks[--differ->task_count];
	r = do_task(trial, &task, ret);
	if (r < 0)
		r = pf_say_change(trial, task.path, r, NULL);
	else
		ret->index = (int32_t)(differ->change - trial->changes);
	free_task(&task);
	return r;
}

int pf_write_differences(struct pflask_trial *trial, int fd)
{
	struct pflask_difference one = {0};
	int r;

	pf_free_differ(trial->differ);
	trial->differ = NULL;
	while ((r = pf_next_difference(trial, &one)) > 0) {
		r = pf_write_all(fd, one.text, one.text_size);
		if (r >= 0)
			r = pf_write_all(fd, one.notes, one.notes_size);
		if (r < 0)
			return pf_say_failure(trial, "the differences", r, NULL);
	}
	return r;
}
