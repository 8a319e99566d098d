/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads and picks subordinate ids (subids.h). */
#define _GNU_SOURCE
#include "subids.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/limits.h"
#include "src/base/program.h"
#include "src/host/nss.h"

/* First id that is picked: above the ids that distributions give, as in systemd-nspawn. */
#define FIRST_PICK 0x80000u
#define LAST_PICK 0x6fff0000u
#define STEP ((uint32_t)PF_LIMIT_ids)
#define FIRST_SUBID 100000u /* first id of a range for a new user: SUB_UID_MIN, login.defs(5) */

const char *pf_subids_file(enum pf_id_kind kind)
{
	return kind == PF_UID ? "/etc/subuid" : "/etc/subgid";
}

static int is_range(uint32_t first, uint32_t count)
{
	return count > 0 && (uint64_t)first + count <= UINT32_MAX;
}

/* Calls a function for each line of subuid(5) with a range of valid ids, until the function returns
 * nonzero. */
static void each_line(enum pf_id_kind kind,
		      int (*visit)(const char *user, uint32_t first, uint32_t count, void *context),
		      void *context)
{
	FILE *file = fopen(pf_subids_file(kind), "re");
	char *line = NULL;
	size_t size = 0;

	while (file && getline(&line, &size, file) > 0) {
		char *first = strchr(line, ':');
		char *count = first ? strchr(first + 1, ':') : NULL;
		uint32_t numbers[2];
		if (!count)
			continue;
		*first++ = *count++ = '\0';
		count[strcspn(count, "\n")] = '\0';
		if (pf_id_parse(first, &numbers[0]) < 0 || pf_id_parse(count, &numbers[1]) < 0)
			continue;
		if (!is_range(numbers[0], numbers[1]))
			continue;
		if (visit(line, numbers[0], numbers[1], context))
			break;
	}
	free(line);
	if (file)
		fclose(file);
}

struct reader {
	const char *user;
	uid_t uid;
	struct pf_subids *ret;
};

static int add_range(const char *user, uint32_t first, uint32_t count, void *context)
{
	const struct reader *reader = context;
	uint32_t uid;
	int by_number = pf_id_parse(user, &uid) == 0 && uid == reader->uid;

	if ((by_number || strcmp(user, reader->user) == 0) && reader->ret->count < PF_SUBID_RANGES)
		reader->ret->range[reader->ret->count++] =
			(struct pf_id_line){.outside = first, .count = count};
	return 0;
}

/* Returns the first source of the line only, as newuidmap(1) does (lib/nss.c of shadow). */
char *pf_subids_source(void)
{
	FILE *file = fopen("/etc/nsswitch.conf", "re");
	char *line = NULL, *source = NULL;
	size_t size = 0;

	while (file && !source && getline(&line, &size, file) > 0) {
		char *start = line + strspn(line, " \t");
		if (strncmp(start, "subid:", 6) != 0)
			continue;
		start += 6 + strspn(start + 6, " \t");
		source = strndup(start, strcspn(start, " \t\n"));
	}
	free(line);
	if (file)
		fclose(file);
	if (source && *source && strcmp(source, "files") != 0)
		return source;
	free(source);
	return NULL;
}

/* Runs getsubids(1), which prints "INDEX: OWNER FIRST COUNT". getsubids(1) fails if there are no
 * ranges. */
static int ask(enum pf_id_kind kind, const char *user, struct pf_subids *ret)
{
	char *program = pf_find_program("getsubids");
	char *const uids[] = {program, (char *)user, NULL};
	char *const gids[] = {program, "-g", (char *)user, NULL};
	char *text = program ? pf_read_program_output(kind == PF_UID ? uids : gids) : NULL;
	char *rest = text;

	for (char *line; (line = strsep(&rest, "\n")) && ret->count < PF_SUBID_RANGES;) {
		struct pf_id_line *range = &ret->range[ret->count];
		if (sscanf(line, "%*u: %*s %" SCNu32 " %" SCNu32, &range->outside, &range->count) ==
			    2 &&
		    is_range(range->outside, range->count))
			ret->count++;
	}
	free(text);
	free(program);
	return program ? 0 : -ENOENT;
}

int pf_subids_read(enum pf_id_kind kind, const char *user, uid_t uid, struct pf_subids *ret)
{
	struct reader reader = {user, uid, ret};
	char *source = pf_subids_source();
	int r = 0;

	*ret = (struct pf_subids){0};
	if (source)
		r = ask(kind, user, ret);
	else
		each_line(kind, add_range, &reader);
	free(source);
	return r;
}

int pf_subids_hold(const struct pf_subids *subids, uint32_t first, uint32_t count)
{
	const uint64_t end = (uint64_t)first + count;
	uint64_t next = first;

	for (size_t i = 0; i < subids->count && next < end; i++) {
		const struct pf_id_line *range = &subids->range[i];
		uint64_t range_end = (uint64_t)range->outside + range->count;
		if (next < range->outside || next >= range_end)
			continue;
		next = range_end;
		i = (size_t)-1; /* start again, because the next range may be earlier in the list */
	}
	return next >= end;
}

struct candidate {
	uint32_t first, count;
	int taken;
};

static int clash(const char *user, uint32_t first, uint32_t count, void *context)
{
	struct candidate *candidate = context;

	(void)user;
	candidate->taken = first < (uint64_t)candidate->first + candidate->count &&
			   candidate->first < (uint64_t)first + count;
	return candidate->taken;
}

/* Tells whether a process, for instance in a running container, has one of the ids. */
static int is_used(uint32_t first, uint32_t count)
{
	DIR *processes = opendir("/proc");
	const struct dirent *entry;
	struct stat status;
	int used = 0;

	while (processes && !used && (entry = readdir(processes)))
		used = entry->d_name[0] >= '1' && entry->d_name[0] <= '9' &&
		       fstatat(dirfd(processes), entry->d_name, &status, 0) == 0 &&
		       status.st_uid - first < count;
	if (processes)
		closedir(processes);
	return used;
}

int pf_subids_are_free(enum pf_id_kind kind, uint32_t first, uint32_t count)
{
	struct candidate candidate = {first, count, 0};

	each_line(kind, clash, &candidate);
	return !candidate.taken;
}

static int is_nobodys(uint32_t first, uint32_t count)
{
	return pf_subids_are_free(PF_UID, first, count) &&
	       pf_subids_are_free(PF_GID, first, count) && !pf_nss_has_id(first) &&
	       !is_used(first, count);
}

/* Returns the FNV-1a hash of a name. */
static uint32_t hash(const char *name)
{
	uint32_t value = 2166136261u;

	for (; *name; name++)
		value = (value ^ (unsigned char)*name) * 16777619u;
	return value;
}

uint32_t pf_subids_pick(const char *name, uint32_t count)
{
	const uint32_t slots = (LAST_PICK - FIRST_PICK) / STEP;
	const uint32_t start = (hash(name) ^ (uint32_t)getpid() * 2654435761u) % slots;

	for (uint32_t i = 0; i < slots; i++) {
		uint32_t first = FIRST_PICK + (start + i) % slots * STEP;
		if (is_nobodys(first, count))
			return first;
	}
	return 0;
}

static int past(const char *user, uint32_t first, uint32_t count, void *context)
{
	uint32_t *next = context;

	(void)user;
	if ((uint64_t)first + count > *next && (uint64_t)first + count < LAST_PICK)
		*next = first + count;
	return 0;
}

uint32_t pf_subids_next(void)
{
	uint32_t next = FIRST_SUBID;

	each_line(PF_UID, past, &next);
	each_line(PF_GID, past, &next);
	return next;
}
