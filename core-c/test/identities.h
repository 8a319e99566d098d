/* SPDX-License-Identifier: BSD-2-Clause */
/* Helpers for the tests of identities. The helpers choose the identity for a spec, and check the
 * result. */
#ifndef PF_IDENTITIES_H
#define PF_IDENTITIES_H

#include <errno.h>
#include <stdio.h>

#include "child.h"
#include "src/ids/identity.h"

#define FIELDS 6 /* maximum number of fields in a spec */
#define ALICE 12345
#define ALICES_GROUP 23456
#define ROOT "/tmp/root"

/* The result of the last call of decide(). Each test clears the result. */
static struct pf_identity identity;
static struct pflask_error error;

/* Chooses the identity for a spec. `words` has fields and their values. Returns 0 or -errno. */
static inline int decide(int root, const char *const *words)
{
	pflask_spec *spec = pf_spec_new();

	for (; *words; words += 2)
		assert_int_equal(pf_spec_set(spec, words[0], words[1], &(struct pflask_error){0}),
				 0);
	memset(&error, 0, sizeof(error));
	const struct pf_passwd_files files = {root, -1, -1};
	int r = pf_identity(spec, &files, &identity, &error);
	pf_spec_free(spec);
	if (r == 0)
		assert_int_equal(error.code, 0);
	return r;
}

#define DECIDE(root, ...) decide(root, (const char *const[2 * FIELDS + 1]){__VA_ARGS__})

/* Checks a map. `text` has the expected lines of the map, joined by commas. */
static inline void expect_map(enum pf_id_kind kind, const char *text)
{
	struct pf_strings lines = {0};
	char joined[1024] = "";

	assert_int_equal(pf_id_map_text(&identity.map[kind], &lines), 0);
	for (size_t i = 0; i < lines.count; i++)
		snprintf(joined + strlen(joined), sizeof(joined) - strlen(joined), "%s%s",
			 i ? "," : "", lines.items[i]);
	pf_strings_clear(&lines);
	assert_string_equal(joined, text);
}

static inline void expect_maps(const char *uids, const char *gids)
{
	assert_true(identity.has_new_userns);
	expect_map(PF_UID, uids);
	expect_map(PF_GID, gids);
}

static inline void expect_init(uint32_t uid, uint32_t gid)
{
	assert_int_equal(identity.init[PF_UID], uid);
	assert_int_equal(identity.init[PF_GID], gid);
}

/* Checks the user of the command. `groups` has the expected supplementary groups, such as "1 2". */
static inline void expect_user(uint32_t uid, uint32_t gid, const char *groups)
{
	char joined[1024] = "";

	assert_true(identity.has_user);
	assert_int_equal(identity.id[PF_UID], uid);
	assert_int_equal(identity.id[PF_GID], gid);
	for (size_t i = 0; i < identity.groups.count; i++)
		snprintf(joined + strlen(joined), sizeof(joined) - strlen(joined), "%s%s",
			 i ? " " : "", identity.groups.items[i]);
	assert_string_equal(joined, groups);
}

/* Checks which program writes the maps: the program `helper` in /tmp/bin, or pflask itself if
 * `helper` is NULL. */
static inline void expect_writer(const char *helper, int denies_setgroups)
{
	char path[64];

	for (int kind = 0; kind < 2; kind++) {
		snprintf(path, sizeof(path), "/tmp/bin/new%cidmap", "ug"[kind]);
		assert_int_equal(!identity.map_program[kind], !helper);
		if (helper)
			assert_string_equal(identity.map_program[kind], path);
	}
	assert_int_equal(identity.deny_setgroups, denies_setgroups);
}

static inline void expect_refused(int r, int number, const char *field, const char *why,
				  const char *hint)
{
	assert_int_equal(r, -number);
	assert_int_equal(error.code, PFLASK_INVALID);
	assert_string_equal(error.field, field);
	assert_non_null(strstr(error.message, why));
	assert_non_null(strstr(error.hint, hint));
	pf_identity_clear(&identity);
}

static inline void make_helpers(void)
{
	assert_int_equal(mkdir("/tmp/bin", 0755), 0);
	child_write("/tmp/bin/newuidmap", "#!/bin/sh\n");
	child_write("/tmp/bin/newgidmap", "#!/bin/sh\n");
	assert_int_equal(chmod("/tmp/bin/newuidmap", 0755), 0);
	assert_int_equal(chmod("/tmp/bin/newgidmap", 0755), 0);
	setenv("PATH", "/tmp/bin", 1);
}

/* Makes the child alice. alice has subordinate ids, and the system has the programs that map these
 * ids. */
static inline void become_alice_with_ranges(void)
{
	child_cover_etc();
	child_write("/etc/subuid", "alice:100000:65536\n");
	child_write("/etc/subgid", "alice:200000:65536\nalice:300000:1000\n");
	make_helpers();
	child_become(ALICE, ALICES_GROUP);
}

/* Makes the child alice on a system whose nsswitch.conf(5) names "sss" as the source of subordinate
 * ids. `getsubids` is the content of a getsubids program, or NULL for no such program. */
static inline void become_alice_with_source(const char *getsubids)
{
	child_cover_etc();
	child_write("/etc/subuid", "alice:100000:65536\n");
	child_write("/etc/subgid", "alice:100000:65536\n");
	child_write("/etc/nsswitch.conf", "passwd: files\nsubid: sss\n");
	make_helpers();
	if (getsubids) {
		child_write("/tmp/bin/getsubids", getsubids);
		assert_int_equal(chmod("/tmp/bin/getsubids", 0755), 0);
	}
	child_become(ALICE, ALICES_GROUP);
}

static inline void become_alice(void)
{
	child_cover_etc();
	child_become(ALICE, ALICES_GROUP);
}

static inline int make_root(uid_t owner)
{
	assert_int_equal(mkdir(ROOT, 0755), 0);
	assert_int_equal(chown(ROOT, owner, 0), 0);
	int root = open(ROOT, O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_true(root >= 0);
	return root;
}

#endif
