/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads and writes the journal of a trial (journal.h). */
#define _GNU_SOURCE
#include "journal.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "files.h"

#define NAME "journal"
#define LARGEST ((size_t)1 << 31)
#define NANOSECONDS_DIGITS 9

static int refuse(struct pflask_trial *trial)
{
	return pf_say(trial, trial->dir, "the journal does not fit the manifest", NULL);
}

/* Reads a number of nanoseconds, which may be negative. */
static int parse_nanoseconds(const char *text, struct timespec *ret)
{
	const int is_negative = *text == '-';
	const char *digits = text + is_negative;
	const size_t length = strspn(digits, "0123456789");
	int64_t sec = 0;
	long nsec = 0;

	if (length == 0 || digits[length] || length > 18 + NANOSECONDS_DIGITS)
		return 0;
	for (size_t i = 0; i < length; i++)
		if (length - i > NANOSECONDS_DIGITS)
			sec = sec * 10 + (digits[i] - '0');
		else
			nsec = nsec * 10 + (digits[i] - '0');
	if (is_negative) {
		sec = -sec - (nsec > 0);
		nsec = nsec > 0 ? 1000000000 - nsec : 0;
	}
	*ret = (struct timespec){sec, nsec};
	return 1;
}

static void put_nanoseconds(struct pf_text *line, const struct timespec *time)
{
	const int is_negative = time->tv_sec < 0;
	const int is_part = is_negative && time->tv_nsec > 0;
	const uint64_t sec =
		is_negative ? (uint64_t)-time->tv_sec - (uint64_t)is_part : (uint64_t)time->tv_sec;
	const uint64_t nsec =
		is_part ? 1000000000 - (uint64_t)time->tv_nsec : (uint64_t)time->tv_nsec;

	pf_text_put(line, is_negative ? "\"-" : "\"");
	if (sec > 0)
		pf_text_number(line, sec);
	pf_text_digits(line, nsec, 10, sec > 0 ? NANOSECONDS_DIGITS : 1);
	pf_text_put(line, "\"");
}

/* Reads "[INDEX,IDENTITY],..." to the end of the list. Without `to`, reads "INDEX,...". */
static int read_indexed(struct pf_json *json, const struct pflask_trial *trial,
			struct pf_identity *to)
{
	int is_first = 1;

	if (!pf_json_list(json))
		return 0;
	while (pf_json_element(json, &is_first)) {
		int is_first_part = 1;
		uint64_t index;
		if (to && (!pf_json_list(json) || !pf_json_element(json, &is_first_part)))
			break;
		if (!pf_json_number(json, INT32_MAX, &index) || index >= trial->change_count ||
		    !trial->changes[index].layer) {
			json->failed = 1;
			break;
		}
		if (to &&
		    (!pf_json_element(json, &is_first_part) ||
		     !pf_read_identity(json, &to[index]) || pf_json_element(json, &is_first_part)))
			json->failed = 1;
	}
	return !json->failed;
}

static const struct pf_layer *find_layer(const struct pflask_trial *trial, const char *path)
{
	for (size_t i = 0; path && i < trial->layer_count; i++)
		if (strcmp(trial->layers[i].path, path) == 0 && trial->layers[i].lower >= 0)
			return &trial->layers[i];
	return NULL;
}

/* Reads the times of a directory. */
static int read_parent(struct pf_json *json, const struct pflask_trial *trial, struct pf_times *ret)
{
	char *layer = NULL, *path = NULL, *atime = NULL, *mtime = NULL;
	const char *name;
	int is_first = 1;

	if (!pf_json_object(json))
		return 0;
	while (pf_json_member(json, &is_first, &name)) {
		char **to = strcmp(name, "layer") == 0   ? &layer
			    : strcmp(name, "path") == 0  ? &path
			    : strcmp(name, "atime") == 0 ? &atime
			    : strcmp(name, "mtime") == 0 ? &mtime
							 : NULL;
		if (to ? !pf_json_string(json, to) : !pf_json_skip(json))
			return 0;
	}
	const struct pf_layer *found = find_layer(trial, layer);
	if (!found || !path || !atime || !mtime || !parse_nanoseconds(atime, &ret->times[0]) ||
	    !parse_nanoseconds(mtime, &ret->times[1]))
		json->failed = 1;
	else
		ret->to = (struct pf_place){found->lower, path};
	return !json->failed;
}

static int read_parents(struct pf_json *json, const struct pflask_trial *trial,
			struct pf_journal *journal)
{
	int is_first = 1;

	if (!pf_json_list(json))
		return 0;
	while (pf_json_element(json, &is_first)) {
		struct pf_times *parents =
			realloc(journal->parents, (journal->parent_count + 1) * sizeof(*parents));
		if (!parents) {
			json->failed = 1;
			break;
		}
		journal->parents = parents;
		if (!read_parent(json, trial, &parents[journal->parent_count]))
			break;
		journal->parent_count++;
	}
	return !json->failed;
}

/* Reads "[INDEX,"DEVICE","INODE"],..." to the end of the list. */
static int read_made(struct pf_json *json, const struct pflask_trial *trial, struct pf_node *made)
{
	int is_first = 1;

	if (!pf_json_list(json))
		return 0;
	while (pf_json_element(json, &is_first)) {
		int is_first_part = 1;
		uint64_t index, device, inode;
		if (!pf_json_list(json) || !pf_json_element(json, &is_first_part) ||
		    !pf_json_number(json, INT32_MAX, &index) ||
		    !pf_json_element(json, &is_first_part) || !pf_read_large(json, &device) ||
		    !pf_json_element(json, &is_first_part) || !pf_read_large(json, &inode) ||
		    pf_json_element(json, &is_first_part) || index >= trial->change_count) {
			json->failed = 1;
			break;
		}
		made[index] = (struct pf_node){device, inode};
	}
	return !json->failed;
}

/* Forgets the directories that a step has made, when the step has ended. */
static void forget_made(const struct pflask_trial *trial, struct pf_journal *journal)
{
	memset(journal->made, 0, trial->change_count * sizeof(*journal->made));
}

/* Forgets what was applied, because all was reverted. */
static void forget(const struct pflask_trial *trial, struct pf_journal *journal)
{
	memset(journal->before, 0, trial->change_count * sizeof(*journal->before));
	memset(journal->after, 0, trial->change_count * sizeof(*journal->after));
	journal->parent_count = 0;
}

static int read_line(char *text, const struct pflask_trial *trial, struct pf_journal *journal)
{
	struct pf_json json = {.at = text};
	const char *name;
	int is_first = 1;

	if (!pf_json_object(&json))
		return 0;
	while (pf_json_member(&json, &is_first, &name)) {
		if (strcmp(name, "apply") == 0) {
			read_indexed(&json, trial, journal->before);
			journal->begun = PF_BEGUN_APPLY;
		} else if (strcmp(name, "parents") == 0) {
			read_parents(&json, trial, journal);
		} else if (strcmp(name, "made") == 0) {
			read_made(&json, trial, journal->made);
		} else if (strcmp(name, "applied") == 0) {
			read_indexed(&json, trial, journal->after);
			forget_made(trial, journal);
			journal->begun = PF_BEGUN_NOTHING;
		} else if (strcmp(name, "revert") == 0) {
			read_indexed(&json, trial, NULL);
			journal->begun = PF_BEGUN_REVERT;
		} else if (strcmp(name, "reverted") == 0) {
			read_indexed(&json, trial, journal->restored);
			forget(trial, journal);
			forget_made(trial, journal);
			journal->begun = PF_BEGUN_NOTHING;
		} else {
			return 0;
		}
	}
	return pf_json_end(&json);
}

static int read_text(struct pflask_trial *trial, struct pf_journal *journal, size_t *size)
{
	PF_CLEANUP_FD int fd = pf_open_kept(trial, NAME, O_RDONLY);

	if (pf_number_of(fd) == ENOENT)
		return 0;
	return fd < 0 ? fd : pf_read_all(fd, LARGEST, &journal->text, size);
}

int pf_read_journal(struct pflask_trial *trial, struct pf_journal *ret)
{
	size_t size = 0;

	memset(ret, 0, sizeof(*ret));
	ret->before = calloc(trial->change_count + 1, sizeof(*ret->before));
	ret->after = calloc(trial->change_count + 1, sizeof(*ret->after));
	ret->restored = calloc(trial->change_count + 1, sizeof(*ret->restored));
	ret->made = calloc(trial->change_count + 1, sizeof(*ret->made));
	if (!ret->before || !ret->after || !ret->restored || !ret->made)
		return PF_NO_MEMORY;
	int r = read_text(trial, ret, &size);
	if (r < 0)
		return pf_say_failure(trial, trial->dir, r, NULL);
	if (size > 0 && memchr(ret->text, '\0', size))
		return refuse(trial);
	/* A last line without its end was not written completely: its step has changed nothing. */
	char *at = ret->text;
	for (char *end; at && (end = strchr(at, '\n')) != NULL; at = end + 1) {
		*end = '\0';
		if (!read_line(at, trial, ret))
			return refuse(trial);
	}
	return 0;
}

void pf_free_journal(struct pf_journal *journal)
{
	free(journal->text);
	free(journal->before);
	free(journal->after);
	free(journal->restored);
	free(journal->made);
	free(journal->parents);
}

void pf_forget_journal(struct pflask_trial *lower)
{
	if (!lower->journal)
		return;
	pf_free_journal(lower->journal);
	free(lower->journal);
	lower->journal = NULL;
}

void pf_begin_line(struct pf_text *line, const char *word)
{
	pf_text_put(line, "{\"");
	pf_text_put(line, word);
	pf_text_put(line, "\":[");
}

void pf_add_indexed(struct pf_text *line, size_t index, const struct pf_identity *identity,
		    int is_first)
{
	pf_text_put(line, is_first ? "[" : ",[");
	pf_text_number(line, index);
	pf_text_put(line, ",");
	pf_put_fact(line, identity);
	pf_text_put(line, "]");
}

void pf_add_node(struct pf_text *line, size_t index, const struct pf_node *node, int is_first)
{
	pf_text_put(line, is_first ? "[" : ",[");
	pf_text_number(line, index);
	pf_text_put(line, ",\"");
	pf_text_number(line, node->device);
	pf_text_put(line, "\",\"");
	pf_text_number(line, node->inode);
	pf_text_put(line, "\"]");
}

void pf_add_parent(struct pf_text *line, const struct pf_layer *layer, const char *path,
		   const struct stat *status, int is_first)
{
	pf_text_put(line, is_first ? "{\"layer\":" : ",{\"layer\":");
	pf_text_json(line, layer->path);
	pf_text_put(line, ",\"path\":");
	pf_text_json(line, path);
	pf_text_put(line, ",\"atime\":");
	put_nanoseconds(line, &status->st_atim);
	pf_text_put(line, ",\"mtime\":");
	put_nanoseconds(line, &status->st_mtim);
	pf_text_put(line, "}");
}

/* Removes a line that was not written completely. Returns the size of the journal in `*ret`. */
static int cut_incomplete(struct pflask_trial *trial, int fd, off_t *ret)
{
	PF_CLEANUP_FD int read = pf_open_kept(trial, NAME, O_RDONLY);
	char *text = NULL;
	size_t size;
	int r = read < 0 ? read : pf_read_all(read, LARGEST, &text, &size);

	if (r < 0)
		return r;
	const char *last = memrchr(text, '\n', size);
	const size_t complete = last ? (size_t)(last - text) + 1 : 0;
	free(text);
	*ret = (off_t)complete;
	if (complete == size)
		return 0;
	return pf_checked(PF_CALL_TRUNCATE, ftruncate(fd, (off_t)complete));
}

static int write_line(struct pflask_trial *trial, const struct pf_text *line)
{
	PF_CLEANUP_FD int fd =
		openat(trial->fd, NAME,
		       O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);

	if (fd < 0)
		return pf_fault(PF_CALL_OPEN);
	off_t size;
	int r = cut_incomplete(trial, fd, &size);
	if (r < 0)
		return r;
	r = pf_write_all(fd, line->bytes, line->size);
	if (r >= 0)
		r = pf_checked(PF_CALL_FSYNC, fsync(fd));
	if (r >= 0)
		r = pf_checked(PF_CALL_FSYNC, fsync(trial->fd));
	/* The step of the line does not begin. */
	if (r < 0 && ftruncate(fd, size) < 0)
		return pf_fault(PF_CALL_TRUNCATE);
	return r;
}

int pf_write_line(struct pflask_trial *trial, struct pf_text *line)
{
	struct pf_text subject = {0};

	pf_text_put(line, "\n");
	int r = line->failed ? PF_NO_MEMORY : write_line(trial, line);
	pf_text_free(line);
	if (r >= 0)
		return 0;
	pf_text_put(&subject, trial->dir);
	pf_text_put(&subject, "/" NAME);
	r = pf_say_failure(trial, pf_text_of(&subject), r, NULL);
	pf_text_free(&subject);
	return r;
}
