/* SPDX-License-Identifier: BSD-2-Clause */
/* Chooses id maps (choose_id_map.h). */
#define _GNU_SOURCE
#include "choose_id_map.h"

#include <errno.h>
#include <limits.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/limits.h"
#include "src/base/error.h"
#include "src/base/program.h"
#include "src/host/nss.h"

static const char map_program_names[][16] = {"newuidmap", "newgidmap"};

const char *pf_caller_name(void)
{
	static _Thread_local char name[256];
	struct passwd entry;
	char *memory;

	if (pf_nss_user(NULL, geteuid(), &entry, &memory))
		snprintf(name, sizeof(name), "%s", entry.pw_name);
	else
		snprintf(name, sizeof(name), "%u", geteuid());
	free(memory);
	return name;
}

static uint32_t caller_id(enum pf_id_kind kind)
{
	return kind == PF_UID ? geteuid() : getegid();
}

/* Tells whether the caller has CAP_SETUID (for a uid map) or CAP_SETGID (for a gid map), and may
 * therefore write any map (user_namespaces(7)). */
static int may_write(enum pf_id_kind kind)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {{0}};
	uint32_t wanted = 1u << (kind == PF_UID ? CAP_SETUID : CAP_SETGID);

	return syscall(SYS_capget, &header, data) == 0 && data[0].effective & wanted;
}

/* Ids that the caller does not have, by kind. `asked` is the line of the requested map, or NULL if
 * any range would do. */
struct missing {
	int is[2];
	const struct pf_id_line *asked[2];
};

static int add_range(struct pf_strings *words, enum pf_id_kind kind, uint32_t first, uint32_t count)
{
	return pf_strings_format(words, "--add-sub%cids %u-%u ", "ug"[kind], first,
				 first + count - 1) == 0;
}

/* Adds "--add-subuids FIRST-LAST " to a command for usermod(8). Returns 0 if the ids cannot be
 * given to the caller: another user has them, or they are system ids, below 65536. */
static int add_remedy(struct pf_strings *words, enum pf_id_kind kind,
		      const struct pf_id_line *asked)
{
	if (!asked)
		return add_range(words, kind, pf_subids_next(), PF_LIMIT_ids);
	return asked->outside >= PF_LIMIT_ids &&
	       pf_subids_are_free(kind, asked->outside, asked->count) &&
	       add_range(words, kind, asked->outside, asked->count);
}

/* Adds a hint to use another range, if the requested ids belong to another user or to the
 * system. */
static void hint_other_range(struct pflask_error *reterr, const struct missing *missing,
			     const struct pf_id_line *asked)
{
	PF_CLEANUP_STRINGS struct pf_strings words = {0};
	uint32_t next = pf_subids_next();
	uint32_t count = asked->count > PF_LIMIT_ids ? asked->count : PF_LIMIT_ids;
	int is_possible = asked->outside >= PF_LIMIT_ids && count < UINT32_MAX - next;

	for (int kind = 0; is_possible && kind < 2; kind++)
		if (missing->is[kind])
			add_range(&words, kind, next, count);
	if (words.count == 0)
		pf_error_hint(reterr, "{userMap=auto}: you cannot get these ids");
	else
		pf_error_hint(reterr, "sudo usermod %s%s%s, and {userMap=%u:%u:%u}", words.items[0],
			      words.count > 1 ? words.items[1] : "", pf_caller_name(),
			      asked->inside, next, asked->count);
}

/* Adds a hint with the command that gives the missing ids to the caller. If nsswitch.conf(5) names
 * another source than the files, the hint has no command, because usermod(8) changes only the
 * files. */
static void hint_range(struct pflask_error *reterr, const struct missing *missing)
{
	PF_CLEANUP_STRINGS struct pf_strings words = {0};
	const struct pf_id_line *asked = missing->asked[missing->is[PF_UID] ? PF_UID : PF_GID];
	const char *user = pf_caller_name();
	char *source = pf_subids_source();
	int can = 1;

	for (int each = 0; each < 2; each++)
		if (missing->is[each])
			can = can && add_remedy(&words, each, missing->asked[each]);
	if (source)
		pf_error_hint(reterr, "getsubids %s: add the ids to \"%s\" (/etc/nsswitch.conf)",
			      user, source);
	else if (can)
		pf_error_hint(reterr, "sudo usermod %s%s%s", words.items[0],
			      words.count > 1 ? words.items[1] : "", user);
	else
		hint_other_range(reterr, missing, asked);
	free(source);
}

static int no_range(const pflask_spec *spec, struct pflask_error *reterr,
		    const struct missing *missing)
{
	enum pf_id_kind kind = missing->is[PF_UID] ? PF_UID : PF_GID;
	char *source = pf_subids_source();
	const char *place = source ? source : pf_subids_file(kind);
	int r = spec->user && spec->userMap.count == 0
			? pf_error_field(reterr, "user", EPERM,
					 "%s: another user needs subordinate ids, and %s has none "
					 "in %s",
					 spec->user, pf_caller_name(), place)
			: pf_error_field(reterr, "userMap", EPERM,
					 "user %s has no subordinate ids in %s", pf_caller_name(),
					 place);

	free(source);
	hint_range(reterr, missing);
	return r;
}

/* Makes the error for a program (newuidmap, newgidmap, getsubids) that is missing or not
 * executable. `what` is the start of the message. */
static int no_program(struct pflask_error *reterr, const char *what, const char *name)
{
	char *file = pf_find_file_in_path(name);
	int r = pf_error_field(reterr, "userMap", file ? EACCES : ENOENT, "%s %s, %s%s %s", what,
			       name, file ? "and " : "which", file ? file : "",
			       file ? "is not executable" : "is not in PATH");

	if (file && pf_is_controlled_by_root(file))
		pf_error_hint(reterr, "sudo chmod %s %s",
			      strcmp(name, "getsubids") == 0 ? "755" : "4755", file);
	else
		pf_error_hint(reterr, PF_INSTALL_UIDMAP);
	free(file);
	return r;
}

int pf_read_own_subids(enum pf_id_kind kind, struct pf_subids *ret, struct pflask_error *reterr)
{
	if (pf_subids_read(kind, pf_caller_name(), geteuid(), ret) == 0)
		return 0;
	return no_program(reterr, "the source of subordinate ids in /etc/nsswitch.conf needs",
			  "getsubids");
}

/* Maps the caller's subordinate ranges, one after the other, to ids inside from `inside` on. */
static int add_ranges(const pflask_spec *spec, struct pf_identity *identity, uint32_t inside,
		      struct pflask_error *reterr)
{
	struct pf_subids subids[2];
	struct missing missing = {0};

	for (int kind = 0; kind < 2; kind++) {
		int r = pf_read_own_subids(kind, &subids[kind], reterr);
		if (r < 0)
			return r;
		missing.is[kind] = subids[kind].count == 0;
	}
	if (missing.is[PF_UID] || missing.is[PF_GID])
		return no_range(spec, reterr, &missing);
	for (int kind = 0; kind < 2; kind++) {
		uint32_t next = inside;
		for (size_t i = 0; i < subids[kind].count; i++) {
			struct pf_id_line line = subids[kind].range[i];
			line.inside = next;
			next += line.count;
			if (pf_id_map_add(&identity->map[kind], &line) < 0)
				return pf_error_field(reterr, "userMap", 0,
						      "%s: the ranges of %s overlap",
						      pf_subids_file(kind), pf_caller_name());
		}
	}
	return 0;
}

int pf_choose_map_of_subids(const pflask_spec *spec, struct pf_identity *identity,
			    struct pflask_error *reterr)
{
	return add_ranges(spec, identity, 0, reterr);
}

static int pick_free(const pflask_spec *spec, struct pf_identity *identity,
		     struct pflask_error *reterr)
{
	char root[PATH_MAX];
	const char *name = spec->chroot && realpath(spec->chroot, root) ? root : "/";
	uint32_t first = pf_subids_pick(name, PF_LIMIT_ids);
	const struct pf_id_line line = {0, first, PF_LIMIT_ids};

	if (first == 0)
		return pf_error_field(reterr, "userMap", 0,
				      "auto: no range of %d ids is free on this system",
				      PF_LIMIT_ids);
	pf_id_map_add(&identity->map[PF_UID], &line);
	pf_id_map_add(&identity->map[PF_GID], &line);
	return 0;
}

int pf_choose_map_auto(const pflask_spec *spec, struct pf_identity *identity,
		       struct pflask_error *reterr)
{
	if (may_write(PF_UID) && may_write(PF_GID))
		return pick_free(spec, identity, reterr);
	for (int kind = 0; kind < 2; kind++) {
		const struct pf_id_line line = {0, caller_id(kind), 1};
		pf_id_map_add(&identity->map[kind], &line);
	}
	return add_ranges(spec, identity, 1, reterr);
}

static int add_asked(struct pf_identity *identity, const char *text, struct pflask_error *reterr)
{
	int both = strncmp(text, "u:", 2) != 0 && strncmp(text, "g:", 2) != 0;
	struct pf_id_line line;

	if (pf_id_line_parse(both ? text : text + 2, &line) < 0)
		return pf_error_field(reterr, "userMap", 0,
				      "%s: must be ID:HOST:COUNT, with ids from 0 to 4294967294",
				      text);
	for (int kind = 0; kind < 2; kind++) {
		if (!both && "ug"[kind] != *text)
			continue;
		int r = pf_id_map_add(&identity->map[kind], &line);
		if (r < 0)
			return pf_error_field(reterr, "userMap", 0, "%s: %s", text,
					      r == -E2BIG ? "too many maps"
							  : "overlaps another map");
	}
	return 0;
}

int pf_choose_map_from_spec(const pflask_spec *spec, struct pf_identity *identity,
			    struct pflask_error *reterr)
{
	if (spec->userMap.count == 1 && strcmp(spec->userMap.items[0], "auto") == 0)
		return pf_choose_map_auto(spec, identity, reterr);
	for (size_t i = 0; i < spec->userMap.count; i++) {
		int r = add_asked(identity, spec->userMap.items[i], reterr);
		if (r < 0)
			return r;
	}
	for (int kind = 0; kind < 2; kind++)
		if (identity->map[kind].count == 0)
			return pf_error_field(reterr, "userMap", 0, "no %s id is mapped",
					      kind == PF_UID ? "user" : "group");
	return 0;
}

/* Tells whether a map consists of the caller's own id alone, and so needs no privilege
 * (user_namespaces(7)). */
static int is_self(const struct pf_id_map *map, enum pf_id_kind kind)
{
	return map->count == 1 && map->line[0].count == 1 &&
	       map->line[0].outside == caller_id(kind);
}

/* Returns the first line of a map that is outside the caller's subordinate ranges. Returns NULL if
 * there is none, or if the ranges are unknown. */
static const struct pf_id_line *find_foreign(const struct pf_id_map *map, enum pf_id_kind kind)
{
	struct pf_subids subids;

	if (pf_subids_read(kind, pf_caller_name(), geteuid(), &subids) < 0)
		return NULL;
	for (size_t i = 0; i < map->count; i++) {
		const struct pf_id_line *line = &map->line[i];
		if ((line->count != 1 || line->outside != caller_id(kind)) &&
		    !pf_subids_hold(&subids, line->outside, line->count))
			return line;
	}
	return NULL;
}

/* Adds a hint to use the caller's own subordinate ids, if they are as many as the map needs. */
static int hint_own_ids(struct pflask_error *reterr, const struct missing *missing)
{
	struct pf_subids subids[2];

	for (int kind = 0; kind < 2; kind++)
		if (pf_subids_read(kind, pf_caller_name(), geteuid(), &subids[kind]) < 0 ||
		    subids[kind].count == 0 ||
		    (missing->is[kind] &&
		     missing->asked[kind]->count > subids[kind].range[0].count))
			return 0;
	const struct pf_id_line *own = &subids[PF_UID].range[0];
	pf_error_hint(reterr,
		      "{userMap=auto}, or {chroot=DIR} alone: your subordinate ids are %u-%u",
		      own->outside, own->outside + own->count - 1);
	return 1;
}

void pf_hint_missing_ids(const struct pf_id_map map[2], struct pflask_error *reterr)
{
	struct missing missing = {0};

	for (int kind = 0; kind < 2; kind++) {
		missing.asked[kind] = may_write(kind) ? NULL : find_foreign(&map[kind], kind);
		missing.is[kind] = missing.asked[kind] != NULL;
	}
	if ((missing.is[PF_UID] || missing.is[PF_GID]) && !hint_own_ids(reterr, &missing))
		hint_range(reterr, &missing);
}

int pf_may_map(const struct pf_identity *identity)
{
	for (int kind = 0; kind < 2; kind++)
		if (!may_write(kind) && find_foreign(&identity->map[kind], kind))
			return 0;
	return 1;
}

static int maps_outside(const struct pf_id_map *map, uint32_t id)
{
	for (size_t i = 0; i < map->count; i++)
		if (id - map->line[i].outside < map->line[i].count)
			return 1;
	return 0;
}

int pf_check_map_of_root(const pflask_spec *spec, int root, const struct pf_identity *identity,
			 struct pflask_error *reterr)
{
	const struct pf_id_map *map = &identity->map[PF_UID];
	struct pf_subids subids;
	struct stat status;

	if (may_write(PF_UID) || root < 0 || fstat(root, &status) < 0 || !pf_id_map_has(map, 0) ||
	    maps_outside(map, status.st_uid) || !pf_may_map(identity) ||
	    pf_subids_read(PF_UID, pf_caller_name(), geteuid(), &subids) < 0)
		return 0;
	if (status.st_uid != geteuid() && !pf_subids_hold(&subids, status.st_uid, 1))
		return 0;
	int r = pf_error_field(reterr, "userMap", EPERM,
			       "%s: does not map uid %u, which owns the root directory",
			       spec->userMap.items[0], status.st_uid);
	pf_error_hint(reterr, "{program} {chroot=%s} ...", spec->chroot);
	return r;
}

static int find_map_program(struct pf_identity *identity, enum pf_id_kind kind,
			    struct pflask_error *reterr)
{
	const char *name = map_program_names[kind];

	identity->map_program[kind] = pf_find_program(name);
	if (identity->map_program[kind])
		return 0;
	return no_program(reterr, "a map of ids other than your own needs", name);
}

int pf_choose_map_writer(struct pf_identity *identity, struct pflask_error *reterr)
{
	int r = 0;

	for (int kind = 0; kind < 2 && r == 0; kind++) {
		if (may_write(kind))
			continue;
		if (!is_self(&identity->map[kind], kind))
			r = find_map_program(identity, kind, reterr);
		else if (kind == PF_GID)
			identity->deny_setgroups = 1;
	}
	return r;
}
