/* SPDX-License-Identifier: BSD-2-Clause */
/* Selects changes by paths that a user has typed. */
#define _GNU_SOURCE
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/path_below.h"
#include "src/base/numbers.h"
#include "trial.h"

/* Why a change cannot be applied that was made in a directory of pflask itself, which ended with
 * the container. */
#define NOT_KEPT "the trial could not keep this change"

/* Removes ".", ".." and surplus slashes from an absolute path, in its place. */
static void clean(char *path)
{
	char *to = path;

	for (const char *at = path; *at;) {
		while (*at == '/')
			at++;
		const size_t length = strcspn(at, "/");
		if (length == 2 && at[0] == '.' && at[1] == '.') {
			while (to > path && *--to != '/')
				;
		} else if (length > 0 && !(length == 1 && at[0] == '.')) {
			*to++ = '/';
			memmove(to, at, length);
			to += length;
		}
		at += length;
	}
	if (to == path)
		*to++ = '/';
	*to = '\0';
}

/* Turns a path that the user has typed into a path of the container. The caller frees it. */
static char *path_of(const struct pflask_trial *trial, const char *typed)
{
	const struct pf_layer *top =
		trial->layer_count > 0 ? &trial->layers[trial->layer_count - 1] : NULL;
	const int is_other_root = top && !*top->path && strcmp(top->place, "/") != 0;
	char *directory = *typed == '/' || is_other_root ? strdup("") : getcwd(NULL, 0);
	struct pf_text text = {0};

	if (!directory)
		return NULL;
	pf_text_put(&text, directory);
	pf_text_put(&text, "/");
	pf_text_put(&text, typed);
	free(directory);
	if (text.failed) {
		pf_text_free(&text);
		return NULL;
	}
	clean(text.bytes);
	return text.bytes;
}

/* Selects the changes below a directory. In the order of paths, they follow each other. */
static int select_below(struct pflask_trial *trial, const char *path)
{
	struct pf_text start = {0};
	int found = 0;

	pf_text_put(&start, strcmp(path, "/") == 0 ? "" : path);
	pf_text_put(&start, "/");
	if (start.failed)
		return PF_NO_MEMORY;
	for (size_t i = pf_first_from(trial, start.bytes);
	     i < trial->change_count &&
	     strncmp(trial->sorted[i]->path, start.bytes, start.size) == 0;
	     i++) {
		trial->sorted[i]->is_selected = 1;
		found = 1;
	}
	pf_text_free(&start);
	return found;
}

static int select_path(struct pflask_trial *trial, const char *typed, const char *path)
{
	struct pf_change *change = pf_find_change(trial, path);
	int found = select_below(trial, path);

	if (found < 0)
		return found;
	if (change)
		change->is_selected = 1;
	if (found || change)
		return 0;
	struct pf_text shown = {0};
	pf_text_visible(&shown, typed);
	pf_say_hint(trial, pf_text_of(&shown), "the trial has not changed this path", "--diff=%s");
	pf_text_free(&shown);
	return PF_SAID;
}

/* Tells whether there can be changes of a selected path below a path that could not be examined. */
static int is_touched(const char *failed, char *const *paths, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (pf_lies_in(failed, paths[i]) || pf_lies_in(paths[i], failed))
			return 1;
	return count == 0;
}

static int add_failed(struct pflask_trial *trial, const struct pf_failed *failed)
{
	struct pf_text why = {0};

	pf_text_put(&why, "could not be examined at the end of the trial: ");
	pf_text_put(&why, pf_errno_text(failed->number));
	int r = pf_add_reason(&trial->lost, failed->path, pf_text_of(&why));
	pf_text_free(&why);
	return r;
}

static int find_lost(struct pflask_trial *trial, char *const *paths, size_t count)
{
	int r = 0;

	pf_clear_reasons(&trial->lost);
	for (size_t i = 0; i < trial->change_count && r >= 0; i++)
		if (trial->changes[i].is_selected && !trial->changes[i].layer)
			r = pf_add_reason(&trial->lost, trial->changes[i].path, NOT_KEPT);
	for (size_t i = 0; i < trial->failed_count && r >= 0; i++)
		if (is_touched(trial->failed[i].path, paths, count))
			r = add_failed(trial, &trial->failed[i]);
	return r;
}

int pf_select(struct pflask_trial *trial, const char *const *paths, size_t count)
{
	char **wanted = calloc(count + 1, sizeof(char *));
	int r = wanted ? 0 : PF_NO_MEMORY;

	for (size_t i = 0; i < trial->change_count; i++)
		trial->changes[i].is_selected = count == 0;
	for (size_t i = 0; i < count && r >= 0; i++) {
		wanted[i] = path_of(trial, paths[i]);
		r = wanted[i] ? select_path(trial, paths[i], wanted[i]) : PF_NO_MEMORY;
	}
	if (r >= 0)
		r = find_lost(trial, wanted, count);
	for (size_t i = 0; wanted && i < count; i++)
		free(wanted[i]);
	free(wanted);
	return r;
}
