/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads the manifest of a trial. docs/trial.md describes the lines. Another user may have written
 * the manifest, so every line is checked. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

#include "common/path_below.h"
#include "trial.h"

#define VERSION 1

/* The members of a line, as bits. */
enum {
	HAS_VERSION = 1,
	HAS_BEGAN = 2,
	HAS_UID = 4,
	HAS_USERNS = 8,
	HAS_OVERLAY = 16,
	HAS_UPPER = 32,
	HAS_LOWER = 64,
	HAS_PATH = 128,
	HAS_KIND = 256,
	HAS_FAILED = 512,
	HAS_ERRNO = 1024,
	HAS_ENDED = 2048,
	HAS_BELOW = 4096,
	HAS_CONTINUED = 8192,
	HAS_TRIAL = 16384,
	HAS_MTIME = 32768,
};

struct line {
	unsigned int has;
	uint64_t version;
	struct pf_time time; /* `began`, `ended` or `mtime` */
	int userns;
	char *overlay;
	struct pf_layer layer;
	struct pf_change change;
	char *failed;
	char *trial;
	uint64_t number;
};

/* Grows an array for one more element of `size` bytes, which is filled with zeros. Returns the
 * array, or NULL. */
static void *grow(void *array, size_t count, size_t size)
{
	if ((count & (count - 1)) == 0 || !array) {
		size_t room = count ? 2 * count : 1;
		if (room > SIZE_MAX / size)
			return NULL;
		array = realloc(array, room * size);
	}
	if (array)
		memset((char *)array + count * size, 0, size);
	return array;
}

/* Tells whether a path is absolute, without "." and "..", and without surplus slashes. */
static int is_clean(const char *path)
{
	if (strcmp(path, "/") == 0)
		return 1;
	while (*path == '/') {
		const size_t length = strcspn(path + 1, "/");
		if (length == 0 || (length == 1 && path[1] == '.') ||
		    (length == 2 && path[1] == '.' && path[2] == '.'))
			return 0;
		path += length + 1;
	}
	return *path == '\0' && path[-1] != '/';
}

static void read_text(struct pf_json *json, struct line *line, unsigned int bit, char **to)
{
	if (pf_json_string(json, to))
		line->has |= bit;
}

static void read_time(struct pf_json *json, struct line *line, unsigned int bit)
{
	char *text;

	if (!pf_json_string(json, &text))
		return;
	if (!pf_parse_time(text, &line->time))
		json->failed = 1;
	line->has |= bit;
}

static void read_kind(struct pf_json *json, struct line *line)
{
	char *text;

	if (!pf_json_string(json, &text))
		return;
	if (strlen(text) != 1 || !strchr("AMD", text[0]))
		json->failed = 1;
	line->change.kind = text[0];
	line->has |= HAS_KIND;
}

/* Reads a member whose name is not that of a fact about a file. */
static void read_member(struct pf_json *json, const char *name, struct line *line)
{
	if (strcmp(name, "path") == 0)
		read_text(json, line, HAS_PATH, (char **)&line->change.path);
	else if (strcmp(name, "kind") == 0)
		read_kind(json, line);
	else if (strcmp(name, "below") == 0)
		line->has |= pf_read_identity(json, &line->change.below) ? HAS_BELOW : 0;
	else if (strcmp(name, "overlay") == 0)
		read_text(json, line, HAS_OVERLAY, (char **)&line->layer.path);
	else if (strcmp(name, "upper") == 0)
		read_text(json, line, HAS_UPPER, (char **)&line->layer.upper_name);
	else if (strcmp(name, "lower") == 0)
		read_text(json, line, HAS_LOWER, (char **)&line->layer.place);
	else if (strcmp(name, "idmapped") == 0)
		pf_json_bool(json, &line->layer.is_mapped);
	else if (strcmp(name, "version") == 0)
		line->has |= pf_json_number(json, INT32_MAX, &line->version) ? HAS_VERSION : 0;
	else if (strcmp(name, "began") == 0)
		read_time(json, line, HAS_BEGAN);
	else if (strcmp(name, "userns") == 0)
		line->has |= pf_json_bool(json, &line->userns) ? HAS_USERNS : 0;
	else if (strcmp(name, "failed") == 0)
		read_text(json, line, HAS_FAILED, &line->failed);
	else if (strcmp(name, "errno") == 0)
		line->has |= pf_json_number(json, 4095, &line->number) ? HAS_ERRNO : 0;
	else if (strcmp(name, "continued") == 0)
		line->has |= pf_json_skip(json) ? HAS_CONTINUED : 0;
	else if (strcmp(name, "trial") == 0)
		read_text(json, line, HAS_TRIAL, &line->trial);
	else if (strcmp(name, "mtime") == 0)
		read_time(json, line, HAS_MTIME);
	else if (strcmp(name, "ended") == 0)
		read_time(json, line, HAS_ENDED);
	else
		pf_json_skip(json);
}

static int parse_line(char *text, struct line *line)
{
	struct pf_json json = {.at = text};
	int is_first = 1;
	const char *name;

	memset(line, 0, sizeof(*line));
	line->change.below.known = PF_NOTHING;
	line->change.now.known = PF_FOUND;
	if (!pf_json_object(&json))
		return 0;
	while (pf_json_member(&json, &is_first, &name)) {
		if (strcmp(name, "uid") == 0)
			line->has |= HAS_UID;
		if (!pf_read_fact(&json, name, &line->change.now))
			read_member(&json, name, line);
	}
	return pf_json_end(&json);
}

static int has(const struct line *line, unsigned int wanted)
{
	return (line->has & wanted) == wanted;
}

static const char *take_header(struct pflask_trial *trial, const struct line *line)
{
	if (line->version != VERSION)
		return "has an unknown version";
	if (!has(line, HAS_BEGAN | HAS_UID | HAS_USERNS))
		return "is incomplete";
	trial->began = line->time;
	trial->uid = line->change.now.uid;
	trial->userns = line->userns;
	trial->notes = line->userns ? "user.overlay." : "trusted.overlay.";
	return NULL;
}

static const char *take_layer(struct pflask_trial *trial, const struct line *line)
{
	struct pf_layer *layers = grow(trial->layers, trial->layer_count, sizeof(*layers));
	const char *upper = line->layer.upper_name;

	if (!layers)
		return "is too long";
	trial->layers = layers;
	if (!has(line, HAS_UPPER | HAS_LOWER))
		return "has no lower directory";
	if (!is_clean(line->layer.path) || line->layer.place[0] != '/' || strchr(upper, '/') ||
	    upper[0] == '.' || upper[0] == '\0')
		return "has a wrong path";
	struct pf_layer *layer = &layers[trial->layer_count++];
	*layer = line->layer;
	layer->inode = line->change.now.inode;
	layer->upper = -1;
	layer->lower = -1;
	if (strcmp(layer->path, "/") == 0)
		layer->path = "";
	return NULL;
}

static const char *take_change(struct pflask_trial *trial, const struct line *line)
{
	struct pf_change *changes =
		trial->change_count < INT32_MAX
			? grow(trial->changes, trial->change_count, sizeof(*changes))
			: NULL;

	if (!changes)
		return "is too long";
	trial->changes = changes;
	if (!has(line, HAS_KIND) || (line->change.now.mode & S_IFMT) == 0)
		return "is incomplete";
	if (!is_clean(line->change.path))
		return "has a wrong path";
	changes[trial->change_count] = line->change;
	changes[trial->change_count++].is_selected = 1;
	return NULL;
}

static const char *take_trial(struct pflask_trial *trial, const struct line *line)
{
	if (!has(line, HAS_MTIME))
		return "is incomplete";
	if (line->trial[0] != '/')
		return "has a wrong path";
	if (trial->line_count == PF_TRIALS)
		return "is about one trial too many";
	trial->lines[trial->line_count++] = (struct pf_trial_line){
		.path = line->trial,
		.inode = line->change.now.inode,
		.mtime = line->time,
	};
	return NULL;
}

static const char *take_failed(struct pflask_trial *trial, const struct line *line)
{
	struct pf_failed *failed = grow(trial->failed, trial->failed_count, sizeof(*failed));

	if (!failed)
		return "is too long";
	trial->failed = failed;
	failed[trial->failed_count].path = line->failed;
	failed[trial->failed_count++].number = (int)line->number;
	return NULL;
}

/* Takes a line. Returns what is wrong, or NULL. */
static const char *take_line(struct pflask_trial *trial, const struct line *line)
{
	if (has(line, HAS_VERSION))
		return take_header(trial, line);
	if (!trial->notes)
		return "comes before the first line";
	if (has(line, HAS_TRIAL))
		return take_trial(trial, line);
	if (has(line, HAS_OVERLAY))
		return take_layer(trial, line);
	if (has(line, HAS_PATH))
		return take_change(trial, line);
	if (has(line, HAS_FAILED))
		return take_failed(trial, line);
	if (has(line, HAS_CONTINUED))
		return NULL; /* a later command of the trial */
	if (!has(line, HAS_ENDED))
		return "is unknown";
	trial->has_ended = 1;
	return NULL;
}

static int refuse(struct pflask_trial *trial, size_t number, const char *why)
{
	struct pf_text text = {0}, subject = {0};

	pf_text_put(&subject, trial->dir);
	pf_text_put(&subject, "/manifest");
	if (number > 0) {
		pf_text_put(&text, "line ");
		pf_text_number(&text, number);
		pf_text_put(&text, " ");
	}
	pf_text_put(&text, why);
	int r = pf_say(trial, pf_text_of(&subject), pf_text_of(&text), NULL);
	pf_text_free(&text);
	pf_text_free(&subject);
	return r;
}

static int compare_paths(const void *one, const void *other)
{
	return strcmp((*(struct pf_change *const *)one)->path,
		      (*(struct pf_change *const *)other)->path);
}

/* Sorts the changes by their paths. A path cannot have two changes. */
static int sort_changes(struct pflask_trial *trial)
{
	struct pf_change **sorted = calloc(trial->change_count + 1, sizeof(struct pf_change *));

	if (!sorted)
		return PF_NO_MEMORY;
	trial->sorted = sorted;
	for (size_t i = 0; i < trial->change_count; i++)
		sorted[i] = &trial->changes[i];
	qsort(sorted, trial->change_count, sizeof(struct pf_change *), compare_paths);
	for (size_t i = 1; i < trial->change_count; i++)
		if (compare_paths(&sorted[i - 1], &sorted[i]) == 0)
			return refuse(trial, 0, "a path has two changes");
	return 0;
}

int pf_read_manifest(struct pflask_trial *trial, char *text, size_t size)
{
	size_t number = 0;

	if (memchr(text, '\0', size))
		return refuse(trial, 0, "contains a NUL");
	/* A last line without its end was not written completely. */
	for (char *end; (end = strchr(text, '\n')) != NULL; text = end + 1) {
		struct line line;
		*end = '\0';
		number++;
		const char *why =
			parse_line(text, &line) ? take_line(trial, &line) : "is not as expected";
		if (why)
			return refuse(trial, number, why);
	}
	if (!trial->notes)
		return refuse(trial, 0, "no first line");
	return sort_changes(trial);
}

size_t pf_first_from(const struct pflask_trial *trial, const char *path)
{
	size_t low = 0, high = trial->change_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (strcmp(trial->sorted[middle]->path, path) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct pf_change *pf_find_change(const struct pflask_trial *trial, const char *path)
{
	const size_t i = pf_first_from(trial, path);
	struct pf_change *found = i < trial->change_count ? trial->sorted[i] : NULL;

	return found && strcmp(found->path, path) == 0 ? found : NULL;
}
